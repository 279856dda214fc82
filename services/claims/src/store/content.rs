//! The part of the content that is kept as JSON, and the findings.

use chrono::NaiveDate;
use kernel::Ticket;
use serde::{Deserialize, Serialize};

use super::rows::corrupt;
use crate::domain::checks::{Code, Finding, Severity};
use crate::domain::content::{
    Consultation, Content, FilerQuality, OverrideNote, SelfDeclaration, TechnicalReport,
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
}

#[derive(Serialize, Deserialize)]
struct Report {
    activity: String,
    event_and_causes: String,
    consequences: String,
    transience_and_resumption: String,
    non_attributability: String,
    market_continuity: String,
}

#[derive(Serialize, Deserialize)]
struct Unions {
    communication_date: Option<NaiveDate>,
    joint_exam_requested: bool,
    joint_exam_end_date: Option<NaiveDate>,
}

#[derive(Serialize, Deserialize)]
struct Declaration {
    #[serde(rename = "declaration_id")]
    id: String,
    text: String,
    declared_on: Option<NaiveDate>,
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

fn json(value: impl Serialize) -> Result<serde_json::Value, sqlx::Error> {
    serde_json::to_value(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn read<T: for<'de> Deserialize<'de>>(value: serde_json::Value) -> Result<T, sqlx::Error> {
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
        }),
        consultation: content.consultation.as_ref().map(|it| Unions {
            communication_date: it.communication_date,
            joint_exam_requested: it.joint_exam_requested,
            joint_exam_end_date: it.joint_exam_end_date,
        }),
        self_declarations: content
            .self_declarations
            .iter()
            .cloned()
            .map(|it| Declaration {
                id: it.declaration_id,
                text: it.text,
                declared_on: it.declared_on,
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
    })
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
    });
    content.consultation = rest.consultation.map(|it| Consultation {
        communication_date: it.communication_date,
        joint_exam_requested: it.joint_exam_requested,
        joint_exam_end_date: it.joint_exam_end_date,
    });
    content.self_declarations = rest
        .self_declarations
        .into_iter()
        .map(|it| SelfDeclaration {
            declaration_id: it.id,
            text: it.text,
            declared_on: it.declared_on,
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
    Ok(())
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
