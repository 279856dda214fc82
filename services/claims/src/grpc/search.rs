//! `SearchService`.

use chassis::identity::Caller;
use chassis::{Failure, wire};
use chrono::NaiveDate;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use kernel::rome;
use prost::Message;
use proto::omnia::claims::v1 as pb;
use proto::omnia::claims::v1::search_service_server::SearchService;
use sheet::TableFormat;
use tonic::{Request, Response, Status};

use super::parts;
use super::read::optional_id;
use super::show::Reader;
use crate::app::{App, ExportCommand, Exported, SearchCommand};
use crate::domain::search::{Criteria, Handling, Order, SortField, Words};
use crate::domain::table::Language;
use crate::names;

/// The service over the use cases.
pub(crate) struct SearchApi(pub(crate) App);

#[tonic::async_trait]
impl SearchService for SearchApi {
    async fn search_claims(
        &self,
        request: Request<pb::SearchClaimsRequest>,
    ) -> Result<Response<pb::SearchClaimsResponse>, Status> {
        let (caller, message) = parts(request)?;
        let filter = message.filter.unwrap_or_default();
        let command = SearchCommand {
            fingerprint: filter.encode_to_vec(),
            criteria: criteria(&caller, filter)?,
            order: order(message.order),
            page_size: message.page_size,
            page_token: message.page_token,
        };
        let results = self.0.search(&caller, &command).await?;
        let reader = Reader::of(&caller, self.0.clock.today());
        Ok(Response::new(reader.results(results)))
    }

    type ExportClaimsStream = BoxStream<'static, Result<pb::ExportClaimsResponse, Status>>;

    async fn export_claims(
        &self,
        request: Request<pb::ExportClaimsRequest>,
    ) -> Result<Response<Self::ExportClaimsStream>, Status> {
        let (caller, message) = parts(request)?;
        let format = format(message.format(), message.dialect())?;
        let language = match message.language() {
            pb::ExportLanguage::English => Language::English,
            _ => Language::Italian,
        };
        let filter = message.filter.unwrap_or_default();
        let command = ExportCommand {
            asked: asked(&filter),
            criteria: criteria(&caller, filter)?,
            order: order(message.order),
            format,
            language,
        };
        let exporting = self.0.export(&caller, command).await?;
        let head = pb::ExportClaimsResponse {
            header: Some(pb::ExportHeader {
                export_id: exporting.id.to_string(),
                file_name: exporting.file_name,
                media_type: format.media_type().to_owned(),
                rows_total: exporting.rows_total,
            }),
            ..pb::ExportClaimsResponse::default()
        };
        let rest = exporting.messages.scan(0, |rows_done, message| {
            let message = message.map_err(Status::from).map(|message| match message {
                Exported::Progress(rows) => {
                    *rows_done = rows;
                    pb::ExportClaimsResponse {
                        rows_done: rows,
                        ..pb::ExportClaimsResponse::default()
                    }
                }
                Exported::Piece(data) => pb::ExportClaimsResponse {
                    rows_done: *rows_done,
                    data,
                    ..pb::ExportClaimsResponse::default()
                },
            });
            std::future::ready(Some(message))
        });
        let whole = stream::once(std::future::ready(Ok(head))).chain(rest);
        Ok(Response::new(whole.boxed()))
    }
}

/// What to find.
pub(super) fn criteria(caller: &Caller, filter: pb::ClaimFilter) -> Result<Criteria, Failure> {
    let day = |day: Option<&proto::google::r#type::Date>, field: &str| {
        wire::optional_day(day, &format!("filter.{field}"))
    };
    let period_from = day(filter.period_from.as_ref(), "period_from")?;
    let period_to = day(filter.period_to.as_ref(), "period_to")?;
    in_order(period_from, period_to, "filter.period_to")?;
    let submitted_from = day(filter.submitted_from.as_ref(), "submitted_from")?;
    let submitted_to = day(filter.submitted_to.as_ref(), "submitted_to")?;
    in_order(submitted_from, submitted_to, "filter.submitted_to")?;
    if filter.production_unit_code.is_some() && filter.matricola.is_empty() {
        return Err(Failure::field(
            "filter.matricola",
            "is required with `production_unit_code`",
        ));
    }
    let handling = match (
        optional_id(&filter.handler_id, "filter.handler_id")?,
        filter.mine,
        filter.unassigned,
    ) {
        (None, false, false) => Handling::Any,
        (Some(person), false, false) => Handling::By(person),
        (None, true, false) => Handling::By(caller.person),
        (None, false, true) => Handling::Nobody,
        _ => {
            return Err(Failure::field(
                "filter.handler_id",
                "only one of `handler_id`, `mine` and `unassigned`",
            ));
        }
    };
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Criteria {
        states: filter.states().filter_map(names::state_of).collect(),
        products: filter.products().filter_map(names::product_of).collect(),
        causali: filter.causali().filter_map(names::causale_of).collect(),
        payment_modes: filter
            .payment_modes()
            .filter_map(names::payment_mode_of)
            .collect(),
        period_from,
        period_to,
        submitted_from: submitted_from.map(rome::start_of_day),
        submitted_before: submitted_to
            .and_then(|day| day.succ_opt())
            .map(rome::start_of_day),
        matricola: given(&filter.matricola),
        unit: filter.production_unit_code,
        employer_cf: given(&filter.employer_codice_fiscale.to_ascii_uppercase()),
        offices: filter.offices,
        protocol: given(filter.protocol_number.trim()),
        ticket: given(filter.ticket.trim()),
        words: Words::of(&filter.text).map_err(|rule| Failure::field("filter.text", rule))?,
        handling,
        filed_late: filter.filed_late,
    })
}

fn in_order(
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    field: &'static str,
) -> Result<(), Failure> {
    match from.zip(to) {
        Some((from, to)) if to < from => {
            Err(Failure::field(field, "must not come before the first day"))
        }
        _ => Ok(()),
    }
}

/// In what order.
fn order(wire: Option<pb::ClaimOrder>) -> Order {
    wire.map_or(Order::NEWEST, |order| Order {
        field: names::sort_field_of(order.field()).unwrap_or(SortField::SubmittedAt),
        descending: order.descending,
    })
}

fn format(format: pb::ExportFormat, dialect: pb::CsvDialect) -> Result<TableFormat, Failure> {
    match (format, dialect) {
        (pb::ExportFormat::Unspecified, _) => Err(Failure::field("format", "is required")),
        (pb::ExportFormat::Xlsx, _) => Ok(TableFormat::Xlsx),
        (pb::ExportFormat::Csv, pb::CsvDialect::Comma) => Ok(TableFormat::CsvComma),
        (pb::ExportFormat::Csv, _) => Ok(TableFormat::CsvSemicolon),
    }
}

/// The filter as it is recorded: what was asked for, and nothing else.
fn asked(filter: &pb::ClaimFilter) -> serde_json::Value {
    let day = |day: Option<&proto::google::r#type::Date>| {
        day.map(|day| format!("{:04}-{:02}-{:02}", day.year, day.month, day.day))
    };
    let all = serde_json::json!({
        "states": filter.states().map(|it| it.as_str_name()).collect::<Vec<_>>(),
        "products": filter.products().map(|it| it.as_str_name()).collect::<Vec<_>>(),
        "causali": filter.causali().map(|it| it.as_str_name()).collect::<Vec<_>>(),
        "period_from": day(filter.period_from.as_ref()),
        "period_to": day(filter.period_to.as_ref()),
        "submitted_from": day(filter.submitted_from.as_ref()),
        "submitted_to": day(filter.submitted_to.as_ref()),
        "matricola": filter.matricola,
        "production_unit_code": filter.production_unit_code,
        "employer_codice_fiscale": filter.employer_codice_fiscale,
        "offices": filter.offices,
        "protocol_number": filter.protocol_number,
        "ticket": filter.ticket,
        "text": filter.text,
        "handler_id": filter.handler_id,
        "mine": filter.mine.then_some(true),
        "unassigned": filter.unassigned.then_some(true),
        "filed_late": filter.filed_late,
        "payment_modes": filter.payment_modes().map(|it| it.as_str_name()).collect::<Vec<_>>(),
    });
    let said = |value: &serde_json::Value| match value {
        serde_json::Value::Null => false,
        serde_json::Value::String(text) => !text.is_empty(),
        serde_json::Value::Array(values) => !values.is_empty(),
        _ => true,
    };
    match all {
        serde_json::Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| said(value))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other,
    }
}
