//! A flow that was refused as a whole (`claims.md` PAY-3): why, every fault by line and column, and the term with what is lost
//! after it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use proto::omnia::payments::v1::{FlowFault, FlowRefusal, GetUploadRequest, Upload};
use uuid::Uuid;

use super::flows::framed;
use crate::App;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::uploads::faults::{self, FaultView, FaultsView};
use crate::pages::{id_of, page as shown, query};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Side;
use crate::text::{Text, format, payment_names as names};
use crate::web::{Visit, Visitor};

#[derive(Template)]
#[template(path = "flow_refused.html")]
struct RefusedPage {
    f: Frame,
    upload: String,
    at: String,
    summary: String,
    /// Said when not every fault is told.
    rest: String,
    /// Codes, and what they mean.
    codes: Vec<(String, &'static str)>,
    /// The term, or the first day on which the flow may come; empty for neither.
    when: String,
    faults: FaultsView,
}

pub(super) async fn page(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let (upload, refusal) = refused(&app, &visit, &id).await?;
    let t = visit.text();
    let number = |count: usize| format::number(i64::try_from(count).unwrap_or(i64::MAX), t.0);
    let all = usize::try_from(refusal.faults_count).unwrap_or(0);
    let faults = views(t, &refusal.faults);
    let path = format!("/pagamenti/caricamenti/{}", upload.upload_id);
    Ok(shown(&RefusedPage {
        f: framed(&visit, t.pay_refused_title())
            .crumb(t.pay_send_title(), "/pagamenti/invio")
            .crumb(t.pay_refused_title(), ""),
        at: t.pay_attempt(&format::timestamp(upload.updated_at.as_ref())),
        summary: t.pay_refused_summary(&number(all)),
        rest: if faults.len() < all {
            t.report_rest(&number(faults.len()))
        } else {
            String::new()
        },
        codes: refusal
            .codes
            .iter()
            .map(|code| (code.clone(), names::refusal(t, code)))
            .collect(),
        when: when(t, &refusal),
        faults: FaultsView::of(&faults, &query(&visit), path),
        upload: upload.upload_id,
    }))
}

fn when(t: Text, refusal: &FlowRefusal) -> String {
    let term = format::date(refusal.term.as_ref());
    let not_before = format::date(refusal.not_before.as_ref());
    if !term.is_empty() {
        t.pay_term_over(&term, &refusal.term_source)
    } else if !not_before.is_empty() {
        t.pay_not_before(&not_before)
    } else {
        String::new()
    }
}

/// The faults as a file.
pub(super) async fn csv(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let (_, refusal) = refused(&app, &visit, &id).await?;
    let t = visit.text();
    Ok(faults::csv(t, &views(t, &refusal.faults)))
}

async fn refused(app: &App, visit: &Visit, id: &Path<String>) -> Outcome<(Upload, FlowRefusal)> {
    let platform = app.gateway.for_session(visit.session_of(Side::Filer)?);
    let mut upload = find(&platform, id_of(id)?).await?;
    let refusal = upload.refusal.take();
    refusal
        .map(|refusal| (upload, refusal))
        .ok_or_else(|| Problem::of(Kind::NotFound))
}

/// An upload of the person.
pub(super) async fn find(platform: &Platform, upload: Uuid) -> Outcome<Upload> {
    let request = GetUploadRequest {
        upload_id: upload.to_string(),
    };
    let answer = platform.flows().get_upload(request).await?.into_inner();
    answer.upload.ok_or_else(|| Problem::of(Kind::Internal))
}

fn views(t: Text, faults: &[FlowFault]) -> Vec<FaultView> {
    faults.iter().map(|fault| view(t, fault)).collect()
}

fn view(t: Text, fault: &FlowFault) -> FaultView {
    FaultView {
        line: match fault.line {
            0 => t.pay_header_line().to_owned(),
            line => line.to_string(),
        },
        column: match fault.field.as_str() {
            "" if fault.line == 0 => t.pay_whole_file().to_owned(),
            "" => t.whole_line().to_owned(),
            field => field.to_owned(),
        },
        text: t.of(&fault.text_it, &fault.text_en).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proto::google::r#type::Date;

    use super::*;
    use crate::text::Language;

    const T: Text = Text(Language::Italian);

    #[test]
    fn a_refusal_says_which_day_is_over_and_what_is_lost_or_when_it_may_come() {
        let day = |month, day| {
            Some(Date {
                year: 2026,
                month,
                day,
            })
        };
        let late = FlowRefusal {
            term: day(11, 30),
            term_source: "art. 7 c. 5-bis".to_owned(),
            ..FlowRefusal::default()
        };
        assert!(when(T, &late).contains("30/11/2026 (art. 7 c. 5-bis)"));
        let early = FlowRefusal {
            not_before: day(10, 1),
            ..FlowRefusal::default()
        };
        assert_eq!(when(T, &early), "Si può inviare dal 01/10/2026.");
        assert_eq!(when(T, &FlowRefusal::default()), "");
    }

    #[test]
    fn a_fault_of_the_header_is_no_line_nought() {
        let told = view(T, &FlowFault::default());
        assert_eq!(
            (told.line.as_str(), told.column.as_str()),
            ("testata", "tutto il file")
        );
    }
}
