//! A panic of one request is the failure of that request alone.

use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;

use super::answer::refuse;
use crate::failure::Failure;

/// Answers INTERNAL when the handler panics. The panic hook has logged where.
pub(super) async fn catch(request: Request, next: Next) -> Response {
    // Unwind safe: request and handler are dropped, and what they share is behind locks that tolerate poison.
    AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| refuse(Failure::internal("the handler panicked")))
}
