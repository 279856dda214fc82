//! Answers of the gateway's own: a refusal as gRPC trailers, or as `application/problem+json` for everybody else
//! (RFC 9457, `identity.md` §7).

use std::time::Duration;

use bytes::Bytes;
use chassis::Failure;
use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::limits::Rate;
use crate::relay::AnswerBody;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Headers of every answer.
pub(crate) fn sign(headers: &mut HeaderMap, request_id: &HeaderValue, rate: Option<Rate>) {
    headers.insert(REQUEST_ID, request_id.clone());
    headers.insert(CACHE_CONTROL, NO_STORE);
    if let Some(rate) = rate {
        headers.insert(LIMIT, rate.limit.into());
        headers.insert(REMAINING, rate.remaining.into());
        headers.insert(RESET, rate.reset_seconds.into());
    }
}

/// A refusal as a gRPC answer without a body.
pub(crate) fn refused(failure: Failure, trace_id: &str) -> (Response<AnswerBody>, Code) {
    let status = with_trace(&Status::from(failure), trace_id);
    let code = status.code();
    let hints = hints(&status);
    let (mut parts, ()) = status.into_http::<()>().into_parts();
    parts.headers.extend(hints);
    (Response::from_parts(parts, AnswerBody::Empty), code)
}

/// The answer for a path that leads nowhere, be it unknown or for services alone.
pub(crate) fn unimplemented() -> Response<AnswerBody> {
    let (parts, ()) = Status::unimplemented("no such method")
        .into_http::<()>()
        .into_parts();
    Response::from_parts(parts, AnswerBody::Empty)
}

/// A refusal as the trailers of a stream that had begun.
pub(crate) fn trailers(failure: Failure, trace_id: &str) -> (Code, HeaderMap) {
    let status = with_trace(&Status::from(failure), trace_id);
    let code = status.code();
    let mut trailers = status.into_http::<()>().into_parts().0.headers;
    trailers.remove(CONTENT_TYPE);
    (code, trailers)
}

fn with_trace(status: &Status, trace_id: &str) -> Status {
    let mut details = status.get_error_details();
    details.set_request_info(trace_id, "");
    Status::with_error_details(status.code(), status.message(), details)
}

/// What HTTP says besides: how to step up (RFC 9470), when to come again.
fn hints(status: &Status) -> HeaderMap {
    let details = status.get_error_details();
    let mut hints = HeaderMap::new();
    if let Some(after) = details.retry_info().and_then(|info| info.retry_delay) {
        hints.insert(RETRY_AFTER, whole_seconds(after).into());
    }
    if status.code() == Code::Unauthenticated {
        hints.insert(WWW_AUTHENTICATE, challenge(&details));
    }
    hints
}

fn challenge(details: &ErrorDetails) -> HeaderValue {
    let acr = details
        .error_info()
        .and_then(|info| info.metadata.get("acr_values"));
    let Some(acr) = acr else {
        return HeaderValue::from_static("Bearer error=\"invalid_token\"");
    };
    HeaderValue::try_from(format!(
        "Bearer error=\"insufficient_user_authentication\", acr_values=\"{acr}\""
    ))
    .unwrap_or(HeaderValue::from_static(
        "Bearer error=\"insufficient_user_authentication\"",
    ))
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// A refusal for a caller that does not speak gRPC, in Italian or, when `Accept-Language` prefers it, in English.
pub(crate) fn problem(
    failure: Failure,
    ids: Ids<'_>,
    headers: &HeaderMap,
) -> (Response<AnswerBody>, Code) {
    let status = Status::from(failure);
    let details = status.get_error_details();
    let english = prefers_english(headers);
    let italian = details
        .localized_message()
        .map(|message| message.message.clone());
    let detail = italian
        .filter(|_| !english)
        .unwrap_or_else(|| status.message().to_owned());
    let reason = details
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_default();
    let document = Problem {
        status: http_status(status.code()),
        code: &reason,
        detail: &detail,
        language: if english { "en" } else { "it" },
        errors: details
            .bad_request()
            .map(|bad| {
                bad.field_violations
                    .iter()
                    .map(|one| (one.field.clone(), one.description.clone()))
                    .collect()
            })
            .unwrap_or_default(),
    };
    let mut response = document.answer(ids);
    response.headers_mut().extend(hints(&status));
    (response, status.code())
}

/// What identifies a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids<'a> {
    pub(crate) request: &'a str,
    pub(crate) trace: &'a str,
}

/// The gateway is up: `GET /status` (`identity.md` §8).
pub(crate) fn healthy(ids: Ids<'_>) -> Response<AnswerBody> {
    let document = Problem {
        status: StatusCode::OK,
        code: "",
        detail: "",
        language: "it",
        errors: Vec::new(),
    };
    document.answer(ids)
}

/// A plain HTTP refusal that has no gRPC twin.
pub(crate) fn http_problem(
    status: StatusCode,
    italian: &str,
    english: &str,
    ids: Ids<'_>,
    headers: &HeaderMap,
) -> Response<AnswerBody> {
    let is_english = prefers_english(headers);
    let detail = if is_english { english } else { italian };
    let language = if is_english { "en" } else { "it" };
    Problem {
        status,
        code: "",
        detail,
        language,
        errors: Vec::new(),
    }
    .answer(ids)
}

struct Problem<'a> {
    status: StatusCode,
    code: &'a str,
    detail: &'a str,
    language: &'static str,
    errors: Vec<(String, String)>,
}

impl Problem<'_> {
    fn answer(self, ids: Ids<'_>) -> Response<AnswerBody> {
        let title = self.status.canonical_reason().unwrap_or_default();
        let mut document = json!({
            "type": if self.code.is_empty() { "about:blank".to_owned() } else { format!("urn:omnia:problem:{}", self.code) },
            "title": title,
            "status": self.status.as_u16(),
            "instance": format!("urn:uuid:{}", ids.request),
            "trace_id": ids.trace,
        });
        if !self.code.is_empty() {
            document["code"] = self.code.into();
        }
        if !self.detail.is_empty() {
            document["detail"] = self.detail.into();
        }
        if !self.errors.is_empty() {
            let errors = self
                .errors
                .into_iter()
                .map(|(field, detail)| json!({"field": field, "detail": detail}));
            document["errors"] = errors.collect();
        }
        let mut response = Response::new(AnswerBody::Document(Bytes::from(document.to_string())));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(self.language));
        response
    }
}

/// Whether the first language asked for is English.
fn prefers_english(headers: &HeaderMap) -> bool {
    let first = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    first.is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("en"))
}

fn http_status(code: Code) -> StatusCode {
    match code {
        Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound | Code::Unimplemented => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use chassis::identity::{Level, refusal};

    use super::*;

    const IDS: Ids<'_> = Ids {
        request: "0198c0de-0000-7000-8000-000000000001",
        trace: "4bf92f3577b34da6a3ce929d0e0e4736",
    };

    #[test]
    fn a_level_too_low_says_how_to_step_up() {
        let (response, code) = refused(refusal::level_too_low(Level::L2), IDS.trace);
        assert_eq!(code, Code::Unauthenticated);
        assert_eq!(
            response.headers()[WWW_AUTHENTICATE],
            "Bearer error=\"insufficient_user_authentication\", acr_values=\"https://www.spid.gov.it/SpidL2\""
        );
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.get_details_error_info().unwrap().reason, "IDN-E03");
        assert_eq!(
            status
                .get_error_details()
                .request_info()
                .unwrap()
                .request_id,
            IDS.trace
        );
    }

    #[test]
    fn too_many_requests_say_when_to_come_again() {
        let (response, code) = refused(
            refusal::too_many_requests(Duration::from_secs(17)),
            IDS.trace,
        );
        assert_eq!(code, Code::ResourceExhausted);
        assert_eq!(response.headers()[RETRY_AFTER], "17");
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(
            status.get_details_retry_info().unwrap().retry_delay,
            Some(Duration::from_secs(17))
        );
    }

    #[test]
    fn a_problem_speaks_italian_unless_asked_for_english() {
        let detail = |headers: &HeaderMap| {
            let (response, _) = problem(refusal::expired(), IDS, headers);
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
            let AnswerBody::Document(bytes) = response.into_body() else {
                panic!("a document")
            };
            let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(document["code"], "IDN-E02");
            assert_eq!(document["type"], "urn:omnia:problem:IDN-E02");
            assert_eq!(document["trace_id"], IDS.trace);
            document["detail"].as_str().unwrap().to_owned()
        };
        assert!(detail(&HeaderMap::new()).starts_with("Sessione scaduta"));
        let english =
            HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static("en-GB,it;q=0.5"))]);
        assert!(detail(&english).starts_with("The session has expired"));
    }

    #[test]
    fn a_refusal_in_mid_stream_is_trailers_alone() {
        let (code, trailers) = trailers(Failure::mandate_not_active(), IDS.trace);
        assert_eq!(code, Code::PermissionDenied);
        assert!(!trailers.contains_key(CONTENT_TYPE));
        assert_eq!(trailers["grpc-status"], "7");
    }
}
