//! How fresh the figures are, and where published ones were corrected.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use proto::omnia::dasmo::v1::{
    Correction, Dimension, GetFreshnessRequest, ListCorrectionsRequest, ListFlowCorrectionsRequest,
    Run, VolumesFilter,
};

use super::super::{page as render, query};
use super::subject::Subject;
use super::{asked, figure, monitor};
use crate::App;
use crate::frame::Frame;
use crate::gateway::Offices;
use crate::problem::Outcome;
use crate::text::{Text, format};
use crate::web::Visitor;

/// Columns of the figures that a correction shows before and after.
const SHOWN: [&str; 3] = ["received", "defined", "stock"];

struct RunRow {
    day: String,
    started: String,
    outcome: &'static str,
    tone: &'static str,
}

struct CorrectionRow {
    day: String,
    at: String,
    office: String,
    product: String,
    received: String,
    defined: String,
    stock: String,
    /// How many other figures changed, and which where nothing else shows that any did.
    besides: String,
}

#[derive(Template)]
#[template(path = "dashboard_updates.html")]
struct UpdatesPage {
    f: Frame,
    as_of: String,
    stale: bool,
    runs: Vec<RunRow>,
    corrections: Vec<CorrectionRow>,
    flow_corrections: Vec<CorrectionRow>,
}

pub(super) async fn page(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = monitor(&app, &visit).await?;
    let query = query(&visit);
    let platform = app.gateway.for_session(session);
    let filter = VolumesFilter {
        parts: Vec::new(),
        ..asked::filter(&query)
    };
    let of_flows = ListFlowCorrectionsRequest {
        filter: Some(filter.clone()),
    };
    let of_claims = ListCorrectionsRequest {
        filter: Some(filter),
    };
    let (mut fresh, mut claims) = (platform.dasmo(), platform.dasmo());
    let mut flows = platform.dasmo_flows();
    let (freshness, of_claims, of_flows) = tokio::try_join!(
        fresh.get_freshness(GetFreshnessRequest {}),
        claims.list_corrections(of_claims),
        flows.list_flow_corrections(of_flows),
    )?;
    let freshness = freshness.into_inner();
    let offices = app.directory.offices(&platform, app.clock.now()).await;
    let t = visit.text();
    Ok(render(&UpdatesPage {
        f: visit
            .frame(t.dash_updates_title())
            .crumb(t.dash_title(), "/cruscotto")
            .crumb(t.dash_updates_title(), ""),
        as_of: format::date(freshness.as_of.as_ref()),
        stale: freshness.stale,
        runs: freshness.runs.iter().map(|run| run_row(t, run)).collect(),
        corrections: correction_rows(
            t,
            Subject::Claims,
            &of_claims.into_inner().corrections,
            &offices,
        ),
        flow_corrections: correction_rows(
            t,
            Subject::Flows,
            &of_flows.into_inner().corrections,
            &offices,
        ),
    }))
}

fn run_row(t: Text, run: &Run) -> RunRow {
    let (outcome, tone) = match (run.published, run.finished_at.is_some()) {
        (true, _) => (t.dash_run_published(), "bene"),
        (false, true) => (t.dash_run_failed(), "chiusa"),
        (false, false) => (t.dash_run_running(), "corso"),
    };
    RunRow {
        day: format::date(run.as_of.as_ref()),
        started: format::timestamp(run.started_at.as_ref()),
        outcome,
        tone,
    }
}

fn correction_rows(
    t: Text,
    subject: Subject,
    noted: &[Correction],
    offices: &Offices,
) -> Vec<CorrectionRow> {
    noted
        .iter()
        .map(|one| correction_row(t, subject, one, offices))
        .collect()
}

fn correction_row(t: Text, subject: Subject, one: &Correction, offices: &Offices) -> CorrectionRow {
    let change =
        |before, after| t.dash_change(&format::number(before, t.0), &format::number(after, t.0));
    CorrectionRow {
        day: format::date(one.day.as_ref()),
        at: format::timestamp(one.published_at.as_ref()),
        office: offices.name(&one.office),
        product: asked::value(t, Dimension::Product, &one.product),
        received: change(one.received_before, one.received_after),
        defined: change(one.defined_before, one.defined_after),
        stock: change(one.stock_before, one.stock_after),
        besides: besides(t, subject, one),
    }
}

/// The figures that changed besides the three shown: how many, and which where those three are the same. Nothing is known of
/// corrections noted before the figures were.
fn besides(t: Text, subject: Subject, one: &Correction) -> String {
    if one.changed.is_empty() {
        return "–".to_owned();
    }
    // Two columns may make one figure.
    let names: BTreeSet<String> = one
        .changed
        .iter()
        .filter(|column| !SHOWN.contains(&column.as_str()))
        .map(|column| figure::name(t, subject, column))
        .collect();
    let count = names.len().to_string();
    let before = (one.received_before, one.defined_before, one.stock_before);
    let after = (one.received_after, one.defined_after, one.stock_after);
    if before == after {
        let names: Vec<String> = names.into_iter().collect();
        format!("{count}: {}", names.join("; "))
    } else {
        count
    }
}
