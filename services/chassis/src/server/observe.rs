//! What is seen of a request: one span, one line in the log, one measurement.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame};
use opentelemetry::metrics::Histogram;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{KeyValue, global};
use tonic::{Code, Status};
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::answer::{failure_in, name_trace, reason_of};
use super::entry::Known;
use super::method::Method;
use crate::telemetry;

/// Upper bounds of the durations measured, seconds.
pub(crate) const SECONDS: [f64; 13] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Measures the requests of one service.
#[derive(Debug)]
pub(super) struct Observer {
    service: &'static str,
    duration: Histogram<f64>,
}

impl Observer {
    pub(super) fn of(service: &'static str) -> Self {
        let duration = global::meter("omnia.chassis")
            .f64_histogram("rpc.server.duration")
            .with_unit("s")
            .with_description(
                "Time from the arrival of a request to its answer, or to the end of its stream.",
            )
            .with_boundaries(SECONDS.to_vec())
            .build();
        Self { service, duration }
    }
}

/// Follows a request to its end.
pub(super) async fn watch(
    State(observer): State<Arc<Observer>>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = Method::at(request.uri().path());
    let span = span_of(&observer, method, request.headers());
    let trace_id = trace_id_of(&span);
    let response = next.run(request).instrument(span.clone()).await;

    let known = response.extensions().get::<Known>().cloned();
    let sight = Sight {
        observer,
        method,
        span,
        trace_id,
        started,
        known,
    };
    if let Some(status) = failure_in(&response) {
        let (code, reason) = (status.code(), reason_of(status));
        sight.end(code, &reason);
        let trace_id = &sight.trace_id;
        return if trace_id.is_empty() {
            response
        } else {
            name_trace(response, trace_id)
        };
    }
    if method.unary {
        sight.end(Code::Ok, "");
        return response;
    }
    response.map(|body| {
        Body::new(Watched {
            body,
            sight: Some(sight),
        })
    })
}

/// Names and attributes follow the semantic conventions for RPC.
fn span_of(observer: &Observer, method: Method, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(
        "rpc.server",
        otel.name = format!("{}/{}", method.service, method.name),
        otel.kind = "server",
        otel.status_code = tracing::field::Empty,
        service = observer.service,
        rpc.system = "grpc",
        rpc.service = method.service,
        rpc.method = method.name,
        rpc.grpc.status_code = tracing::field::Empty,
    );
    // Only fails when the span is filtered out, and then there is nothing to attach.
    let _ = span.set_parent(telemetry::parent_of(headers));
    span
}

fn trace_id_of(span: &Span) -> String {
    let context = span.context();
    let span = context.span();
    let context = span.span_context();
    if context.is_valid() {
        context.trace_id().to_string()
    } else {
        String::new()
    }
}

/// A request that has not ended.
#[derive(Debug)]
struct Sight {
    observer: Arc<Observer>,
    method: Method,
    span: Span,
    trace_id: String,
    started: Instant,
    known: Option<Known>,
}

impl Sight {
    fn end(&self, code: Code, reason: &str) {
        let elapsed = self.started.elapsed();
        self.observer.duration.record(
            elapsed.as_secs_f64(),
            &[
                KeyValue::new("service", self.observer.service),
                KeyValue::new("rpc.service", self.method.service),
                KeyValue::new("rpc.method", self.method.name),
                KeyValue::new("code", name_of(code)),
            ],
        );
        self.span.record("rpc.grpc.status_code", code as i32);
        if is_ours(code) {
            self.span.record("otel.status_code", "ERROR");
        }
        let caller = self.known.as_ref().map(|known| &known.0);
        let _in_span = self.span.enter();
        tracing::info!(
            service = self.observer.service,
            rpc.service = self.method.service,
            rpc.method = self.method.name,
            code = name_of(code),
            reason,
            duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            trace_id = self.trace_id,
            role = caller.map(|caller| caller.role.id()),
            person = caller.map(|caller| tracing::field::display(caller.person)),
            calling_service = caller.and_then(|caller| caller.service.as_deref()),
            "request"
        );
    }
}

/// Codes that tell a failure of the service rather than of the caller.
fn is_ours(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// The code as the contract spells it.
pub(crate) fn name_of(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// The body of a stream, whose code comes at its end.
struct Watched {
    body: Body,
    sight: Option<Sight>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(trailers) = frame.trailers_ref()
            && let Some(sight) = self.sight.take()
        {
            let status = Status::from_header_map(trailers);
            let reason = status.as_ref().map(reason_of).unwrap_or_default();
            sight.end(
                status.map_or(Code::Unknown, |status| status.code()),
                &reason,
            );
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    /// A body dropped before its trailers is a stream that the caller left.
    fn drop(&mut self) {
        if let Some(sight) = self.sight.take() {
            sight.end(Code::Cancelled, "");
        }
    }
}
