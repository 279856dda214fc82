//! The list behind the number: cases in stock, oldest first.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;
use proto::google::r#type::Date;
use proto::omnia::claims::v1::ClaimState;
use proto::omnia::dasmo::v1::{Case, Dimension, ListCasesResponse};

use super::super::claims::next_page;
use super::super::handling::is_told_here;
use super::super::search::address;
use super::super::{query, with_status};
use super::export::Files;
use super::subject::Subject;
use super::{Chip, Choice, asked, chips, kept, monitor};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Offices;
use crate::problem::{Outcome, Problem};
use crate::text::{Text, format, names};
use crate::web::Visitor;

/// Cases of a page.
const PAGE: i32 = 50;

struct CaseRow {
    address: String,
    protocol: String,
    submitted: String,
    office: String,
    product: String,
    causale: String,
    state: &'static str,
    age: String,
    chronic: bool,
    very_old: bool,
    workers: String,
    hours: String,
}

#[derive(Template)]
#[template(path = "dashboard_cases.html")]
struct CasesPage {
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
    rows: Vec<CaseRow>,
    next: String,
    first: String,
    files: Files,
    problem: String,
}

pub(super) async fn page(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = monitor(&app, &visit).await?;
    let query = query(&visit);
    let platform = app.gateway.for_session(session);
    let asked = asked::cases(&query, PAGE);
    let (answer, problem) = match platform.dasmo().list_cases(asked).await {
        Ok(answer) => (answer.into_inner(), None),
        Err(status) => {
            let problem = Problem::from(status);
            if !is_told_here(&problem) || query.0.is_empty() {
                return Err(problem);
            }
            (ListCasesResponse::default(), Some(problem))
        }
    };
    let offices = app.directory.offices(&platform, app.clock.now()).await;
    let t = visit.text();
    let path = "/cruscotto/pratiche";
    Ok(with_status(
        problem.as_ref().map_or(StatusCode::OK, Problem::status),
        &CasesPage {
            f: visit
                .frame(t.dash_cases_title())
                .crumb(t.dash_title(), back(Subject::Claims, &query))
                .crumb(t.dash_cases_title(), ""),
            chips: chips(t, &query, path),
            filters: asked::told_of_list(t, Subject::Claims, &query),
            kept: kept(&query),
            regions: super::region_choices(&query),
            products: super::product_choices(t, &query),
            sections: super::section_choices(t, &query),
            office: query.text("sede").to_owned(),
            with_agencies: asked::with_agencies(&query),
            only_chronic: query.has("croniche"),
            only_very_old: query.has("risalenti"),
            as_of: answer.as_of.as_ref().map_or(String::new(), |day| {
                t.dash_cases_as_of(&format::date(Some(day)))
            }),
            stale: stale(t, answer.stale, answer.as_of.as_ref()),
            total: total(t, &answer),
            rows: answer
                .cases
                .iter()
                .map(|case| row(t, case, &offices, &query))
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
            files: Files::of(t.dash_export_cases(), &query, "pratiche"),
            problem: problem.map_or(String::new(), |it| it.message(visit.language)),
        },
    ))
}

/// The dashboard with the same filters, as far as pictures have them.
pub(super) fn back(subject: Subject, query: &Fields) -> String {
    let mut replaced = vec![("croniche", ""), ("risalenti", "")];
    replaced.extend(
        asked::parts(query)
            .iter()
            .map(|part| (asked::name_of(part.dimension()), "")),
    );
    address(subject.path(), query, &replaced)
}

/// What is said when the day of a list is not yesterday.
pub(super) fn stale(t: Text, stale: bool, day: Option<&Date>) -> String {
    if stale {
        t.dash_stale(&format::date(day))
    } else {
        String::new()
    }
}

fn total(t: Text, answer: &ListCasesResponse) -> String {
    let count = format::number(i64::from(answer.total), t.0);
    if answer.total_exceeded {
        t.dash_cases_more(&count)
    } else {
        t.dash_cases_found(&count)
    }
}

fn row(t: Text, case: &Case, offices: &Offices, query: &Fields) -> CaseRow {
    let state = ClaimState::from_str_name(&format!("CLAIM_STATE_{}", case.stage));
    CaseRow {
        address: Subject::Claims.one(&case.claim_id, query),
        protocol: case.protocol_number.clone(),
        submitted: format::date(case.submitted_on.as_ref()),
        office: offices.name(&case.office),
        product: asked::value(t, Dimension::Product, &case.product),
        causale: asked::value(t, Dimension::Causale, &case.causale),
        state: names::state(t, state.unwrap_or_default()),
        age: t.dash_age_days(case.age_days),
        chronic: case.chronic,
        very_old: case.very_old,
        workers: format::number(i64::from(case.workers), t.0),
        hours: format::hundredths(case.hours_hundredths, t.0),
    }
}
