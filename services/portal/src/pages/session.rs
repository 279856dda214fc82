//! Login, logout, and what happens when a session ends.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use cookie::{Cookie, SameSite};
use http::StatusCode;

use super::{form, page, profile, query, see, with_status};
use crate::App;
use crate::frame::Frame;
use crate::oidc::{Attempt, LoginError};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::{Session, latest_end};
use crate::web::{self, Visit, Visitor};

/// Where a kept form is taken up again.
pub(crate) const RESUME: &str = "/sessione/riprendi";
/// Cookie of somebody who is at the provider.
const ATTEMPT: &str = "omnia_accesso";
/// Longest stay at the provider, seconds.
const ATTEMPT_SECONDS: i64 = 900;
const LANGUAGE_SECONDS: i64 = 365 * 24 * 3_600;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/accesso", get(welcome))
        .route("/accesso/avvia", get(begin))
        .route("/accesso/ritorno", get(finish))
        .route("/uscita", form(logout))
        .route("/uscita/conclusa", get(logged_out))
        .route("/sessione/prolunga", form(extend))
        .route(RESUME, form(resume))
        .route("/sessione/ripresa", get(resume_kept_by_browser))
        .route("/lingua/{code}", get(language))
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    f: Frame,
    begin: String,
}

#[derive(Template)]
#[template(path = "expired.html")]
struct ExpiredPage {
    f: Frame,
    sealed: String,
}

#[derive(Template)]
#[template(path = "resume.html")]
struct ResumePage {
    f: Frame,
    action: String,
    fields: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "resume_wait.html")]
struct ResumeWaitPage {
    f: Frame,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    f: Frame,
    text: String,
    link: String,
    link_text: &'static str,
}

/// Whether what was sent is worth keeping: work on claims, and what was kept already.
pub(crate) fn is_kept(visit: &Visit) -> bool {
    let work = ["/domande/", "/ufficio/", RESUME];
    !visit.fields.0.is_empty() && work.iter().any(|folder| visit.path.starts_with(folder))
}

/// The address of the login, with the page to come back to; the home after a form.
pub(crate) fn login_path(visit: &Visit) -> String {
    let next = if visit.fields.0.is_empty() {
        local(&visit.path)
    } else {
        "/".to_owned()
    };
    format!("/accesso?next={}", encoded(&next))
}

async fn welcome(State(app): State<Arc<App>>, visit: Visitor) -> Response {
    if visit.session.is_some() {
        return see("/");
    }
    let _ = app;
    let next = local(query(&visit).text("next"));
    page(&LoginPage {
        f: visit.frame(visit.text().login_title()),
        begin: format!("/accesso/avvia?next={}", encoded(&next)),
    })
}

async fn begin(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let query = query(&visit);
    let level = query.text("livello");
    let level = (!level.is_empty()).then_some(level);
    let started = app.provider.begin(local(query.text("next")), level).await;
    let (url, attempt) = started.map_err(|error| failed(&error))?;
    let mut response = see(&url);
    let lines = app.seal.keep(ATTEMPT, &attempt, ATTEMPT_SECONDS);
    web::set_cookies(&mut response, lines.map_err(|_| Problem::of(Kind::Input))?);
    Ok(response)
}

async fn finish(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let t = visit.text();
    let query = query(&visit);
    let attempt: Option<Attempt> = app.seal.read(ATTEMPT, &visit.cookies);
    let asked = attempt.filter(|attempt| {
        attempt.state == query.text("state") && is_issuer(&app, query.text("iss"))
    });
    let Some(attempt) = asked else {
        return Ok(login_message(&visit, t.login_lost()));
    };
    if !query.text("error").is_empty() {
        return Ok(login_message(&visit, t.login_refused()));
    }
    let identity = app
        .provider
        .finish(&attempt, query.text("code").to_owned())
        .await
        .map_err(|error| failed(&error))?;

    let now = app.clock.now();
    // Who logs in again after an end of the session goes on in the same profile.
    let before: Option<Session> = app.seal.read(web::SESSION, &visit.cookies);
    let profile = before
        .filter(|before| before.subject == identity.subject)
        .and_then(|before| before.profile);
    let max = i64::try_from(app.config.session_max_s).unwrap_or(i64::MAX / 2);
    let mut session = Session {
        subject: identity.subject,
        name: identity.name,
        fiscal_code: identity.fiscal_code,
        access_token: identity.access_token,
        id_token: identity.id_token,
        csrf: app.ids.code(32),
        profile,
        seen: now.timestamp(),
        until: latest_end(now, max, identity.token_ends),
    };
    let next = local(&attempt.next);
    let mut response = see(&next);
    if session.profile.is_none() {
        // Who has no choice is not asked.
        match profile::profiles(&app, &session)
            .await
            .map(<[_; 1]>::try_from)
        {
            Ok(Ok([(only, _)])) => session.profile = Some(only),
            Ok(Err(_)) => response = see(&format!("/profilo?next={}", encoded(&next))),
            // The provider vouches for the person, but the gateway does not take its word.
            Err(problem) if problem.kind == Kind::LoggedOut => {
                return Ok(login_message(&visit, t.login_refused()));
            }
            Err(_) => {}
        }
    }
    web::set_cookies(&mut response, app.seal.forget(ATTEMPT));
    web::keep_session(&app, &session, &mut response);
    Ok(response)
}

/// An answer that names another issuer is none of ours (`identity.md` §1.1, mix-up).
fn is_issuer(app: &App, stated: &str) -> bool {
    stated.is_empty() || stated == app.config.oidc.issuer
}

fn failed(error: &LoginError) -> Problem {
    tracing::warn!(error = error as &dyn std::error::Error, "login failed");
    Problem::of(match error {
        LoginError::Unreachable(_) => Kind::Unavailable,
        LoginError::Refused(_) => Kind::Denied,
    })
}

async fn logout(State(app): State<Arc<App>>, visit: Visitor) -> Response {
    let id_token = visit
        .session
        .as_ref()
        .map(|session| session.id_token.clone())
        .unwrap_or_default();
    let end = app.provider.logout(&id_token).await;
    let mut response = see(end.as_deref().unwrap_or("/uscita/conclusa"));
    web::forget_session(&app, &mut response);
    response
}

async fn logged_out(visit: Visitor) -> Response {
    let t = visit.text();
    page(&MessagePage {
        f: visit.frame(t.logged_out_title()),
        text: t.logged_out_text().to_owned(),
        link: "/accesso".to_owned(),
        link_text: t.login_again(),
    })
}

/// Seeing the person is all there is to do: `web` notes it.
async fn extend(visit: Visitor) -> Response {
    if visit.partial {
        return with_status(StatusCode::OK, &Nothing);
    }
    see(&local(visit.fields.text("next")))
}

#[derive(Template)]
#[template(source = "", ext = "html")]
struct Nothing;

/// A form came after the end of the session: the page keeps it.
pub(crate) fn expired(visit: &Visit, sealed: String) -> Response {
    // A kept form that comes too late again is still the same.
    let again = visit.fields.raw("conservato");
    let sealed = if visit.path == RESUME {
        again.to_owned()
    } else {
        sealed
    };
    with_status(
        StatusCode::UNAUTHORIZED,
        &ExpiredPage {
            f: visit.frame(visit.text().expired_title()),
            sealed,
        },
    )
}

async fn resume(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = visit.session()?;
    let kept = app.keeper.open(
        visit.fields.raw("conservato"),
        &session.subject,
        app.clock.now(),
    );
    let t = visit.text();
    let Some(kept) = kept else {
        return Ok(with_status(
            StatusCode::CONFLICT,
            &MessagePage {
                f: visit.frame(t.resume_title()),
                text: t.resume_not_yours().to_owned(),
                link: "/".to_owned(),
                link_text: t.go_home(),
            },
        ));
    };
    Ok(page(&ResumePage {
        f: visit.frame(t.resume_title()),
        action: local(&kept.path),
        fields: kept.fields,
    }))
}

/// With scripts the browser itself brings the kept form here after the login.
async fn resume_kept_by_browser(visit: Visitor) -> Outcome {
    visit.session()?;
    Ok(page(&ResumeWaitPage {
        f: visit.frame(visit.text().resume_title()),
    }))
}

/// A stronger login is needed for what was asked.
pub(crate) fn step_up(visit: &Visit, level: &str, problem: &Problem) -> Response {
    let t = visit.text();
    let back = if visit.fields.0.is_empty() {
        visit.path.as_str()
    } else {
        "/"
    };
    with_status(
        problem.status(),
        &MessagePage {
            f: visit.frame(problem.title(visit.language)),
            text: problem.message(visit.language),
            link: format!(
                "/accesso/avvia?livello={}&next={}",
                encoded(level),
                encoded(back)
            ),
            link_text: t.login_again(),
        },
    )
}

fn login_message(visit: &Visit, text: &str) -> Response {
    let t = visit.text();
    with_status(
        StatusCode::BAD_REQUEST,
        &MessagePage {
            f: visit.frame(t.login_failed_title()),
            text: text.to_owned(),
            link: "/accesso".to_owned(),
            link_text: t.login_again(),
        },
    )
}

async fn language(
    State(app): State<Arc<App>>,
    Path(code): Path<String>,
    visit: Visitor,
) -> Response {
    let code = if code == "en" { "en" } else { "it" };
    let mut response = see(&local(query(&visit).text("torna")));
    let cookie = Cookie::build((web::LANGUAGE, code))
        .path("/")
        .secure(app.is_secure())
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(cookie::time::Duration::seconds(LANGUAGE_SECONDS))
        .build();
    web::set_cookies(&mut response, vec![cookie.to_string()]);
    response
}

/// A path of the portal; the home for anything that would lead elsewhere.
pub(super) fn local(path: &str) -> String {
    let leads_elsewhere = !path.starts_with('/')
        || path.starts_with("//")
        || path
            .bytes()
            .any(|byte| byte == b'\\' || byte.is_ascii_control());
    if leads_elsewhere {
        "/".to_owned()
    } else {
        path.to_owned()
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site_after_the_login() {
        assert_eq!(local("/domande?stato=bozza"), "/domande?stato=bozza");
        for elsewhere in [
            "https://altro.example",
            "//altro.example",
            "/\\altro.example",
            "",
            "/a\r\nb",
        ] {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
    }
}
