//! What is measured of the gateway, and its line in the log for each request.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry::metrics::{Counter, Histogram};
use opentelemetry::{KeyValue, global};
use tonic::Code;
use tracing::Span;

/// Upper bounds of the durations measured, seconds.
const SECONDS: [f64; 13] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Named handles.
#[derive(Debug)]
pub(crate) struct Metrics {
    duration: Histogram<f64>,
    first_byte: Histogram<f64>,
    decisions: Counter<u64>,
    journal_failures: Counter<u64>,
    cached: [KeyValue; 1],
    fresh: [KeyValue; 1],
}

impl Default for Metrics {
    fn default() -> Self {
        let meter = global::meter("omnia.gateway");
        let seconds = |name: &'static str, description: &'static str| {
            let histogram = meter
                .f64_histogram(name)
                .with_unit("s")
                .with_description(description);
            histogram.with_boundaries(SECONDS.to_vec()).build()
        };
        Self {
            duration: seconds(
                "gateway.request.duration",
                "Time from the arrival of a request to the end of its answer.",
            ),
            first_byte: seconds(
                "gateway.upstream.duration",
                "Time from the forwarding of a request to the head of the service's answer.",
            ),
            decisions: meter
                .u64_counter("gateway.decisions")
                .with_description(
                    "Decisions about authenticated calls, by whether a recent one held still.",
                )
                .build(),
            journal_failures: meter
                .u64_counter("gateway.journal.failures")
                .with_description("Calls refused since their decision could not be written down.")
                .build(),
            cached: [KeyValue::new("cached", true)],
            fresh: [KeyValue::new("cached", false)],
        }
    }
}

impl Metrics {
    /// Counts a decision about an authenticated call.
    pub(crate) fn decision_cached(&self, cached: bool) {
        self.decisions
            .add(1, if cached { &self.cached } else { &self.fresh });
    }

    /// Counts a call that was refused since its decision could not be written down.
    pub(crate) fn journal_failed(&self) {
        self.journal_failures.add(1, &[]);
    }

    /// Measures how long a service took to begin its answer.
    pub(crate) fn upstream_answered(&self, service: &'static str, started: Instant) {
        self.first_byte.record(
            started.elapsed().as_secs_f64(),
            &[KeyValue::new("rpc.service", service)],
        );
    }
}

/// A request in sight, from its arrival to the end of its answer. Dropped without an end, the caller left.
#[derive(Debug)]
pub(crate) struct Sight {
    metrics: Arc<Metrics>,
    service: &'static str,
    method: &'static str,
    started: Instant,
    trace_id: String,
    span: Option<Span>,
    ended: bool,
}

impl Sight {
    pub(crate) fn new(
        metrics: Arc<Metrics>,
        service: &'static str,
        method: &'static str,
        started: Instant,
        trace_id: String,
        span: Option<Span>,
    ) -> Self {
        Self {
            metrics,
            service,
            method,
            started,
            trace_id,
            span,
            ended: false,
        }
    }

    /// Id of the trace that the request belongs to.
    pub(crate) fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// The answer is over.
    pub(crate) fn ended(&mut self, code: Code) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let elapsed = self.started.elapsed();
        self.metrics.duration.record(
            elapsed.as_secs_f64(),
            &[
                KeyValue::new("rpc.service", self.service),
                KeyValue::new("rpc.method", self.method),
                KeyValue::new("code", name_of(code)),
            ],
        );
        if let Some(span) = &self.span {
            span.record("rpc.grpc.status_code", code as i32);
        }
        // What went well is in the journal of decisions and in the line of the service; what did not is told here too.
        if code == Code::Ok {
            tracing::debug!(
                rpc.service = self.service,
                rpc.method = self.method,
                code = name_of(code),
                duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
                trace_id = self.trace_id,
                "request"
            );
        } else {
            tracing::info!(
                rpc.service = self.service,
                rpc.method = self.method,
                code = name_of(code),
                duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
                trace_id = self.trace_id,
                "request"
            );
        }
    }
}

impl Drop for Sight {
    fn drop(&mut self) {
        self.ended(Code::Cancelled);
    }
}

/// The code as the contract spells it.
fn name_of(code: Code) -> &'static str {
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
