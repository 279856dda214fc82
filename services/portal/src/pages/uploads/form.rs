//! Files by a plain form, without scripts. Services want to know size and SHA-256 before the first byte, so that the file is
//! laid aside on disk while it comes, in a file without a name that is gone with the request.

use std::io::{self, SeekFrom};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use futures_util::{StreamExt, stream};
use http::header::CONTENT_TYPE;
use multer::{Constraints, Field, Multipart, SizeLimit};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::{Announced, Destination, Progress};
use crate::App;
use crate::fields::Fields;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Session;
use crate::web::{CSRF, Visit, is_csrf_of};

/// A form is read to its end so far beyond its largest file, bytes: what is larger is cut off.
const READ_ON: u64 = 54 * 1024 * 1024;
/// What nobody wants is read so far, bytes.
const DRAINED: u64 = 64 * 1024 * 1024;
/// Largest field that is no file, bytes.
const LARGEST_FIELD: usize = 1_024;
/// Bytes read at once of what was laid aside.
const READ: usize = 256 * 1024;

/// A form with a file.
pub(crate) struct Posted {
    pub(crate) fields: Fields,
    /// Name of the file.
    pub(crate) name: String,
    /// The file; none when none was chosen.
    pub(crate) content: Option<LaidAside>,
}

/// A file on disk, without a name.
pub(crate) struct LaidAside {
    file: File,
    bytes: u64,
    sha256: String,
}

impl LaidAside {
    /// Its size.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The whole file, for a service that takes it in one message.
    pub(crate) async fn read(mut self) -> Outcome<Bytes> {
        let mut content = Vec::new();
        let read = self.file.read_to_end(&mut content).await;
        read.map_err(|error| disk(&error))?;
        Ok(content.into())
    }
}

/// Takes a file for a destination.
pub(crate) async fn take<D: Destination>(
    app: &App,
    visit: &Visit,
    session: &Session,
    to: &D,
    request: Request,
) -> Outcome<Progress> {
    let posted = posted(visit, request, D::MOST).await?;
    pass_on(app, visit, session, to, posted).await
}

/// Sends on a file that came.
pub(crate) async fn pass_on(
    app: &App,
    visit: &Visit,
    session: &Session,
    to: &impl Destination,
    posted: Posted,
) -> Outcome<Progress> {
    let Some(upload) = posted.fields.read_as("caricamento") else {
        return Err(Problem::of(Kind::Input));
    };
    let Some(content) = posted.content else {
        return Err(Problem::input(visit.text().upload_choose()));
    };
    let file = Announced {
        upload,
        name: posted.name,
        bytes: i64::try_from(content.bytes).unwrap_or(i64::MAX),
        sha256: content.sha256,
        fields: posted.fields,
        from: 0,
    };
    let platform = app.gateway.for_session(session);
    to.send(&platform, file, read(content.file).boxed()).await
}

/// Reads the form to its end, whatever stands in it: a browser that is answered before it has sent everything shows a
/// broken connection and not the answer. Of a file that is larger than `most` the beginning is kept, and its size shows it.
pub(crate) async fn posted(visit: &Visit, request: Request, most: u64) -> Outcome<Posted> {
    let (head, body) = request.into_parts();
    let kind = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok());
    let boundary = boundary.ok_or_else(|| Problem::of(Kind::Input))?;
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(most + READ_ON));
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, limits);
    let read = fields(visit, &mut form, most).await;
    while let Ok(Some(_)) = form.next_field().await {}
    read
}

async fn fields(visit: &Visit, form: &mut Multipart<'_>, most: u64) -> Outcome<Posted> {
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
                let content = lay_aside(&mut field, most).await?;
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

async fn lay_aside(field: &mut Field<'_>, most: u64) -> Outcome<LaidAside> {
    let mut file = File::from_std(tempfile::tempfile().map_err(|error| disk(&error))?);
    let mut hash = Sha256::new();
    let mut bytes = 0;
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        // What is too large is still read, and refused by the size that is announced.
        if bytes <= most {
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
    let mut left = DRAINED;
    while let Some(Ok(piece)) = pieces.next().await {
        left = left.saturating_sub(piece.len() as u64);
        if left == 0 {
            return;
        }
    }
}
