//! The guided form: steps, autosave, findings beside the fields, and the sending.

mod check;
mod choices;
mod fix;
mod inputs;
mod page;
mod review;
mod save;
mod start;
mod step;
pub(super) mod workers;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use proto::omnia::claims::v1::{
    CheckDraftRequest, CheckDraftResponse, Claim, ClaimState, DraftContent, Finding,
};
use uuid::Uuid;

use self::inputs::values;
use self::page::{Shown, step_page};
use self::step::Step;
use super::claims::claim;
use super::counters::{self, CountersView};
use super::{form, query, see};
use crate::App;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Side;
use crate::text::Text;
use crate::web::{Visit, Visitor};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/domande/nuova", get(start::start).post(start::create))
        .route("/domande/{id}/compila/{passo}", get(show).post(save::save))
        .route(
            "/domande/{id}/compila/{passo}/autosalva",
            form(save::autosave),
        )
        .route("/domande/{id}/invia", form(review::submit))
        .route("/domande/{id}/elimina", form(review::delete))
}

/// A draft with everything that a page of it shows.
struct Desk {
    claim: Claim,
    content: DraftContent,
    check: CheckDraftResponse,
    /// Most weeks of a claim for the instrument chosen, when too many are asked for; 0 otherwise.
    weeks_most: i32,
}

async fn show(
    State(app): State<Arc<App>>,
    Path((id, slug)): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let (id, step) = address(&id, &slug)?;
    let platform = app.gateway.for_session(session);
    let desk = match open(&platform, id).await? {
        Ok(desk) => desk,
        // What was sent is no longer written.
        Err(sent) => return Ok(see(&format!("/domande/{}", sent.claim_id))),
    };
    if step == Step::Review {
        return review::review(&app, &visit, &platform, desk, None).await;
    }
    let values = values(step, &desk.content);
    // A step that nobody has filled in yet is not reproached for being empty.
    let told = query(&visit).has("controlla")
        || (step != Step::Unit && values != self::inputs::values(step, &DraftContent::default()));
    let shown = Shown {
        told,
        ..Shown::typed(&values)
    };
    step_page(&app, &visit, &platform, desk, step, &shown).await
}

/// Files that a draft takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Files {
    /// The list of workers.
    List,
    /// Attachments.
    Attachments,
}

/// The step from which a file came that was refused, with why.
pub(super) async fn upload_refused(
    app: &App,
    visit: &Visit,
    id: Uuid,
    files: Files,
    problem: &Problem,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let platform = app.gateway.for_session(session);
    let Ok(desk) = open(&platform, id).await? else {
        return Err(problem.clone());
    };
    let step = match files {
        Files::List => Step::Workers,
        Files::Attachments => Step::Attachments,
    };
    let values = values(step, &desk.content);
    let shown = Shown {
        problem: Some(problem),
        ..Shown::typed(&values)
    };
    // Large, and seldom taken: apart from the requests that go well.
    Box::pin(step_page(app, visit, &platform, desk, step, &shown)).await
}

async fn counters_of(
    app: &App,
    platform: &Platform,
    t: Text,
    step: Step,
    desk: &Desk,
) -> Outcome<CountersView> {
    let (Step::Period | Step::Review, Some(unit)) = (step, &desk.content.unit) else {
        return Ok(CountersView::default());
    };
    if !counters::are_kept_for(desk.content.product()) {
        return Ok(CountersView::default());
    }
    counters::with_ledger(
        platform,
        t,
        unit,
        &desk.check.counters,
        desk.content.period.as_ref(),
        &desk.claim.claim_id,
        app.clock.today(),
    )
    .await
}

/// The draft and its check; the claim alone when it is no draft any more. Both are asked for at once: what the check says
/// of a claim that is no draft is not looked at.
async fn open(platform: &Platform, id: Uuid) -> Outcome<Result<Desk, Box<Claim>>> {
    let name = id.to_string();
    let (claim, check) = tokio::join!(claim(platform, id), check(platform, &name));
    let claim = claim?;
    if claim.state() != ClaimState::Draft {
        return Ok(Err(Box::new(claim)));
    }
    let check = check?;
    let content = claim.content.clone().unwrap_or_default();
    let too_many = |finding: &Finding| finding.field == "period.weeks";
    let weeks_most = if check.findings.iter().any(too_many) {
        choices::weeks_most(platform, &content).await?
    } else {
        0
    };
    Ok(Ok(Desk {
        claim,
        content,
        check,
        weeks_most,
    }))
}

async fn check(platform: &Platform, id: &str) -> Outcome<CheckDraftResponse> {
    let request = CheckDraftRequest {
        claim_id: id.to_owned(),
    };
    Ok(platform.claims().check_draft(request).await?.into_inner())
}

fn address(id: &str, slug: &str) -> Outcome<(Uuid, Step)> {
    let id = Uuid::try_parse(id).ok();
    id.zip(Step::of_slug(slug))
        .ok_or_else(|| Problem::of(Kind::NotFound))
}

fn path(id: &str, step: Step) -> String {
    format!("/domande/{id}/compila/{}", step.slug())
}

fn framed(visit: &Visit, title: impl Into<String>) -> Frame {
    let t = visit.text();
    visit.frame(title).crumb(t.claims_title(), "/domande")
}
