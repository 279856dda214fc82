//! Recoveries of over-payments: the list, and one recovery with what was done to it and what may be done next.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use proto::omnia::payments::v1::{
    CancelRecoveryRequest, ExtendRecoveryRequest, GetRecoveryRequest, GetRecoveryResponse,
    ListRecoveriesRequest, ListRecoveriesResponse, NotifyRecoveryRequest, Recovery, RecoveryReason,
    RecoveryState, RecoveryStep, RegisterRepaymentRequest, WriteOffRecoveryRequest,
};
use uuid::Uuid;

use super::euro;
use super::flows::framed;
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::claims::{StateChoice, next_page};
use crate::pages::handling::is_told_here;
use crate::pages::{id_of, notice, query, see, with_status};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::{Profile, Side};
use crate::text::{Text, format, names as roles, payment_names as names};
use crate::web::{Visit, Visitor};

/// Recoveries of a page of the list.
const PAGE: i32 = 25;
/// Filters of the list.
const FILTERS: [&str; 5] = [
    "stato",
    "motivo",
    "autorizzazione",
    "codice_fiscale",
    "scaduti",
];

/// A recovery in words.
#[derive(Debug)]
pub(in crate::pages) struct RecoveryRow {
    pub(in crate::pages) id: String,
    pub(in crate::pages) code: String,
    pub(in crate::pages) state: &'static str,
    pub(in crate::pages) tone: &'static str,
    pub(in crate::pages) reason: &'static str,
    pub(in crate::pages) worker: String,
    pub(in crate::pages) codice_fiscale: String,
    pub(in crate::pages) month: String,
    pub(in crate::pages) amount: String,
    pub(in crate::pages) outstanding: String,
    pub(in crate::pages) due: String,
    pub(in crate::pages) overdue: bool,
}

fn row(t: Text, recovery: &Recovery) -> RecoveryRow {
    RecoveryRow {
        id: recovery.recovery_id.clone(),
        code: recovery.code.clone(),
        state: names::recovery_state(t, recovery.state()),
        tone: names::recovery_tone(recovery.state()),
        reason: names::recovery_reason(t, recovery.reason()),
        worker: format!("{} {}", recovery.surname, recovery.name),
        codice_fiscale: recovery.codice_fiscale.clone(),
        month: names::month(t, recovery.month.as_ref()),
        amount: euro(recovery.amount_cents, t.0),
        outstanding: format::hundredths(recovery.outstanding_cents, t.0),
        due: format::date(recovery.due_on.as_ref()),
        overdue: recovery.overdue,
    }
}

/// The newest recoveries whose term is over.
pub(in crate::pages) async fn overdue(
    platform: &Platform,
    t: Text,
    page_size: i32,
) -> Outcome<Vec<RecoveryRow>> {
    let request = ListRecoveriesRequest {
        overdue_only: true,
        page_size,
        ..ListRecoveriesRequest::default()
    };
    let answer = platform.recoveries().list_recoveries(request).await?;
    let recoveries = answer.into_inner().recoveries;
    Ok(recoveries.iter().map(|it| row(t, it)).collect())
}

#[derive(Template)]
#[template(path = "recoveries.html")]
struct RecoveriesPage {
    f: Frame,
    rows: Vec<RecoveryRow>,
    states: Vec<StateChoice>,
    reasons: Vec<StateChoice>,
    query: Fields,
    filtered: bool,
    next: String,
    later: bool,
    problem: String,
}

pub(super) async fn list(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let platform = app.gateway.for_session(visit.session_of(Side::Office)?);
    let t = visit.text();
    let query = query(&visit);
    let filtered = FILTERS.iter().any(|name| !query.text(name).is_empty());
    let found = platform.recoveries().list_recoveries(asked(&query)).await;
    let (answer, problem) = match found.map_err(Problem::from) {
        Ok(answer) => (answer.into_inner(), None),
        Err(problem) if filtered && is_told_here(&problem) => {
            (ListRecoveriesResponse::default(), Some(problem))
        }
        Err(problem) => return Err(problem),
    };
    Ok(with_status(
        problem.as_ref().map_or(StatusCode::OK, Problem::status),
        &RecoveriesPage {
            f: framed(&visit, t.recovery_title()).crumb(t.recovery_title(), ""),
            rows: answer.recoveries.iter().map(|it| row(t, it)).collect(),
            states: names::RECOVERY_STATES
                .map(|state| StateChoice {
                    code: state.as_str_name(),
                    name: names::recovery_state(t, state),
                    chosen: state.as_str_name() == query.text("stato"),
                })
                .into(),
            reasons: reason_choices(t, query.text("motivo")),
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

fn asked(query: &Fields) -> ListRecoveriesRequest {
    let known = |code: i32| (code != 0).then_some(code).into_iter().collect();
    let state = RecoveryState::from_str_name(query.text("stato")).unwrap_or_default();
    let reason = RecoveryReason::from_str_name(query.text("motivo")).unwrap_or_default();
    ListRecoveriesRequest {
        states: known(state as i32),
        reasons: known(reason as i32),
        authorization_number: query.text("autorizzazione").to_owned(),
        codice_fiscale: query.text("codice_fiscale").to_uppercase(),
        overdue_only: query.has("scaduti"),
        page_size: PAGE,
        page_token: query.text("pagina").to_owned(),
        ..ListRecoveriesRequest::default()
    }
}

/// Why money has to come back, to choose from.
pub(super) fn reason_choices(t: Text, chosen: &str) -> Vec<StateChoice> {
    names::RECOVERY_REASONS
        .map(|reason| StateChoice {
            code: reason.as_str_name(),
            name: names::recovery_reason(t, reason),
            chosen: reason.as_str_name() == chosen,
        })
        .into()
}

/// Something that was done to a recovery.
#[derive(Debug)]
struct StepView {
    at: String,
    what: &'static str,
    who: String,
    amount: String,
    reference: String,
    day: String,
    note: String,
}

fn step(t: Text, step: &RecoveryStep) -> StepView {
    StepView {
        at: format::timestamp(step.occurred_at.as_ref()),
        what: names::recovery_action(t, step.action()),
        who: if step.actor_id.is_empty() {
            t.recovery_by_platform().to_owned()
        } else {
            roles::role(t, &step.actor_role).to_owned()
        },
        amount: euro(step.amount_cents, t.0),
        reference: step.reference.clone(),
        day: format::date(step.day.as_ref()),
        note: step.note.clone(),
    }
}

/// What the role may do with a recovery as it stands, by the action of the address.
#[derive(Debug, Default)]
struct Can(Vec<&'static str>);

impl Can {
    fn of(profile: Option<&Profile>, recovery: &Recovery) -> Self {
        let is_open = matches!(
            recovery.state(),
            RecoveryState::Opened | RecoveryState::Notified | RecoveryState::PartlyRepaid
        );
        let Some(profile) = profile.filter(|_| is_open) else {
            return Self::default();
        };
        let is_notified = recovery.notified_on.is_some();
        let (works, orders) = (profile.cures(), profile.orders_payments());
        let may = [
            ("notifica", works && !is_notified),
            ("proroga", works && is_notified),
            ("versamento", orders),
            ("rinuncia", orders),
            ("annulla", orders && recovery.repaid_cents == 0),
        ];
        let may = may.into_iter().filter(|(_, may)| *may);
        Self(may.map(|(action, _)| action).collect())
    }

    fn any(&self) -> bool {
        !self.0.is_empty()
    }

    fn offer(&self, action: &str) -> bool {
        self.0.contains(&action)
    }
}

#[derive(Template)]
#[template(path = "recovery.html")]
struct RecoveryPage {
    f: Frame,
    r: RecoveryRow,
    note: String,
    flow: String,
    protocol: String,
    line: i32,
    paid: String,
    repaid: String,
    written_off: String,
    refund: String,
    opened: String,
    notified: String,
    steps: Vec<StepView>,
    can: Can,
    v: Fields,
    problem: String,
}

impl RecoveryPage {
    /// Whether the form of an action was sent and refused, so that it stays open.
    fn is_open(&self, action: &str) -> bool {
        self.v.text("azione") == action
    }

    /// What was typed into an input of the form of an action.
    fn typed(&self, action: &str, name: &str) -> &str {
        if self.is_open(action) {
            self.v.raw(name)
        } else {
            ""
        }
    }
}

pub(super) async fn one(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    recovery_page(&app, &visit, id_of(&id)?, None).await
}

async fn recovery_page(app: &App, visit: &Visit, id: Uuid, problem: Option<&Problem>) -> Outcome {
    let session = visit.session_of(Side::Office)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let GetRecoveryResponse { recovery, steps } = find(&platform, id).await?;
    let recovery = recovery.ok_or_else(|| Problem::of(Kind::Internal))?;
    let money = |cents: i64| format::hundredths(cents, t.0);
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &RecoveryPage {
            f: framed(visit, t.recovery_one())
                .crumb(t.recovery_title(), "/pagamenti/recuperi")
                .crumb(t.recovery_one(), "")
                .noticing(notice(t, &query(visit))),
            can: Can::of(session.profile.as_ref(), &recovery),
            r: row(t, &recovery),
            paid: money(recovery.paid_cents),
            repaid: money(recovery.repaid_cents),
            written_off: euro(recovery.written_off_cents, t.0),
            refund: euro(recovery.refund_due_cents, t.0),
            opened: format::timestamp(recovery.opened_at.as_ref()),
            notified: format::date(recovery.notified_on.as_ref()),
            steps: steps.iter().map(|it| step(t, it)).collect(),
            v: (*visit.fields).clone(),
            problem: problem.map_or(String::new(), |it| it.told(visit.language)),
            line: recovery.line_number,
            note: recovery.note,
            flow: recovery.flow_id,
            protocol: recovery.protocol_number,
        },
    ))
}

async fn find(platform: &Platform, id: Uuid) -> Outcome<GetRecoveryResponse> {
    let request = GetRecoveryRequest {
        recovery_id: id.to_string(),
    };
    let answer = platform.recoveries().get_recovery(request).await?;
    Ok(answer.into_inner())
}

/// Who comes back after a login that an action asked for is shown the recovery.
pub(super) async fn back(Path((id, _)): Path<(String, String)>) -> Response {
    see(&format!("/pagamenti/recuperi/{id}"))
}

pub(super) async fn act(
    State(app): State<Arc<App>>,
    Path((id, action)): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let platform = app.gateway.for_session(visit.session_of(Side::Office)?);
    let id = id_of(&Path(id))?;
    match send(&platform, visit.text(), &visit.fields, &action, id).await {
        Ok(()) => Ok(see(&format!("/pagamenti/recuperi/{id}?esito=recupero"))),
        Err(problem) if problem.is_about_request() => {
            recovery_page(&app, &visit, id, Some(&problem)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn send(
    platform: &Platform,
    t: Text,
    fields: &Fields,
    action: &str,
    id: Uuid,
) -> Outcome<()> {
    let recovery_id = id.to_string();
    let reason = fields.text("motivo").to_owned();
    let day = || {
        let day = format::typed_day(fields.text("giorno")).map(format::to_message);
        day.ok_or_else(|| Problem::input(t.fault_recovery_day()))
    };
    let mut recoveries = platform.recoveries();
    match action {
        "notifica" => {
            let request = NotifyRecoveryRequest {
                recovery_id,
                notified_on: Some(day()?),
            };
            recoveries.notify_recovery(request).await?;
        }
        "proroga" => {
            let request = ExtendRecoveryRequest {
                recovery_id,
                due_on: Some(day()?),
                reason,
            };
            recoveries.extend_recovery(request).await?;
        }
        "versamento" => {
            let amount = format::typed_hundredths(fields.text("importo"));
            let request = RegisterRepaymentRequest {
                recovery_id,
                reference: fields.text("riferimento").to_owned(),
                amount_cents: amount.ok_or_else(|| Problem::input(t.fault_recovery_amount()))?,
                credited_on: Some(day()?),
            };
            recoveries.register_repayment(request).await?;
        }
        "rinuncia" => {
            let request = WriteOffRecoveryRequest {
                recovery_id,
                reason,
            };
            recoveries.write_off_recovery(request).await?;
        }
        "annulla" => {
            let request = CancelRecoveryRequest {
                recovery_id,
                reason,
            };
            recoveries.cancel_recovery(request).await?;
        }
        _ => return Err(Problem::of(Kind::NotFound)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proto::google::r#type::Date;

    use super::*;

    fn can(role: &str, recovery: &Recovery) -> Can {
        let profile = Profile {
            role: role.to_owned(),
            ..Profile::default()
        };
        Can::of(Some(&profile), recovery)
    }

    #[test]
    fn each_role_is_offered_its_part_of_an_open_recovery() {
        let mut recovery = Recovery::default();
        recovery.set_state(RecoveryState::Opened);
        assert_eq!(can("SEDE", &recovery).0, ["notifica"]);
        let ordering = ["versamento", "rinuncia", "annulla"];
        assert_eq!(can("DSEDE", &recovery).0, ordering);
        recovery.notified_on = Some(Date::default());
        recovery.repaid_cents = 100;
        recovery.set_state(RecoveryState::PartlyRepaid);
        assert_eq!(
            can("PO", &recovery).0,
            ["proroga", "versamento", "rinuncia"]
        );
        assert!(!can("DREG", &recovery).any());
        recovery.set_state(RecoveryState::Settled);
        assert!(!can("PO", &recovery).any());
    }

    #[test]
    fn the_list_is_narrowed_by_its_address() {
        let asked = asked(&Fields::read(
            b"stato=RECOVERY_STATE_NOTIFIED&motivo=&codice_fiscale=rssmra80a01h501u&scaduti=si",
        ));
        assert_eq!(asked.states, [RecoveryState::Notified as i32]);
        assert!(asked.reasons.is_empty() && asked.overdue_only);
        assert_eq!(asked.codice_fiscale, "RSSMRA80A01H501U");
    }
}
