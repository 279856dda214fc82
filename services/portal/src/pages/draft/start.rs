//! The first page: the employers and units that somebody may file for, and the draft that begins there.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use futures_util::future::try_join_all;
use http::StatusCode;
use proto::omnia::anagrafe::v1::{Employer, ListEmployersRequest, ProductionUnit};
use proto::omnia::claims::v1::{CreateDraftRequest, DraftContent};
use uuid::Uuid;

use super::choices::units;
use super::inputs::{Choice, unit_choice, unit_key};
use super::step::Step;
use super::{framed, path};
use crate::App;
use crate::frame::Frame;
use crate::pages::claims::next_page;
use crate::pages::{query, see, with_status};
use crate::problem::{Outcome, Problem};
use crate::session::Side;
use crate::text::{Text, format, names};
use crate::web::{Visit, Visitor};

/// Employers of a page.
const EMPLOYERS: i32 = 20;

#[derive(Template)]
#[template(path = "draft_start.html")]
struct StartPage {
    f: Frame,
    employers: Vec<EmployerView>,
    /// Address of the next page; empty when this is the last.
    next: String,
    later: bool,
    request_id: Uuid,
    problem: String,
}

struct EmployerView {
    name: String,
    matricola: String,
    units: Vec<Choice>,
}

pub(super) async fn start(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    start_page(&app, &visit, None).await
}

async fn start_page(app: &App, visit: &Visit, problem: Option<&Problem>) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let query = query(visit);
    let request = ListEmployersRequest {
        page_size: EMPLOYERS,
        page_token: query.text("pagina").to_owned(),
    };
    let answer = platform
        .employers()
        .list_employers(request)
        .await?
        .into_inner();
    let today = app.clock.today();
    let shown = answer.employers.into_iter().map(async |employer| {
        let units = units(&platform, &employer.matricola).await?;
        Ok::<_, Problem>(employer_view(t, employer, &units, today))
    });
    let shown = try_join_all(shown).await?;
    let kept: Option<Uuid> = visit.fields.read_as("richiesta");
    let status = problem.map_or(StatusCode::OK, Problem::status);
    Ok(with_status(
        status,
        &StartPage {
            f: framed(visit, t.new_claim()).crumb(t.new_claim(), ""),
            employers: shown,
            next: if answer.next_page_token.is_empty() {
                String::new()
            } else {
                next_page(&query, &answer.next_page_token)
            },
            later: !query.text("pagina").is_empty(),
            request_id: kept.unwrap_or_else(|| app.ids.at(app.clock.now())),
            problem: problem.map_or(String::new(), |problem| problem.message(visit.language)),
        },
    ))
}

fn employer_view(
    t: Text,
    employer: Employer,
    units: &[ProductionUnit],
    today: chrono::NaiveDate,
) -> EmployerView {
    let active = units.iter().filter(|unit| {
        let ends = unit.active_to.as_ref().and_then(format::of_message);
        ends.is_none_or(|ends| today <= ends)
    });
    EmployerView {
        name: employer.name,
        matricola: employer.matricola,
        units: active.map(|unit| unit_choice(t, unit, false)).collect(),
    }
}

/// Starts a draft, once for each page that was shown.
pub(super) async fn create(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let (Some(unit), Some(request_id)) = (
        unit_key(visit.fields.text("unita")),
        visit.fields.read_as::<Uuid>("richiesta"),
    ) else {
        let problem = Problem::input(visit.text().fault_choose());
        return start_page(&app, &visit, Some(&problem)).await;
    };
    let copied: Option<Uuid> = visit.fields.read_as("copia");
    let role = session.profile.as_ref().map_or("", |profile| &profile.role);
    let request = CreateDraftRequest {
        request_id: request_id.to_string(),
        content: Some(DraftContent {
            unit: Some(unit),
            filer_quality: names::quality_of(role) as i32,
            filer_codice_fiscale: session.fiscal_code.clone(),
            ..DraftContent::default()
        }),
        copy_from_claim_id: copied.map_or(String::new(), |id| id.to_string()),
    };
    let answer = app
        .gateway
        .for_session(session)
        .claims()
        .create_draft(request)
        .await?;
    let claim = answer.into_inner().claim.unwrap_or_default();
    Ok(see(&path(&claim.claim_id, Step::Period)))
}
