//! Files in pieces, as the portal's script sends them: each piece is a request of its own, so that a line that breaks loses
//! one piece at most. Answers are JSON, for the script alone.

use std::io;

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::HeaderMap;
use serde::Serialize;
use uuid::Uuid;

use super::{Announced, Destination, Progress};
use crate::App;
use crate::fields::Fields;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Session;
use crate::web::Visit;

/// Why a piece was not taken.
#[derive(Debug, Serialize)]
struct Refusal {
    message: String,
    /// Whether trying again may help.
    again: bool,
}

/// Takes a piece for a destination.
pub(crate) async fn receive(
    app: &App,
    session: &Session,
    to: &impl Destination,
    upload: Uuid,
    request: Request,
) -> Outcome<Progress> {
    let (head, body) = request.into_parts();
    let file = announced(upload, &head.headers).ok_or_else(|| Problem::of(Kind::Input))?;
    let pieces = body
        .into_data_stream()
        .map(|piece| piece.map_err(io::Error::other));
    let platform = app.gateway.for_session(session);
    to.send(&platform, file, pieces.boxed()).await
}

/// What the script says of the file, and where the piece begins.
fn announced(upload: Uuid, headers: &HeaderMap) -> Option<Announced> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    Some(Announced {
        upload,
        name: decoded(text("x-file-name")?),
        bytes: text("x-file-size")?.parse().ok()?,
        sha256: text("x-file-sha256")?.to_owned(),
        fields: Fields::read(text("x-file-fields")?.as_bytes()),
        from: text("x-file-offset")?.parse().ok()?,
    })
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
pub(crate) async fn how_far(
    app: &App,
    session: &Session,
    to: &impl Destination,
    upload: Uuid,
) -> Outcome<Progress> {
    let platform = app.gateway.for_session(session);
    match to.find(&platform, upload).await {
        Err(problem) if problem.kind == Kind::NotFound => Ok(Progress::default()),
        found => found,
    }
}

/// What the script is told.
pub(crate) fn answer(visit: &Visit, outcome: Outcome<Progress>) -> Response {
    let problem = match outcome {
        Ok(progress) => return Json(progress).into_response(),
        Err(problem) => problem,
    };
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

    #[test]
    fn a_piece_says_what_it_belongs_to() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-file-size", "12"),
            ("x-file-sha256", "ab"),
            ("x-file-offset", "4"),
            ("x-file-fields", "tipo=ATTACHMENT_KIND_OTHER&etag=1"),
            ("x-file-name", "bollettino%20n%C2%B0+1.pdf"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let file = announced(Uuid::nil(), &headers).unwrap();
        assert_eq!((file.bytes, file.from), (12, 4));
        assert_eq!(file.name, "bollettino n°+1.pdf");
        assert_eq!(file.fields.text("tipo"), "ATTACHMENT_KIND_OTHER");
        headers.remove("x-file-size");
        assert!(announced(Uuid::nil(), &headers).is_none());
    }
}
