//! From messages to the domain.

use bytes::Bytes;
use chassis::upload::Piece;
use chassis::{Failure, wire};
use chrono::NaiveDate;
use kernel::{Period, ProductionUnitCode};
use proto::google::r#type::Date;
use proto::omnia::claims::v1 as pb;
use proto::omnia::common::v1 as common;
use uuid::Uuid;

use crate::domain::content::{
    Beneficiary, Consultation, Content, DeclaredUsed, Decree, FinancialIndicator, HeadcountGroup,
    OverrideNote, Recipient, ReportSection, SelfDeclaration, TechnicalReport, UnitKey,
    WrittenPeriod,
};
use crate::domain::decision::{Grant, Proposed, Refusal};
use crate::domain::upload::{Announced, Brought};
use crate::names;

/// An id.
pub(super) fn id(text: &str, field: &str) -> Result<Uuid, Failure> {
    wire::parse(text, field)
}

/// An id that may be absent.
pub(super) fn optional_id(text: &str, field: &str) -> Result<Option<Uuid>, Failure> {
    if text.is_empty() {
        Ok(None)
    } else {
        id(text, field).map(Some)
    }
}

/// Content of a draft. What is malformed beyond repair is refused here; everything else is a matter of the check.
pub(super) fn content(wire: Option<pb::DraftContent>) -> Result<Content, Failure> {
    let wire = wire.unwrap_or_default();
    let event_days = (0..).zip(&wire.event_days);
    Ok(Content {
        unit: unit(wire.unit.as_ref(), "content.unit")?,
        product: names::product_of(wire.product()),
        causale: names::causale_of(wire.causale()),
        period: wire.period.as_ref().map(period).transpose()?,
        effective_start_date: optional_day(
            wire.effective_start_date.as_ref(),
            "effective_start_date",
        )?,
        event_days: event_days
            .map(|(position, day): (usize, _)| {
                wire::day(day, &format!("content.event_days[{position}]"))
            })
            .collect::<Result<_, _>>()?,
        beneficiaries_count: count(wire.beneficiaries_count, "content.beneficiaries_count")?,
        hours_requested_hundredths: wire.hours_requested_hundredths,
        payment_mode: names::payment_mode_of(wire.payment_mode()),
        filer_quality: names::filer_quality_of(wire.filer_quality()),
        ticket: ticket(&wire.ticket)?,
        beneficiaries_omitted: wire.beneficiaries_omitted,
        beneficiaries: wire
            .beneficiaries
            .into_iter()
            .map(beneficiary)
            .collect::<Result<_, _>>()?,
        direct_payment_statement: wire.direct_payment_statement,
        technical_report: wire.technical_report.map(report),
        consultation: wire.consultation.as_ref().map(consultation).transpose()?,
        self_declarations: wire
            .self_declarations
            .into_iter()
            .map(declaration)
            .collect::<Result<_, _>>()?,
        override_notes: wire
            .override_notes
            .into_iter()
            .map(|note| OverrideNote {
                code: note.code,
                note: note.note,
            })
            .collect(),
        contact_pec: wire.contact_pec,
        contact_email: wire.contact_email,
        contact_phone: wire.contact_phone,
        filer_codice_fiscale: wire.filer_codice_fiscale.trim().to_ascii_uppercase(),
        fund_code: wire.fund_code,
        headcount: wire.headcount.iter().map(headcount).collect(),
        seat_province_istat: wire.seat_province_istat,
        extension_of: wire.extension_of.trim().to_owned(),
        declared_used: wire.declared_used.as_ref().map(declared_used).transpose()?,
        financial_indicators: wire
            .financial_indicators
            .iter()
            .map(indicator)
            .collect::<Result<_, _>>()?,
        decree: wire.decree.map(decree).transpose()?,
        days_requested: count(wire.days_requested, "content.days_requested")?,
        advance_40_requested: wire.advance_40_requested,
    })
}

fn headcount(wire: &pb::HeadcountGroup) -> HeadcountGroup {
    HeadcountGroup {
        weekly_hours_hundredths: wire.weekly_hours_hundredths,
        average_heads_hundredths: wire.average_heads_hundredths,
    }
}

fn declared_used(wire: &pb::DeclaredUsed) -> Result<DeclaredUsed, Failure> {
    let days = wire.days.iter();
    Ok(DeclaredUsed {
        weeks: count(wire.weeks, "content.declared_used.weeks")?,
        days: days
            .map(|day| wire::day(day, "content.declared_used.days"))
            .collect::<Result<_, _>>()?,
    })
}

fn indicator(wire: &pb::FinancialIndicator) -> Result<FinancialIndicator, Failure> {
    let quarter = count(wire.quarter, "content.financial_indicators.quarter")?;
    Ok(FinancialIndicator {
        year: wire.year,
        quarter: (quarter > 0).then_some(quarter),
        turnover_cents: wire.turnover_cents,
        operating_result_cents: wire.operating_result_cents,
        net_result_cents: wire.net_result_cents,
        debt_cents: wire.debt_cents,
    })
}

fn decree(wire: pb::Decree) -> Result<Decree, Failure> {
    Ok(Decree {
        date: optional_day(wire.date.as_ref(), "decree.date")?,
        from: optional_day(wire.from.as_ref(), "decree.from")?,
        to: optional_day(wire.to.as_ref(), "decree.to")?,
        authority: wire.authority,
        number: wire.number,
        hours_hundredths: wire.hours_hundredths,
    })
}

/// A production unit.
pub(super) fn unit(wire: Option<&common::UnitKey>, field: &str) -> Result<UnitKey, Failure> {
    let unit = wire.ok_or_else(|| Failure::field(field, "is required"))?;
    let code = u32::try_from(unit.production_unit_code)
        .ok()
        .and_then(|code| ProductionUnitCode::try_from(code).ok());
    Ok(UnitKey {
        matricola: wire::parse(&unit.matricola, &format!("{field}.matricola"))?,
        code: code.ok_or_else(|| {
            Failure::field(
                format!("{field}.production_unit_code"),
                "must be between 0 and 99999",
            )
        })?,
    })
}

fn period(wire: &common::WeekPeriod) -> Result<WrittenPeriod, Failure> {
    let first = wire.first_week.as_ref();
    let first = first.ok_or_else(|| Failure::field("content.period.first_week", "is required"))?;
    Ok(WrittenPeriod {
        first_day: wire::day(first, "content.period.first_week")?,
        weeks: count(wire.weeks, "content.period.weeks")?,
    })
}

fn optional_day(wire: Option<&Date>, field: &str) -> Result<Option<NaiveDate>, Failure> {
    wire::optional_day(wire, &format!("content.{field}"))
}

fn count(number: i32, field: &str) -> Result<u32, Failure> {
    u32::try_from(number).map_err(|_| Failure::field(field, "must not be negative"))
}

fn ticket(text: &str) -> Result<Option<kernel::Ticket>, Failure> {
    if text.is_empty() {
        Ok(None)
    } else {
        wire::parse(text, "content.ticket").map(Some)
    }
}

fn beneficiary(wire: pb::Beneficiary) -> Result<Beneficiary, Failure> {
    Ok(Beneficiary {
        hired_on: optional_day(wire.hired_on.as_ref(), "beneficiaries.hired_on")?,
        codice_fiscale: wire.codice_fiscale.trim().to_ascii_uppercase(),
        qualifica: wire.qualifica,
        weekly_hours_hundredths: wire.weekly_hours_hundredths,
        hours_requested_hundredths: wire.hours_requested_hundredths,
        iban: wire.iban.trim().to_ascii_uppercase(),
    })
}

fn report(wire: pb::TechnicalReport) -> TechnicalReport {
    TechnicalReport {
        activity: wire.activity,
        event_and_causes: wire.event_and_causes,
        consequences: wire.consequences,
        transience_and_resumption: wire.transience_and_resumption,
        non_attributability: wire.non_attributability,
        market_continuity: wire.market_continuity,
        sections: wire
            .sections
            .into_iter()
            .map(|it| ReportSection {
                section_id: it.section_id,
                text: it.text,
            })
            .collect(),
    }
}

fn consultation(wire: &pb::Consultation) -> Result<Consultation, Failure> {
    Ok(Consultation {
        communication_date: optional_day(
            wire.communication_date.as_ref(),
            "consultation.communication_date",
        )?,
        joint_exam_requested: wire.joint_exam_requested,
        joint_exam_end_date: optional_day(
            wire.joint_exam_end_date.as_ref(),
            "consultation.joint_exam_end_date",
        )?,
        recipients: wire.recipients.iter().map(recipient).collect(),
        outcome: names::consultation_outcome_of(wire.outcome()),
    })
}

fn recipient(wire: &pb::Recipient) -> Recipient {
    Recipient {
        kind: names::recipient_kind_of(wire.kind()),
        name: wire.name.clone(),
    }
}

fn declaration(wire: pb::SelfDeclaration) -> Result<SelfDeclaration, Failure> {
    Ok(SelfDeclaration {
        declared_on: optional_day(wire.declared_on.as_ref(), "self_declarations.declared_on")?,
        declaration_id: wire.declaration_id,
        text: wire.text,
        declarant: wire.declarant,
    })
}

/// What an operator proposes.
pub(super) fn proposed(request: pb::ProposeDecisionRequest) -> Result<Proposed, Failure> {
    let outcome = names::outcome_of(request.outcome());
    Ok(Proposed {
        outcome: outcome.ok_or_else(|| Failure::field("outcome", "is required"))?,
        grant: request.grant.as_ref().map(grant).transpose()?,
        refusals: request
            .refusals
            .into_iter()
            .map(refusal)
            .collect::<Result<_, _>>()?,
        motivation: request.motivation,
    })
}

fn grant(wire: &pb::Grant) -> Result<Grant, Failure> {
    let period = wire
        .period
        .as_ref()
        .ok_or_else(|| Failure::field("grant.period", "is required"))?;
    Ok(Grant {
        period: wire::weeks(period, "grant.period")?,
        beneficiaries: count(wire.beneficiaries_count, "grant.beneficiaries_count")?,
        hours_hundredths: wire.hours_hundredths,
    })
}

fn refusal(wire: pb::Refusal) -> Result<Refusal, Failure> {
    let reason = names::rejection_reason_of(wire.reason());
    Ok(Refusal {
        reason: reason.ok_or_else(|| Failure::field("refusals.reason", "is required"))?,
        what: wire.what,
    })
}

/// Days of a delegation.
pub(super) fn days(from: Option<&Date>, to: Option<&Date>) -> Result<Period, Failure> {
    let required = |day: Option<NaiveDate>, field: &str| {
        day.ok_or_else(|| Failure::field(field, "is required"))
    };
    let from = required(wire::optional_day(from, "from")?, "from")?;
    let to = required(wire::optional_day(to, "to")?, "to")?;
    Period::new(from, to).map_err(|_| Failure::field("to", "must not come before `from`"))
}

/// A message of an upload of a list.
pub(super) fn list_piece(
    message: pb::UploadBeneficiariesRequest,
) -> Result<Piece<Announced>, Failure> {
    Piece::of(message.begin, message.chunk.map(chunk), |begin| {
        Ok(Announced {
            claim: id(&begin.claim_id, "begin.claim_id")?,
            id: id(&begin.upload_id, "begin.upload_id")?,
            brought: Brought::List {
                // What is no version of a draft is the version of none.
                version: begin.etag.parse().unwrap_or(0),
                set_totals: begin.set_totals,
            },
            total_bytes: begin.total_bytes,
            digest: wire::parse(&begin.sha256, "begin.sha256")?,
        })
    })
}

/// A message of an upload of an attachment.
pub(super) fn attachment_piece(
    message: pb::UploadAttachmentRequest,
) -> Result<Piece<Announced>, Failure> {
    Piece::of(message.begin, message.chunk.map(chunk), |begin| {
        let kind = names::attachment_kind_of(begin.kind());
        Ok(Announced {
            claim: id(&begin.claim_id, "begin.claim_id")?,
            id: id(&begin.upload_id, "begin.upload_id")?,
            brought: Brought::Attachment {
                kind: kind.ok_or_else(|| Failure::field("begin.kind", "is required"))?,
                file_name: begin.file_name,
            },
            total_bytes: begin.total_bytes,
            digest: wire::parse(&begin.sha256, "begin.sha256")?,
        })
    })
}

fn chunk(chunk: pb::Chunk) -> (i64, Bytes) {
    (chunk.offset, chunk.data)
}
