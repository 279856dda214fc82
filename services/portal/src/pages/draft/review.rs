//! The last step: everything at a glance, and the sending.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use http::StatusCode;
use proto::omnia::claims::v1::{DeleteDraftRequest, SubmitClaimRequest};
use uuid::Uuid;

use super::check::{CheckView, check_view};
use super::page::{StepLink, links};
use super::step::Step;
use super::{Desk, counters_of, framed, open};
use crate::App;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::claims::view;
use crate::pages::counters::CountersView;
use crate::pages::view::{ClaimView, findings};
use crate::pages::{id_of, notice, query, see, with_status};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Side;
use crate::web::{Visit, Visitor};

#[derive(Template)]
#[template(path = "draft_review.html")]
struct ReviewPage {
    f: Frame,
    c: ClaimView,
    steps: Vec<StepLink>,
    check: CheckView,
    counters: CountersView,
    request_id: Uuid,
    problem: String,
}

pub(super) async fn review(
    app: &App,
    visit: &Visit,
    platform: &Platform,
    desk: Desk,
    problem: Option<&Problem>,
) -> Outcome {
    let t = visit.text();
    let found = findings(t, &desk.check.findings);
    let (counters, offices, c) = tokio::join!(
        counters_of(app, platform, t, Step::Review, &desk),
        app.directory.offices(platform, app.clock.now()),
        view(app, platform, t, &desk.claim),
    );
    let counters = counters?;
    let kept: Option<Uuid> = visit.fields.read_as("richiesta");
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &ReviewPage {
            f: framed(visit, t.step_title(Step::Review.title(t)))
                .crumb(t.draft(), "")
                .noticing(notice(t, &query(visit))),
            c,
            steps: links(t, Step::Review, &found),
            check: check_view(t, app.clock.today(), &desk, &found, &offices),
            counters,
            request_id: kept.unwrap_or_else(|| app.ids.at(app.clock.now())),
            problem: problem.map_or(String::new(), |problem| problem.message(visit.language)),
        },
    ))
}

/// Sends the claim, once: who goes back, refreshes or clicks twice comes to the receipt of the first time.
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let id = id_of(&id)?;
    let platform = app.gateway.for_session(session);
    let request_id: Uuid = visit
        .fields
        .read_as("richiesta")
        .ok_or_else(|| Problem::of(Kind::Input))?;
    let request = SubmitClaimRequest {
        claim_id: id.to_string(),
        request_id: request_id.to_string(),
        etag: visit.fields.text("etag").to_owned(),
    };
    let receipt = format!("/domande/{id}/ricevuta");
    let problem = match platform.claims().submit_claim(request).await {
        Ok(_) => return Ok(see(&format!("{receipt}?esito=inviata"))),
        Err(status) => Problem::from(status),
    };
    if !problem.is_about_request() {
        return Err(problem);
    }
    match open(&platform, id).await? {
        Ok(desk) => review(&app, &visit, &platform, desk, Some(&problem)).await,
        Err(_sent) => Ok(see(&receipt)),
    }
}

pub(super) async fn delete(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let request = DeleteDraftRequest {
        claim_id: id_of(&id)?.to_string(),
    };
    app.gateway
        .for_session(session)
        .claims()
        .delete_draft(request)
        .await?;
    Ok(see("/domande?esito=eliminata"))
}
