//! The weekly digest and the alerts by mail: getting them, and getting them no more.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use http::StatusCode;
use proto::omnia::dasmo::v1::{
    CancelDigestRequest, DigestKind, DigestSubject, DigestSubscription, ExportLanguage,
    GetDigestRequest, SubscribeDigestRequest, UnsubscribeDigestRequest,
};

use super::super::handling::is_told_here;
use super::super::search::address;
use super::super::{form, page, query, see, with_status};
use super::subject::Subject;
use super::{asked, monitor};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::problem::{Kind, Outcome, Problem};
use crate::text::{Language, Text, format};
use crate::web::{Visit, Visitor};

/// Address of the page.
const PATH: &str = "/cruscotto/riepilogo";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(PATH, get(shown).post(subscribe))
        .route("/cruscotto/riepilogo/fine", form(unsubscribe))
        .route("/cruscotto/riepilogo/{token}", get(ask).post(cancel))
}

/// Whether an address is one that a mail program may post to by itself, without a session (RFC 8058): the token in it is what
/// proves that the mail was received.
pub(crate) fn is_cancelling(path: &str) -> bool {
    path.strip_prefix(PATH)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(is_token)
}

fn is_token(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Address of the page that offers the digest of what is shown.
pub(super) fn offer(subject: Subject, query: &Fields) -> String {
    let dropped = [
        ("taglio", ""),
        ("passo", ""),
        ("dal", ""),
        ("al", ""),
        ("cosa", code_of(subject)),
    ];
    address(PATH, query, &dropped)
}

struct Held {
    /// Subject and kind.
    about: String,
    code: &'static str,
    kind: &'static str,
    since: String,
    filters: String,
    end: String,
}

#[derive(Template)]
#[template(path = "dashboard_digest.html")]
struct DigestPage {
    f: Frame,
    available: bool,
    held: Vec<Held>,
    about: &'static str,
    code: &'static str,
    alert: bool,
    filters: String,
    kept: Vec<(String, String)>,
    address: String,
    domains: String,
    english: bool,
    back: String,
    problem: String,
}

async fn shown(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let query = query(&visit);
    digest_page(&app, &visit, &query, None).await
}

async fn digest_page(
    app: &App,
    visit: &Visit,
    asked: &Fields,
    problem: Option<&Problem>,
) -> Outcome {
    let session = monitor(app, visit).await?;
    let platform = app.gateway.for_session(session);
    let mut digests = platform.dasmo_digest();
    let answer = digests.get_digest(GetDigestRequest {}).await?.into_inner();
    let t = visit.text();
    let subject = subject_of(asked);
    let english = match asked.text("lingua") {
        "" => visit.language == Language::English,
        code => code == "en",
    };
    let kind = kind_of(asked);
    let notice = match (query(visit).text("fatto"), kind) {
        ("iscritto", DigestKind::Alert) => t.digest_alert_subscribed(),
        ("iscritto", _) => t.digest_subscribed(),
        ("fine", _) => t.digest_ended(),
        _ => "",
    };
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &DigestPage {
            f: visit
                .frame(t.digest_title())
                .crumb(t.dash_title(), subject.path())
                .crumb(t.digest_title(), "")
                .noticing(notice),
            available: answer.available,
            held: answer.subscriptions.iter().map(|it| held(t, it)).collect(),
            about: subject.name(t),
            code: code_of(subject),
            alert: kind == DigestKind::Alert,
            filters: filters(t, asked),
            kept: filter_fields(asked),
            address: asked.text("indirizzo").to_owned(),
            domains: answer.domains.join(", "),
            english,
            back: address(subject.path(), &Fields(filter_fields(asked)), &[]),
            problem: problem.map_or(String::new(), |it| it.message(visit.language)),
        },
    ))
}

/// The filters of the dashboard among the fields.
fn filter_fields(fields: &Fields) -> Vec<(String, String)> {
    let places = ["regione", "sede", "agenzie", "prodotto", "sezione"];
    fields
        .0
        .iter()
        .filter(|(name, value)| {
            !value.is_empty() && (places.contains(&name.as_str()) || asked::is_characteristic(name))
        })
        .cloned()
        .collect()
}

fn filters(t: Text, fields: &Fields) -> String {
    asked::told(t, &asked::filter(fields), &[])
}

fn held(t: Text, one: &DigestSubscription) -> Held {
    let subject = match one.subject() {
        DigestSubject::Flows => Subject::Flows,
        _ => Subject::Claims,
    };
    let kind = match one.kind() {
        DigestKind::Alert => t.digest_alert(),
        _ => t.digest_weekly(),
    };
    let about = format!("{}, {}", subject.name(t), kind.to_lowercase());
    Held {
        end: t.digest_end(&about),
        about,
        code: code_of(subject),
        kind: code_of_kind(one.kind()),
        since: t.digest_since(&one.address, &format::timestamp(one.since.as_ref())),
        filters: asked::told(t, &one.filter.clone().unwrap_or_default(), &[]),
    }
}

fn code_of(subject: Subject) -> &'static str {
    match subject {
        Subject::Claims => "domande",
        Subject::Flows => "flussi",
    }
}

fn subject_of(fields: &Fields) -> Subject {
    match fields.text("cosa") {
        "flussi" => Subject::Flows,
        _ => Subject::Claims,
    }
}

fn code_of_kind(kind: DigestKind) -> &'static str {
    match kind {
        DigestKind::Alert => "avviso",
        _ => "riepilogo",
    }
}

fn kind_of(fields: &Fields) -> DigestKind {
    match fields.text("tipo") {
        "avviso" => DigestKind::Alert,
        _ => DigestKind::Weekly,
    }
}

fn wire_of(subject: Subject) -> i32 {
    match subject {
        Subject::Claims => DigestSubject::Claims,
        Subject::Flows => DigestSubject::Flows,
    }
    .into()
}

async fn subscribe(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = monitor(&app, &visit).await?;
    let fields = &visit.fields;
    let (subject, kind) = (subject_of(fields), kind_of(fields));
    let kept = Fields(filter_fields(fields));
    let request = SubscribeDigestRequest {
        subject: wire_of(subject),
        address: fields.text("indirizzo").to_owned(),
        filter: Some(asked::filter(&kept)),
        language: match fields.text("lingua") {
            "en" => ExportLanguage::English,
            _ => ExportLanguage::Italian,
        }
        .into(),
        page: address(subject.path(), &kept, &[]),
        kind: kind.into(),
    };
    let platform = app.gateway.for_session(session);
    match platform.dasmo_digest().subscribe_digest(request).await {
        Ok(_) => Ok(see(&address(
            PATH,
            &kept,
            &[
                ("cosa", code_of(subject)),
                ("tipo", code_of_kind(kind)),
                ("fatto", "iscritto"),
            ],
        ))),
        Err(status) => {
            let problem = Problem::from(status);
            if is_told_here(&problem) {
                digest_page(&app, &visit, fields, Some(&problem)).await
            } else {
                Err(problem)
            }
        }
    }
}

async fn unsubscribe(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = monitor(&app, &visit).await?;
    let subject = subject_of(&visit.fields);
    let request = UnsubscribeDigestRequest {
        subject: wire_of(subject),
        kind: kind_of(&visit.fields).into(),
    };
    let platform = app.gateway.for_session(session);
    platform.dasmo_digest().unsubscribe_digest(request).await?;
    let kept = Fields::default();
    Ok(see(&address(
        PATH,
        &kept,
        &[("cosa", code_of(subject)), ("fatto", "fine")],
    )))
}

#[derive(Template)]
#[template(path = "dashboard_cancel.html")]
struct CancelPage {
    f: Frame,
    /// Where the form goes; empty once it is done.
    address: String,
}

/// A link is followed by programs that look for harm, too: only the button ends the subscription.
async fn ask(Path(token): Path<String>, visit: Visitor) -> Outcome {
    if !is_token(&token) {
        return Err(Problem::of(Kind::NotFound));
    }
    Ok(page(&CancelPage {
        f: visit.frame(visit.text().digest_cancel_title()),
        address: format!("{PATH}/{token}"),
    }))
}

async fn cancel(State(app): State<Arc<App>>, Path(token): Path<String>, visit: Visitor) -> Outcome {
    if !is_token(&token) {
        return Err(Problem::of(Kind::NotFound));
    }
    let request = CancelDigestRequest {
        token: token.to_ascii_lowercase(),
    };
    let platform = app.gateway.for_anybody(&visit.forwarded);
    platform.dasmo_digest().cancel_digest(request).await?;
    Ok(page(&CancelPage {
        f: visit.frame(visit.text().digest_cancel_title()),
        address: String::new(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_of_a_token_is_posted_to_without_a_session() {
        let token = "0123456789abcdef".repeat(4);
        assert!(is_cancelling(&format!("{PATH}/{token}")));
        for other in [
            "/cruscotto/riepilogo",
            "/cruscotto/riepilogo/fine",
            "/domande/nuova",
        ] {
            assert!(!is_cancelling(other), "{other}");
        }
        assert!(!is_cancelling(&format!("{PATH}/{token}/x")));
    }

    #[test]
    fn filters_go_along_and_the_rest_of_the_address_does_not() {
        let fields = Fields::read(
            b"regione=03&sede=490000&agenzie=1&settore=1&passo=mese&cosa=flussi&indirizzo=a%40inps.it&prodotto=",
        );
        let kept: Vec<String> = filter_fields(&fields)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(kept, ["regione", "sede", "agenzie", "settore"]);
    }
}
