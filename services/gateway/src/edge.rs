//! The edge: what happens to each request, from its arrival to its answer.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use chassis::ids::Ids;
use chassis::{Failure, SharedClock};
use chrono::{DateTime, Utc};
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, EXPECT, FORWARDED, HOST,
    PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, Request, Response, StatusCode,
};
use hyper::body::Incoming;
use tonic::Code;
use tonic_web::GrpcWebLayer;
use tower::{Layer, ServiceExt};

use crate::answer;
use crate::cors::Cors;
use crate::gate::{Gate, Grant, Verdict};
use crate::journal::{Journal, Line};
use crate::limits::Rate;
use crate::metrics::{Metrics, Sight};
use crate::relay::{AnswerBody, RequestBody, ResponseBody, Tie, Watch, code_in, too_large};
use crate::routes::{Method, Routes};
use crate::trace::Trace;

/// A unary call without a deadline of its own ends here at the latest; services have shorter ones.
const LONGEST_UNARY: Duration = Duration::from_mins(2);
/// A service ends a call at its deadline by itself; the gateway waits this much longer before it does.
const GRACE: Duration = Duration::from_secs(2);
/// Open streams allowed for each request allowed at a time.
const STREAMS_PER_REQUEST: u32 = 8;

/// Headers that concern one hop, that the gateway writes itself, or that no service needs.
static STRIPPED: [HeaderName; 17] = [
    AUTHORIZATION,
    CONNECTION,
    CONTENT_LENGTH,
    COOKIE,
    EXPECT,
    FORWARDED,
    HOST,
    PROXY_AUTHORIZATION,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];
/// Everything of ours is between caller and gateway, or between services: it never passes through.
const OURS: &str = "x-omnia-";

/// Everything that requests need.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) gate: Gate,
    pub(crate) routes: Routes,
    pub(crate) journal: Arc<Journal>,
    pub(crate) cors: Cors,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) ids: Ids,
    pub(crate) clock: SharedClock,
    pub(crate) load: Load,
    pub(crate) max_body_bytes: u64,
    pub(crate) max_header_bytes: u32,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) recheck: Duration,
    pub(crate) traces_exported: bool,
    pub(crate) draining: AtomicBool,
}

/// How much is under way.
#[derive(Debug)]
pub(crate) struct Load {
    requests: Arc<AtomicU32>,
    streams: Arc<AtomicU32>,
    max_requests: u32,
}

impl Load {
    pub(crate) fn new(max_requests: u32) -> Self {
        Self {
            requests: Arc::default(),
            streams: Arc::default(),
            max_requests,
        }
    }

    /// Room for one more, or IDN-E19.
    fn admit(&self, streams: bool) -> Result<Permit, Failure> {
        let (count, most) = if streams {
            (
                &self.streams,
                self.max_requests.saturating_mul(STREAMS_PER_REQUEST),
            )
        } else {
            (&self.requests, self.max_requests)
        };
        let permit = Permit(Arc::clone(count));
        if count.fetch_add(1, Ordering::Relaxed) < most {
            Ok(permit)
        } else {
            Err(Failure::unavailable("too many requests are under way"))
        }
    }
}

/// Room taken by a request until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit(Arc<AtomicU32>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What accompanies a call.
struct Call {
    from: IpAddr,
    now: DateTime<Utc>,
    request_id: HeaderValue,
    sight: Sight,
}

impl Edge {
    /// Answers a request.
    pub(crate) async fn handle(
        self: Arc<Self>,
        peer: IpAddr,
        request: Request<Incoming>,
    ) -> Result<Response<AnswerBody>, Infallible> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .map_or(&[][..], HeaderValue::as_bytes);
        let answer = if kind.starts_with(b"application/grpc-web") {
            self.translated(peer, request).await
        } else if kind.starts_with(b"application/grpc") && request.method() == HttpMethod::POST {
            self.call(peer, request.map(RequestBody::direct)).await
        } else {
            self.plain(peer, &request)
        };
        Ok(answer)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// gRPC-Web: translated to gRPC and back.
    async fn translated(
        self: Arc<Self>,
        peer: IpAddr,
        request: Request<Incoming>,
    ) -> Response<AnswerBody> {
        let origin = self.cors.allowed(request.headers());
        let inner = tower::service_fn(move |request: Request<tonic::body::Body>| {
            let edge = Arc::clone(&self);
            async move {
                Ok::<_, Infallible>(edge.call(peer, request.map(RequestBody::translated)).await)
            }
        });
        let answered = GrpcWebLayer::new().layer(inner).oneshot(request).await;
        let mut answer = match answered {
            Ok(answer) => answer.map(AnswerBody::Translated),
            Err(never) => match never {},
        };
        if let Some(origin) = origin {
            Cors::open(answer.headers_mut(), origin);
        }
        answer
    }

    /// What is not gRPC: the status page, a browser that asks before it calls, and everything that leads nowhere.
    fn plain(&self, peer: IpAddr, request: &Request<Incoming>) -> Response<AnswerBody> {
        if let Some(answer) = self.cors.preflight(request) {
            return answer;
        }
        let now = self.clock.now();
        let id = self.ids.at(now);
        let (text, trace) = (id.to_string(), id.simple().to_string());
        let ids = answer::Ids {
            request: &text,
            trace: &trace,
        };
        let from = self.client(peer, request.headers());
        let Verdict { rate, outcome, .. } = self.gate.stranger(from, now, Ok(None));
        let mut answer = match outcome {
            Err(failure) => answer::problem(failure, ids, request.headers()).0,
            Ok(_) => self.page(request, ids),
        };
        let id = HeaderValue::try_from(&text).unwrap_or(HeaderValue::from_static(""));
        answer::sign(answer.headers_mut(), &id, Some(rate));
        answer
    }

    fn page(&self, request: &Request<Incoming>, ids: answer::Ids<'_>) -> Response<AnswerBody> {
        if request.method() == HttpMethod::GET && request.uri().path() == "/status" {
            return if self.is_draining() {
                let leaving = Failure::unavailable("the gateway is stopping");
                answer::problem(leaving, ids, request.headers()).0
            } else {
                answer::healthy(ids)
            };
        }
        if self.routes.find(request.uri().path()).is_none() {
            return answer::problem(Failure::not_found(), ids, request.headers()).0;
        }
        answer::http_problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Usare POST con application/grpc o application/grpc-web.",
            "Use POST with application/grpc or application/grpc-web.",
            ids,
            request.headers(),
        )
    }

    /// A gRPC call: decided, written down, passed on.
    async fn call(
        self: Arc<Self>,
        peer: IpAddr,
        mut request: Request<RequestBody>,
    ) -> Response<AnswerBody> {
        let started = Instant::now();
        let now = self.clock.now();
        let id = self.ids.at(now);
        let request_id =
            HeaderValue::try_from(id.to_string()).unwrap_or(HeaderValue::from_static(""));
        let from = self.client(peer, request.headers());
        let method = self.routes.find(request.uri().path()).cloned();
        let (service, name) = method
            .as_ref()
            .map_or(("", "unknown"), |method| (method.service, method.name));
        let trace = Trace::of(
            request.headers_mut(),
            self.traces_exported,
            service,
            name,
            id,
        );
        let sight = Sight::new(
            Arc::clone(&self.metrics),
            service,
            name,
            started,
            trace.id,
            trace.span,
        );
        let call = Call {
            from,
            now,
            request_id,
            sight,
        };
        match method {
            Some(method) => self.enter(method, request, call).await,
            None => self.nowhere(call),
        }
    }

    /// A path that leads nowhere counts like any other; there is nothing to decide about it.
    fn nowhere(&self, mut call: Call) -> Response<AnswerBody> {
        let Verdict { rate, outcome, .. } = self.gate.stranger(call.from, call.now, Ok(None));
        if let Err(failure) = outcome {
            return refuse(failure, &mut call, Some(rate));
        }
        let mut answer = answer::unimplemented();
        call.sight.ended(Code::Unimplemented);
        answer::sign(answer.headers_mut(), &call.request_id, Some(rate));
        answer
    }

    async fn enter(
        self: Arc<Self>,
        method: Arc<Method>,
        mut request: Request<RequestBody>,
        mut call: Call,
    ) -> Response<AnswerBody> {
        let permit = match self.load.admit(method.streams()) {
            Ok(permit) => permit,
            Err(failure) => return refuse(failure, &mut call, None),
        };
        let verdict = self
            .gate
            .decide(&method, request.headers(), call.from, call.now)
            .await;
        if let Err(error) = self.write_down(&method, &verdict, &call) {
            self.metrics.journal_failed();
            return refuse(Failure::unavailable(error), &mut call, Some(verdict.rate));
        }
        let grant = match verdict.outcome {
            Ok(grant) => grant,
            Err(failure) => return refuse(failure, &mut call, Some(verdict.rate)),
        };
        if self.is_too_large(&method, request.headers()) {
            return refuse(too_large(), &mut call, Some(verdict.rate));
        }
        let limit = if method.rule.client_streaming {
            u64::MAX
        } else {
            self.max_body_bytes
        };
        let tie = request.body_mut().limit(limit);
        let deadline = deadline(request.headers(), &method);
        let watch = Watch::new(
            Arc::clone(&self),
            Arc::clone(&method),
            grant.clone(),
            deadline,
        );
        prepare(request.headers_mut(), grant.as_deref(), &call.request_id);
        self.forward(
            method,
            request,
            call,
            Passage {
                rate: verdict.rate,
                watch,
                tie,
                permit,
            },
        )
        .await
    }

    /// One line for each decision, before anything follows from it.
    fn write_down(&self, method: &Method, verdict: &Verdict, call: &Call) -> std::io::Result<()> {
        let refused = verdict
            .outcome
            .as_ref()
            .err()
            .map(|failure| chassis::failure::reason_code(failure.reason()));
        self.journal.write(&Line {
            at: call.now.timestamp_micros(),
            method: &method.path[1..],
            actor: verdict.who.actor,
            role: verdict.who.role.map(chassis::access::Role::id),
            scope: verdict.who.scope,
            mandate: verdict.who.mandate,
            refused: refused.as_deref(),
            trace: call.sight.trace_id(),
        })
    }

    fn is_too_large(&self, method: &Method, headers: &HeaderMap) -> bool {
        let stated = headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let body = stated.is_some_and(|length| length > self.max_body_bytes)
            && !method.rule.client_streaming;
        // As HTTP/2 counts: 32 bytes for each field besides name and value.
        let size: usize = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 32)
            .sum();
        body || size > self.max_header_bytes as usize
    }

    async fn forward(
        &self,
        method: Arc<Method>,
        request: Request<RequestBody>,
        mut call: Call,
        mut passage: Passage,
    ) -> Response<AnswerBody> {
        let sent = Instant::now();
        let head = {
            let mut sending = pin!(method.upstream.send(request));
            let watch = &mut passage.watch;
            // Whoever waits for the head of an answer is watched like whoever reads a stream.
            poll_fn(|context| match sending.as_mut().poll(context) {
                Poll::Ready(head) => Poll::Ready(head.map_err(Failure::unavailable)),
                Poll::Pending => watch.poll(context).map(Err),
            })
            .await
        };
        self.metrics.upstream_answered(method.service, sent);
        let response = match head {
            Ok(response) => response,
            Err(failure) => {
                let overrun = passage.tie.overrun();
                passage.tie.cut();
                let failure = if overrun { too_large() } else { failure };
                return refuse(failure, &mut call, Some(passage.rate));
            }
        };
        let (mut parts, body) = response.into_parts();
        if let Some(code) = code_in(&parts.headers) {
            call.sight.ended(code);
        }
        answer::sign(&mut parts.headers, &call.request_id, Some(passage.rate));
        let body = ResponseBody::new(body, passage.watch, passage.tie, call.sight, passage.permit);
        Response::from_parts(parts, AnswerBody::Relay(Box::new(body)))
    }

    /// The address that a request comes from: the last one that is not a proxy of ours.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if self.trusted_proxies.is_empty() || !self.trusted_proxies.contains(&peer) {
            return peer;
        }
        let forwarded = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok());
        let addresses: Vec<IpAddr> = forwarded
            .flat_map(|text| text.split(','))
            .map_while(|text| text.trim().parse().ok())
            .collect();
        addresses
            .into_iter()
            .rev()
            .find(|address| !self.trusted_proxies.contains(address))
            .unwrap_or(peer)
    }
}

/// What a call that was let through takes along.
struct Passage {
    rate: Rate,
    watch: Watch,
    tie: Arc<Tie>,
    permit: Permit,
}

/// A refusal, seen and signed like any answer.
fn refuse(failure: Failure, call: &mut Call, rate: Option<Rate>) -> Response<AnswerBody> {
    let (mut answer, code) = answer::refused(failure, call.sight.trace_id());
    call.sight.ended(code);
    answer::sign(answer.headers_mut(), &call.request_id, rate);
    answer
}

/// Takes away what must not reach a service, and adds who calls.
fn prepare(headers: &mut HeaderMap, grant: Option<&Grant>, request_id: &HeaderValue) {
    for name in &STRIPPED {
        headers.remove(name);
    }
    let ours: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with(OURS))
        .cloned()
        .collect();
    for name in ours {
        headers.remove(name);
    }
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(answer::REQUEST_ID, request_id.clone());
    if let Some(grant) = grant {
        let mut token = grant.authorization.clone();
        // A value that is marked as sensitive is spelled out in full on every call. This one cannot be guessed from the
        // length of what is compressed (RFC 7541 §7.1), and repeats for most of a minute: the connection may index it.
        token.set_sensitive(false);
        headers.insert(AUTHORIZATION, token);
    }
}

/// When the gateway ends a call by itself; streams without a deadline never.
fn deadline(headers: &HeaderMap, method: &Method) -> Option<Duration> {
    let stated = headers
        .get("grpc-timeout")
        .and_then(|value| timeout(value.to_str().ok()?));
    stated
        .map(|stated| stated + GRACE)
        .or_else(|| (!method.streams()).then_some(LONGEST_UNARY))
}

/// A `grpc-timeout`: at most eight digits and a unit.
fn timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3_600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_ours_and_nothing_of_one_hop_passes_through() {
        let mut headers = HeaderMap::new();
        for name in [
            "authorization",
            "cookie",
            "x-forwarded-for",
            "connection",
            "x-omnia-role",
            "x-omnia-internal",
            "x-omnia-anything",
            "traceparent",
            "grpc-timeout",
            "x-user-metadata",
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
        }
        prepare(&mut headers, None, &HeaderValue::from_static("r-1"));
        let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(
            left,
            [
                "grpc-timeout",
                "te",
                "traceparent",
                "x-request-id",
                "x-user-metadata"
            ]
        );
    }

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        assert_eq!(timeout("10S"), Some(Duration::from_secs(10)));
        assert_eq!(timeout("250m"), Some(Duration::from_millis(250)));
        for odd in ["", "S", "10", "123456789S", "-1S", "1x", "1é"] {
            assert_eq!(timeout(odd), None, "{odd}");
        }
    }

    #[test]
    fn room_is_bounded_and_given_back() {
        let load = Load::new(1);
        let permit = load.admit(false).unwrap();
        assert!(load.admit(false).is_err());
        assert!(load.admit(true).is_ok(), "streams have room of their own");
        drop(permit);
        assert!(load.admit(false).is_ok());
    }
}
