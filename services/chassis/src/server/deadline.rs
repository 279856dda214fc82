//! Deadlines: read from the request, kept by the server, passed on to the calls that the request makes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use tokio::time::Instant;

use super::answer::refuse;
use super::method::Method;
use crate::config::ServerConfig;
use crate::failure::{Class, Failure, Reason};

/// Header of the time that a caller still has.
pub(crate) const GRPC_TIMEOUT: &str = "grpc-timeout";

tokio::task_local! {
    static DEADLINE: Instant;
}

/// When the answer to the request that this task serves is due.
pub(crate) fn current() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    default: Duration,
    max: Duration,
}

impl Deadlines {
    pub(super) fn of(config: &ServerConfig) -> Self {
        Self {
            default: Duration::from_millis(config.default_deadline_ms),
            max: Duration::from_millis(config.max_deadline_ms),
        }
    }

    /// Time for a unary call. Streams have none: they live as long as both ends want.
    fn for_call(&self, method: Method, headers: &HeaderMap) -> Option<Duration> {
        method
            .unary
            .then(|| requested(headers).unwrap_or(self.default).min(self.max))
    }
}

/// Answers in time or says that it was not.
pub(super) async fn keep(
    State(deadlines): State<Arc<Deadlines>>,
    request: Request,
    next: Next,
) -> Response {
    let method = Method::at(request.uri().path());
    let Some(allowed) = deadlines.for_call(method, request.headers()) else {
        return next.run(request).await;
    };
    let deadline = Instant::now() + allowed;
    match tokio::time::timeout_at(deadline, DEADLINE.scope(deadline, next.run(request))).await {
        Ok(response) => response,
        Err(_) => refuse(too_late()),
    }
}

/// The answer was not ready in time.
pub(crate) fn too_late() -> Failure {
    Failure::new(
        Class::Deadline,
        Reason::Deadline,
        "Tempo scaduto prima della risposta.",
        "The deadline passed before the answer was ready.",
    )
}

/// The time that a request names in `grpc-timeout`: up to eight digits and a unit.
pub(crate) fn requested(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let well_formed =
        (1..=8).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    let count: u64 = digits.parse().ok().filter(|_| well_formed)?;
    match unit {
        "H" => Some(Duration::from_hours(count)),
        "M" => Some(Duration::from_mins(count)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// `grpc-timeout` for what is left, in milliseconds, at least one.
pub(crate) fn header(left: Duration) -> String {
    format!("{}m", left.as_millis().clamp(1, 99_999_999))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static(GRPC_TIMEOUT),
            text.parse().unwrap(),
        )])
    }

    #[test]
    fn the_six_units_of_grpc_are_read() {
        for (text, seconds) in [
            ("2H", 7_200),
            ("3M", 180),
            ("4S", 4),
            ("5000m", 5),
            ("6000000u", 6),
        ] {
            assert_eq!(
                requested(&with(text)),
                Some(Duration::from_secs(seconds)),
                "{text}"
            );
        }
        assert_eq!(requested(&with("7n")), Some(Duration::from_nanos(7)));
    }

    #[test]
    fn a_malformed_timeout_counts_as_none() {
        for text in [
            "",
            "S",
            "5",
            "-5S",
            "+5S",
            "123456789S",
            "5s",
            "5 S",
            "1.5S",
        ] {
            assert_eq!(requested(&with(text)), None, "{text}");
        }
    }

    #[test]
    fn a_caller_cannot_ask_for_more_than_the_longest_deadline() {
        let deadlines = Deadlines {
            default: Duration::from_secs(10),
            max: Duration::from_mins(1),
        };
        let method = Method::at("/omnia.claims.v1.ClaimsService/GetClaim");
        assert_eq!(
            deadlines.for_call(method, &with("2H")),
            Some(Duration::from_mins(1))
        );
        assert_eq!(
            deadlines.for_call(method, &HeaderMap::new()),
            Some(Duration::from_secs(10))
        );
    }

    #[test]
    fn streams_have_no_deadline() {
        let deadlines = Deadlines {
            default: Duration::from_secs(10),
            max: Duration::from_mins(1),
        };
        let method = Method::at("/omnia.feed.v1.FeedService/Subscribe");
        assert_eq!(deadlines.for_call(method, &with("1S")), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(millis in 1_u64..99_999_999) {
            let left = Duration::from_millis(millis);
            prop_assert_eq!(requested(&with(&header(left))), Some(left));
        }
    }
}
