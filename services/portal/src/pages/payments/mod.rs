//! Direct payments (`claims.md` §7): flows as their senders and offices see them, orders to the bank, and what workers read of
//! their own. Who may do what is for the gateway to say; the pages show what the role can do.

mod flows;
mod line;
mod line_report;
mod lines;
mod mine;
mod recoveries;
mod refused;
mod send;
mod treasury;

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use chrono::NaiveDate;
use proto::google::r#type::Date;
use proto::omnia::payments::v1::{AmountStep, Flow, GetFlowRequest, LineState};
use uuid::Uuid;

pub(super) use self::flows::{FlowRow, flow_rows, stopped_flows};
pub(super) use self::mine::{MineView, my_payments};
pub(super) use self::recoveries::{RecoveryRow, overdue};
pub(super) use self::treasury::{BatchView, awaiting_batches};
use super::form as posted;
use crate::App;
use crate::gateway::Platform;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::{Profile, Session, Side};
use crate::text::{Language, Text, format};
use crate::web::Visit;

/// What a form or a script may send a file to.
pub(super) const UPLOADS: [&str; 3] = [
    "/pagamenti/invio/{domanda}",
    "/pagamenti/caricamenti/{caricamento}/pezzo",
    "/pagamenti/disposizioni/risposte",
];

pub(super) fn routes() -> Router<Arc<App>> {
    let [flow, piece, answers] = UPLOADS;
    Router::new()
        .route("/pagamenti", get(flows::list))
        .route("/pagamenti/invio", get(send::choose))
        .route(flow, get(send::page).post(send::whole))
        .route(piece, posted(send::receive))
        .route(
            "/pagamenti/caricamenti/{caricamento}/stato",
            get(send::state),
        )
        .route("/pagamenti/caricamenti/{caricamento}", get(refused::page))
        .route(
            "/pagamenti/caricamenti/{caricamento}/errori.csv",
            get(refused::csv),
        )
        .route("/modelli/flusso.csv", get(send::template))
        .route("/pagamenti/flussi/{id}", get(flows::one))
        .route(
            "/pagamenti/flussi/{id}/annulla",
            get(flows::ending).post(flows::end),
        )
        .route(
            "/pagamenti/flussi/{id}/respingi",
            get(flows::ending).post(flows::end),
        )
        .route("/pagamenti/flussi/{id}/righe", get(lines::page))
        .route("/pagamenti/flussi/{id}/righe.csv", get(line_report::csv))
        .route("/pagamenti/flussi/{id}/righe/{numero}", get(line::page))
        .route(
            "/pagamenti/flussi/{id}/righe/{numero}/{azione}",
            get(line::back).post(line::act),
        )
        .route("/pagamenti/miei", get(mine::page))
        .route("/pagamenti/recuperi", get(recoveries::list))
        .route("/pagamenti/recuperi/{id}", get(recoveries::one))
        .route(
            "/pagamenti/recuperi/{id}/{azione}",
            get(recoveries::back).post(recoveries::act),
        )
        .route(
            "/pagamenti/disposizioni",
            get(treasury::page).post(treasury::order),
        )
        .route("/pagamenti/disposizioni/{id}/file", get(treasury::download))
        .route(answers, get(treasury::back).post(treasury::answers))
}

/// The session of who reads flows (PGD-2).
fn reader(visit: &Visit) -> Outcome<&Session> {
    let session = visit.session()?;
    if matches!(session.side(), Side::Filer | Side::Office) {
        Ok(session)
    } else {
        Err(Problem::of(Kind::Denied))
    }
}

/// The session of somebody whose role may do something.
fn in_role(visit: &Visit, may: fn(&Profile) -> bool) -> Outcome<&Session> {
    let session = visit.session()?;
    if session.profile.as_ref().is_some_and(may) {
        Ok(session)
    } else {
        Err(Problem::of(Kind::Denied))
    }
}

/// A flow in the person's rows.
async fn flow(platform: &Platform, id: Uuid) -> Outcome<Flow> {
    let request = GetFlowRequest {
        flow_id: id.to_string(),
    };
    let answer = platform.flows().get_flow(request).await?.into_inner();
    answer.flow.ok_or_else(|| Problem::of(Kind::Internal))
}

/// The flow and the line that an address names.
fn flow_and_line(Path((flow, number)): &Path<(String, String)>) -> Outcome<(Uuid, i32)> {
    let number = number.parse::<i32>().ok().filter(|number| *number > 0);
    Uuid::try_parse(flow)
        .ok()
        .zip(number)
        .ok_or_else(|| Problem::of(Kind::NotFound))
}

/// Lines of a flow in some states.
fn lines_in(flow: &Flow, states: &[LineState]) -> i32 {
    let counts = flow.lines_by_state.iter();
    counts
        .filter(|it| states.contains(&it.state()))
        .map(|it| it.lines)
        .sum()
}

/// Lines that wait for somebody.
const STOPPED: [LineState; 2] = [LineState::Anomaly, LineState::Returned];

/// Days from the first to the last, as people write them.
fn days(from: Option<&Date>, to: Option<&Date>) -> String {
    format!("{} – {}", format::date(from), format::date(to))
}

/// An amount in euro, without the sign; empty while it is not known.
fn euro(cents: i64, language: Language) -> String {
    if cents == 0 {
        String::new()
    } else {
        format::hundredths(cents, language)
    }
}

/// The month that somebody typed: as browsers send it, or as Italians write it.
fn typed_month(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let (year, month) = match text.split_once('/') {
        Some((month, year)) => (year, month),
        None => text.split_once('-')?,
    };
    let year = year
        .parse::<i32>()
        .ok()
        .filter(|year| (1900..2200).contains(year));
    NaiveDate::from_ymd_opt(year?, month.parse().ok()?, 1)
}

/// A step of the computation of an amount.
#[derive(Debug)]
pub(super) struct StepView {
    pub(super) text: String,
    pub(super) formula: String,
    pub(super) result: String,
    pub(super) source: String,
}

/// The steps of an amount in a language. Formulas are written with points, as the services do.
fn steps(t: Text, steps: &[AmountStep]) -> Vec<StepView> {
    let decimal = |text: &str| match t.0 {
        Language::Italian => text.replace('.', ","),
        Language::English => text.to_owned(),
    };
    steps
        .iter()
        .map(|step| StepView {
            text: t.of(&step.text_it, &step.text_en).to_owned(),
            formula: decimal(&step.formula),
            result: decimal(&step.result),
            source: step.source.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_understood_in_both_forms() {
        let september = NaiveDate::from_ymd_opt(2026, 9, 1);
        for typed in ["2026-09", "09/2026", " 9/2026 "] {
            assert_eq!(typed_month(typed), september, "{typed}");
        }
        for typed in ["", "settembre", "2026", "13/2026", "09/26", "2026-09-01"] {
            assert_eq!(typed_month(typed), None, "{typed}");
        }
    }

    #[test]
    fn steps_are_read_with_the_readers_decimals() {
        let told = [AmountStep {
            text_it: "lordo".to_owned(),
            text_en: "gross".to_owned(),
            formula: "0.80 × 12.50".to_owned(),
            result: "10.0000".to_owned(),
            source: String::new(),
        }];
        let italian = &steps(Text(Language::Italian), &told)[0];
        assert_eq!(
            (italian.text.as_str(), italian.formula.as_str()),
            ("lordo", "0,80 × 12,50")
        );
        assert_eq!(steps(Text(Language::English), &told)[0].result, "10.0000");
    }
}
