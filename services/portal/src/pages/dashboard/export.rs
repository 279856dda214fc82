//! What is shown, as a file, passed on as it comes.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use futures_util::{StreamExt, TryStreamExt};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use proto::omnia::dasmo::v1::{ExportFiguresRequest, ExportFormat, ExportLanguage};

use super::super::query;
use super::super::search::address;
use super::{asked, last_day, monitor};
use crate::App;
use crate::fields::Fields;
use crate::problem::{Kind, Outcome, Problem};
use crate::text::Language;
use crate::web::Visitor;

/// Addresses of the same figures in every format, and their names.
pub(super) fn addresses(query: &Fields, what: &str) -> [(String, &'static str); 3] {
    [("csv", "CSV"), ("xlsx", "XLSX"), ("pdf", "PDF")].map(|(format, name)| {
        let replaced = [("che", what), ("formato", format)];
        (address("/cruscotto/esporta", query, &replaced), name)
    })
}

pub(super) async fn file(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = monitor(&visit)?;
    let query = query(&visit);
    let platform = app.gateway.for_session(session);
    let format = match query.text("formato") {
        "csv" => ExportFormat::Csv,
        "xlsx" => ExportFormat::Xlsx,
        "pdf" => ExportFormat::Pdf,
        _ => return Err(Problem::of(Kind::NotFound)),
    };
    let mut request = ExportFiguresRequest {
        format: format.into(),
        ..ExportFiguresRequest::default()
    };
    match query.text("che") {
        "pratiche" => request.cases = Some(asked::cases(&query, 0)),
        what @ ("dati" | "andamento") => {
            let last = last_day(&platform).await?;
            let last = last.ok_or_else(|| Problem::of(Kind::NotFound))?;
            let days = asked::interval(&query, last);
            if what == "dati" {
                let by = asked::cut_by(&query);
                request.breakdown = Some(asked::breakdown(&query, days, by));
            } else {
                request.trend = Some(asked::trend(&query, days));
            }
        }
        _ => return Err(Problem::of(Kind::NotFound)),
    }
    request.language = match visit.language {
        Language::Italian => ExportLanguage::Italian,
        Language::English => ExportLanguage::English,
    }
    .into();
    let mut messages = platform.dasmo().export_figures(request).await?.into_inner();
    let first = messages.try_next().await?;
    let header = first
        .and_then(|message| message.header)
        .ok_or_else(|| Problem::of(Kind::Internal))?;
    // A message that fails breaks the file off, so that half a table is not taken for a whole one.
    let pieces = messages
        .map_ok(|message| message.data)
        .try_filter(|data: &Bytes| std::future::ready(!data.is_empty()))
        .boxed();
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    let value = |text: String| HeaderValue::try_from(text).map_err(|_| Problem::of(Kind::Internal));
    headers.insert(CONTENT_TYPE, value(header.media_type)?);
    headers.insert(
        CONTENT_DISPOSITION,
        value(format!("attachment; filename=\"{}\"", header.file_name))?,
    );
    Ok(response)
}
