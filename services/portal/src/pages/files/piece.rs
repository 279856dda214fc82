//! Files in pieces, as the portal's script sends them: each piece is a request of its own, so that a line that breaks loses
//! one piece at most. Answers are JSON, for the script alone.

use std::io;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::HeaderMap;
use proto::omnia::claims::v1::{
    AttachmentKind, CancelUploadRequest, GetUploadRequest, Upload, UploadKind, UploadState,
};
use serde::Serialize;
use uuid::Uuid;

use super::ids;
use super::send::{Announced, Brings, send};
use crate::App;
use crate::gateway::Platform;
use crate::pages::see;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Side;
use crate::web::{Visit, Visitor};

/// How far an upload is.
#[derive(Debug, Serialize)]
struct Progress {
    /// Bytes that are safe.
    stored: i64,
    /// Where to look at what came of it; empty while bytes are missing.
    next: String,
}

/// Why a piece was not taken.
#[derive(Debug, Serialize)]
struct Refusal {
    message: String,
    /// Whether trying again may help.
    again: bool,
}

/// Takes a piece.
pub(super) async fn receive(
    State(app): State<Arc<App>>,
    Path(path): Path<(String, String)>,
    visit: Visitor,
    request: Request,
) -> Response {
    match receive_in(&app, &path, &visit, request).await {
        Ok(upload) => Json(progress(&upload)).into_response(),
        Err(problem) => refusal(&visit, &problem),
    }
}

async fn receive_in(
    app: &App,
    path: &(String, String),
    visit: &Visit,
    request: Request,
) -> Outcome<Upload> {
    let session = visit.session_of(Side::Filer)?;
    let (claim, upload) = ids(path)?;
    let platform = app.gateway.for_session(session);
    let (head, body) = request.into_parts();
    let file = announced(claim, upload, &head.headers);
    let (file, from) = file.ok_or_else(|| Problem::of(Kind::Input))?;
    let pieces = body
        .into_data_stream()
        .map(|piece| piece.map_err(io::Error::other));
    send(&platform, file, from, pieces).await
}

/// What the script says of the file, and where the piece begins.
fn announced(claim: Uuid, upload: Uuid, headers: &HeaderMap) -> Option<(Announced, i64)> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let brings = match text("x-file-kind")? {
        "elenco" => Brings::List {
            etag: text("x-file-etag")?.to_owned(),
        },
        kind => Brings::Attachment {
            kind: AttachmentKind::from_str_name(kind)?,
            name: decoded(text("x-file-name")?),
        },
    };
    let file = Announced {
        claim,
        upload,
        bytes: text("x-file-size")?.parse().ok()?,
        sha256: text("x-file-sha256")?.to_owned(),
        brings,
    };
    Some((file, text("x-file-offset")?.parse().ok()?))
}

/// A name as `encodeURIComponent` wrote it: headers hold ASCII alone.
fn decoded(name: &str) -> String {
    let pair = format!("name={}", name.replace('+', "%2B"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map_or(String::new(), |(_, name)| name.into_owned())
}

/// How far an upload is, for who goes on with it. One that is not known begins.
pub(super) async fn state(
    State(app): State<Arc<App>>,
    Path(path): Path<(String, String)>,
    visit: Visitor,
) -> Response {
    let found = async {
        let platform = app.gateway.for_session(visit.session_of(Side::Filer)?);
        let (claim, upload) = ids(&path)?;
        find(&platform, claim, upload).await
    };
    match found.await {
        Ok(upload) => Json(progress(&upload)).into_response(),
        Err(problem) if problem.kind == Kind::NotFound => {
            Json(progress(&Upload::default())).into_response()
        }
        Err(problem) => refusal(&visit, &problem),
    }
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

/// The page that tells what came of an upload; empty while it has not ended.
pub(super) fn outcome_path(upload: &Upload) -> String {
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

fn progress(upload: &Upload) -> Progress {
    Progress {
        stored: upload.stored_bytes,
        next: outcome_path(upload),
    }
}

fn refusal(visit: &Visit, problem: &Problem) -> Response {
    let refusal = Refusal {
        message: problem.told(visit.language),
        again: problem.reason == "UPLOAD_GAP"
            || problem.reason == "CONFLICT"
            || matches!(problem.kind, Kind::Unavailable | Kind::TooMany),
    };
    (problem.status(), Json(refusal)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_piece_says_what_it_belongs_to() {
        let mut all = vec![
            ("x-file-size", "12"),
            ("x-file-sha256", "ab"),
            ("x-file-offset", "4"),
            ("x-file-kind", "ATTACHMENT_KIND_OTHER"),
            ("x-file-name", "bollettino%20n%C2%B0+1.pdf"),
        ];
        let (file, from) = announced(Uuid::nil(), Uuid::nil(), &headers(&all)).unwrap();
        assert_eq!((file.bytes, from), (12, 4));
        let Brings::Attachment { kind, name } = file.brings else {
            panic!("an attachment");
        };
        assert_eq!(
            (kind, name.as_str()),
            (AttachmentKind::Other, "bollettino n°+1.pdf")
        );
        all[3] = ("x-file-kind", "elenco");
        assert!(
            announced(Uuid::nil(), Uuid::nil(), &headers(&all)).is_none(),
            "without an etag"
        );
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
