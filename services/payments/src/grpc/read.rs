//! Messages to commands.

use chassis::upload::Piece;
use chassis::{Failure, wire};
use kernel::{AuthorizationNumber, Cents, Hours, Matricola, Period};
use proto::omnia::payments::v1 as pb;

use super::id;
use crate::app::{Cure, Filter, ListCommand};
use crate::domain::flow::Header;
use crate::domain::layout::Format;
use crate::domain::line::Address;
use crate::domain::month::Month;
use crate::domain::state::{FlowState, LineState};
use crate::domain::upload::Announced;
use crate::names;

/// A message of an upload.
pub(super) fn piece(message: pb::UploadFlowRequest) -> Result<Piece<Announced>, Failure> {
    let chunk = message.chunk.map(|chunk| (chunk.offset, chunk.data));
    Piece::of(message.begin, chunk, announced)
}

fn announced(begin: pb::BeginFlow) -> Result<Announced, Failure> {
    let format = names::format_of(begin.format())
        .ok_or_else(|| Failure::field("begin.format", "must be one of the layouts"))?;
    let authorization = wire::parse(&begin.authorization_number, "begin.authorization_number")?;
    let matricola = wire::parse(&begin.matricola, "begin.matricola")?;
    let header = match (format, begin.header) {
        (Format::Csv, Some(header)) => Some(self::header(&header, &authorization, &matricola)?),
        (Format::Xml, None) => None,
        (Format::Csv, None) => {
            return Err(Failure::field("begin.header", "is required with CSV"));
        }
        (Format::Xml, Some(_)) => {
            return Err(Failure::field(
                "begin.header",
                "stands in the file with XML",
            ));
        }
    };
    Ok(Announced {
        id: id(&begin.upload_id, "begin.upload_id")?,
        authorization,
        matricola,
        format,
        header,
        total_bytes: begin.total_bytes,
        digest: wire::parse(&begin.sha256, "begin.sha256")?,
    })
}

fn header(
    header: &pb::FlowHeader,
    authorization: &AuthorizationNumber,
    matricola: &Matricola,
) -> Result<Header, Failure> {
    let day = |wire: Option<&proto::google::r#type::Date>, field: &str| {
        wire::optional_day(wire, field)?.ok_or_else(|| Failure::field(field, "is required"))
    };
    let from = day(header.from.as_ref(), "begin.header.from")?;
    let to = day(header.to.as_ref(), "begin.header.to")?;
    Ok(Header {
        kind: names::flow_kind_of(header.kind())
            .ok_or_else(|| Failure::field("begin.header.kind", "must be one of the forms"))?,
        authorization: authorization.clone(),
        ticket: wire::parse(&header.ticket, "begin.header.ticket")?,
        matricola: matricola.clone(),
        period: Period::new(from, to)
            .map_err(|_| Failure::field("begin.header.to", "must not lie before `from`"))?,
        lines: u32::try_from(header.lines_count).unwrap_or(0),
        hours: Hours::from_hundredths(header.hours_hundredths),
        corrects: match header.corrects_protocol_number.as_str() {
            "" => None,
            number => Some(wire::parse(
                number,
                "begin.header.corrects_protocol_number",
            )?),
        },
    })
}

/// Which flows to list.
pub(super) fn list(message: pb::ListFlowsRequest) -> Result<ListCommand, Failure> {
    let states: Vec<FlowState> = message.states().filter_map(names::flow_state_of).collect();
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(ListCommand {
        filter: Filter {
            states,
            matricola: some(message.matricola),
            authorization: some(message.authorization_number),
            month: wire::optional_day(message.month.as_ref(), "month")?.map(Month::of),
            office: some(message.office),
        },
        page_size: message.page_size,
        page_token: message.page_token,
    })
}

/// States of lines.
pub(super) fn line_states(states: impl Iterator<Item = pb::LineState>) -> Vec<LineState> {
    states.filter_map(names::line_state_of).collect()
}

/// What the office does with a line: one of the cures, and one alone.
pub(super) fn cure(message: pb::CureLineRequest) -> Result<Cure, Failure> {
    let domiciled = message.domiciled.map(|to| {
        Cure::Domiciled(Address {
            street: to.street,
            postal_code: to.postal_code,
            municipality: to.municipality,
            province: to.province,
        })
    });
    let amount = message
        .amount
        .map(|set| Cure::Amount(Cents::new(set.gross_cents), Cents::new(set.net_cents)));
    let deductions = message.confirm_deductions.map(|_| Cure::Deductions);
    let cancel = message.cancel.map(|_| Cure::Cancel);
    let mut asked = [domiciled, deductions, amount, cancel]
        .into_iter()
        .flatten();
    match (asked.next(), asked.next()) {
        (Some(cure), None) => Ok(cure),
        _ => Err(Failure::field(
            "domiciled",
            "or `confirm_deductions`, `amount` or `cancel` must be set, and one alone",
        )),
    }
}
