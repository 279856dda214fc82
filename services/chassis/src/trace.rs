//! The trace that the current span belongs to, for what is stored: events and audit records.

use opentelemetry::trace::{SpanContext, TraceContextExt};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// W3C `traceparent` of the current span; empty when there is none.
pub(crate) fn traceparent() -> String {
    current().map_or_else(String::new, |context| {
        format!(
            "00-{}-{}-{:02x}",
            context.trace_id(),
            context.span_id(),
            context.trace_flags().to_u8()
        )
    })
}

/// Id of the current trace.
pub(crate) fn trace_id() -> Option<String> {
    current().map(|context| context.trace_id().to_string())
}

fn current() -> Option<SpanContext> {
    let context = Span::current().context();
    let span = context.span().span_context().clone();
    span.is_valid().then_some(span)
}
