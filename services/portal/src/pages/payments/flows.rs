//! Flows: the list, one flow with its receipt, and the ways to end it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use http::StatusCode;
use proto::omnia::payments::v1::{
    DeleteFlowRequest, Flow, FlowState, LineState, ListFlowsRequest, ListFlowsResponse,
    RejectFlowRequest,
};
use uuid::Uuid;

use super::{STOPPED, days, flow, lines_in, reader, typed_month};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::{Offices, Platform};
use crate::pages::claims::{StateChoice, next_page};
use crate::pages::handling::is_told_here;
use crate::pages::{id_of, notice, page as shown, query, see, with_status};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::{Profile, Side};
use crate::text::{Text, format, payment_names as names};
use crate::web::{Visit, Visitor};

/// Flows of a page of the list.
const PAGE: i32 = 25;
/// Filters of the list.
const FILTERS: [&str; 5] = ["stato", "autorizzazione", "mese", "sede", "matricola"];
/// Longest reason (`flows.proto`).
const LONGEST_REASON: usize = 500;

/// A flow in a list.
#[derive(Debug)]
pub(in crate::pages) struct FlowRow {
    pub(in crate::pages) id: String,
    pub(in crate::pages) protocol: String,
    pub(in crate::pages) kind: &'static str,
    pub(in crate::pages) state: &'static str,
    pub(in crate::pages) tone: &'static str,
    pub(in crate::pages) employer: String,
    pub(in crate::pages) matricola: String,
    pub(in crate::pages) authorization: String,
    pub(in crate::pages) covers: String,
    pub(in crate::pages) received: String,
    pub(in crate::pages) lines: String,
    /// How many are stopped; empty for none.
    pub(in crate::pages) stopped: String,
}

/// Flows in words.
pub(in crate::pages) fn flow_rows(t: Text, flows: &[Flow]) -> Vec<FlowRow> {
    flows.iter().map(|flow| row(t, flow)).collect()
}

fn row(t: Text, flow: &Flow) -> FlowRow {
    let number = |count: i32| format::number(count.into(), t.0);
    let stopped = lines_in(flow, &STOPPED);
    FlowRow {
        id: flow.flow_id.clone(),
        protocol: flow.protocol_number.clone(),
        kind: names::kind(t, flow.kind()),
        state: names::flow_state(t, flow.state()),
        tone: names::flow_tone(flow.state()),
        employer: flow.employer_name.clone(),
        matricola: flow.matricola.clone(),
        authorization: flow.authorization_number.clone(),
        covers: days(flow.from.as_ref(), flow.to.as_ref()),
        received: format::timestamp(flow.received_at.as_ref()),
        lines: number(flow.lines_count),
        stopped: if stopped > 0 {
            number(stopped)
        } else {
            String::new()
        },
    }
}

/// The newest flows that wait for somebody.
pub(in crate::pages) async fn stopped_flows(
    platform: &Platform,
    page_size: i32,
) -> Outcome<Vec<Flow>> {
    let request = ListFlowsRequest {
        states: vec![FlowState::WithAnomalies as i32],
        page_size,
        ..ListFlowsRequest::default()
    };
    Ok(platform
        .flows()
        .list_flows(request)
        .await?
        .into_inner()
        .flows)
}

#[derive(Template)]
#[template(path = "flows.html")]
struct FlowsPage {
    f: Frame,
    lead: &'static str,
    sends: bool,
    rows: Vec<FlowRow>,
    states: Vec<StateChoice>,
    /// Offices to narrow to; nobody chooses among one.
    offices: Vec<(String, String)>,
    query: Fields,
    filtered: bool,
    next: String,
    later: bool,
    problem: String,
}

pub(super) async fn list(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = reader(&visit)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let query = query(&visit);
    let filtered = FILTERS.iter().any(|name| !query.text(name).is_empty());
    let (answer, problem) = match found(&platform, t, &query).await {
        Ok(answer) => (answer, None),
        // A filter that is not right, or not the caller's, is told beside the filters.
        Err(problem) if filtered && is_told_here(&problem) => {
            (ListFlowsResponse::default(), Some(problem))
        }
        Err(problem) => return Err(problem),
    };
    let sends = session.side() == Side::Filer;
    let offices = app.directory.offices(&platform, app.clock.now()).await;
    Ok(with_status(
        problem.as_ref().map_or(StatusCode::OK, Problem::status),
        &FlowsPage {
            f: visit
                .frame(t.pay_title())
                .crumb(t.pay_title(), "")
                .noticing(notice(t, &query)),
            lead: if sends {
                t.pay_lead_filer()
            } else {
                t.pay_lead_office()
            },
            sends,
            rows: flow_rows(t, &answer.flows),
            states: state_choices(t, query.text("stato")),
            offices: office_choices(session.profile.as_ref(), &offices),
            filtered,
            next: if answer.next_page_token.is_empty() {
                String::new()
            } else {
                next_page(&query, &answer.next_page_token)
            },
            later: !query.text("pagina").is_empty(),
            problem: problem.map_or(String::new(), |it| it.message(visit.language)),
            query,
        },
    ))
}

async fn found(platform: &Platform, t: Text, query: &Fields) -> Outcome<ListFlowsResponse> {
    let month = typed_month(query.text("mese"));
    if month.is_none() && !query.text("mese").is_empty() {
        return Err(Problem::input(t.fault_month()));
    }
    let state = FlowState::from_str_name(query.text("stato"))
        .filter(|state| *state != FlowState::Unspecified);
    let request = ListFlowsRequest {
        matricola: query.text("matricola").to_owned(),
        authorization_number: query.text("autorizzazione").to_owned(),
        states: state.into_iter().map(|state| state as i32).collect(),
        page_size: PAGE,
        page_token: query.text("pagina").to_owned(),
        month: month.map(format::to_message),
        office: query.text("sede").to_owned(),
    };
    Ok(platform.flows().list_flows(request).await?.into_inner())
}

fn state_choices(t: Text, chosen: &str) -> Vec<StateChoice> {
    names::FLOW_STATES
        .map(|state| StateChoice {
            code: state.as_str_name(),
            name: names::flow_state(t, state),
            chosen: state.as_str_name() == chosen,
        })
        .into()
}

/// Whoever works at one office has nothing to choose.
fn office_choices(profile: Option<&Profile>, offices: &Offices) -> Vec<(String, String)> {
    let at_one = |profile: &Profile| matches!(profile.role.as_str(), "SEDE" | "PO" | "DIR");
    if profile.is_some_and(at_one) {
        Vec::new()
    } else {
        offices.all()
    }
}

/// A flow in full.
#[derive(Debug)]
struct FlowView {
    row: FlowRow,
    office: String,
    hours: String,
    term: String,
    sha256: String,
    claim: String,
    corrects: String,
    reason: String,
    /// How many lines stand where: state, tone, count, code of the state.
    counts: Vec<CountView>,
}

/// How many lines stand in a state.
#[derive(Debug)]
struct CountView {
    state: &'static str,
    tone: &'static str,
    code: &'static str,
    count: String,
}

/// What the role may do with a flow as it stands.
#[derive(Debug, Default, PartialEq, Eq)]
struct Can {
    correct: bool,
    delete: bool,
    reject: bool,
}

impl Can {
    fn of(profile: Option<&Profile>, flow: &Flow) -> Self {
        let Some(profile) = profile else {
            return Self::default();
        };
        let ended = matches!(flow.state(), FlowState::Rejected | FlowState::Deleted);
        let moves_money = lines_in(flow, &[LineState::Ordered, LineState::Paid]) > 0;
        let may_end = !ended && !moves_money;
        let files = profile.side() == Side::Filer;
        Self {
            correct: files && !ended && lines_in(flow, &STOPPED) > 0,
            delete: files && may_end,
            reject: profile.cures() && may_end,
        }
    }
}

#[derive(Template)]
#[template(path = "flow.html")]
struct FlowPage {
    f: Frame,
    w: FlowView,
    can: Can,
    /// Whether it has just been received.
    is_new: bool,
}

pub(super) async fn one(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let session = reader(&visit)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let flow = flow(&platform, id_of(&id)?).await?;
    let offices = app.directory.offices(&platform, app.clock.now()).await;
    let query = query(&visit);
    Ok(shown(&FlowPage {
        f: framed(&visit, t.pay_flow_title(&flow.protocol_number))
            .crumb(flow.protocol_number.clone(), "")
            .noticing(notice(t, &query)),
        can: Can::of(session.profile.as_ref(), &flow),
        w: view(t, &flow, &offices),
        is_new: query.text("esito") == "flusso-ricevuto",
    }))
}

fn view(t: Text, flow: &Flow, offices: &Offices) -> FlowView {
    let counts = flow.lines_by_state.iter().map(|it| CountView {
        state: names::line_state(t, it.state()),
        tone: names::line_tone(it.state()),
        code: it.state().as_str_name(),
        count: format::number(it.lines.into(), t.0),
    });
    FlowView {
        row: row(t, flow),
        office: offices.name(&flow.competent_office),
        hours: format::hundredths(flow.hours_hundredths, t.0),
        term: t.pay_term_told(&format::date(flow.term.as_ref())),
        sha256: flow.sha256.clone(),
        claim: flow.claim_id.clone(),
        corrects: flow.corrects_flow_id.clone(),
        reason: flow.rejection_reason.clone(),
        counts: counts.collect(),
    }
}

/// The two ways to end a flow: its sender cancels it (PAY-8), the office rejects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Cancel,
    Reject,
}

impl Ending {
    fn of_path(path: &str) -> Self {
        if path.contains("/respingi") {
            Self::Reject
        } else {
            Self::Cancel
        }
    }

    fn is_for(self, profile: &Profile) -> bool {
        match self {
            Self::Cancel => profile.side() == Side::Filer,
            Self::Reject => profile.cures(),
        }
    }

    /// Title, lead, label of the reason, label of the confirmation.
    fn words(self, t: Text) -> [&'static str; 4] {
        match self {
            Self::Cancel => [
                t.pay_delete_title(),
                t.pay_delete_lead(),
                t.pay_delete_reason(),
                t.pay_delete_confirm(),
            ],
            Self::Reject => [
                t.pay_reject_title(),
                t.pay_reject_lead(),
                t.pay_reject_reason(),
                t.pay_reject_confirm(),
            ],
        }
    }

    async fn send(self, platform: &Platform, id: Uuid, reason: &str) -> Outcome<&'static str> {
        let (flow_id, reason) = (id.to_string(), reason.to_owned());
        match self {
            Self::Cancel => {
                let request = DeleteFlowRequest { flow_id, reason };
                platform.flows().delete_flow(request).await?;
                Ok("flusso-annullato")
            }
            Self::Reject => {
                let request = RejectFlowRequest { flow_id, reason };
                platform.flows().reject_flow(request).await?;
                Ok("flusso-respinto")
            }
        }
    }
}

#[derive(Template)]
#[template(path = "flow_end.html")]
struct EndPage {
    f: Frame,
    row: FlowRow,
    lead: &'static str,
    label: &'static str,
    confirm: &'static str,
    action: String,
    text: String,
    longest: usize,
    problem: String,
}

pub(super) async fn ending(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
) -> Outcome {
    ending_page(&app, &visit, id_of(&id)?, None).await
}

async fn ending_page(app: &App, visit: &Visit, id: Uuid, problem: Option<&Problem>) -> Outcome {
    let ending = Ending::of_path(&visit.path);
    let session = ender(visit, ending)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let flow = flow(&platform, id).await?;
    let [title, lead, label, confirm] = ending.words(t);
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &EndPage {
            f: framed(visit, title)
                .crumb(
                    flow.protocol_number.clone(),
                    format!("/pagamenti/flussi/{id}"),
                )
                .crumb(title, ""),
            row: row(t, &flow),
            lead,
            label,
            confirm,
            action: visit.path.clone(),
            text: visit.fields.raw("motivo").to_owned(),
            longest: LONGEST_REASON,
            problem: problem.map_or(String::new(), |it| it.message(visit.language)),
        },
    ))
}

/// The session of who may end a flow so.
fn ender(visit: &Visit, ending: Ending) -> Outcome<&crate::session::Session> {
    let session = visit.session()?;
    let may = |profile: &Profile| ending.is_for(profile);
    if session.profile.as_ref().is_some_and(may) {
        Ok(session)
    } else {
        Err(Problem::of(Kind::Denied))
    }
}

pub(super) async fn end(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let id = id_of(&id)?;
    let ending = Ending::of_path(&visit.path);
    let platform = app.gateway.for_session(ender(&visit, ending)?);
    let reason = visit.fields.text("motivo");
    if reason.is_empty() || !visit.fields.has("conferma") {
        let problem = Problem::input(visit.text().pay_confirm_missing());
        return ending_page(&app, &visit, id, Some(&problem)).await;
    }
    match ending.send(&platform, id, reason).await {
        Ok(outcome) => Ok(see(&format!("/pagamenti/flussi/{id}?esito={outcome}"))),
        Err(problem) if problem.is_about_request() => {
            ending_page(&app, &visit, id, Some(&problem)).await
        }
        Err(problem) => Err(problem),
    }
}

pub(super) fn framed(visit: &Visit, title: impl Into<String>) -> Frame {
    let t = visit.text();
    visit.frame(title).crumb(t.pay_title(), "/pagamenti")
}

#[cfg(test)]
mod tests {
    use proto::omnia::payments::v1::StateCount;

    use super::*;
    use crate::text::Language;

    fn flow(state: FlowState, lines: &[(LineState, i32)]) -> Flow {
        let mut flow = Flow::default();
        flow.set_state(state);
        flow.lines_by_state = lines
            .iter()
            .map(|(state, lines)| StateCount {
                state: *state as i32,
                lines: *lines,
            })
            .collect();
        flow
    }

    fn can(role: &str, flow: &Flow) -> (bool, bool, bool) {
        let profile = Profile {
            role: role.to_owned(),
            ..Profile::default()
        };
        let can = Can::of(Some(&profile), flow);
        (can.correct, can.delete, can.reject)
    }

    #[test]
    fn a_flow_is_ended_by_who_may_while_no_money_moves() {
        let stopped = [(LineState::Verified, 2), (LineState::Anomaly, 1)];
        let open = flow(FlowState::WithAnomalies, &stopped);
        assert_eq!(can("INT", &open), (true, true, false));
        assert_eq!(can("SEDE", &open), (false, false, true));
        assert_eq!(can("DSEDE", &open), (false, false, false));
        let ordered = [(LineState::Ordered, 2), (LineState::Returned, 1)];
        let paying = flow(FlowState::WithAnomalies, &ordered);
        assert_eq!(can("AZ-CON", &paying), (true, false, false));
        assert_eq!(can("PO", &paying), (false, false, false));
        let over = flow(FlowState::Deleted, &[(LineState::Cancelled, 3)]);
        assert_eq!(can("AZ-TIT", &over), (false, false, false));
    }

    #[test]
    fn a_row_tells_how_many_lines_are_stopped_and_says_nothing_of_none() {
        let t = Text(Language::Italian);
        let stopped = [(LineState::Anomaly, 1_200), (LineState::Returned, 34)];
        assert_eq!(
            row(t, &flow(FlowState::WithAnomalies, &stopped)).stopped,
            "1.234"
        );
        assert_eq!(row(t, &flow(FlowState::Paid, &[])).stopped, "");
    }
}
