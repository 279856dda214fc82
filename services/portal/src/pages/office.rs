//! The office: its queue, the desk of a claim, and decisions from proposal to adoption.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use http::StatusCode;
use proto::omnia::claims::v1::{
    AdoptDecisionRequest, Claim, ClaimState, Grant, ListHistoryRequest, Outcome as Kind,
    ProposeDecisionRequest, Refusal, RejectionReason, ReturnProposalRequest, RulingOutcome,
    TakeInChargeRequest,
};
use proto::omnia::common::v1::WeekPeriod;
use proto::omnia::limits::v1::{Cause, SimulateRequest};
use uuid::Uuid;

use super::claims::{StateChoice, claim, view};
use super::counters::{self, CountersView};
use super::handling::Handling;
use super::view::{ClaimView, StepView, grant_view, steps};
use super::{form, id_of, notice, page, query, see, with_status};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::problem::{Outcome, Problem};
use crate::session::{Profile, Side};
use crate::text::{Text, format, names};
use crate::web::{Visit, Visitor};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/ufficio/{id}", get(desk))
        .route("/ufficio/{id}/prendi", form(take))
        .route("/ufficio/{id}/proposta", get(proposal_form).post(propose))
        .route("/ufficio/{id}/proposta/anteprima", form(preview_part))
        .route("/ufficio/{id}/restituisci", form(send_back))
        .route("/ufficio/{id}/adotta", form(adopt))
}

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    f: Frame,
    c: ClaimView,
    steps: Vec<StepView>,
    counters: CountersView,
    can: Actions,
    h: Handling,
    v: Fields,
    problem: String,
    remark: String,
}

#[derive(Template)]
#[template(path = "proposal.html")]
struct ProposalPage {
    f: Frame,
    c: ClaimView,
    v: Fields,
    outcomes: Vec<StateChoice>,
    refusals: Vec<StateChoice>,
    preview: Preview,
    counters: CountersView,
    problem: String,
}

#[derive(Template)]
#[template(path = "part_preview.html")]
struct PreviewPart {
    f: Frame,
    preview: Preview,
    counters: CountersView,
}

/// What may be done with a claim at this desk.
struct Actions {
    take: bool,
    propose: bool,
    adopt: bool,
}

impl Actions {
    fn of(profile: &Profile, claim: &Claim) -> Self {
        let state = claim.state();
        let conforms = claim
            .appeal_ruling
            .as_ref()
            .is_some_and(|it| it.ruling() != RulingOutcome::Dismissed);
        let in_review = matches!(
            state,
            ClaimState::UnderReview | ClaimState::UnderReexamination
        ) || (state == ClaimState::UnderAppeal && conforms);
        let handed_back = claim.handler_id.is_empty()
            && matches!(
                state,
                ClaimState::UnderReview
                    | ClaimState::SupplementPending
                    | ClaimState::UnderReexamination
            );
        let waits = matches!(state, ClaimState::Submitted | ClaimState::Assigned);
        Self {
            take: profile.examines() && (waits || handed_back),
            propose: profile.examines() && in_review,
            adopt: profile.adopts() && in_review && claim.proposal.is_some(),
        }
    }
}

/// What a decision would be.
#[derive(Debug, Default)]
struct Preview {
    /// Whether there is enough to say something.
    ready: bool,
    /// Whether the weeks fit, in words; empty when nothing is granted.
    fits: String,
    tone: &'static str,
    /// The text of the decision, by paragraph.
    lines: Vec<String>,
}

async fn desk(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    desk_page(&app, &visit, id_of(&id)?, None).await
}

pub(super) async fn desk_page(
    app: &App,
    visit: &Visit,
    id: Uuid,
    problem: Option<&Problem>,
) -> Outcome {
    let session = visit.session_of(Side::Office)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let claim = claim(&platform, id).await?;
    let request = ListHistoryRequest {
        claim_id: id.to_string(),
    };
    let history = platform
        .claims()
        .list_history(request)
        .await?
        .into_inner()
        .steps;
    let counters = counters_of(app, &platform, t, &claim).await?;
    let profile = session.profile.clone().unwrap_or_default();
    let can = Actions::of(&profile, &claim);
    let h = Handling::of(app, &platform, t, &profile, &claim).await?;
    let c = view(app, &platform, t, &claim).await;
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &DeskPage {
            f: framed(visit, t.claim_title(&c.protocol))
                .crumb(c.protocol.clone(), "")
                .noticing(notice(t, &query(visit))),
            c,
            steps: steps(t, &history, &h.colleagues),
            counters,
            can,
            h,
            v: (*visit.fields).clone(),
            problem: problem.map_or(String::new(), |problem| problem.message(visit.language)),
            remark: visit.fields.raw("rilievo").to_owned(),
        },
    ))
}

async fn counters_of(
    app: &App,
    platform: &Platform,
    t: Text,
    claim: &Claim,
) -> Outcome<CountersView> {
    let content = claim.content.clone().unwrap_or_default();
    let Some(unit) = &content.unit else {
        return Ok(CountersView::default());
    };
    if !counters::are_kept_for(content.product()) {
        return Ok(CountersView::default());
    }
    counters::of_unit(
        platform,
        t,
        unit,
        content.period.as_ref(),
        &claim.claim_id,
        app.clock.today(),
    )
    .await
}

async fn take(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let id = id_of(&id)?;
    let session = visit.session_of(Side::Office)?;
    let request = TakeInChargeRequest {
        claim_id: id.to_string(),
    };
    let done = app
        .gateway
        .for_session(session)
        .office()
        .take_in_charge(request)
        .await;
    acted(&app, &visit, id, done.map(drop), "presa").await
}

async fn adopt(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let id = id_of(&id)?;
    let session = visit.session_of(Side::Office)?;
    let request = AdoptDecisionRequest {
        claim_id: id.to_string(),
        proposal_id: visit.fields.text("proposta").to_owned(),
    };
    let done = app
        .gateway
        .for_session(session)
        .office()
        .adopt_decision(request)
        .await;
    acted(&app, &visit, id, done.map(drop), "adottata").await
}

async fn send_back(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let id = id_of(&id)?;
    let session = visit.session_of(Side::Office)?;
    let request = ReturnProposalRequest {
        claim_id: id.to_string(),
        proposal_id: visit.fields.text("proposta").to_owned(),
        remark: visit.fields.text("rilievo").to_owned(),
    };
    let done = app
        .gateway
        .for_session(session)
        .office()
        .return_proposal(request)
        .await;
    acted(&app, &visit, id, done.map(drop), "restituita").await
}

/// The desk again: with what was done, or with why it could not be. A refusal is told where it was asked.
pub(super) async fn acted(
    app: &App,
    visit: &Visit,
    id: Uuid,
    done: Result<(), tonic::Status>,
    outcome: &str,
) -> Outcome {
    match done.map_err(Problem::from) {
        Ok(()) => Ok(see(&format!("/ufficio/{id}?esito={outcome}"))),
        Err(problem) if problem.is_about_request() || problem.status() == StatusCode::FORBIDDEN => {
            desk_page(app, visit, id, Some(&problem)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn proposal_form(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let session = visit.session_of(Side::Office)?;
    let platform = app.gateway.for_session(session);
    let claim = claim(&platform, id_of(&id)?).await?;
    let values = first_values(&claim);
    proposal_page(&app, &visit, &platform, &claim, values, None).await
}

/// A proposal starts from what was asked for, or from the one before.
fn first_values(claim: &Claim) -> Fields {
    let content = claim.content.clone().unwrap_or_default();
    let before = claim.proposal.clone().unwrap_or_default();
    let grant = before.grant.unwrap_or(Grant {
        period: content.period,
        beneficiaries_count: content.beneficiaries_count,
        hours_hundredths: content.hours_requested_hundredths,
    });
    let period = grant.period.unwrap_or_default();
    let refusal = before.refusals.first().cloned().unwrap_or_default();
    let outcome = if before.outcome() == Kind::Unspecified {
        Kind::Acceptance
    } else {
        before.outcome()
    };
    let hours = format::hundredths(grant.hours_hundredths, crate::text::Language::Italian);
    Fields(
        [
            ("esito", outcome.as_str_name().to_owned()),
            ("dal", format::input_value(period.first_week.as_ref())),
            ("settimane", period.weeks.to_string()),
            ("lavoratori", grant.beneficiaries_count.to_string()),
            ("ore", hours),
            ("rifiuto", rejection_code(refusal.reason())),
            ("rifiutato", refusal.what),
            ("motivazione", before.motivation),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into(),
    )
}

fn rejection_code(reason: RejectionReason) -> String {
    if reason == RejectionReason::Unspecified {
        String::new()
    } else {
        reason.as_str_name().to_owned()
    }
}

async fn proposal_page(
    app: &App,
    visit: &Visit,
    platform: &Platform,
    claim: &Claim,
    values: Fields,
    problem: Option<&Problem>,
) -> Outcome {
    let t = visit.text();
    let c = view(app, platform, t, claim).await;
    let (preview, counters) = preview(app, platform, t, claim, &values).await?;
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &ProposalPage {
            f: framed(visit, t.propose_title())
                .crumb(c.protocol.clone(), format!("/ufficio/{}", c.id))
                .crumb(t.propose_title(), ""),
            outcomes: outcome_choices(t, values.text("esito")),
            refusals: refusal_choices(t, values.text("rifiuto")),
            c,
            preview,
            counters,
            v: values,
            problem: problem.map_or(String::new(), |problem| problem.message(visit.language)),
        },
    ))
}

fn outcome_choices(t: Text, chosen: &str) -> Vec<StateChoice> {
    [Kind::Acceptance, Kind::PartialAcceptance, Kind::Rejection]
        .map(|outcome| StateChoice {
            code: outcome.as_str_name(),
            name: names::outcome(t, outcome),
            chosen: outcome.as_str_name() == chosen,
        })
        .into()
}

fn refusal_choices(t: Text, chosen: &str) -> Vec<StateChoice> {
    names::REJECTIONS
        .map(|reason| StateChoice {
            code: reason.as_str_name(),
            name: names::rejection(t, reason),
            chosen: reason.as_str_name() == chosen,
        })
        .into()
}

async fn propose(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let id = id_of(&id)?;
    let session = visit.session_of(Side::Office)?;
    let platform = app.gateway.for_session(session);
    let fields = (*visit.fields).clone();
    if fields.text("azione") == "anteprima" {
        let claim = claim(&platform, id).await?;
        return proposal_page(&app, &visit, &platform, &claim, fields, None).await;
    }
    let problem = match request_of(visit.text(), id, &fields) {
        Ok(request) => match platform.office().propose_decision(request).await {
            Ok(_) => return Ok(see(&format!("/ufficio/{id}?esito=proposta"))),
            Err(status) => Problem::from(status),
        },
        Err(problem) => problem,
    };
    if !problem.is_about_request() && problem.status() != StatusCode::FORBIDDEN {
        return Err(problem);
    }
    let claim = claim(&platform, id).await?;
    proposal_page(&app, &visit, &platform, &claim, fields, Some(&problem)).await
}

/// The request that the form makes; a problem for what cannot be read.
fn request_of(t: Text, id: Uuid, fields: &Fields) -> Outcome<ProposeDecisionRequest> {
    let outcome = Kind::from_str_name(fields.text("esito"))
        .filter(|outcome| *outcome != Kind::Unspecified)
        .ok_or_else(|| Problem::input(t.fault_choose()))?;
    let grant = match outcome {
        Kind::Rejection => None,
        _ => Some(grant_of(fields).ok_or_else(|| Problem::input(t.fault_grant()))?),
    };
    Ok(ProposeDecisionRequest {
        claim_id: id.to_string(),
        outcome: outcome as i32,
        grant,
        refusals: refusal_of(fields).into_iter().collect(),
        motivation: fields.text("motivazione").replace("\r\n", "\n"),
    })
}

fn grant_of(fields: &Fields) -> Option<Grant> {
    let first_week = format::typed_day(fields.text("dal")).map(format::to_message)?;
    Some(Grant {
        period: Some(WeekPeriod {
            first_week: Some(first_week),
            weeks: fields
                .read_as("settimane")
                .filter(|weeks| (1..=156).contains(weeks))?,
        }),
        beneficiaries_count: fields.read_as("lavoratori").filter(|count| *count > 0)?,
        hours_hundredths: format::typed_hundredths(fields.text("ore"))
            .filter(|hours| *hours > 0)?,
    })
}

fn refusal_of(fields: &Fields) -> Option<Refusal> {
    let reason = RejectionReason::from_str_name(fields.text("rifiuto"))
        .filter(|reason| *reason != RejectionReason::Unspecified)?;
    Some(Refusal {
        reason: reason as i32,
        what: fields.text("rifiutato").to_owned(),
    })
}

async fn preview_part(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let session = visit.session_of(Side::Office)?;
    let platform = app.gateway.for_session(session);
    let claim = claim(&platform, id_of(&id)?).await?;
    let (preview, counters) = preview(&app, &platform, visit.text(), &claim, &visit.fields).await?;
    Ok(page(&PreviewPart {
        f: visit.frame(""),
        preview,
        counters,
    }))
}

/// The decision as it would read, and whether its weeks fit the limits.
async fn preview(
    app: &App,
    platform: &Platform,
    t: Text,
    claim: &Claim,
    fields: &Fields,
) -> Outcome<(Preview, CountersView)> {
    let content = claim.content.clone().unwrap_or_default();
    let Some(unit) = content.unit.clone() else {
        return Ok(Default::default());
    };
    let outcome = Kind::from_str_name(fields.text("esito")).unwrap_or_default();
    let grant = grant_of(fields).filter(|_| outcome != Kind::Rejection);
    let period = grant.as_ref().and_then(|grant| grant.period);
    let counters = counters::of_unit(
        platform,
        t,
        &unit,
        period.as_ref().or(content.period.as_ref()),
        &claim.claim_id,
        app.clock.today(),
    )
    .await?;
    let ready = outcome == Kind::Rejection || grant.is_some();
    if outcome == Kind::Unspecified || !ready {
        return Ok((Preview::default(), counters));
    }
    let (fits, tone) = match period {
        Some(period) => {
            let (_, eone) = names::article(content.causale());
            let cause = if eone { Cause::Eone } else { Cause::Ord };
            let request = SimulateRequest {
                unit: Some(unit),
                cause: cause as i32,
                period: Some(period),
                ..SimulateRequest::default()
            };
            let answer = platform.limits().simulate(request).await?.into_inner();
            let granted = answer
                .simulation
                .map_or(0, |simulation| simulation.grantable_weeks);
            if granted >= period.weeks {
                (t.preview_fits().to_owned(), "bene")
            } else {
                (t.preview_does_not_fit(&t.weeks(granted.into())), "danger")
            }
        }
        None => (String::new(), "info"),
    };
    let preview = Preview {
        ready: true,
        fits,
        tone,
        lines: act(t, claim, outcome, grant.as_ref(), fields),
    };
    Ok((preview, counters))
}

/// The text of the decision, in the order of `claims.md` CLM-22.
fn act(
    t: Text,
    claim: &Claim,
    outcome: Kind,
    grant: Option<&Grant>,
    fields: &Fields,
) -> Vec<String> {
    let content = claim.content.clone().unwrap_or_default();
    let asked = super::view::period(t, content.period.as_ref());
    let mut lines = vec![
        names::outcome(t, outcome).to_owned(),
        t.act_claim(&claim.protocol_number, &claim.employer_name),
        t.act_asked(names::causale(t, content.causale()), &asked),
    ];
    if let Some(grant) = grant {
        let grant = grant_view(t, grant);
        lines.push(t.act_granted(&grant.period, &grant.workers, &grant.hours));
    }
    if let Some(refusal) = refusal_of(fields) {
        lines.push(t.act_refused(names::rejection(t, refusal.reason()), &refusal.what));
    }
    let motivation = fields.text("motivazione");
    if !motivation.is_empty() {
        lines.push(t.act_motivation(motivation));
    }
    lines
}

fn framed(visit: &Visit, title: impl Into<String>) -> Frame {
    let t = visit.text();
    visit.frame(title).crumb(t.queue_title(), "/ufficio")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    const T: Text = Text(Language::Italian);

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn a_rejection_grants_nothing_and_an_acceptance_needs_all_of_its_grant() {
        let id = Uuid::nil();
        let rejection = fields(&[
            ("esito", "OUTCOME_REJECTION"),
            ("dal", "2026-09-07"),
            ("settimane", "2"),
            ("lavoratori", "2"),
            ("ore", "100"),
            ("rifiuto", "REJECTION_REASON_OUT_OF_TERM"),
            ("rifiutato", "tutto"),
        ]);
        let request = request_of(T, id, &rejection).unwrap();
        assert_eq!((request.grant, request.refusals.len()), (None, 1));
        let acceptance = fields(&[("esito", "OUTCOME_ACCEPTANCE"), ("dal", "2026-09-07")]);
        assert!(request_of(T, id, &acceptance).is_err());
        assert!(request_of(T, id, &fields(&[])).is_err());
    }

    #[test]
    fn a_proposal_starts_from_what_was_asked_for() {
        let claim = Claim {
            content: Some(proto::omnia::claims::v1::DraftContent {
                beneficiaries_count: 7,
                hours_requested_hundredths: 123_450,
                ..Default::default()
            }),
            ..Claim::default()
        };
        let values = first_values(&claim);
        assert_eq!(values.text("lavoratori"), "7");
        assert_eq!(values.text("ore"), "1.234,50");
        assert_eq!(values.text("esito"), "OUTCOME_ACCEPTANCE");
    }
}
