//! The part of the content that is kept as JSON, and the findings.

use chrono::NaiveDate;
use kernel::Ticket;
use serde::{Deserialize, Serialize};

use super::rows::corrupt;
use crate::domain::checks::{Code, Finding, Severity};
use crate::domain::content::{
    Consultation, ConsultationOutcome, Content, DeclaredUsed, Decree, FilerQuality,
    FinancialIndicator, HeadcountGroup, OverrideNote, Recipient, RecipientKind, ReportSection,
    SelfDeclaration, TechnicalReport,
};
use crate::domain::decision::{Refusal, RejectionReason};

#[derive(Serialize, Deserialize)]
struct Rest {
    effective_start_date: Option<NaiveDate>,
    event_days: Vec<NaiveDate>,
    direct_payment_statement: String,
    technical_report: Option<Report>,
    consultation: Option<Unions>,
    self_declarations: Vec<Declaration>,
    override_notes: Vec<Note>,
    filer_quality: Option<String>,
    contact_pec: String,
    contact_email: String,
    ticket: Option<Ticket>,
    #[serde(default)]
    contact_phone: String,
    #[serde(default)]
    filer_codice_fiscale: String,
    #[serde(default)]
    fund_code: String,
    #[serde(default)]
    headcount: Vec<Heads>,
    #[serde(default)]
    seat_province_istat: String,
    #[serde(default)]
    extension_of: String,
    #[serde(default)]
    declared_used: Option<Used>,
    #[serde(default)]
    financial_indicators: Vec<Indicator>,
    #[serde(default)]
    decree: Option<StoredDecree>,
    #[serde(default)]
    days_requested: u32,
    #[serde(default)]
    advance_40_requested: bool,
}

#[derive(Serialize, Deserialize)]
struct Heads {
    weekly_hours: i64,
    average_heads: i64,
}

#[derive(Serialize, Deserialize)]
struct Used {
    weeks: u32,
    days: Vec<NaiveDate>,
}

#[derive(Serialize, Deserialize)]
struct Indicator {
    year: i32,
    quarter: Option<u32>,
    turnover: i64,
    operating_result: i64,
    net_result: i64,
    debt: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredDecree {
    authority: String,
    number: String,
    date: Option<NaiveDate>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    hours: i64,
}

#[derive(Serialize, Deserialize)]
struct Section {
    #[serde(rename = "section_id")]
    id: String,
    text: String,
}

#[derive(Serialize, Deserialize)]
struct Addressee {
    kind: Option<String>,
    name: String,
}

#[derive(Serialize, Deserialize)]
struct Report {
    activity: String,
    event_and_causes: String,
    consequences: String,
    transience_and_resumption: String,
    non_attributability: String,
    market_continuity: String,
    #[serde(default)]
    sections: Vec<Section>,
}

#[derive(Serialize, Deserialize)]
struct Unions {
    communication_date: Option<NaiveDate>,
    joint_exam_requested: bool,
    joint_exam_end_date: Option<NaiveDate>,
    #[serde(default)]
    recipients: Vec<Addressee>,
    #[serde(default)]
    outcome: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Declaration {
    #[serde(rename = "declaration_id")]
    id: String,
    text: String,
    declared_on: Option<NaiveDate>,
    #[serde(default)]
    declarant: String,
}

#[derive(Serialize, Deserialize)]
struct Note {
    code: String,
    note: String,
}

#[derive(Serialize, Deserialize)]
struct StoredFinding {
    code: String,
    severity: String,
    field: String,
    it: String,
    en: String,
    source: String,
}

#[derive(Serialize, Deserialize)]
struct StoredRefusal {
    reason: String,
    what: String,
}

pub(super) fn json(value: impl Serialize) -> Result<serde_json::Value, sqlx::Error> {
    serde_json::to_value(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

pub(super) fn read<T: for<'de> Deserialize<'de>>(
    value: serde_json::Value,
) -> Result<T, sqlx::Error> {
    serde_json::from_value(value).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// What has no column of its own.
pub(super) fn rest_of(content: &Content) -> Result<serde_json::Value, sqlx::Error> {
    json(Rest {
        effective_start_date: content.effective_start_date,
        event_days: content.event_days.clone(),
        direct_payment_statement: content.direct_payment_statement.clone(),
        technical_report: content.technical_report.clone().map(|report| Report {
            activity: report.activity,
            event_and_causes: report.event_and_causes,
            consequences: report.consequences,
            transience_and_resumption: report.transience_and_resumption,
            non_attributability: report.non_attributability,
            market_continuity: report.market_continuity,
            sections: report
                .sections
                .into_iter()
                .map(|it| Section {
                    id: it.section_id,
                    text: it.text,
                })
                .collect(),
        }),
        consultation: content.consultation.as_ref().map(|it| Unions {
            communication_date: it.communication_date,
            joint_exam_requested: it.joint_exam_requested,
            joint_exam_end_date: it.joint_exam_end_date,
            recipients: it
                .recipients
                .iter()
                .map(|it| Addressee {
                    kind: it.kind.map(|kind| kind.code().to_owned()),
                    name: it.name.clone(),
                })
                .collect(),
            outcome: it.outcome.map(|outcome| outcome.code().to_owned()),
        }),
        self_declarations: content
            .self_declarations
            .iter()
            .cloned()
            .map(|it| Declaration {
                id: it.declaration_id,
                text: it.text,
                declared_on: it.declared_on,
                declarant: it.declarant,
            })
            .collect(),
        override_notes: content
            .override_notes
            .iter()
            .cloned()
            .map(|it| Note {
                code: it.code,
                note: it.note,
            })
            .collect(),
        filer_quality: content
            .filer_quality
            .map(|quality| quality.code().to_owned()),
        contact_pec: content.contact_pec.clone(),
        contact_email: content.contact_email.clone(),
        ticket: content.ticket.clone(),
        contact_phone: content.contact_phone.clone(),
        filer_codice_fiscale: content.filer_codice_fiscale.clone(),
        fund_code: content.fund_code.clone(),
        headcount: content.headcount.iter().map(heads).collect(),
        seat_province_istat: content.seat_province_istat.clone(),
        extension_of: content.extension_of.clone(),
        declared_used: content.declared_used.as_ref().map(|it| Used {
            weeks: it.weeks,
            days: it.days.clone(),
        }),
        financial_indicators: content.financial_indicators.iter().map(indicator).collect(),
        decree: content.decree.as_ref().map(decree),
        days_requested: content.days_requested,
        advance_40_requested: content.advance_40_requested,
    })
}

fn heads(group: &HeadcountGroup) -> Heads {
    Heads {
        weekly_hours: group.weekly_hours_hundredths,
        average_heads: group.average_heads_hundredths,
    }
}

fn indicator(it: &FinancialIndicator) -> Indicator {
    Indicator {
        year: it.year,
        quarter: it.quarter,
        turnover: it.turnover_cents,
        operating_result: it.operating_result_cents,
        net_result: it.net_result_cents,
        debt: it.debt_cents,
    }
}

fn decree(it: &Decree) -> StoredDecree {
    StoredDecree {
        authority: it.authority.clone(),
        number: it.number.clone(),
        date: it.date,
        from: it.from,
        to: it.to,
        hours: it.hours_hundredths,
    }
}

/// Puts what was kept as JSON back into the content.
pub(super) fn restore(content: &mut Content, kept: serde_json::Value) -> Result<(), sqlx::Error> {
    let rest: Rest = read(kept)?;
    content.effective_start_date = rest.effective_start_date;
    content.event_days = rest.event_days;
    content.direct_payment_statement = rest.direct_payment_statement;
    content.technical_report = rest.technical_report.map(|report| TechnicalReport {
        activity: report.activity,
        event_and_causes: report.event_and_causes,
        consequences: report.consequences,
        transience_and_resumption: report.transience_and_resumption,
        non_attributability: report.non_attributability,
        market_continuity: report.market_continuity,
        sections: report
            .sections
            .into_iter()
            .map(|it| ReportSection {
                section_id: it.id,
                text: it.text,
            })
            .collect(),
    });
    content.consultation = rest.consultation.map(consultation).transpose()?;
    content.self_declarations = rest
        .self_declarations
        .into_iter()
        .map(|it| SelfDeclaration {
            declaration_id: it.id,
            text: it.text,
            declared_on: it.declared_on,
            declarant: it.declarant,
        })
        .collect();
    content.override_notes = rest
        .override_notes
        .into_iter()
        .map(|it| OverrideNote {
            code: it.code,
            note: it.note,
        })
        .collect();
    content.filer_quality = rest
        .filer_quality
        .map(|code| FilerQuality::parse(&code).ok_or_else(|| corrupt("filer_quality")))
        .transpose()?;
    content.contact_pec = rest.contact_pec;
    content.contact_email = rest.contact_email;
    content.ticket = rest.ticket;
    content.contact_phone = rest.contact_phone;
    content.filer_codice_fiscale = rest.filer_codice_fiscale;
    content.fund_code = rest.fund_code;
    content.seat_province_istat = rest.seat_province_istat;
    content.extension_of = rest.extension_of;
    content.days_requested = rest.days_requested;
    content.advance_40_requested = rest.advance_40_requested;
    let groups = rest.headcount.into_iter().map(|it| HeadcountGroup {
        weekly_hours_hundredths: it.weekly_hours,
        average_heads_hundredths: it.average_heads,
    });
    content.headcount = groups.collect();
    content.declared_used = rest.declared_used.map(|it| DeclaredUsed {
        weeks: it.weeks,
        days: it.days,
    });
    let indicators = rest
        .financial_indicators
        .into_iter()
        .map(|it| FinancialIndicator {
            year: it.year,
            quarter: it.quarter,
            turnover_cents: it.turnover,
            operating_result_cents: it.operating_result,
            net_result_cents: it.net_result,
            debt_cents: it.debt,
        });
    content.financial_indicators = indicators.collect();
    content.decree = rest.decree.map(|it| Decree {
        authority: it.authority,
        number: it.number,
        date: it.date,
        from: it.from,
        to: it.to,
        hours_hundredths: it.hours,
    });
    Ok(())
}

fn consultation(kept: Unions) -> Result<Consultation, sqlx::Error> {
    let recipient = |it: Addressee| {
        let known = |code: String| {
            RecipientKind::parse(&code).ok_or_else(|| corrupt("consultation.recipients"))
        };
        Ok(Recipient {
            kind: it.kind.map(known).transpose()?,
            name: it.name,
        })
    };
    let outcome = |code: String| {
        ConsultationOutcome::parse(&code).ok_or_else(|| corrupt("consultation.outcome"))
    };
    Ok(Consultation {
        communication_date: kept.communication_date,
        joint_exam_requested: kept.joint_exam_requested,
        joint_exam_end_date: kept.joint_exam_end_date,
        recipients: kept
            .recipients
            .into_iter()
            .map(recipient)
            .collect::<Result<_, sqlx::Error>>()?,
        outcome: kept.outcome.map(outcome).transpose()?,
    })
}

pub(super) fn findings_to_json(findings: &[Finding]) -> Result<serde_json::Value, sqlx::Error> {
    let stored: Vec<_> = findings
        .iter()
        .map(|finding| StoredFinding {
            code: finding.code.code().to_owned(),
            severity: finding.severity.code().to_owned(),
            field: finding.field.clone(),
            it: finding.it.clone(),
            en: finding.en.clone(),
            source: finding.source.clone().into_owned(),
        })
        .collect();
    json(stored)
}

pub(super) fn findings_from_json(kept: serde_json::Value) -> Result<Vec<Finding>, sqlx::Error> {
    let stored: Vec<StoredFinding> = read(kept)?;
    stored
        .into_iter()
        .map(|it| {
            Ok(Finding {
                code: Code::parse(&it.code).ok_or_else(|| corrupt("findings.code"))?,
                severity: Severity::parse(&it.severity)
                    .ok_or_else(|| corrupt("findings.severity"))?,
                field: it.field,
                it: it.it,
                en: it.en,
                source: it.source.into(),
            })
        })
        .collect()
}

pub(super) fn refusals_to_json(refusals: &[Refusal]) -> Result<serde_json::Value, sqlx::Error> {
    let stored: Vec<_> = refusals
        .iter()
        .map(|it| StoredRefusal {
            reason: it.reason.code().to_owned(),
            what: it.what.clone(),
        })
        .collect();
    json(stored)
}

pub(super) fn refusals_from_json(kept: serde_json::Value) -> Result<Vec<Refusal>, sqlx::Error> {
    let stored: Vec<StoredRefusal> = read(kept)?;
    stored
        .into_iter()
        .map(|it| {
            let reason =
                RejectionReason::parse(&it.reason).ok_or_else(|| corrupt("refusals.reason"))?;
            Ok(Refusal {
                reason,
                what: it.what,
            })
        })
        .collect()
}
