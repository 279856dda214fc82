//! Attachments of a claim: shown to whoever may read it, passed through when they are downloaded, taken out of drafts.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::{StreamExt, TryStreamExt, future, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use proto::omnia::claims::v1::{
    Attachment, DeleteAttachmentRequest, DownloadAttachmentRequest, DownloadAttachmentResponse,
    DownloadHeader, ListAttachmentsRequest, ScanState,
};

use super::ids;
use crate::App;
use crate::gateway::Platform;
use crate::pages::see;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Side;
use crate::text::{Text, format, names};
use crate::web::Visitor;

/// An attachment.
#[derive(Debug)]
pub(crate) struct AttachmentView {
    /// Id, as addresses name it.
    pub(crate) id: String,
    /// What it is for.
    pub(crate) kind: &'static str,
    /// Name under which it is saved.
    pub(crate) name: String,
    /// Type, judged by the content.
    pub(crate) file_type: &'static str,
    /// Size in words.
    pub(crate) size: String,
    /// SHA-256, hexadecimal.
    pub(crate) sha256: String,
    /// What the antivirus says.
    pub(crate) scan: &'static str,
    /// Tone of that.
    pub(crate) tone: &'static str,
    /// When it was added.
    pub(crate) added: String,
    /// Whether it may be downloaded.
    pub(crate) is_given: bool,
}

/// The attachments of a claim, oldest first.
pub(crate) async fn list(
    platform: &Platform,
    t: Text,
    claim_id: &str,
) -> Outcome<Vec<AttachmentView>> {
    let request = ListAttachmentsRequest {
        claim_id: claim_id.to_owned(),
    };
    let answer = platform.files().list_attachments(request).await?;
    let attachments = answer.into_inner().attachments;
    Ok(attachments.iter().map(|one| view(t, one)).collect())
}

fn view(t: Text, one: &Attachment) -> AttachmentView {
    let Text(language) = t;
    AttachmentView {
        id: one.attachment_id.clone(),
        kind: names::attachment_kind(t, one.kind()),
        name: one.file_name.clone(),
        file_type: names::file_type(one.r#type()),
        size: format::bytes(one.size_bytes, language),
        sha256: one.sha256.clone(),
        scan: names::scan(t, one.scan()),
        tone: match one.scan() {
            ScanState::Clean => "bene",
            ScanState::Infected => "danger",
            ScanState::Pending => "warning",
            ScanState::Off | ScanState::Unspecified => "info",
        },
        added: format::timestamp(one.uploaded_at.as_ref()),
        is_given: matches!(one.scan(), ScanState::Clean | ScanState::Off),
    }
}

/// Passes an attachment on to the browser, to be saved and never shown in place.
pub(super) async fn download(
    State(app): State<Arc<App>>,
    Path(path): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let platform = app.gateway.for_session(visit.session()?);
    let (claim, attachment) = ids(&path)?;
    let request = DownloadAttachmentRequest {
        claim_id: claim.to_string(),
        attachment_id: attachment.to_string(),
        offset: 0,
    };
    let answer = platform.files().download_attachment(request).await?;
    let mut messages = answer.into_inner();
    let first = messages.next().await.transpose()?;
    let header = first.and_then(|message: DownloadAttachmentResponse| message.header);
    let header = header.ok_or_else(|| Problem::of(Kind::Internal))?;
    let pieces = messages
        .map_err(io::Error::other)
        .try_filter_map(|message| {
            let data = message.chunk.map(|chunk| chunk.data);
            future::ready(Ok(data))
        });
    // A download that breaks is broken for the browser too: fewer bytes than announced.
    let mut response = Response::new(Body::from_stream(pieces));
    *response.headers_mut() = headers(&header)?;
    Ok(response)
}

fn headers(header: &DownloadHeader) -> Outcome<HeaderMap> {
    let size = header.attachment.as_ref().map_or(0, |one| one.size_bytes);
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Problem::of(Kind::Internal));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, value(&header.content_type)?);
    headers.insert(CONTENT_DISPOSITION, value(&header.content_disposition)?);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
    Ok(headers)
}

/// Takes an attachment out of a draft.
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(path): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let (claim, attachment) = ids(&path)?;
    let request = DeleteAttachmentRequest {
        claim_id: claim.to_string(),
        attachment_id: attachment.to_string(),
    };
    let platform = app.gateway.for_session(session);
    platform.files().delete_attachment(request).await?;
    Ok(see(&format!(
        "/domande/{claim}/compila/allegati?esito=tolto"
    )))
}

/// Pieces of text as a file to be saved.
pub(crate) fn saved_as<B: Into<Bytes> + 'static>(
    name: &str,
    pieces: impl stream::Stream<Item = io::Result<B>> + Send + 'static,
) -> Response {
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_goes_out_as_the_platform_says() {
        let header = DownloadHeader {
            attachment: Some(Attachment {
                size_bytes: 12,
                ..Attachment::default()
            }),
            content_type: "application/pdf".to_owned(),
            content_disposition: "attachment; filename=\"verbale.pdf\"".to_owned(),
        };
        let headers = headers(&header).unwrap();
        assert_eq!(headers[CONTENT_TYPE], "application/pdf");
        assert_eq!(headers[CONTENT_LENGTH], "12");
        assert!(
            headers[CONTENT_DISPOSITION]
                .to_str()
                .unwrap()
                .starts_with("attachment")
        );
    }

    #[test]
    fn what_was_not_scanned_or_carries_malware_is_not_given() {
        let one = |scan: ScanState| {
            let mut one = Attachment::default();
            one.set_scan(scan);
            view(Text(crate::text::Language::Italian), &one).is_given
        };
        assert!(one(ScanState::Clean) && one(ScanState::Off));
        assert!(!one(ScanState::Pending) && !one(ScanState::Infected));
    }
}
