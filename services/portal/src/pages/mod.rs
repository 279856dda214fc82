//! The pages.

mod claims;
mod counters;
pub(crate) mod dashboard;
mod delegations;
mod documents;
mod draft;
mod files;
mod fixed;
mod handling;
mod home;
mod office;
mod payments;
pub(crate) mod problem;
mod profile;
pub(crate) mod provenance;
mod queue;
mod search;
pub(crate) mod session;
pub(crate) mod uploads;
mod view;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{MatchedPath, Path};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use uuid::Uuid;

use crate::App;
use crate::assets;
use crate::problem::{Kind, Outcome, Problem};

/// Every page and what answers it.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(home::page))
        .merge(session::routes())
        .route("/profilo", get(profile::page).post(profile::choose))
        .merge(claims::routes())
        .merge(draft::routes())
        .merge(files::routes())
        .merge(office::routes())
        .merge(documents::routes())
        .merge(queue::routes())
        .merge(handling::routes())
        .merge(delegations::routes())
        .merge(search::routes())
        .merge(dashboard::routes())
        .merge(payments::routes())
        .route("/accessibilita", get(fixed::accessibility))
        .route("/privacy", get(fixed::privacy))
        .route("/risorse/{name}", get(assets::serve))
        .fallback(async || Problem::of(Kind::NotFound))
}

/// Whether a route takes a file, so that its body is a stream and no form.
pub(crate) fn takes_a_file(route: Option<&MatchedPath>) -> bool {
    let takes = |route: &str| files::UPLOADS.contains(&route) || payments::UPLOADS.contains(&route);
    route.is_some_and(|route| takes(route.as_str()))
}

/// A page.
fn page(template: &impl Template) -> Response {
    with_status(StatusCode::OK, template)
}

/// A page with another status.
fn with_status(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let mut response = (status, html).into_response();
            response.headers_mut().insert(
                CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            );
            response
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "render a page");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// After a change the browser asks for a page anew, so that going back and refreshing repeat nothing.
fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// The id in an address; what is none is the address of nothing.
fn id_of(Path(id): &Path<String>) -> Outcome<Uuid> {
    Uuid::try_parse(id).map_err(|_| Problem::of(Kind::NotFound))
}

/// The catalogue's words for what the last action did, named by the address of a page.
fn notice(t: crate::text::Text, query: &crate::fields::Fields) -> &'static str {
    match query.text("esito") {
        "salvata" => t.notice_saved(),
        "rimediata" => t.notice_mended(),
        "elenco" => t.notice_list(),
        "allegata" => t.notice_attached(),
        "tolto" => t.notice_detached(),
        "annullata" => t.notice_upload_cancelled(),
        "inviata" => t.notice_submitted(),
        "eliminata" => t.notice_deleted(),
        "ritirata" => t.notice_withdrawn(),
        "riesame" => t.notice_reexamination(),
        "ricorso" => t.notice_appeal(),
        "presa" => t.notice_taken(),
        "proposta" => t.notice_proposed(),
        "restituita" => t.notice_returned(),
        "adottata" => t.notice_adopted(),
        "ceduta" => t.notice_handed_over(),
        "nota" => t.notice_note(),
        "trasferita" => t.notice_transferred(),
        "esito-ricorso" => t.notice_ruling(),
        "delega" => t.notice_delegated(),
        "revocata" => t.notice_delegation_ended(),
        "profilo" => t.notice_profile(),
        "flusso-ricevuto" => t.notice_flow_received(),
        "flusso-annullato" => t.notice_flow_deleted(),
        "flusso-respinto" => t.notice_flow_rejected(),
        "riga-lavorata" => t.notice_line_cured(),
        "riga-annullata" => t.notice_line_cancelled(),
        "disposta" => t.notice_batch_made(),
        "recupero" => t.notice_recovery(),
        "recupero-aperto" => t.notice_recovery_opened(),
        _ => "",
    }
}

/// The query of the address of a visit.
fn query(visit: &crate::web::Visit) -> crate::fields::Fields {
    let query = visit.path.split_once('?').map_or("", |(_, query)| query);
    crate::fields::Fields::read(query.as_bytes())
}

/// Routes of pages that only take forms.
fn form<H, T>(handler: H) -> axum::routing::MethodRouter<Arc<App>>
where
    H: axum::handler::Handler<T, Arc<App>>,
    T: 'static,
{
    post(handler)
}
