//! Documents: acts and receipts for whoever may read the claim, and the check of a code for anybody.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use futures_util::{Stream, StreamExt, TryStreamExt, future};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use proto::omnia::claims::v1::{
    Chunk, DocumentHeader, GetActRequest, GetActResponse, GetReceiptRequest, GetReceiptResponse,
    VerificationResult, VerifyActRequest, VerifyActResponse,
};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{id_of, page, query};
use crate::App;
use crate::frame::Frame;
use crate::problem::{Kind, Outcome, Problem};
use crate::text::{Text, format, names};
use crate::web::{Visit, Visitor};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/documenti/{id}/provvedimento", get(last_act))
        .route("/documenti/{id}/provvedimento/{number}", get(numbered_act))
        .route("/documenti/{id}/ricevuta", get(receipt))
        .route("/verifica", get(ask))
        .route("/verifica/{code}", get(check))
}

/// A message of a download: the file, or a piece of it.
trait Piece: Send + 'static {
    fn taken(self) -> (Option<DocumentHeader>, Option<Chunk>);
}

impl Piece for GetActResponse {
    fn taken(self) -> (Option<DocumentHeader>, Option<Chunk>) {
        (self.header, self.chunk)
    }
}

impl Piece for GetReceiptResponse {
    fn taken(self) -> (Option<DocumentHeader>, Option<Chunk>) {
        (self.header, self.chunk)
    }
}

async fn last_act(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    act(&app, &visit, id_of(&id)?, 0).await
}

async fn numbered_act(
    State(app): State<Arc<App>>,
    Path((id, number)): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let number: i32 = number.parse().map_err(|_| Problem::of(Kind::NotFound))?;
    let id = id_of(&Path(id))?;
    if number < 1 {
        return Err(Problem::of(Kind::NotFound));
    }
    act(&app, &visit, id, number).await
}

async fn act(app: &App, visit: &Visit, id: Uuid, sequence: i32) -> Outcome {
    let platform = app.gateway.for_session(visit.session()?);
    let request = GetActRequest {
        claim_id: id.to_string(),
        sequence,
        offset: 0,
    };
    let pieces = platform.acts().get_act(request).await?.into_inner();
    download(pieces).await
}

async fn receipt(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let platform = app.gateway.for_session(visit.session()?);
    let request = GetReceiptRequest {
        claim_id: id_of(&id)?.to_string(),
        offset: 0,
    };
    let pieces = platform.acts().get_receipt(request).await?.into_inner();
    download(pieces).await
}

/// Passes a file on as it comes, under the headers that the service gives it.
async fn download<M: Piece>(
    mut pieces: impl Stream<Item = Result<M, Status>> + Send + Unpin + 'static,
) -> Outcome {
    let first = pieces.next().await.transpose()?.map(Piece::taken);
    let header = first
        .and_then(|(header, _)| header)
        .ok_or_else(|| Problem::of(Kind::Internal))?;
    let bytes = pieces.try_filter_map(|piece| {
        let (_, chunk) = piece.taken();
        future::ready(Ok(chunk.map(|chunk| chunk.data)))
    });
    let mut response = Response::new(Body::from_stream(bytes));
    let headers = response.headers_mut();
    let written = |text: &str| HeaderValue::from_str(text).map_err(|_| Problem::of(Kind::Internal));
    headers.insert(CONTENT_TYPE, written(&header.content_type)?);
    headers.insert(CONTENT_DISPOSITION, written(&header.content_disposition)?);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(header.size_bytes));
    Ok(response)
}

/// What came of a check, in words.
#[derive(Debug)]
struct Answer {
    /// Tone of the answer, besides its words.
    tone: &'static str,
    title: &'static str,
    text: &'static str,
    /// What the paper is held against; `None` when the code is of nothing.
    act: Option<ActView>,
}

#[derive(Debug)]
struct ActView {
    kind: &'static str,
    protocol: String,
    adopted: String,
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage {
    f: Frame,
    code: String,
    answer: Option<Answer>,
}

/// The form, and with a code in it its answer.
async fn ask(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let fields = query(&visit);
    verify(&app, &visit, fields.text("codice").trim()).await
}

/// The address that stands on the paper.
async fn check(State(app): State<Arc<App>>, code: Path<String>, visit: Visitor) -> Outcome {
    verify(&app, &visit, code.trim()).await
}

async fn verify(app: &App, visit: &Visit, code: &str) -> Outcome {
    let t = visit.text();
    let answer = match code {
        "" => None,
        code => Some(answer(t, asked(app, visit, code).await?)),
    };
    Ok(page(&VerifyPage {
        f: visit.frame(t.verify_title()).crumb(t.verify_title(), ""),
        code: code.to_owned(),
        answer,
    }))
}

async fn asked(app: &App, visit: &Visit, code: &str) -> Outcome<VerifyActResponse> {
    let request = VerifyActRequest {
        code: code.to_owned(),
    };
    let platform = app.gateway.for_anybody(&visit.forwarded);
    match platform.acts().verify_act(request).await {
        Ok(answer) => Ok(answer.into_inner()),
        // What is longer than any code is mistyped, too.
        Err(status) if status.code() == Code::InvalidArgument => Ok(VerifyActResponse {
            result: VerificationResult::Mistyped.into(),
            act: None,
        }),
        Err(status) => Err(status.into()),
    }
}

fn answer(t: Text, found: VerifyActResponse) -> Answer {
    let (tone, title, text) = match found.result() {
        VerificationResult::Genuine => ("bene", t.verify_genuine_title(), t.verify_genuine()),
        VerificationResult::Mistyped => ("warning", t.verify_mistyped_title(), t.verify_mistyped()),
        VerificationResult::Unknown | VerificationResult::Unspecified => {
            ("danger", t.verify_unknown_title(), t.verify_unknown())
        }
    };
    Answer {
        tone,
        title,
        text,
        act: found.act.map(|act| ActView {
            kind: names::outcome(t, act.outcome()),
            adopted: format::date(act.adopted_on.as_ref()),
            protocol: act.protocol_number,
        }),
    }
}
