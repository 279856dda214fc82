//! The list of workers as a file: its template, what was uploaded and what is on the way, and the whole list, page by page
//! and as CSV.

use std::io;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::stream;
use proto::omnia::claims::v1::{
    ListBeneficiariesRequest, ListBeneficiariesResponse, ListUploadsRequest, Upload, UploadKind,
    UploadState,
};
use uuid::Uuid;

use super::attachments::saved_as;
use crate::App;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::claims::{claim, next_page};
use crate::pages::draft::workers;
use crate::pages::view::{WorkerView, worker_view};
use crate::pages::{id_of, page as shown, query};
use crate::problem::Outcome;
use crate::text::{Text, format};
use crate::web::Visitor;

/// Workers of a page of the list.
const PAGE: i32 = 100;
/// Workers of a page that is asked for to write a file.
const FILE_PAGE: i32 = 1_000;

/// Uploads of a draft, as the steps show them.
#[derive(Debug, Default)]
pub(crate) struct UploadsView {
    /// Files on their way, which can be gone on with.
    pub(crate) broken: Vec<BrokenUpload>,
    /// What came of the last list.
    pub(crate) last: String,
    /// Tone of that.
    pub(crate) last_tone: &'static str,
    /// Where its faults are told; empty for none.
    pub(crate) last_report: String,
}

/// An upload that was broken off.
#[derive(Debug)]
pub(crate) struct BrokenUpload {
    pub(crate) id: String,
    /// By which the same file is known again.
    pub(crate) sha256: String,
    /// How far it is, in words.
    pub(crate) text: String,
}

/// What is known of the uploads of a kind.
pub(crate) async fn uploads(
    platform: &Platform,
    t: Text,
    claim_id: &str,
    kind: UploadKind,
) -> Outcome<UploadsView> {
    let request = ListUploadsRequest {
        claim_id: claim_id.to_owned(),
    };
    let answer = platform.files().list_uploads(request).await?.into_inner();
    let mut uploads = answer.uploads;
    uploads.retain(|upload| upload.kind() == kind);
    Ok(uploads_view(t, &uploads))
}

fn uploads_view(t: Text, uploads: &[Upload]) -> UploadsView {
    let Text(language) = t;
    let is_open = |upload: &&Upload| upload.state() == UploadState::Receiving;
    let broken = uploads.iter().filter(is_open).map(|upload| {
        let stored = format::bytes(upload.stored_bytes, language);
        let total = format::bytes(upload.total_bytes, language);
        let at = format::timestamp(upload.updated_at.as_ref());
        BrokenUpload {
            id: upload.upload_id.clone(),
            sha256: upload.sha256.clone(),
            text: t.upload_broken(&stored, &total, &at),
        }
    });
    let mut view = UploadsView {
        broken: broken.collect(),
        ..UploadsView::default()
    };
    let Some(last) = uploads.iter().find(|upload| !is_open(upload)) else {
        return view;
    };
    // What came of an attachment is the attachment.
    let Some(report) = &last.list else {
        return view;
    };
    let at = format::timestamp(last.updated_at.as_ref());
    let count = format::number(report.beneficiaries_count.into(), language);
    if last.state() == UploadState::Refused {
        let faults = format::number(report.faults_count.into(), language);
        view.last = t.list_refused(&at, &faults);
        view.last_tone = "danger";
        view.last_report = format!("/domande/{}/caricamenti/{}", last.claim_id, last.upload_id);
    } else {
        let hours = format::hundredths(report.hours_requested_hundredths, language);
        view.last = t.list_accepted(&at, &count, &hours);
        view.last_tone = "bene";
    }
    view
}

/// The heading alone: a file to begin with.
pub(super) async fn template(visit: Visitor) -> Outcome {
    visit.session()?;
    let heading = format!("\u{feff}{}\r\n", workers::HEADING);
    let pieces = stream::iter([Ok(heading)]);
    Ok(saved_as("lavoratori.csv", pieces))
}

#[derive(Template)]
#[template(path = "workers.html")]
struct WorkersPage {
    f: Frame,
    id: String,
    workers: Vec<WorkerView>,
    total: String,
    next: String,
    later: bool,
}

/// A page of the list, for whoever may read the claim.
pub(super) async fn page(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let platform = app.gateway.for_session(visit.session()?);
    let t = visit.text();
    let id = id_of(&id)?;
    let query = query(&visit);
    let claim = claim(&platform, id).await?;
    let answer = workers_of(&platform, id, PAGE, query.text("pagina").to_owned()).await?;
    let frame = visit.frame(t.section_workers());
    let base = frame.claims_path();
    let name = if claim.protocol_number.is_empty() {
        t.state_draft().to_owned()
    } else {
        claim.protocol_number
    };
    let count = format::number(answer.total_count.into(), visit.language);
    let hours = format::hundredths(answer.total_hours_hundredths, visit.language);
    Ok(shown(&WorkersPage {
        f: frame
            .crumb(name, format!("{base}/{id}"))
            .crumb(t.section_workers(), ""),
        id: id.to_string(),
        workers: answer
            .beneficiaries
            .iter()
            .map(|worker| worker_view(visit.language, worker))
            .collect(),
        total: t.workers_total(&count, &hours),
        next: if answer.next_page_token.is_empty() {
            String::new()
        } else {
            next_page(&query, &answer.next_page_token)
        },
        later: !query.text("pagina").is_empty(),
    }))
}

/// The whole list in the layout in which it is uploaded, asked for as fast as the browser takes it.
pub(super) async fn csv(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
) -> Outcome<Response> {
    let platform = app.gateway.for_session(visit.session()?);
    let id = id_of(&id)?;
    // What is refused is told before the file begins.
    let first = workers_of(&platform, id, FILE_PAGE, String::new()).await?;
    let heading = format!("\u{feff}{}\r\n", workers::HEADING);
    let start = Some((
        heading + &workers::file_lines(&first.beneficiaries),
        first.next_page_token,
    ));
    let pieces = stream::try_unfold(start, move |next| {
        let platform = platform.clone();
        async move {
            let Some((text, token)) = next else {
                return Ok(None);
            };
            if token.is_empty() {
                return Ok(Some((text, None)));
            }
            let page = workers_of(&platform, id, FILE_PAGE, token).await;
            let page = page.map_err(|_| io::Error::other("the list broke off"))?;
            Ok(Some((
                text,
                Some((
                    workers::file_lines(&page.beneficiaries),
                    page.next_page_token,
                )),
            )))
        }
    });
    Ok(saved_as("lavoratori.csv", pieces))
}

async fn workers_of(
    platform: &Platform,
    claim: Uuid,
    page_size: i32,
    page_token: String,
) -> Outcome<ListBeneficiariesResponse> {
    let request = ListBeneficiariesRequest {
        claim_id: claim.to_string(),
        page_size,
        page_token,
    };
    let answer = platform.files().list_beneficiaries(request).await?;
    Ok(answer.into_inner())
}

#[cfg(test)]
mod tests {
    use proto::omnia::claims::v1::ListReport;

    use super::*;
    use crate::text::Language;

    fn upload(state: UploadState, stored_bytes: i64) -> Upload {
        Upload {
            upload_id: "u".to_owned(),
            claim_id: "c".to_owned(),
            state: state as i32,
            total_bytes: 1_000_000,
            stored_bytes,
            list: Some(ListReport {
                beneficiaries_count: 50_000,
                faults_count: 3,
                ..ListReport::default()
            }),
            ..Upload::default()
        }
    }

    #[test]
    fn a_file_that_was_broken_off_can_be_gone_on_with_and_the_last_outcome_is_told() {
        let t = Text(Language::Italian);
        let uploads = [
            upload(UploadState::Receiving, 400_000),
            upload(UploadState::Refused, 1_000_000),
            upload(UploadState::Accepted, 1_000_000),
        ];
        let view = uploads_view(t, &uploads);
        assert_eq!(view.broken.len(), 1);
        assert_eq!(view.last_report, "/domande/c/caricamenti/u");
        let view = uploads_view(t, &uploads[2..]);
        assert!(view.last.contains("50.000") && view.last_report.is_empty());
    }
}
