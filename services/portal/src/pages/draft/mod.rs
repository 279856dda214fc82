//! The guided form: steps, autosave, findings beside the fields, and the sending.

mod check;
mod inputs;
mod page;
mod review;
mod save;
mod start;
mod step;
mod workers;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use proto::omnia::anagrafe::v1::{ListProductionUnitsRequest, ProductionUnit};
use proto::omnia::claims::v1::{
    Causale, CheckDraftRequest, CheckDraftResponse, Claim, ClaimState, DraftContent,
    ListCausaliRequest, Product, SectionChoice,
};
use uuid::Uuid;

use self::inputs::{Around, values};
use self::page::{Shown, step_page};
use self::step::Step;
use super::claims::claim;
use super::counters::{self, CountersView};
use super::view::findings;
use super::{form, query, see};
use crate::App;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Side;
use crate::text::Text;
use crate::web::{Visit, Visitor};

/// Units of an employer that are offered.
const UNITS: i32 = 200;

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

async fn units(platform: &Platform, matricola: &str) -> Outcome<Vec<ProductionUnit>> {
    let request = ListProductionUnitsRequest {
        matricola: matricola.to_owned(),
        page_size: UNITS,
        ..ListProductionUnitsRequest::default()
    };
    let answer = platform.employers().list_production_units(request).await?;
    Ok(answer.into_inner().production_units)
}

async fn around(platform: &Platform, t: Text, step: Step, desk: &Desk) -> Outcome<Around> {
    Ok(match step {
        Step::Unit => {
            let unit = desk.content.unit.clone().unwrap_or_default();
            Around {
                units: units(platform, &unit.matricola).await?,
                ..Around::default()
            }
        }
        Step::Report => Around {
            sections: sections_of_reason(platform, &desk.content).await?,
            ..Around::default()
        },
        Step::Statements => Around {
            forcible: findings(t, &desk.check.findings)
                .into_iter()
                .filter(|finding| finding.is_force)
                .collect(),
            ..Around::default()
        },
        _ => Around::default(),
    })
}

/// The sections of the report that the reason of a draft asks for besides the common ones.
async fn sections_of_reason(
    platform: &Platform,
    content: &DraftContent,
) -> Outcome<Vec<SectionChoice>> {
    if content.product() == Product::Unspecified || content.causale() == Causale::Unspecified {
        return Ok(Vec::new());
    }
    let request = ListCausaliRequest {
        product: content.product,
        first_day: content.period.and_then(|period| period.first_week),
    };
    let answer = platform.claims().list_causali(request).await?.into_inner();
    let asked = answer
        .causali
        .into_iter()
        .find(|one| one.causale == content.causale);
    let sections = asked.map_or_else(Vec::new, |one| one.sections);
    Ok(sections.into_iter().filter(|one| one.of_causale).collect())
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

/// The draft and its check; the claim alone when it is no draft any more.
async fn open(platform: &Platform, id: Uuid) -> Outcome<Result<Desk, Box<Claim>>> {
    let claim = claim(platform, id).await?;
    if claim.state() != ClaimState::Draft {
        return Ok(Err(Box::new(claim)));
    }
    let check = check(platform, &claim.claim_id).await?;
    let content = claim.content.clone().unwrap_or_default();
    Ok(Ok(Desk {
        claim,
        content,
        check,
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
