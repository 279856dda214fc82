//! Files by a plain form, without scripts. The platform wants to know size and SHA-256 before the first byte, so that the
//! file is laid aside on disk while it comes, in a file without a name that is gone with the request.

use std::io::{self, SeekFrom};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use futures_util::{StreamExt, stream};
use http::header::CONTENT_TYPE;
use multer::{Constraints, Field, Multipart, SizeLimit};
use proto::omnia::claims::v1::{AttachmentKind, Upload};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use uuid::Uuid;

use super::piece::outcome_path;
use super::send::{Announced, Brings, send};
use crate::App;
use crate::fields::Fields;
use crate::pages::{draft, id_of, see};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Side;
use crate::web::{CSRF, Visit, Visitor, is_csrf_of};

/// Largest file that is laid aside, bytes: an attachment, and a byte more that shows that it is too large.
const LARGEST_FILE: u64 = 10 * 1024 * 1024 + 1;
/// Largest form that is read to its end, bytes: what is larger is cut off.
const LARGEST_BODY: u64 = 64 * 1024 * 1024;
/// Largest field that is no file, bytes.
const LARGEST_FIELD: usize = 1_024;
/// Bytes read at once of what was laid aside.
const READ: usize = 256 * 1024;

/// A form with a file.
struct Posted {
    fields: Fields,
    name: String,
    content: Option<LaidAside>,
}

/// A file on disk, without a name.
struct LaidAside {
    file: File,
    bytes: u64,
    sha256: String,
}

/// Takes the list of workers.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
    request: Request,
) -> Outcome {
    let claim = id_of(&id)?;
    let brings = |posted: &Posted| {
        Some(Brings::List {
            etag: posted.fields.text("etag").to_owned(),
        })
    };
    match take(&app, claim, &visit, request, brings).await {
        Ok(upload) => Ok(see(&outcome_path(&upload))),
        Err(problem) if problem.is_about_request() => {
            draft::upload_refused(&app, &visit, claim, draft::Files::List, &problem).await
        }
        Err(problem) => Err(problem),
    }
}

/// Takes an attachment.
pub(super) async fn attachment(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
    request: Request,
) -> Outcome {
    let claim = id_of(&id)?;
    let brings = |posted: &Posted| {
        let kind = AttachmentKind::from_str_name(posted.fields.text("tipo"))?;
        let name = posted.name.clone();
        Some(Brings::Attachment { kind, name })
    };
    match take(&app, claim, &visit, request, brings).await {
        Ok(upload) => Ok(see(&outcome_path(&upload))),
        Err(problem) if problem.is_about_request() => {
            draft::upload_refused(&app, &visit, claim, draft::Files::Attachments, &problem).await
        }
        Err(problem) => Err(problem),
    }
}

async fn take(
    app: &App,
    claim: Uuid,
    visit: &Visit,
    request: Request,
    brings: impl Fn(&Posted) -> Option<Brings>,
) -> Outcome<Upload> {
    let session = visit.session_of(Side::Filer)?;
    let posted = posted(visit, request).await?;
    let (Some(upload), Some(brings)) = (posted.fields.read_as("caricamento"), brings(&posted))
    else {
        return Err(Problem::of(Kind::Input));
    };
    let Some(content) = posted.content else {
        return Err(Problem::input(visit.text().upload_choose()));
    };
    let file = Announced {
        claim,
        upload,
        bytes: i64::try_from(content.bytes).unwrap_or(i64::MAX),
        sha256: content.sha256,
        brings,
    };
    let platform = app.gateway.for_session(session);
    send(&platform, file, 0, Box::pin(read(content.file))).await
}

/// Reads the form to its end, whatever stands in it: a browser that is answered before it has sent everything shows a
/// broken connection and not the answer.
async fn posted(visit: &Visit, request: Request) -> Outcome<Posted> {
    let (head, body) = request.into_parts();
    let kind = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok());
    let boundary = boundary.ok_or_else(|| Problem::of(Kind::Input))?;
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(LARGEST_BODY));
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, limits);
    let read = fields(visit, &mut form).await;
    while let Ok(Some(_)) = form.next_field().await {}
    read
}

async fn fields(visit: &Visit, form: &mut Multipart<'_>) -> Outcome<Posted> {
    let mut posted = Posted {
        fields: Fields::default(),
        name: String::new(),
        content: None,
    };
    // The secret of the session comes first: nothing is laid aside for a form that is not ours.
    let mut ours = false;
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(_) if !ours => return Err(Problem::of(Kind::Forged)),
            Some(file_name) => {
                let content = lay_aside(&mut field).await?;
                // A browser sends a nameless file when none was chosen.
                posted.content = (!file_name.is_empty()).then_some(content);
                posted.name = file_name;
            }
            None => {
                let value = short(&mut field).await?;
                ours |= name == CSRF && is_csrf_of(visit, &value);
                posted.fields.0.push((name, value));
            }
        }
    }
    if ours {
        Ok(posted)
    } else {
        Err(Problem::of(Kind::Forged))
    }
}

/// A field that is no file.
async fn short(field: &mut Field<'_>) -> Outcome<String> {
    let mut value = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        if value.len() + piece.len() > LARGEST_FIELD {
            return Err(Problem::of(Kind::Input));
        }
        value.extend_from_slice(&piece);
    }
    String::from_utf8(value).map_err(|_| Problem::of(Kind::Input))
}

async fn lay_aside(field: &mut Field<'_>) -> Outcome<LaidAside> {
    let mut file = File::from_std(tempfile::tempfile().map_err(|error| disk(&error))?);
    let mut hash = Sha256::new();
    let mut bytes = 0;
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        // What is too large is still read, and refused by the size that is announced.
        if bytes < LARGEST_FILE {
            hash.update(&piece);
            file.write_all(&piece).await.map_err(|error| disk(&error))?;
        }
        bytes += piece.len() as u64;
    }
    file.flush().await.map_err(|error| disk(&error))?;
    file.seek(SeekFrom::Start(0))
        .await
        .map_err(|error| disk(&error))?;
    Ok(LaidAside {
        file,
        bytes,
        sha256: hex::encode(hash.finalize()),
    })
}

fn read(file: File) -> impl stream::Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; READ];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok((read > 0).then(|| (Bytes::from(piece), file)))
    })
}

fn broken(_: multer::Error) -> Problem {
    Problem::of(Kind::Input)
}

fn disk(error: &io::Error) -> Problem {
    tracing::error!(error = error as &dyn std::error::Error, "lay a file aside");
    Problem::of(Kind::Internal)
}

/// Reads what nobody wants, so that the browser comes to read the answer.
pub(crate) async fn drain(body: Body) {
    let mut pieces = body.into_data_stream();
    let mut left = LARGEST_BODY;
    while let Some(Ok(piece)) = pieces.next().await {
        left = left.saturating_sub(piece.len() as u64);
        if left == 0 {
            return;
        }
    }
}
