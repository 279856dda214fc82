//! What the platform read in a list that it refused: every fault with line, column and rule.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use proto::omnia::claims::v1::{LineFault, ListReport};

use super::ids;
use super::send::find;
use crate::App;
use crate::frame::Frame;
use crate::pages::uploads::faults::{self, FaultView, FaultsView};
use crate::pages::{page as shown, query};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Side;
use crate::text::{Language, Text, format};
use crate::web::{Visit, Visitor};

#[derive(Template)]
#[template(path = "upload_report.html")]
struct ReportPage {
    f: Frame,
    id: String,
    upload: String,
    summary: String,
    /// Said when not every fault is told.
    rest: String,
    faults: FaultsView,
}

/// Shows a page of the report.
pub(super) async fn page(
    State(app): State<Arc<App>>,
    Path(path): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let report = report(&app, &path, &visit).await?;
    let t = visit.text();
    let number =
        |count: usize| format::number(i64::try_from(count).unwrap_or(i64::MAX), visit.language);
    let all = usize::try_from(report.faults_count).unwrap_or(0);
    let told = report.faults.len();
    let faults = fault_views(t, &report);
    let (id, upload) = path;
    Ok(shown(&ReportPage {
        f: visit
            .frame(t.report_title())
            .crumb(t.claims_title(), "/domande")
            .crumb(t.draft(), format!("/domande/{id}/compila/lavoratori"))
            .crumb(t.report_title(), ""),
        summary: t.report_summary(&number(all)),
        rest: if told < all {
            t.report_rest(&number(told))
        } else {
            String::new()
        },
        faults: FaultsView::of(
            &faults,
            &query(&visit),
            format!("/domande/{id}/caricamenti/{upload}"),
        ),
        id,
        upload,
    }))
}

/// The faults as a file, for whoever mends the list in a spreadsheet.
pub(super) async fn csv(
    State(app): State<Arc<App>>,
    Path(path): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let report = report(&app, &path, &visit).await?;
    let t = visit.text();
    Ok(faults::csv(t, &fault_views(t, &report)))
}

async fn report(app: &App, path: &(String, String), visit: &Visit) -> Outcome<ListReport> {
    let platform = app.gateway.for_session(visit.session_of(Side::Filer)?);
    let (claim, upload) = ids(path)?;
    let upload = find(&platform, claim, upload).await?;
    upload.list.ok_or_else(|| Problem::of(Kind::NotFound))
}

fn fault_views(t: Text, report: &ListReport) -> Vec<FaultView> {
    let faults = report.faults.iter();
    faults.map(|fault| fault_view(t, fault)).collect()
}

fn fault_view(t: Text, fault: &LineFault) -> FaultView {
    let Text(language) = t;
    FaultView {
        line: fault.line.to_string(),
        column: if fault.column.is_empty() {
            t.whole_line().to_owned()
        } else {
            fault.column.clone()
        },
        text: match language {
            Language::Italian => fault.text_it.clone(),
            Language::English => fault.text_en.clone(),
        },
    }
}
