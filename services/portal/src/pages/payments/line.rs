//! One line: what it is due with the steps that lead there, what stops it, and what may be done about it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use proto::omnia::payments::v1::{
    AnomalyCode, CancelLine, CancelLinesRequest, ConfirmDeductions, CureLineRequest, DomiciledCure,
    GetLineRequest, GetLineResponse, Line, LineState, OpenRecoveriesRequest, RecoveryLine,
    RecoveryReason, SetAmount,
};
use uuid::Uuid;

use super::flows::framed;
use super::lines::{LineRow, row};
use super::recoveries::reason_choices;
use super::{StepView, euro, flow, flow_and_line, reader, steps};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::claims::StateChoice;
use crate::pages::{notice, query, see, with_status};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::{Profile, Side};
use crate::text::{Text, format, payment_names as names};
use crate::web::{Visit, Visitor};

/// A line in full.
#[derive(Debug)]
struct LineView {
    row: LineRow,
    weeks: Vec<String>,
    way: &'static str,
    iban: String,
    /// The employer's figure against ours; empty when it was not told.
    compared: String,
    steps: Vec<StepView>,
    capped: bool,
    to_set: bool,
    attempts: String,
    bank_day: String,
    /// What of it is recovered; empty for nothing.
    recovered: String,
}

/// What the role may do with a line as it stands, by the action of the address.
#[derive(Debug, Default)]
struct Cures(Vec<&'static str>);

impl Cures {
    fn of(profile: Option<&Profile>, line: &Line) -> Self {
        let Some(profile) = profile else {
            return Self::default();
        };
        let works = profile.cures();
        let stopped_by = |codes: &[AnomalyCode]| {
            let mut anomalies = line.anomalies.iter();
            line.state() == LineState::Anomaly && anomalies.all(|it| codes.contains(&it.code()))
        };
        let is_open = matches!(
            line.state(),
            LineState::Received
                | LineState::InVerification
                | LineState::Verified
                | LineState::Anomaly
        );
        let of_account = stopped_by(&[
            AnomalyCode::IbanHolderMismatch,
            AnomalyCode::IbanHolderUnknown,
            AnomalyCode::IbanReturned,
        ]);
        let may = [
            ("domiciliato", works && of_account),
            (
                "trattenute",
                works && stopped_by(&[AnomalyCode::DeductionsToWork]),
            ),
            ("importo", works && line.amount_to_set),
            (
                "annulla",
                is_open && (works || profile.side() == Side::Filer),
            ),
        ];
        let is_owed = line.state() == LineState::Paid && line.recovered_cents < line.net_cents;
        let may = may.into_iter().chain([("recupera", works && is_owed)]);
        let may = may.filter(|(_, may)| *may);
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
#[template(path = "flow_line.html")]
struct LinePage {
    f: Frame,
    /// Address of the line.
    base: String,
    x: LineView,
    can: Cures,
    /// Why money has to come back, to choose from.
    reasons: Vec<StateChoice>,
    /// Id of the next request, so that clicking twice opens one recovery.
    request: String,
    /// What was typed.
    v: Fields,
    problem: String,
}

impl LinePage {
    /// Whether the form of a cure was sent and refused, so that it stays open.
    fn is_open(&self, action: &str) -> bool {
        self.v.text("azione") == action
    }

    /// The reason that was typed into the form of a cure.
    fn reason(&self, action: &str) -> &str {
        if self.is_open(action) {
            self.v.raw("motivo")
        } else {
            ""
        }
    }
}

pub(super) async fn page(
    State(app): State<Arc<App>>,
    path: Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let (flow, number) = flow_and_line(&path)?;
    line_page(&app, &visit, flow, number, None).await
}

async fn line_page(
    app: &App,
    visit: &Visit,
    id: Uuid,
    number: i32,
    problem: Option<&Problem>,
) -> Outcome {
    let session = reader(visit)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let (flow, found) = tokio::try_join!(flow(&platform, id), line(&platform, id, number))?;
    let line = found.line.clone().unwrap_or_default();
    let title = t.pay_line_title(&format::number(number.into(), t.0));
    let base = format!("/pagamenti/flussi/{id}");
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &LinePage {
            f: framed(visit, title.clone())
                .crumb(flow.protocol_number, base.clone())
                .crumb(t.pay_lines(), format!("{base}/righe"))
                .crumb(title, "")
                .noticing(notice(t, &query(visit))),
            base: format!("{base}/righe/{number}"),
            can: Cures::of(session.profile.as_ref(), &line),
            x: view(t, &found, &line),
            reasons: reason_choices(t, visit.fields.text("causa")),
            request: app.ids.at(app.clock.now()).to_string(),
            v: (*visit.fields).clone(),
            problem: problem.map_or(String::new(), |it| it.told(visit.language)),
        },
    ))
}

async fn line(platform: &Platform, flow: Uuid, number: i32) -> Outcome<GetLineResponse> {
    let request = GetLineRequest {
        flow_id: flow.to_string(),
        line_number: number,
    };
    Ok(platform.flows().get_line(request).await?.into_inner())
}

fn view(t: Text, found: &GetLineResponse, line: &Line) -> LineView {
    let weeks = line.hours_by_week_hundredths.iter().enumerate();
    let worked = weeks.filter(|(_, hours)| **hours > 0);
    LineView {
        row: row(t, line),
        weeks: worked
            .map(|(place, hours)| t.pay_week_hours(place + 1, &format::hundredths(*hours, t.0)))
            .collect(),
        way: names::way(t, line.way()),
        iban: line.iban_masked.clone(),
        compared: compared(t, line),
        steps: steps(t, &found.steps),
        capped: found.capped,
        to_set: line.amount_to_set,
        attempts: if line.attempts > 0 {
            t.pay_attempts(line.attempts)
        } else {
            String::new()
        },
        recovered: euro(line.recovered_cents, t.0),
        bank_day: match format::date(line.bank_date.as_ref()) {
            day if day.is_empty() => day,
            day => t.pay_bank_day(&day),
        },
    }
}

/// The employer's figure is compared, never used (PAY-9).
fn compared(t: Text, line: &Line) -> String {
    let (gross, expected) = (line.gross_cents, line.expected_cents);
    if expected == 0 || gross == 0 {
        return String::new();
    }
    let told = euro(expected, t.0);
    if line.expected_differs {
        let difference = euro((expected - gross).abs(), t.0);
        t.pay_differs(&euro(gross, t.0), &told, &difference)
    } else {
        t.pay_agrees(&told)
    }
}

/// Who comes back after a login that an action asked for is shown the line.
pub(super) async fn back(Path((flow, number, _)): Path<(String, String, String)>) -> Response {
    see(&format!("/pagamenti/flussi/{flow}/righe/{number}"))
}

/// What somebody does with a line.
#[derive(Debug)]
enum Act {
    Cure(CureLineRequest),
    /// The sender cancels it.
    Cancel(CancelLinesRequest),
    /// The office asks back what was paid too much.
    Recover(OpenRecoveriesRequest),
}

pub(super) async fn act(
    State(app): State<Arc<App>>,
    Path((flow, number, action)): Path<(String, String, String)>,
    visit: Visitor,
) -> Outcome {
    let session = reader(&visit)?;
    let (id, number) = flow_and_line(&Path((flow, number)))?;
    let platform = app.gateway.for_session(session);
    let is_filer = session.side() == Side::Filer;
    let done = match act_of(visit.text(), &visit.fields, is_filer, &action, id, number) {
        Ok(act) => send(&platform, act).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(Done::Line(outcome)) => Ok(see(&format!(
            "/pagamenti/flussi/{id}/righe/{number}?esito={outcome}"
        ))),
        Ok(Done::Recovery(recovery)) => Ok(see(&format!(
            "/pagamenti/recuperi/{recovery}?esito=recupero-aperto"
        ))),
        Err(problem) if problem.is_about_request() => {
            line_page(&app, &visit, id, number, Some(&problem)).await
        }
        Err(problem) => Err(problem),
    }
}

/// What came of an act.
enum Done {
    /// The line was worked: what to say of it.
    Line(&'static str),
    /// A recovery was opened.
    Recovery(String),
}

async fn send(platform: &Platform, act: Act) -> Outcome<Done> {
    match act {
        Act::Cure(request) => {
            let outcome = if request.cancel.is_some() {
                "riga-annullata"
            } else {
                "riga-lavorata"
            };
            platform.flows().cure_line(request).await?;
            Ok(Done::Line(outcome))
        }
        Act::Cancel(request) => {
            platform.flows().cancel_lines(request).await?;
            Ok(Done::Line("riga-annullata"))
        }
        Act::Recover(request) => {
            let answer = platform.recoveries().open_recoveries(request).await?;
            let opened = answer.into_inner().recoveries.into_iter().next();
            let opened = opened.ok_or_else(|| Problem::of(Kind::Internal))?;
            Ok(Done::Recovery(opened.recovery_id))
        }
    }
}

fn act_of(
    t: Text,
    fields: &Fields,
    is_filer: bool,
    action: &str,
    flow: Uuid,
    number: i32,
) -> Outcome<Act> {
    if action == "recupera" {
        return Ok(Act::Recover(recovery(t, fields, flow, number)?));
    }
    let (flow_id, reason) = (flow.to_string(), fields.text("motivo").to_owned());
    if is_filer && action == "annulla" {
        return Ok(Act::Cancel(CancelLinesRequest {
            flow_id,
            line_numbers: vec![number],
            reason,
        }));
    }
    let cure = CureLineRequest {
        flow_id,
        line_number: number,
        reason,
        ..CureLineRequest::default()
    };
    let cure = match action {
        "annulla" => CureLineRequest {
            cancel: Some(CancelLine {}),
            ..cure
        },
        "trattenute" => CureLineRequest {
            confirm_deductions: Some(ConfirmDeductions {}),
            ..cure
        },
        "importo" => CureLineRequest {
            amount: Some(amount(t, fields)?),
            ..cure
        },
        "domiciliato" => CureLineRequest {
            domiciled: Some(DomiciledCure {
                street: fields.text("via").to_owned(),
                postal_code: fields.text("cap").to_owned(),
                municipality: fields.text("comune").to_owned(),
                province: fields.text("provincia").to_uppercase(),
            }),
            ..cure
        },
        _ => return Err(Problem::of(Kind::NotFound)),
    };
    Ok(Act::Cure(cure))
}

fn recovery(
    t: Text,
    fields: &Fields,
    flow: Uuid,
    line_number: i32,
) -> Outcome<OpenRecoveriesRequest> {
    let amount_cents = match fields.text("importo") {
        "" => 0,
        typed => format::typed_hundredths(typed)
            .ok_or_else(|| Problem::input(t.fault_recovery_amount()))?,
    };
    let reason = RecoveryReason::from_str_name(fields.text("causa")).unwrap_or_default();
    Ok(OpenRecoveriesRequest {
        request_id: fields.text("richiesta").to_owned(),
        flow_id: flow.to_string(),
        lines: vec![RecoveryLine {
            line_number,
            amount_cents,
        }],
        reason: reason as i32,
        note: fields.text("motivo").to_owned(),
    })
}

fn amount(t: Text, fields: &Fields) -> Outcome<SetAmount> {
    let typed = |name| format::typed_hundredths(fields.text(name));
    let both = typed("lordo").zip(typed("netto"));
    let (gross_cents, net_cents) = both.ok_or_else(|| Problem::input(t.fault_amounts()))?;
    Ok(SetAmount {
        gross_cents,
        net_cents,
    })
}

#[cfg(test)]
mod tests {
    use proto::omnia::payments::v1::Anomaly;

    use super::*;
    use crate::text::Language;

    const T: Text = Text(Language::Italian);

    fn stopped(codes: &[AnomalyCode]) -> Line {
        let anomaly = |code: &AnomalyCode| Anomaly {
            code: *code as i32,
            ..Anomaly::default()
        };
        let mut line = Line {
            anomalies: codes.iter().map(anomaly).collect(),
            ..Line::default()
        };
        line.set_state(LineState::Anomaly);
        line
    }

    fn cures(role: &str, line: &Line) -> Cures {
        let profile = Profile {
            role: role.to_owned(),
            ..Profile::default()
        };
        Cures::of(Some(&profile), line)
    }

    #[test]
    fn only_cures_that_the_line_takes_are_offered_and_only_to_who_may() {
        let account = stopped(&[AnomalyCode::IbanReturned]);
        assert_eq!(cures("SEDE", &account).0, ["domiciliato", "annulla"]);
        assert_eq!(cures("AZ-CON", &account).0, ["annulla"]);
        assert!(!cures("DSEDE", &account).any());
        let both = stopped(&[AnomalyCode::IbanReturned, AnomalyCode::DeductionsToWork]);
        assert_eq!(
            cures("PO", &both).0,
            ["annulla"],
            "what else is wrong stays wrong"
        );
        let deductions = stopped(&[AnomalyCode::DeductionsToWork]);
        assert!(cures("PO", &deductions).offer("trattenute"));
        let mut paid = Line::default();
        paid.set_state(LineState::Paid);
        paid.net_cents = 100;
        assert_eq!(cures("SEDE", &paid).0, ["recupera"]);
        assert!(!cures("INT", &paid).any());
        paid.recovered_cents = 100;
        assert!(!cures("SEDE", &paid).any());
    }

    #[test]
    fn the_employers_figure_is_held_against_ours() {
        let mut line = Line {
            gross_cents: 46_080,
            expected_cents: 46_080,
            ..Line::default()
        };
        assert!(compared(T, &line).contains("460,80"));
        line.expected_cents = 50_000;
        line.expected_differs = true;
        assert!(compared(T, &line).contains("differenza di € 39,20"));
        line.expected_cents = 0;
        assert_eq!(compared(T, &line), "");
    }

    #[test]
    fn an_action_is_one_cure_and_what_is_none_is_not_found() {
        let of = |filer, action: &str, fields: &str| {
            let fields = Fields::read(fields.as_bytes());
            act_of(T, &fields, filer, action, Uuid::nil(), 3)
        };
        assert!(
            matches!(of(true, "annulla", "motivo=x"), Ok(Act::Cancel(it)) if it.line_numbers == [3])
        );
        assert!(
            matches!(of(false, "annulla", "motivo=x"), Ok(Act::Cure(it)) if it.cancel.is_some())
        );
        let set = of(false, "importo", "motivo=x&lordo=288,00&netto=271,18");
        assert!(
            matches!(set, Ok(Act::Cure(it)) if it.amount.is_some_and(|it| it.net_cents == 27_118))
        );
        assert_eq!(
            of(false, "importo", "lordo=molto").unwrap_err().kind,
            Kind::Input
        );
        assert_eq!(of(false, "altro", "").unwrap_err().kind, Kind::NotFound);
    }
}
