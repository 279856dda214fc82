//! What the platform read in a list that it refused: every fault with line, column and rule.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use futures_util::stream;
use proto::omnia::claims::v1::{LineFault, ListReport};

use super::attachments::saved_as;
use super::ids;
use super::piece::find;
use crate::App;
use crate::frame::Frame;
use crate::pages::{page as shown, query};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Side;
use crate::text::{Language, Text, format};
use crate::web::{Visit, Visitor};

/// Faults of a page of the report.
const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "upload_report.html")]
struct ReportPage {
    f: Frame,
    id: String,
    upload: String,
    summary: String,
    /// Said when not every fault is told.
    rest: String,
    faults: Vec<FaultView>,
    next: String,
    later: bool,
}

/// A fault of a line.
struct FaultView {
    line: String,
    column: String,
    text: String,
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
    let from = query(&visit).read_as::<usize>("da").unwrap_or(0);
    let faults = report.faults.iter().skip(from).take(PAGE);
    let faults: Vec<FaultView> = faults.map(|fault| fault_view(t, fault)).collect();
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
        next: next(from, told),
        later: from > 0,
        faults,
        id,
        upload,
    }))
}

fn next(from: usize, told: usize) -> String {
    let next = from.saturating_add(PAGE);
    if next < told {
        format!("?da={next}")
    } else {
        String::new()
    }
}

/// The faults as a file, for whoever mends the list in a spreadsheet.
pub(super) async fn csv(
    State(app): State<Arc<App>>,
    Path(path): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let report = report(&app, &path, &visit).await?;
    let t = visit.text();
    let heading = format!(
        "\u{feff}{};{};{}\r\n",
        t.fault_line(),
        t.fault_column(),
        t.fault_rule()
    );
    let lines = report.faults.iter().map(|fault| {
        let fault = fault_view(t, fault);
        let what = fault.text.replace([';', '\r', '\n'], " ");
        format!("{};{};{what}\r\n", fault.line, fault.column)
    });
    let text = std::iter::once(heading).chain(lines).collect::<String>();
    Ok(saved_as("errori.csv", stream::iter([Ok(text)])))
}

async fn report(app: &App, path: &(String, String), visit: &Visit) -> Outcome<ListReport> {
    let platform = app.gateway.for_session(visit.session_of(Side::Filer)?);
    let (claim, upload) = ids(path)?;
    let upload = find(&platform, claim, upload).await?;
    upload.list.ok_or_else(|| Problem::of(Kind::NotFound))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_read_page_by_page() {
        assert_eq!(next(0, 250), "?da=100");
        assert_eq!(next(200, 250), "");
        assert_eq!(next(0, 100), "");
        assert_eq!(next(usize::MAX, 100), "");
    }
}
