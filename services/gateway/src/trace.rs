//! W3C trace context: passed on as it came, or begun here.

use chassis::telemetry::{inject, parent_of};
use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The trace of a request.
#[derive(Debug)]
pub(crate) struct Trace {
    /// 32 hexadecimal digits.
    pub(crate) id: String,
    /// Span of the gateway, when traces are exported.
    pub(crate) span: Option<Span>,
}

impl Trace {
    /// Makes sure that the headers carry a trace. With `exported`, the gateway's own span stands in between.
    pub(crate) fn of(
        headers: &mut HeaderMap,
        exported: bool,
        service: &'static str,
        method: &'static str,
        request: Uuid,
    ) -> Self {
        let span = exported.then(|| span(headers, service, method));
        if let Some(id) = headers.get(TRACEPARENT).and_then(trace_id) {
            return Self { id, span };
        }
        let id = request.simple().to_string();
        let text = format!("00-{id}-{}-00", &id[16..]);
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(TRACEPARENT, value);
        }
        Self { id, span }
    }
}

fn span(headers: &mut HeaderMap, service: &'static str, method: &'static str) -> Span {
    let span = tracing::info_span!(
        "rpc.gateway",
        otel.name = format!("{service}/{method}"),
        otel.kind = "server",
        rpc.system = "grpc",
        rpc.service = service,
        rpc.method = method,
        rpc.grpc.status_code = tracing::field::Empty,
    );
    // Only fails when the span is filtered out, and then there is nothing to attach.
    let _ = span.set_parent(parent_of(headers));
    inject(&span.context(), headers);
    span
}

/// The id in a well-formed `traceparent` of version 00.
fn trace_id(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok().filter(|text| text.len() == 55)?;
    let mut parts = text.split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &str, length: usize| {
        part.len() == length
            && part
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let is_something = |part: &str| part.bytes().any(|byte| byte != b'0');
    let well_formed = version == "00"
        && parts.next().is_none()
        && is_hex(trace, 32)
        && is_hex(parent, 16)
        && is_hex(flags, 2)
        && is_something(trace)
        && is_something(parent);
    well_formed.then(|| trace.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(traceparent: Option<&'static str>) -> (String, HeaderValue) {
        let mut headers = HeaderMap::new();
        if let Some(text) = traceparent {
            headers.insert(TRACEPARENT, HeaderValue::from_static(text));
        }
        let trace = Trace::of(
            &mut headers,
            false,
            "s",
            "M",
            Uuid::from_u128(0x0198_c0de << 96 | 7),
        );
        (trace.id, headers[TRACEPARENT].clone())
    }

    #[test]
    fn a_trace_is_passed_on_as_it_came() {
        let came = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(
            trace(Some(came)),
            (
                "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
                HeaderValue::from_static(came)
            )
        );
    }

    #[test]
    fn a_trace_that_is_missing_or_malformed_begins_here() {
        let begun = "0198c0de000000000000000000000007";
        for odd in [
            None,
            Some("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
            Some("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
            Some("nonsense"),
        ] {
            let (id, header) = trace(odd);
            assert_eq!(id, begun);
            assert_eq!(header, format!("00-{begun}-0000000000000007-00").as_str());
        }
    }
}
