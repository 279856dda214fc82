//! Claims as filers see them: the list, one claim, its receipt, its print, and what may still be done with it.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use chrono::NaiveDate;
use http::StatusCode;
use proto::omnia::claims::v1::{
    Claim, ClaimState, ClaimSummary, FileAppealRequest, GetClaimRequest, ListClaimsRequest,
    ListHistoryRequest, RequestReexaminationRequest, WithdrawClaimRequest,
};
use uuid::Uuid;

use super::files::attachments;
use super::handling::Colleagues;
use super::view::{ClaimView, StepView, period, steps};
use super::{id_of, notice, page, query, see, with_status};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::problem::{Outcome, Problem};
use crate::session::Side;
use crate::text::{Text, format, names};
use crate::web::{Visit, Visitor};

/// Claims of a page of the list.
const PAGE: i32 = 25;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/domande", get(list))
        .route("/domande/{id}", get(one))
        .route("/domande/{id}/ricevuta", get(receipt))
        .route("/domande/{id}/stampa", get(print))
        .route("/domande/{id}/ritira", get(remedy_form).post(withdraw))
        .route("/domande/{id}/riesame", get(remedy_form).post(reexamine))
        .route("/domande/{id}/ricorso", get(remedy_form).post(appeal))
}

/// A claim in a list.
#[derive(Debug)]
pub(crate) struct RowView {
    pub(crate) id: String,
    pub(crate) state: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) protocol: String,
    pub(crate) product: &'static str,
    pub(crate) causale: &'static str,
    pub(crate) employer: String,
    pub(crate) matricola: String,
    pub(crate) unit: i32,
    pub(crate) period: String,
    pub(crate) submitted: String,
    pub(crate) age: String,
    pub(crate) forced: bool,
    pub(crate) proposal_pending: bool,
}

/// Rows of a list in a language.
pub(crate) fn rows(t: Text, claims: &[ClaimSummary], today: NaiveDate) -> Vec<RowView> {
    claims.iter().map(|claim| row(t, claim, today)).collect()
}

pub(crate) fn row(t: Text, claim: &ClaimSummary, today: NaiveDate) -> RowView {
    let unit = claim.unit.clone().unwrap_or_default();
    let submitted = claim.submitted_at.as_ref().and_then(format::instant_of);
    RowView {
        id: claim.claim_id.clone(),
        state: names::state(t, claim.state()),
        tone: names::tone(claim.state()),
        protocol: claim.protocol_number.clone(),
        product: names::product(t, claim.product()),
        causale: names::causale(t, claim.causale()),
        employer: claim.employer_name.clone(),
        matricola: unit.matricola,
        unit: unit.production_unit_code,
        period: period(t, claim.period.as_ref()),
        submitted: submitted.map(format::instant).unwrap_or_default(),
        age: submitted.map_or(String::new(), |at| {
            t.days((today - kernel::rome::date_of(at)).num_days())
        }),
        forced: claim.forced,
        proposal_pending: claim.proposal_pending,
    }
}

/// A filter of the list.
pub(crate) struct StateChoice {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) chosen: bool,
}

/// The states that a list may be narrowed to.
pub(crate) fn state_choices(t: Text, states: &[ClaimState], chosen: &str) -> Vec<StateChoice> {
    states
        .iter()
        .map(|state| StateChoice {
            code: state.as_str_name(),
            name: names::state(t, *state),
            chosen: state.as_str_name() == chosen,
        })
        .collect()
}

pub(crate) const ALL_STATES: [ClaimState; 12] = [
    ClaimState::Draft,
    ClaimState::Submitted,
    ClaimState::Assigned,
    ClaimState::UnderReview,
    ClaimState::SupplementPending,
    ClaimState::Accepted,
    ClaimState::PartiallyAccepted,
    ClaimState::Rejected,
    ClaimState::Withdrawn,
    ClaimState::Annulled,
    ClaimState::UnderReexamination,
    ClaimState::UnderAppeal,
];

#[derive(Template)]
#[template(path = "claims.html")]
struct ClaimsPage {
    f: Frame,
    rows: Vec<RowView>,
    states: Vec<StateChoice>,
    query: Fields,
    filtered: bool,
    next: String,
    later: bool,
    problem: String,
}

#[derive(Template)]
#[template(path = "claim.html")]
struct ClaimPage {
    f: Frame,
    c: ClaimView,
    steps: Vec<StepView>,
    can: Remedies,
    /// Of a copy that may be begun from here.
    request_id: Uuid,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    f: Frame,
    c: ClaimView,
}

#[derive(Template)]
#[template(path = "print.html")]
struct PrintPage {
    f: Frame,
    c: ClaimView,
}

#[derive(Template)]
#[template(path = "remedy.html")]
struct RemedyPage {
    f: Frame,
    c: ClaimView,
    lead: &'static str,
    label: &'static str,
    action: String,
    button: &'static str,
    text: String,
    longest: usize,
    problem: String,
}

/// What a filer may still do with a claim (`claims.md` §10.1).
struct Remedies {
    withdraw: bool,
    reexamine: bool,
    appeal: bool,
}

impl Remedies {
    fn of(state: ClaimState) -> Self {
        let decided = matches!(
            state,
            ClaimState::Accepted | ClaimState::PartiallyAccepted | ClaimState::Rejected
        );
        Self {
            withdraw: matches!(
                state,
                ClaimState::Submitted
                    | ClaimState::Assigned
                    | ClaimState::UnderReview
                    | ClaimState::SupplementPending
            ),
            reexamine: decided,
            appeal: matches!(state, ClaimState::PartiallyAccepted | ClaimState::Rejected),
        }
    }

    fn any(&self) -> bool {
        self.withdraw || self.reexamine || self.appeal
    }
}

async fn list(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let query = query(&visit);
    let state = ClaimState::from_str_name(query.text("stato"))
        .filter(|state| *state != ClaimState::Unspecified);
    let request = ListClaimsRequest {
        states: state.into_iter().map(|state| state as i32).collect(),
        matricola: query.text("matricola").to_owned(),
        protocol_number: query.text("protocollo").to_owned(),
        page_size: PAGE,
        page_token: query.text("pagina").to_owned(),
        ..ListClaimsRequest::default()
    };
    let filtered = ["stato", "matricola", "protocollo"]
        .iter()
        .any(|name| !query.text(name).is_empty());
    let (claims, next, problem) = match platform.claims().list_claims(request).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            (answer.claims, answer.next_page_token, String::new())
        }
        Err(status) => {
            let problem = Problem::from(status);
            // A filter that is not right, or not the caller's, is told beside the filters.
            if !filtered
                || !(problem.is_about_request() || problem.status() == StatusCode::FORBIDDEN)
            {
                return Err(problem);
            }
            (Vec::new(), String::new(), problem.message(visit.language))
        }
    };
    Ok(page(&ClaimsPage {
        f: visit
            .frame(t.claims_title())
            .crumb(t.claims_title(), "")
            .noticing(notice(t, &query)),
        rows: rows(t, &claims, app.clock.today()),
        states: state_choices(t, &ALL_STATES, query.text("stato")),
        filtered,
        next: if next.is_empty() {
            next
        } else {
            next_page(&query, &next)
        },
        later: !query.text("pagina").is_empty(),
        query,
        problem,
    }))
}

/// The address of the next page: the same filters, and where to go on.
pub(crate) fn next_page(query: &Fields, token: &str) -> String {
    let mut address = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
    for (name, value) in &query.0 {
        if name != "pagina" && name != "esito" && !value.is_empty() {
            address.append_pair(name, value);
        }
    }
    address.append_pair("pagina", token);
    address.finish()
}

async fn one(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let id = id_of(&id)?;
    let claim = claim(&platform, id).await?;
    if claim.state() == ClaimState::Draft {
        return Ok(see(&format!("/domande/{id}/compila/unita")));
    }
    let history = platform
        .claims()
        .list_history(ListHistoryRequest {
            claim_id: id.to_string(),
        })
        .await?
        .into_inner()
        .steps;
    let can = Remedies::of(claim.state());
    let c = view(&app, &platform, t, &claim).await;
    Ok(page(&ClaimPage {
        f: framed(&visit, t.claim_title(&c.protocol))
            .crumb(c.protocol.clone(), "")
            .noticing(notice(t, &query(&visit))),
        c,
        steps: steps(t, &history, &Colleagues::default()),
        can,
        request_id: app.ids.at(app.clock.now()),
    }))
}

async fn receipt(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let claim = claim(&platform, id_of(&id)?).await?;
    if claim.state() == ClaimState::Draft {
        return Ok(see(&format!(
            "/domande/{}/compila/verifica",
            claim.claim_id
        )));
    }
    let c = view(&app, &platform, t, &claim).await;
    Ok(page(&ReceiptPage {
        f: framed(&visit, t.receipt_title())
            .crumb(c.protocol.clone(), format!("/domande/{}", c.id))
            .crumb(t.receipt_title(), ""),
        c,
    }))
}

async fn print(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let claim = claim(&platform, id_of(&id)?).await?;
    let c = view(&app, &platform, t, &claim).await;
    Ok(page(&PrintPage {
        f: framed(&visit, t.print_title())
            .crumb(
                if c.protocol.is_empty() {
                    t.state_draft().to_owned()
                } else {
                    c.protocol.clone()
                },
                format!("/domande/{}", c.id),
            )
            .crumb(t.print_title(), ""),
        c,
    }))
}

/// The three things that a filer may do about a claim that was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Remedy {
    Withdraw,
    Reexamine,
    Appeal,
}

impl Remedy {
    fn of_path(path: &str) -> Self {
        let last = path.split('?').next().unwrap_or_default();
        match last.rsplit('/').next() {
            Some("riesame") => Self::Reexamine,
            Some("ricorso") => Self::Appeal,
            _ => Self::Withdraw,
        }
    }

    /// Title, lead, label, button, longest text (`claims.proto`).
    fn words(
        self,
        t: Text,
    ) -> (
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        usize,
    ) {
        match self {
            Self::Withdraw => (
                t.withdraw_title(),
                t.withdraw_lead(),
                t.withdraw_label(),
                t.withdraw_button(),
                1_000,
            ),
            Self::Reexamine => (
                t.reexamine_title(),
                t.reexamine_lead(),
                t.reexamine_label(),
                t.reexamine_button(),
                4_000,
            ),
            Self::Appeal => (
                t.appeal_title(),
                t.appeal_lead(),
                t.appeal_label(),
                t.appeal_button(),
                10_000,
            ),
        }
    }
}

async fn remedy_form(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    remedy_page(&app, id_of(&id)?, &visit, None).await
}

async fn remedy_page(app: &App, id: Uuid, visit: &Visit, problem: Option<Problem>) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let claim = claim(&platform, id).await?;
    let c = view(app, &platform, t, &claim).await;
    let (title, lead, label, button, longest) = Remedy::of_path(&visit.path).words(t);
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    Ok(with_status(
        status,
        &RemedyPage {
            f: framed(visit, title)
                .crumb(c.protocol.clone(), format!("/domande/{id}"))
                .crumb(title, ""),
            c,
            lead,
            label,
            action: visit.path.clone(),
            button,
            text: visit.fields.raw("motivo").to_owned(),
            longest,
            problem: problem.map_or(String::new(), |problem| problem.message(visit.language)),
        },
    ))
}

async fn withdraw(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let id = id_of(&id)?;
    let session = visit.session_of(Side::Filer)?;
    let request = WithdrawClaimRequest {
        claim_id: id.to_string(),
        reason: visit.fields.text("motivo").to_owned(),
    };
    let done = app
        .gateway
        .for_session(session)
        .claims()
        .withdraw_claim(request)
        .await;
    remedied(&app, id, &visit, done.map(drop), "ritirata").await
}

async fn reexamine(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let id = id_of(&id)?;
    let session = visit.session_of(Side::Filer)?;
    let request = RequestReexaminationRequest {
        claim_id: id.to_string(),
        reason: visit.fields.text("motivo").to_owned(),
    };
    let done = app
        .gateway
        .for_session(session)
        .claims()
        .request_reexamination(request)
        .await;
    remedied(&app, id, &visit, done.map(drop), "riesame").await
}

async fn appeal(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let id = id_of(&id)?;
    let session = visit.session_of(Side::Filer)?;
    let request = FileAppealRequest {
        claim_id: id.to_string(),
        grounds: visit.fields.text("motivo").to_owned(),
    };
    let done = app
        .gateway
        .for_session(session)
        .claims()
        .file_appeal(request)
        .await;
    remedied(&app, id, &visit, done.map(drop), "ricorso").await
}

async fn remedied(
    app: &App,
    id: Uuid,
    visit: &Visit,
    done: Result<(), tonic::Status>,
    outcome: &str,
) -> Outcome {
    match done.map_err(Problem::from) {
        Ok(()) => Ok(see(&format!("/domande/{id}?esito={outcome}"))),
        Err(problem) if problem.is_about_request() => {
            remedy_page(app, id, visit, Some(problem)).await
        }
        Err(problem) => Err(problem),
    }
}

/// A claim in the person's rows.
pub(crate) async fn claim(platform: &Platform, id: Uuid) -> Outcome<Claim> {
    let request = GetClaimRequest {
        claim_id: id.to_string(),
    };
    let answer = platform.claims().get_claim(request).await?.into_inner();
    answer
        .claim
        .ok_or_else(|| Problem::of(crate::problem::Kind::Internal))
}

/// The claim in words.
pub(crate) async fn view(app: &App, platform: &Platform, t: Text, claim: &Claim) -> ClaimView {
    let (offices, attachments) = tokio::join!(
        app.directory.offices(platform, app.clock.now()),
        attachments::list(platform, t, &claim.claim_id)
    );
    ClaimView::of(t, claim, &offices, attachments.ok())
}

fn framed(visit: &Visit, title: impl Into<String>) -> Frame {
    let t = visit.text();
    visit.frame(title).crumb(t.claims_title(), "/domande")
}
