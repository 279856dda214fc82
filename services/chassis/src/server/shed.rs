//! Sheds load: what cannot be served soon is refused at once, so that callers go elsewhere and queues stay short.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::Semaphore;

use super::answer::refuse;
use crate::failure::{Class, Failure, Reason};

/// When a caller that was shed may try again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Admits as many requests at a time as there are permits.
pub(super) async fn limit(
    State(permits): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    let Ok(_permit) = permits.try_acquire() else {
        return refuse(overloaded());
    };
    next.run(request).await
}

fn overloaded() -> Failure {
    Failure::new(
        Class::Unavailable,
        Reason::IdnE19,
        "Troppe richieste contemporanee. Riprovare tra poco.",
        "Too many requests at the same time. Try again shortly.",
    )
    .with_retry_after(RETRY_AFTER)
}
