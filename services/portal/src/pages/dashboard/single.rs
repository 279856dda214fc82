//! One case or one flow of the lists behind the numbers, with all that is known of it: the end of the way down (`claims.md`
//! DAS-5), for whoever may not open it at the desk, too.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use proto::google::r#type::Date;
use proto::omnia::claims::v1::ClaimState;
use proto::omnia::dasmo::v1::{Case, Dimension, GetCaseRequest, GetStockFlowRequest, StockFlow};

use super::super::search::address;
use super::super::{id_of, page, query};
use super::cases::back;
use super::cut::persons;
use super::subject::Subject;
use super::{asked, monitor};
use crate::App;
use crate::frame::Frame;
use crate::gateway::Offices;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Session;
use crate::text::{Text, format, names};
use crate::web::{Visit, Visitor};

/// A line of what is known.
struct Fact {
    name: &'static str,
    value: String,
    /// What is remarkable about it; empty for nothing.
    flag: &'static str,
}

#[derive(Template)]
#[template(path = "dashboard_one.html")]
struct OnePage {
    f: Frame,
    as_of: String,
    stale: bool,
    facts: Vec<Fact>,
    /// Where it is worked, and how that is called; nothing for whoever cannot open it there.
    desk: Option<(String, &'static str)>,
    back: String,
}

pub(super) async fn case(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let session = monitor(&app, &visit).await?;
    let claim_id = id_of(&id)?.to_string();
    let platform = app.gateway.for_session(session);
    let request = GetCaseRequest { claim_id };
    let answer = platform.dasmo().get_case(request).await?.into_inner();
    let case = answer.case.ok_or_else(|| Problem::of(Kind::Internal))?;
    let offices = app.directory.offices(&platform, app.clock.now()).await;
    let one = One {
        subject: Subject::Claims,
        facts: facts_of_case(visit.text(), &case, &offices),
        id: case.claim_id,
        protocol: case.protocol_number,
        office: case.office,
        as_of: answer.as_of,
        stale: answer.stale,
    };
    Ok(one.page(&visit, session, &offices))
}

pub(super) async fn flow(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let session = monitor(&app, &visit).await?;
    let flow_id = id_of(&id)?.to_string();
    let platform = app.gateway.for_session(session);
    let request = GetStockFlowRequest { flow_id };
    let answer = platform.dasmo_flows().get_stock_flow(request).await?;
    let answer = answer.into_inner();
    let flow = answer.flow.ok_or_else(|| Problem::of(Kind::Internal))?;
    let offices = app.directory.offices(&platform, app.clock.now()).await;
    let one = One {
        subject: Subject::Flows,
        facts: facts_of_flow(visit.text(), &flow, &offices),
        id: flow.flow_id,
        protocol: flow.protocol_number,
        office: flow.office,
        as_of: answer.as_of,
        stale: answer.stale,
    };
    Ok(one.page(&visit, session, &offices))
}

/// A case or a flow.
struct One {
    subject: Subject,
    id: String,
    protocol: String,
    office: String,
    as_of: Option<Date>,
    stale: bool,
    facts: Vec<Fact>,
}

impl One {
    fn page(self, visit: &Visit, session: &Session, offices: &Offices) -> Response {
        let (t, query) = (visit.text(), query(visit));
        let (title, desk) = match self.subject {
            Subject::Claims => (
                t.dash_case_title(&self.protocol),
                (format!("/ufficio/{}", self.id), t.dash_case_desk()),
            ),
            Subject::Flows => (
                t.dash_flow_title(&self.protocol),
                (format!("/pagamenti/flussi/{}", self.id), t.dash_flow_desk()),
            ),
        };
        let profile = session.profile.as_ref();
        let opens = profile.is_some_and(|profile| offices.is_of(&self.office, profile));
        // As it was left.
        let list = address(
            self.subject.list(),
            &query,
            &[("pagina", query.text("pagina"))],
        );
        page(&OnePage {
            f: visit
                .frame(title)
                .crumb(t.dash_title(), back(self.subject, &query))
                .crumb(self.subject.list_title(t), list.clone())
                .crumb(self.protocol, ""),
            as_of: format::date(self.as_of.as_ref()),
            stale: self.stale,
            facts: self.facts,
            desk: opens.then_some(desk),
            back: list,
        })
    }
}

fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    Fact {
        name,
        value: value.into(),
        flag: "",
    }
}

fn facts_of_case(t: Text, case: &Case, offices: &Offices) -> Vec<Fact> {
    let state = ClaimState::from_str_name(&format!("CLAIM_STATE_{}", case.stage));
    let old = (case.very_old, case.chronic);
    let value = |dimension, code: &str| asked::value(t, dimension, code);
    vec![
        fact(t.protocol(), &case.protocol_number),
        fact(t.submitted_on(), format::date(case.submitted_on.as_ref())),
        age(t, case.age_days, old, t.dash_flag_chronic()),
        fact(t.dash_stage(), names::state(t, state.unwrap_or_default())),
        fact(t.dash_office(), offices.name(&case.office)),
        fact(t.dash_product(), value(Dimension::Product, &case.product)),
        fact(t.causale(), value(Dimension::Causale, &case.causale)),
        fact(
            t.payment_mode(),
            value(Dimension::PaymentMode, &case.payment_mode),
        ),
        fact(t.dash_sector(), value(Dimension::Sector, &case.sector)),
        fact(t.dash_size(), &case.size),
        fact(
            t.dash_case_workers(),
            format::number(i64::from(case.workers), t.0),
        ),
        fact(
            t.column_hours(),
            format::hundredths(case.hours_hundredths, t.0),
        ),
        fact(t.dash_case_id(), &case.claim_id),
    ]
}

fn facts_of_flow(t: Text, flow: &StockFlow, offices: &Offices) -> Vec<Fact> {
    let old = (flow.very_old, flow.chronic);
    let value = |dimension, code: &str| asked::value(t, dimension, code);
    let number = |number: i32| format::number(i64::from(number), t.0);
    let anomalies: Vec<String> = flow
        .anomalies
        .iter()
        .map(|code| value(Dimension::Anomaly, code))
        .collect();
    vec![
        fact(t.protocol(), &flow.protocol_number),
        fact(t.pay_received_on(), format::date(flow.received_on.as_ref())),
        age(t, flow.age_days, old, t.dash_flag_chronic_flow()),
        fact(t.pay_kind(), flow.kind.replace('_', "-")),
        fact(t.dash_office(), offices.name(&flow.office)),
        fact(t.dash_product(), value(Dimension::Product, &flow.product)),
        fact(t.causale(), value(Dimension::Causale, &flow.causale)),
        fact(t.dash_sector(), value(Dimension::Sector, &flow.sector)),
        fact(t.dash_size(), &flow.size),
        fact(
            t.dash_flow_stock(),
            t.dash_lines_of(&number(flow.stock), &number(flow.lines)),
        ),
        fact(t.dash_verifying(), number(flow.stock_verifying)),
        fact(t.dash_stopped(), number(flow.stock_stopped)),
        fact(t.dash_to_order(), number(flow.stock_to_order)),
        fact(t.dash_ordered(), number(flow.stock_ordered)),
        fact(t.dash_anomalies(), anomalies.join("; ")),
        fact(t.dash_case_workers(), persons(flow.workers, t.0)),
        fact(
            t.column_hours(),
            format::hundredths(flow.hours_hundredths, t.0),
        ),
        fact(t.dash_amount(), format::euro(flow.cents, t.0)),
        fact(t.pay_flow_id(), &flow.flow_id),
    ]
}

fn age(t: Text, days: i32, (very_old, chronic): (bool, bool), word: &'static str) -> Fact {
    Fact {
        flag: match (very_old, chronic) {
            (true, _) => t.dash_flag_very_old(),
            (false, true) => word,
            (false, false) => "",
        },
        ..fact(t.dash_age(), t.dash_age_days(days))
    }
}
