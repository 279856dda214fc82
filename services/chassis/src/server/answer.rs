//! Answers that a layer gives by itself.

use axum::response::Response;
use tonic::Status;
use tonic_types::StatusExt;

use crate::failure::Failure;

/// A refusal as a gRPC answer.
pub(super) fn refuse(failure: Failure) -> Response {
    Status::from(failure).into_http()
}

/// The failure that a response carries; `None` when the call went well, or is a stream that has not ended yet.
pub(super) fn failure_in(response: &Response) -> Option<&Status> {
    response.extensions().get::<Status>()
}

/// Reason in the details of a status; empty when it has none.
pub(super) fn reason_of(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

/// The same failure with the id under which support finds it in the logs (`RequestInfo`).
pub(super) fn name_trace(response: Response, trace_id: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let Some(status) = parts.extensions.remove::<Status>() else {
        return Response::from_parts(parts, body);
    };
    let mut details = status.get_error_details();
    details.set_request_info(trace_id, "");
    let metadata = status.metadata().clone();
    Status::with_error_details_and_metadata(status.code(), status.message(), details, metadata)
        .into_http()
}
