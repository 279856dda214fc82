//! What is shown, as a file, passed on as it comes.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use futures_util::{StreamExt, TryStreamExt};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use proto::omnia::dasmo::v1::{
    Dimension, ExportFiguresRequest, ExportFlowFiguresRequest, ExportFormat, ExportHeader,
    ExportLanguage,
};
use tonic::Streaming;

use super::super::query;
use super::super::search::address;
use super::subject::Subject;
use super::{asked, last_day, monitor};
use crate::App;
use crate::fields::Fields;
use crate::gateway::Platform;
use crate::problem::{Kind, Outcome, Problem};
use crate::text::Language;
use crate::web::Visitor;

/// The same figures as files.
pub(super) struct Files {
    pub(super) name: &'static str,
    /// Address and name of each format.
    pub(super) formats: [(String, &'static str); 3],
}

impl Files {
    /// What the address asks for.
    pub(super) fn of(name: &'static str, query: &Fields, what: &str) -> Self {
        Self::with(name, query, &[("che", what)])
    }

    /// The same figures, cut by something else.
    pub(super) fn cut(name: &'static str, query: &Fields, what: &str, by: &str) -> Self {
        Self::with(name, query, &[("che", what), ("taglio", by)])
    }

    fn with(name: &'static str, query: &Fields, asked: &[(&str, &str)]) -> Self {
        let formats = [("csv", "CSV"), ("xlsx", "XLSX"), ("pdf", "PDF")].map(|(format, name)| {
            let replaced = [asked, &[("formato", format)]].concat();
            (address("/cruscotto/esporta", query, &replaced), name)
        });
        Self { name, formats }
    }
}

pub(super) async fn file(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = monitor(&app, &visit).await?;
    let query = query(&visit);
    let platform = app.gateway.for_session(session);
    let format = match query.text("formato") {
        "csv" => ExportFormat::Csv,
        "xlsx" => ExportFormat::Xlsx,
        "pdf" => ExportFormat::Pdf,
        _ => return Err(Problem::of(Kind::NotFound)),
    };
    let language = match visit.language {
        Language::Italian => ExportLanguage::Italian,
        Language::English => ExportLanguage::English,
    };
    let (header, pieces) = match query.text("che") {
        "dati" | "andamento" | "pratiche" => {
            let mut request = of_claims(&platform, &query).await?;
            request.format = format.into();
            request.language = language.into();
            let messages = platform.dasmo().export_figures(request).await?.into_inner();
            opened(messages, |message| (message.header, message.data)).await?
        }
        "flussi-dati" | "flussi-andamento" | "flussi" => {
            let mut request = of_flows(&platform, &query).await?;
            request.format = format.into();
            request.language = language.into();
            let answer = platform.dasmo_flows().export_flow_figures(request).await?;
            opened(answer.into_inner(), |message| {
                (message.header, message.data)
            })
            .await?
        }
        _ => return Err(Problem::of(Kind::NotFound)),
    };
    let mut response = Response::new(pieces);
    let headers = response.headers_mut();
    let value = |text: String| HeaderValue::try_from(text).map_err(|_| Problem::of(Kind::Internal));
    headers.insert(CONTENT_TYPE, value(header.media_type)?);
    headers.insert(
        CONTENT_DISPOSITION,
        value(format!("attachment; filename=\"{}\"", header.file_name))?,
    );
    Ok(response)
}

/// First and last day that a file is of.
async fn days(platform: &Platform, query: &Fields) -> Outcome<(NaiveDate, NaiveDate)> {
    let last = last_day(platform).await?;
    let last = last.ok_or_else(|| Problem::of(Kind::NotFound))?;
    Ok(asked::interval(query, last))
}

fn cut_by(subject: Subject, query: &Fields) -> Outcome<Dimension> {
    asked::cut_by(subject, query).ok_or_else(|| Problem::of(Kind::NotFound))
}

async fn of_claims(platform: &Platform, query: &Fields) -> Outcome<ExportFiguresRequest> {
    let mut request = ExportFiguresRequest::default();
    match query.text("che") {
        "pratiche" => request.cases = Some(asked::cases(query, 0)),
        "dati" => {
            let by = cut_by(Subject::Claims, query)?;
            let days = days(platform, query).await?;
            request.breakdown = Some(asked::breakdown(query, days, by));
        }
        _ => request.trend = Some(asked::trend(query, days(platform, query).await?)),
    }
    Ok(request)
}

async fn of_flows(platform: &Platform, query: &Fields) -> Outcome<ExportFlowFiguresRequest> {
    let mut request = ExportFlowFiguresRequest::default();
    match query.text("che") {
        "flussi" => request.flows = Some(asked::flows(query, 0)),
        "flussi-dati" => {
            let by = cut_by(Subject::Flows, query)?;
            let days = days(platform, query).await?;
            request.breakdown = Some(asked::flow_breakdown(query, days, by));
        }
        _ => request.trend = Some(asked::flow_trend(query, days(platform, query).await?)),
    }
    Ok(request)
}

/// The header of a file, and its pieces. A message that fails breaks the file off, so that half a table is not taken for a
/// whole one.
async fn opened<M: Send + 'static>(
    mut messages: Streaming<M>,
    open: fn(M) -> (Option<ExportHeader>, Bytes),
) -> Outcome<(ExportHeader, Body)> {
    let first = messages.try_next().await?;
    let header = first.and_then(|message| open(message).0);
    let header = header.ok_or_else(|| Problem::of(Kind::Internal))?;
    let pieces = messages
        .map_ok(move |message| open(message).1)
        .try_filter(|data: &Bytes| std::future::ready(!data.is_empty()))
        .boxed();
    Ok((header, Body::from_stream(pieces)))
}
