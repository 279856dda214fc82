//! Files of a claim: the list of workers as CSV, and attachments. The portal keeps none of them: what comes from a browser
//! goes on to `FilesService` as it comes, and what is downloaded passes through.

pub(crate) mod attachments;
pub(crate) mod lists;
mod report;
mod send;

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Path};
use axum::routing::get;
use uuid::Uuid;

use super::form as posted;
use super::see;
use crate::App;
use crate::problem::{Kind, Outcome, Problem};

/// What a form or a script may send a file to.
pub(super) const UPLOADS: [&str; 3] = [
    "/domande/{id}/lavoratori/carica",
    "/domande/{id}/allegati/carica",
    "/domande/{id}/caricamenti/{caricamento}/pezzo",
];

pub(super) fn routes() -> Router<Arc<App>> {
    let [list, attachment, piece] = UPLOADS;
    Router::new()
        .route(list, get(to_step).post(send::list))
        .route(attachment, get(to_step).post(send::attachment))
        .route(piece, posted(send::receive))
        .route(
            "/domande/{id}/caricamenti/{caricamento}/stato",
            get(send::state),
        )
        .route(
            "/domande/{id}/caricamenti/{caricamento}/annulla",
            posted(send::cancel),
        )
        .route("/domande/{id}/caricamenti/{caricamento}", get(report::page))
        .route(
            "/domande/{id}/caricamenti/{caricamento}/errori.csv",
            get(report::csv),
        )
        .route("/modelli/lavoratori.csv", get(lists::template))
        .route("/domande/{id}/lavoratori", get(lists::page))
        .route("/domande/{id}/lavoratori.csv", get(lists::csv))
        .route("/ufficio/{id}/lavoratori", get(lists::page))
        .route("/ufficio/{id}/lavoratori.csv", get(lists::csv))
        .route(
            "/domande/{id}/allegati/{allegato}",
            get(attachments::download),
        )
        .route(
            "/ufficio/{id}/allegati/{allegato}",
            get(attachments::download),
        )
        .route(
            "/domande/{id}/allegati/{allegato}/togli",
            posted(attachments::remove),
        )
}

/// Who comes back after a login that an upload asked for is shown the step where it begins.
async fn to_step(Path(id): Path<String>, route: MatchedPath) -> axum::response::Response {
    see(&if route.as_str() == UPLOADS[0] {
        format!("/domande/{id}/compila/lavoratori")
    } else {
        format!("/domande/{id}/compila/allegati")
    })
}

/// The claim and the upload or attachment that an address names.
fn ids((claim, other): &(String, String)) -> Outcome<(Uuid, Uuid)> {
    let claim = Uuid::try_parse(claim).ok();
    claim
        .zip(Uuid::try_parse(other).ok())
        .ok_or_else(|| Problem::of(Kind::NotFound))
}
