//! The entrance of every request: who comes, from which page, in which language; and what every answer carries.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use cookie::{Cookie, CookieJar};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, ORIGIN, REFERRER_POLICY,
    SET_COOKIE, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use opentelemetry::trace::TraceContextExt;
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::pages;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::{Session, Side};
use crate::text::{Language, Text};

/// Name of the session's cookie.
pub(crate) const SESSION: &str = "omnia";
/// Name of the language's cookie.
pub(crate) const LANGUAGE: &str = "omnia_lingua";
/// Field in which a form carries the secret of its session.
pub(crate) const CSRF: &str = "_csrf";
/// Largest form, bytes: a report of six sections, or the list of 5,000 workers.
const LARGEST_FORM: usize = 2 * 1024 * 1024;
/// A session is noted as seen at most so often, seconds.
const SEEN_EVERY: i64 = 30;
/// The cookie outlives the session, so that who comes too late is still known by name, seconds.
const COOKIE_LINGERS: i64 = 24 * 3_600;

const SESSION_SECONDS: HeaderName = HeaderName::from_static("x-session-seconds");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// One request of somebody.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// Language of the answer.
    pub(crate) language: Language,
    /// Path and query that were asked for.
    pub(crate) path: String,
    /// The session, while it lives.
    pub(crate) session: Option<Session>,
    /// Whether a part of a page asks, not a page.
    pub(crate) partial: bool,
    /// Fields of the form; none for a page that was only asked for.
    pub(crate) fields: Arc<Fields>,
    /// Trace of the request.
    pub(crate) trace_id: String,
    /// Cookies.
    pub(crate) cookies: CookieJar,
    /// The addresses that the visit came through, as far as they are told, ours last (`X-Forwarded-For`).
    pub(crate) forwarded: String,
    /// Seconds that the session still has, and from how many on the person is warned.
    pub(crate) session_clock: (i64, u64),
}

/// What handlers take to know who asks.
pub(crate) type Visitor = Extension<Arc<Visit>>;

/// The session was changed by the page itself.
#[derive(Debug, Clone, Copy)]
struct SessionChanged;

impl Visit {
    /// The catalogue in the language of the visit.
    pub(crate) fn text(&self) -> Text {
        Text(self.language)
    }

    /// The session of somebody who must be logged in.
    pub(crate) fn session(&self) -> Outcome<&Session> {
        self.session
            .as_ref()
            .ok_or_else(|| Problem::of(Kind::LoggedOut))
    }

    /// The session of somebody on one side of the counter.
    pub(crate) fn session_of(&self, side: Side) -> Outcome<&Session> {
        let session = self.session()?;
        if session.side() == side {
            Ok(session)
        } else {
            Err(Problem::of(Kind::Denied))
        }
    }

    /// What stands around the content of a page.
    pub(crate) fn frame(&self, title: impl Into<String>) -> Frame {
        Frame::of(self, title.into())
    }
}

/// Stands before every page.
pub(crate) async fn enter(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let span = span_of(&request);
    let route = route_of(&request);
    let method = request.method().clone();
    let response = answer(&app, request, next, &span)
        .instrument(span.clone())
        .await;
    span.record("http.response.status_code", response.status().as_u16());
    app.metrics
        .served(&method, &route, response.status(), started.elapsed());
    response
}

async fn answer(app: &Arc<App>, request: Request, next: Next, span: &Span) -> Response {
    let (parts, body) = request.into_parts();
    let cookies = cookies_of(&parts.headers);
    let language = Language::of_code(cookies.get(LANGUAGE).map_or("", Cookie::value));
    let now = app.clock.now();
    let known: Option<Session> = app.seal.read(SESSION, &cookies);
    let live = known
        .clone()
        .filter(|session| session.is_live(now, app.idle_seconds()));
    let left = live
        .as_ref()
        .map_or(0, |session| session.seconds_left(now, app.idle_seconds()));
    let mut visit = Visit {
        language,
        path: parts
            .uri
            .path_and_query()
            .map_or_else(|| "/".to_owned(), ToString::to_string),
        session: live,
        partial: parts.headers.contains_key(HX_REQUEST),
        fields: Arc::default(),
        trace_id: trace_id_of(span),
        cookies,
        forwarded: forwarded(&parts),
        session_clock: (left, app.config.session_warning_s),
    };

    let file =
        parts.method == Method::POST && pages::takes_a_file(parts.extensions.get::<MatchedPath>());
    let admitted = if file {
        admit_file(app, &visit, &parts.headers, body).await
    } else if parts.method == Method::POST {
        let admitted = admit(app, &mut visit, &parts.headers, body, parts.uri.path()).await;
        admitted.map(|()| Body::empty())
    } else {
        Ok(Body::empty())
    };
    let visit = Arc::new(visit);
    let mut response = match admitted {
        Ok(body) => {
            let mut request = Request::from_parts(parts, body);
            request.extensions_mut().insert(Arc::clone(&visit));
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = tell(app, &visit, known.as_ref(), &problem);
    }
    refresh(app, &visit, &mut response);
    protect(app, &mut response);
    response
}

/// The addresses that a request came through, with the one that it reached us from. Whether they are believed is for the
/// gateway to say, which knows its proxies.
pub(crate) fn forwarded(parts: &Parts) -> String {
    let told = parts.headers.get_all(X_FORWARDED_FOR).iter();
    let told = told.filter_map(|value| value.to_str().ok().map(str::to_owned));
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(address)| address.ip().to_string());
    told.chain(peer).collect::<Vec<_>>().join(", ")
}

/// Lets a form in: from a page of ours, of this session, while it lives.
async fn admit(
    app: &App,
    visit: &mut Visit,
    headers: &HeaderMap,
    body: Body,
    path: &str,
) -> Outcome<()> {
    if !is_from_here(headers, &app.config.public_url) {
        return Err(Problem::of(Kind::Forged));
    }
    if pages::dashboard::digest::is_cancelling(path) {
        return Ok(());
    }
    let form = headers.get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let body = to_bytes(body, LARGEST_FORM).await;
    let (true, Ok(body)) = (form, body) else {
        return Err(Problem::of(Kind::Input));
    };
    visit.fields = Arc::new(Fields::read(&body));
    let session = visit.session()?;
    // A kept form carries its own proof: it was sealed by us, for this person.
    if path == pages::session::RESUME || same(visit.fields.raw(CSRF), &session.csrf) {
        Ok(())
    } else {
        Err(Problem::of(Kind::Forged))
    }
}

/// Lets a file in, unread: from a page of ours, while the session lives. A script proves the session by a header; the form
/// without scripts by its first field, which `pages::uploads` reads.
async fn admit_file(app: &App, visit: &Visit, headers: &HeaderMap, body: Body) -> Outcome<Body> {
    let from_here = is_from_here(headers, &app.config.public_url);
    let is_form = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
    let stated = headers.get(CSRF_HEADER).and_then(|text| text.to_str().ok());
    let refused = if !from_here {
        Kind::Forged
    } else if visit.session.is_none() {
        Kind::LoggedOut
    } else if is_form || stated.is_some_and(|stated| is_csrf_of(visit, stated)) {
        return Ok(body);
    } else {
        Kind::Forged
    };
    pages::uploads::form::drain(body).await;
    Err(Problem::of(refused))
}

/// Whether a secret is that of the session.
pub(crate) fn is_csrf_of(visit: &Visit, stated: &str) -> bool {
    let session = visit.session.as_ref();
    session.is_some_and(|session| same(stated, &session.csrf))
}

/// Browsers say where a form comes from; what says nothing is judged by the secret of the session alone.
fn is_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let site = headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
    let origin = headers.get(ORIGIN).map(HeaderValue::as_bytes);
    site.is_none_or(|site| site == b"same-origin")
        && origin.is_none_or(|origin| origin == public_url.as_bytes())
}

/// Compares without telling by the time it takes how much is right.
fn same(one: &str, other: &str) -> bool {
    let different = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |sum, (one, other)| sum | (one ^ other));
    one.len() == other.len() && !other.is_empty() && different == 0
}

/// The page that tells a problem. Who came too late with a form gets it back; who came too late for a page may log in.
fn tell(app: &App, visit: &Arc<Visit>, known: Option<&Session>, problem: &Problem) -> Response {
    if problem.kind == Kind::LoggedOut {
        if visit.partial {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        if !pages::session::is_kept(visit) {
            return Redirect::to(&pages::session::login_path(visit)).into_response();
        }
        let subject = known.map_or("", |session| &session.subject);
        let sealed = app.keeper.keep(
            subject,
            &visit.path,
            visit.fields.without(CSRF),
            app.clock.now(),
        );
        return pages::session::expired(visit, sealed);
    }
    if let Kind::StepUp(level) = &problem.kind
        && !visit.partial
    {
        return pages::session::step_up(visit, level, problem);
    }
    if matches!(problem.kind, Kind::Internal | Kind::Unavailable) {
        tracing::warn!(
            reason = problem.reason,
            refused_trace_id = problem.trace_id,
            "page failed"
        );
    }
    pages::problem::page(visit, problem)
}

/// Notes that the person was seen, and tells the page how long the session still has.
fn refresh(app: &App, visit: &Visit, response: &mut Response) {
    if response.extensions().get::<SessionChanged>().is_some() {
        return;
    }
    let Some(session) = &visit.session else {
        return;
    };
    let now = app.clock.now();
    let session = Session {
        seen: now.timestamp(),
        ..session.clone()
    };
    if let Ok(left) =
        HeaderValue::try_from(session.seconds_left(now, app.idle_seconds()).to_string())
    {
        response.headers_mut().insert(SESSION_SECONDS, left);
    }
    let seen_before = visit.session.as_ref().map_or(0, |before| before.seen);
    if session.seen - seen_before >= SEEN_EVERY {
        keep_session(app, &session, response);
    }
}

/// Keeps a session in the browser. One that is too large leaves out what only the logout needs.
pub(crate) fn keep_session(app: &App, session: &Session, response: &mut Response) {
    let now = app.clock.now().timestamp();
    let seconds = (session.until - now).max(0) + COOKIE_LINGERS;
    let kept = app.seal.keep(SESSION, session, seconds).or_else(|_| {
        let smaller = Session {
            id_token: String::new(),
            ..session.clone()
        };
        app.seal.keep(SESSION, &smaller, seconds)
    });
    match kept {
        Ok(lines) => set_cookies(response, lines),
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "the access token does not fit into cookies: ask the provider for a smaller one"
        ),
    }
    response.extensions_mut().insert(SessionChanged);
}

/// Forgets the session.
pub(crate) fn forget_session(app: &App, response: &mut Response) {
    set_cookies(response, app.seal.forget(SESSION));
    response.extensions_mut().insert(SessionChanged);
}

/// Adds `Set-Cookie` lines.
pub(crate) fn set_cookies(response: &mut Response, lines: Vec<String>) {
    for value in lines
        .into_iter()
        .filter_map(|line| HeaderValue::try_from(line).ok())
    {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// Headers of every answer. Assets bring their own `Cache-Control`.
fn protect(app: &App, response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, app.policy.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(CROSS_ORIGIN_OPENER, HeaderValue::from_static("same-origin"));
    headers.insert(
        PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=()"),
    );
    if app.is_secure() {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// What pages may load: our own files and nothing else. Forms may lead to the provider, where the logout ends.
pub(crate) fn policy(issuer: &str) -> HeaderValue {
    let provider = url::Url::parse(issuer)
        .map(|url| url.origin().ascii_serialization())
        .unwrap_or_default();
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; form-action 'self' {provider}; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn cookies_of(headers: &HeaderMap) -> CookieJar {
    let mut jar = CookieJar::new();
    for header in headers.get_all(COOKIE) {
        for cookie in Cookie::split_parse(header.to_str().unwrap_or_default().to_owned()).flatten()
        {
            jar.add_original(cookie);
        }
    }
    jar
}

fn route_of(request: &Request) -> String {
    request
        .extensions()
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str)
        .to_owned()
}

/// Names and attributes follow the semantic conventions for HTTP. Paths hold opaque ids only.
fn span_of(request: &Request) -> Span {
    let route = route_of(request);
    let span = tracing::info_span!(
        "http.server",
        otel.name = format!("{} {route}", request.method()),
        otel.kind = "server",
        service = crate::NAME,
        http.request.method = request.method().as_str(),
        http.route = route,
        http.response.status_code = tracing::field::Empty,
    );
    // Only fails when the span is filtered out, and then there is nothing to attach.
    let _ = span.set_parent(chassis::telemetry::parent_of(request.headers()));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn a_form_of_another_site_is_not_let_in() {
        let here = "https://portale.example.it";
        let from = |pairs: &[(&'static str, &'static str)]| is_from_here(&headers(pairs), here);
        assert!(from(&[("origin", here), ("sec-fetch-site", "same-origin")]));
        assert!(from(&[]));
        assert!(!from(&[("origin", "https://altro.example.it")]));
        assert!(!from(&[("sec-fetch-site", "cross-site")]));
        assert!(!from(&[("sec-fetch-site", "same-site")]));
        assert!(!from(&[("origin", "null")]));
    }

    #[test]
    fn only_the_whole_secret_of_the_session_is_right() {
        assert!(same("secret", "secret"));
        for wrong in ["", "secre", "secret1", "Secret"] {
            assert!(!same(wrong, "secret"), "{wrong}");
        }
        assert!(!same("", ""));
    }

    #[test]
    fn no_page_may_run_what_is_written_in_it() {
        let policy = policy("https://login.example.it/realm");
        let policy = policy.to_str().unwrap();
        assert!(!policy.contains("unsafe") && !policy.contains("nonce") && !policy.contains('*'));
        assert!(policy.contains("script-src 'self';") && policy.contains("style-src 'self';"));
        assert!(policy.contains("form-action 'self' https://login.example.it;"));
    }
}
