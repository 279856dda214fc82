//! The list behind the number of lines: flows with lines in stock, oldest first.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;
use proto::omnia::dasmo::v1::{Dimension, ListStockFlowsResponse, StockFlow};

use super::super::claims::next_page;
use super::super::handling::is_told_here;
use super::super::search::address;
use super::super::{query, with_status};
use super::cases::{back, stale};
use super::cut::persons;
use super::export::Files;
use super::subject::Subject;
use super::{Chip, Choice, asked, chips, kept, monitor};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Offices;
use crate::problem::{Outcome, Problem};
use crate::text::{Text, format};
use crate::web::Visitor;

/// Flows of a page.
const PAGE: i32 = 50;

struct FlowRow {
    address: String,
    protocol: String,
    received: String,
    office: String,
    product: String,
    causale: String,
    kind: String,
    age: String,
    chronic: bool,
    very_old: bool,
    stock: String,
    stages: Vec<String>,
    anomalies: Vec<String>,
    workers: String,
    hours: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "dashboard_flows.html")]
struct FlowsPage {
    f: Frame,
    chips: Vec<Chip>,
    filters: String,
    kept: Vec<(String, String)>,
    regions: Vec<Choice>,
    products: Vec<Choice>,
    sections: Vec<Choice>,
    office: String,
    with_agencies: bool,
    only_chronic: bool,
    only_very_old: bool,
    as_of: String,
    /// That this day is not yesterday; empty when it is.
    stale: String,
    total: String,
    rows: Vec<FlowRow>,
    next: String,
    first: String,
    files: Files,
    problem: String,
}

pub(super) async fn page(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = monitor(&app, &visit).await?;
    let query = query(&visit);
    let platform = app.gateway.for_session(session);
    let asked = asked::flows(&query, PAGE);
    let (answer, problem) = match platform.dasmo_flows().list_stock_flows(asked).await {
        Ok(answer) => (answer.into_inner(), None),
        Err(status) => {
            let problem = Problem::from(status);
            if !is_told_here(&problem) || query.0.is_empty() {
                return Err(problem);
            }
            (ListStockFlowsResponse::default(), Some(problem))
        }
    };
    let offices = app.directory.offices(&platform, app.clock.now()).await;
    let t = visit.text();
    let path = Subject::Flows.list();
    let [.., list] = Subject::Flows.files();
    Ok(with_status(
        problem.as_ref().map_or(StatusCode::OK, Problem::status),
        &FlowsPage {
            f: visit
                .frame(t.dash_flows_title())
                .crumb(t.dash_title(), back(Subject::Flows, &query))
                .crumb(t.dash_flows_title(), ""),
            chips: chips(t, &query, path),
            filters: asked::told_of_list(t, Subject::Flows, &query),
            kept: kept(&query),
            regions: super::region_choices(&query),
            products: super::product_choices(t, &query),
            sections: super::section_choices(t, &query),
            office: query.text("sede").to_owned(),
            with_agencies: asked::with_agencies(&query),
            only_chronic: query.has("croniche"),
            only_very_old: query.has("risalenti"),
            as_of: answer.as_of.as_ref().map_or(String::new(), |day| {
                t.dash_flows_as_of(&format::date(Some(day)))
            }),
            stale: stale(t, answer.stale, answer.as_of.as_ref()),
            total: total(t, &answer),
            rows: answer
                .flows
                .iter()
                .map(|flow| row(t, flow, &offices, &query))
                .collect(),
            next: if answer.next_page_token.is_empty() {
                String::new()
            } else {
                next_page(&query, &answer.next_page_token)
            },
            first: if query.text("pagina").is_empty() {
                String::new()
            } else {
                address(path, &query, &[])
            },
            files: Files::of(t.dash_export_cases(), &query, list),
            problem: problem.map_or(String::new(), |it| it.message(visit.language)),
        },
    ))
}

fn total(t: Text, answer: &ListStockFlowsResponse) -> String {
    let count = format::number(i64::from(answer.total), t.0);
    if answer.total_exceeded {
        t.dash_flows_more(&count)
    } else {
        t.dash_flows_found(&count)
    }
}

fn row(t: Text, flow: &StockFlow, offices: &Offices, query: &Fields) -> FlowRow {
    let number = |number: i32| format::number(i64::from(number), t.0);
    let stages = [
        (t.dash_verifying(), flow.stock_verifying),
        (t.dash_stopped(), flow.stock_stopped),
        (t.dash_to_order(), flow.stock_to_order),
        (t.dash_ordered(), flow.stock_ordered),
    ];
    FlowRow {
        address: Subject::Flows.one(&flow.flow_id, query),
        protocol: flow.protocol_number.clone(),
        received: format::date(flow.received_on.as_ref()),
        office: offices.name(&flow.office),
        product: asked::value(t, Dimension::Product, &flow.product),
        causale: asked::value(t, Dimension::Causale, &flow.causale),
        kind: flow.kind.replace('_', "-"),
        age: t.dash_age_days(flow.age_days),
        chronic: flow.chronic,
        very_old: flow.very_old,
        stock: t.dash_lines_of(&number(flow.stock), &number(flow.lines)),
        stages: stages
            .into_iter()
            .filter(|(_, lines)| *lines > 0)
            .map(|(name, lines)| t.dash_part(name, &number(lines)))
            .collect(),
        anomalies: flow
            .anomalies
            .iter()
            .map(|code| asked::value(t, Dimension::Anomaly, code))
            .collect(),
        workers: persons(flow.workers, t.0),
        hours: format::hundredths(flow.hours_hundredths, t.0),
        amount: format::euro(flow.cents, t.0),
    }
}
