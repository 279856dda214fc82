//! Files of a claim on their way: the list of workers, and attachments.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use proto::omnia::claims::v1::{
    AttachmentKind, BeginAttachment, BeginBeneficiaries, CancelUploadRequest, Chunk,
    GetUploadRequest, Upload, UploadAttachmentRequest, UploadBeneficiariesRequest, UploadKind,
    UploadState,
};
use uuid::Uuid;

use super::ids;
use crate::App;
use crate::fields::Fields;
use crate::gateway::Platform;
use crate::pages::uploads::{Announced, Destination, Pieces, Progress, cut, form, piece};
use crate::pages::{draft, id_of, see};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Side;
use crate::web::{Visit, Visitor};

/// What a file is for a claim.
#[derive(Debug)]
enum Brings {
    /// The list of workers, for a draft as it was read.
    List { etag: String },
    /// An attachment.
    Attachment { kind: AttachmentKind },
}

impl Brings {
    /// Read from what the form says.
    fn of(fields: &Fields) -> Option<Self> {
        if fields.has("tipo") {
            let kind = AttachmentKind::from_str_name(fields.text("tipo"))?;
            return Some(Self::Attachment { kind });
        }
        let etag = fields.text("etag").to_owned();
        fields.has("etag").then_some(Self::List { etag })
    }
}

/// A claim that takes files.
struct OfClaim(Uuid);

impl Destination for OfClaim {
    const MOST: u64 = 10 * 1024 * 1024;

    async fn send(
        &self,
        platform: &Platform,
        file: Announced,
        pieces: Pieces,
    ) -> Outcome<Progress> {
        let brings = Brings::of(&file.fields).ok_or_else(|| Problem::of(Kind::Input))?;
        let chunks = cut(file.from, pieces).map(|(offset, data)| Chunk { offset, data });
        let claim_id = self.0.to_string();
        let upload_id = file.upload.to_string();
        let upload = match brings {
            Brings::List { etag } => {
                let begin = UploadBeneficiariesRequest {
                    begin: Some(BeginBeneficiaries {
                        claim_id,
                        etag,
                        upload_id,
                        total_bytes: file.bytes,
                        sha256: file.sha256,
                        set_totals: true,
                    }),
                    chunk: None,
                };
                let chunks = chunks.map(|chunk| UploadBeneficiariesRequest {
                    begin: None,
                    chunk: Some(chunk),
                });
                let messages = stream::iter([begin]).chain(chunks);
                let answer = platform.files().upload_beneficiaries(messages).await?;
                answer.into_inner().upload
            }
            Brings::Attachment { kind } => {
                let begin = UploadAttachmentRequest {
                    begin: Some(BeginAttachment {
                        claim_id,
                        upload_id,
                        kind: kind as i32,
                        file_name: file.name,
                        total_bytes: file.bytes,
                        sha256: file.sha256,
                    }),
                    chunk: None,
                };
                let chunks = chunks.map(|chunk| UploadAttachmentRequest {
                    begin: None,
                    chunk: Some(chunk),
                });
                let messages = stream::iter([begin]).chain(chunks);
                let answer = platform.files().upload_attachment(messages).await?;
                answer.into_inner().upload
            }
        };
        let upload = upload.ok_or_else(|| Problem::of(Kind::Internal))?;
        Ok(progress(&upload))
    }

    async fn find(&self, platform: &Platform, upload: Uuid) -> Outcome<Progress> {
        Ok(progress(&find(platform, self.0, upload).await?))
    }
}

/// Takes the list of workers by a plain form.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
    request: Request,
) -> Outcome {
    let claim = id_of(&id)?;
    whole(&app, claim, &visit, request, draft::Files::List).await
}

/// Takes an attachment by a plain form.
pub(super) async fn attachment(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
    request: Request,
) -> Outcome {
    let claim = id_of(&id)?;
    whole(&app, claim, &visit, request, draft::Files::Attachments).await
}

async fn whole(
    app: &App,
    claim: Uuid,
    visit: &Visit,
    request: Request,
    files: draft::Files,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    match form::take(app, visit, session, &OfClaim(claim), request).await {
        Ok(progress) => Ok(see(&progress.next)),
        Err(problem) if problem.is_about_request() => {
            draft::upload_refused(app, visit, claim, files, &problem).await
        }
        Err(problem) => Err(problem),
    }
}

/// Takes a piece.
pub(super) async fn receive(
    State(app): State<Arc<App>>,
    Path(path): Path<(String, String)>,
    visit: Visitor,
    request: Request,
) -> Response {
    let received = async {
        let session = visit.session_of(Side::Filer)?;
        let (claim, upload) = ids(&path)?;
        piece::receive(&app, session, &OfClaim(claim), upload, request).await
    };
    piece::answer(&visit, received.await)
}

/// How far an upload is.
pub(super) async fn state(
    State(app): State<Arc<App>>,
    Path(path): Path<(String, String)>,
    visit: Visitor,
) -> Response {
    let found = async {
        let session = visit.session_of(Side::Filer)?;
        let (claim, upload) = ids(&path)?;
        piece::how_far(&app, session, &OfClaim(claim), upload).await
    };
    piece::answer(&visit, found.await)
}

/// Forgets an upload that was broken off.
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Path(path): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let (claim, upload) = ids(&path)?;
    let request = CancelUploadRequest {
        claim_id: claim.to_string(),
        upload_id: upload.to_string(),
    };
    let platform = app.gateway.for_session(session);
    platform.files().cancel_upload(request).await?;
    let step = match visit.fields.text("passo") {
        "allegati" => "allegati",
        _ => "lavoratori",
    };
    Ok(see(&format!(
        "/domande/{claim}/compila/{step}?esito=annullata"
    )))
}

/// An upload.
pub(super) async fn find(platform: &Platform, claim: Uuid, upload: Uuid) -> Outcome<Upload> {
    let request = GetUploadRequest {
        claim_id: claim.to_string(),
        upload_id: upload.to_string(),
    };
    let answer = platform.files().get_upload(request).await?.into_inner();
    answer.upload.ok_or_else(|| Problem::of(Kind::Internal))
}

fn progress(upload: &Upload) -> Progress {
    Progress {
        stored: upload.stored_bytes,
        next: outcome_path(upload),
    }
}

/// The page that tells what came of an upload; empty while it has not ended.
fn outcome_path(upload: &Upload) -> String {
    let claim = &upload.claim_id;
    match (upload.state(), upload.kind()) {
        (UploadState::Accepted, UploadKind::Attachment) => {
            format!("/domande/{claim}/compila/allegati?esito=allegata")
        }
        (UploadState::Accepted, _) => {
            format!("/domande/{claim}/compila/lavoratori?esito=elenco&controlla")
        }
        (UploadState::Refused, _) => format!("/domande/{claim}/caricamenti/{}", upload.upload_id),
        (UploadState::Receiving | UploadState::Unspecified, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_whether_it_brings_a_list_or_an_attachment() {
        let of = |fields: &str| Brings::of(&Fields::read(fields.as_bytes()));
        assert!(matches!(
            of("etag=3&tipo=ATTACHMENT_KIND_OTHER"),
            Some(Brings::Attachment {
                kind: AttachmentKind::Other
            })
        ));
        assert!(matches!(of("etag=3"), Some(Brings::List { etag }) if etag == "3"));
        assert!(of("").is_none(), "without an etag");
        assert!(of("etag=3&tipo=altro").is_none());
    }

    #[test]
    fn an_upload_that_has_ended_leads_to_what_came_of_it() {
        let mut upload = Upload {
            claim_id: "c".to_owned(),
            upload_id: "u".to_owned(),
            ..Upload::default()
        };
        assert_eq!(outcome_path(&upload), "");
        upload.set_state(UploadState::Refused);
        assert_eq!(outcome_path(&upload), "/domande/c/caricamenti/u");
        upload.set_state(UploadState::Accepted);
        upload.set_kind(UploadKind::Attachment);
        assert!(outcome_path(&upload).contains("/compila/allegati"));
    }
}
