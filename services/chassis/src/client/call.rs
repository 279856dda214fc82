//! One call to another service, with its attempts.

use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Request, Response, request};
use http_body_util::{BodyExt, Full};
use opentelemetry::metrics::Histogram;
use opentelemetry::{KeyValue, global};
use rand::Rng;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::transport::{Channel, Error};
use tonic::{Code, Status};
use tower::{Service, ServiceExt};
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::budget::Budget;
use super::resolve::Balanced;
use crate::config::ClientConfig;
use crate::failure::Failure;
use crate::identity::token::Signer;
use crate::server::deadline;
use crate::server::method::Method;
use crate::server::observe::{SECONDS, name_of};
use crate::telemetry;

/// Largest request that is kept for another attempt, bytes.
const KEPT_BYTES_MAX: usize = 64 * 1024;
/// Pause before the second attempt; doubles for each further one, and is shortened at random by up to a half.
const PAUSE: Duration = Duration::from_millis(50);
/// Longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Sends the calls to one service.
#[derive(Debug)]
pub(super) struct Call {
    service: String,
    balanced: Balanced,
    signer: Option<Signer>,
    budget: Budget,
    default_deadline: Duration,
    max_attempts: u32,
    duration: Histogram<f64>,
}

type Answer = Result<Response<Body>, Error>;

impl Call {
    pub(super) fn new(
        service: &str,
        balanced: Balanced,
        signer: Option<Signer>,
        config: &ClientConfig,
    ) -> Self {
        let duration = global::meter("omnia.chassis")
            .f64_histogram("rpc.client.duration")
            .with_unit("s")
            .with_description("Time of a call to another service, all attempts included.")
            .with_boundaries(SECONDS.to_vec())
            .build();
        Self {
            service: service.to_owned(),
            balanced,
            signer,
            budget: Budget::new(config.retry_percent, Instant::now()),
            default_deadline: Duration::from_millis(config.deadline_ms),
            max_attempts: config.max_attempts,
            duration,
        }
    }

    /// Sends a call and follows it to its answer, or to the start of its stream.
    pub(super) async fn send(&self, mut request: Request<Body>) -> Answer {
        let started = Instant::now();
        let method = Method::at(request.uri().path());
        let span = span_of(&self.service, method);
        telemetry::inject(&span.context(), request.headers_mut());
        self.sign(request.headers_mut());
        let answer = async {
            if method.unary {
                self.unary(method, request).await
            } else {
                self.attempt(request).await
            }
        };
        let answer = answer.instrument(span.clone()).await;
        self.measure(&span, method, started, &answer);
        answer
    }

    async fn unary(&self, method: Method, request: Request<Body>) -> Answer {
        self.budget.deposit();
        let deadline = self.deadline(request.headers());
        match tokio::time::timeout_at(deadline, self.attempts(method, request, deadline)).await {
            Ok(answer) => answer,
            Err(_) => Ok(Status::from(deadline::too_late()).into_http()),
        }
    }

    async fn attempts(&self, method: Method, request: Request<Body>, deadline: Instant) -> Answer {
        let (head, body) = request.into_parts();
        let message = match body.collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(status) => return Ok(status.into_http()),
        };
        let repeatable = method.is_idempotent() && message.len() <= KEPT_BYTES_MAX;
        let mut attempt = 1;
        loop {
            let answer = self.attempt(rebuilt(&head, &message, deadline)).await;
            let last = !repeatable || attempt >= self.max_attempts || !may_succeed_later(&answer);
            if last || !self.budget.withdraw(Instant::now()) {
                return answer;
            }
            tokio::time::sleep(pause_after(attempt)).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, request: Request<Body>) -> Answer {
        let Some(mut channel) = self.balanced.channel().await else {
            return Ok(Status::from(self.unreachable()).into_http());
        };
        let channel: &mut Channel = channel.ready().await?;
        channel.call(request).await
    }

    fn unreachable(&self) -> Failure {
        Failure::unavailable(format!("the service {} has no address", self.service))
    }

    /// The service speaks for itself, unless the request says who it speaks for.
    fn sign(&self, headers: &mut HeaderMap) {
        if headers.contains_key(AUTHORIZATION) {
            return;
        }
        let token = self
            .signer
            .as_ref()
            .map(|signer| format!("Bearer {}", signer.own()));
        if let Some(mut value) = token.and_then(|token| HeaderValue::try_from(token).ok()) {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
    }

    /// The earliest of: what the request says, what is left of the request being served, or else the default.
    fn deadline(&self, headers: &HeaderMap) -> Instant {
        let now = Instant::now();
        let own = deadline::requested(headers).map(|allowed| now + allowed);
        own.into_iter()
            .chain(deadline::current())
            .min()
            .unwrap_or(now + self.default_deadline)
    }

    fn measure(&self, span: &Span, method: Method, started: Instant, answer: &Answer) {
        let code = code_of(answer);
        span.record("rpc.grpc.status_code", code as i32);
        self.duration.record(
            started.elapsed().as_secs_f64(),
            &[
                KeyValue::new("peer", self.service.clone()),
                KeyValue::new("rpc.service", method.service),
                KeyValue::new("rpc.method", method.name),
                KeyValue::new("code", name_of(code)),
            ],
        );
    }
}

fn span_of(service: &str, method: Method) -> Span {
    tracing::info_span!(
        "rpc.client",
        otel.name = format!("{}/{}", method.service, method.name),
        otel.kind = "client",
        peer.service = service,
        rpc.system = "grpc",
        rpc.service = method.service,
        rpc.method = method.name,
        rpc.grpc.status_code = tracing::field::Empty,
    )
}

/// The same request again, with the time that is left now.
fn rebuilt(head: &request::Parts, message: &Bytes, deadline: Instant) -> Request<Body> {
    let mut request = Request::new(Body::new(Full::new(message.clone())));
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = head.uri.clone();
    *request.version_mut() = head.version;
    *request.headers_mut() = head.headers.clone();
    *request.extensions_mut() = head.extensions.clone();
    let left = deadline.saturating_duration_since(Instant::now());
    if let Ok(value) = HeaderValue::try_from(deadline::header(left)) {
        request.headers_mut().insert(deadline::GRPC_TIMEOUT, value);
    }
    request
}

/// Whether the other side was not reached, or said UNAVAILABLE before anything else.
fn may_succeed_later(answer: &Answer) -> bool {
    code_of(answer) == Code::Unavailable
}

/// The code of an answer so far: a stream that has begun counts as going well.
fn code_of(answer: &Answer) -> Code {
    match answer {
        Ok(response) => {
            Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code())
        }
        Err(_) => Code::Unavailable,
    }
}

fn pause_after(attempt: u32) -> Duration {
    let doubled = PAUSE.saturating_mul(2_u32.saturating_pow(attempt - 1));
    let longest = doubled.min(PAUSE_MAX);
    rand::rng().random_range(longest / 2..=longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_second_and_differ() {
        for (attempt, longest_ms) in [(1, 50), (2, 100), (3, 200), (6, 1_000), (1_000, 1_000)] {
            let pause = pause_after(attempt);
            let longest = Duration::from_millis(longest_ms);
            assert!(
                pause >= longest / 2 && pause <= longest,
                "{attempt}: {pause:?}"
            );
        }
    }

    #[test]
    fn another_attempt_is_the_same_request_with_less_time() {
        let request = Request::builder()
            .method("POST")
            .uri("http://limits/omnia.limits.v1.ReservationService/Reserve")
            .header("te", "trailers")
            .header(deadline::GRPC_TIMEOUT, "9S")
            .body(())
            .unwrap();
        let (head, ()) = request.into_parts();
        let again = rebuilt(
            &head,
            &Bytes::from_static(b"message"),
            Instant::now() + Duration::from_secs(2),
        );
        assert_eq!((again.method(), again.uri()), (&head.method, &head.uri));
        assert_eq!(again.headers()["te"], "trailers");
        assert!(deadline::requested(again.headers()).unwrap() <= Duration::from_secs(2));
    }
}
