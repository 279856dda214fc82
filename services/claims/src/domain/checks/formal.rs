//! Formal checks F1 to F6.

use std::collections::HashSet;

use chrono::{NaiveDate, TimeDelta};
use kernel::CodiceFiscale;

use super::attachments::has;
use super::{Code, Draft, Finding, Severity};
use crate::domain::attachment::AttachmentKind;
use crate::domain::content::Beneficiary;
use crate::domain::product::PaymentMode;
use crate::domain::unit::UnitFacts;

/// Length of a section of the technical report, in characters (CLM-8).
const SECTION_LEAST: usize = 200;
const SECTION_MOST: usize = 10_000;
/// Contractual hours a week, in hundredths (CLM-3).
pub const WEEKLY_HOURS_MOST: i64 = 4_800;
/// Qualifiche of CLM-3; `3`, the executive, is recognised and refused by S9.
pub const QUALIFICHE: [&str; 10] = ["1", "2", "3", "7", "8", "Q", "O", "Y", "W", "R"];

pub(super) fn block(
    code: Code,
    field: impl Into<String>,
    source: &'static str,
    it: &str,
    en: &str,
) -> Finding {
    Finding {
        code,
        severity: Severity::Block,
        field: field.into(),
        it: it.to_owned(),
        en: en.to_owned(),
        source: source.into(),
    }
}

/// F1: required fields.
pub(super) fn complete(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let content = draft.content;
    let missing = [
        ("product", content.product.is_none()),
        ("causale", content.causale.is_none()),
        ("period", content.period.is_none()),
        (
            "event_days",
            content.is_eone() && content.event_days.is_empty(),
        ),
        ("beneficiaries_count", content.beneficiaries_count == 0),
        (
            "hours_requested_hundredths",
            content.hours_requested_hundredths <= 0,
        ),
        ("payment_mode", content.payment_mode.is_none()),
        ("filer_quality", content.filer_quality.is_none()),
        (
            "contact_pec",
            content.contact_pec.trim().is_empty() && content.contact_email.trim().is_empty(),
        ),
        ("self_declarations", content.self_declarations.is_empty()),
    ];
    for (field, _) in missing.into_iter().filter(|(_, missing)| *missing) {
        out.push(block(
            Code::ClaimIncomplete,
            field,
            "F1; claims.md §4.4",
            "Manca un dato obbligatorio.",
            "A required field is missing.",
        ));
    }
}

/// F2: identifiers of the claim itself.
pub(super) fn identifiers(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    if draft.facts.unit.is_none() {
        out.push(block(
            Code::IdentifierInvalid,
            "unit",
            "F2; claims.md §2.4",
            "L'unità produttiva non risulta in anagrafe.",
            "The production unit is not known to the anagrafe.",
        ));
    }
    for (field, address) in [
        ("contact_pec", &draft.content.contact_pec),
        ("contact_email", &draft.content.contact_email),
    ] {
        if !address.trim().is_empty() && !looks_like_an_address(address.trim()) {
            out.push(block(
                Code::IdentifierInvalid,
                field,
                "F2; claims.md §4.4",
                "L'indirizzo non è valido.",
                "The address is not valid.",
            ));
        }
    }
}

fn looks_like_an_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.')
            && !host.contains('@')
            && !text.contains(char::is_whitespace)
    })
}

/// F2: codici fiscali of the workers.
pub(super) fn workers_identifiers(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    for (position, worker) in draft.content.beneficiaries.iter().enumerate() {
        if worker.codice_fiscale.parse::<CodiceFiscale>().is_err() {
            out.push(block(
                Code::IdentifierInvalid,
                format!("beneficiaries[{position}].codice_fiscale"),
                "F2; claims.md §2.1",
                "Il codice fiscale non è valido.",
                "The codice fiscale is not valid.",
            ));
        }
    }
}

/// F2: employer position and unit active in the first week.
pub(super) fn position_active(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let (Some(unit), Some(start)) = (draft.facts.unit, draft.start) else {
        return;
    };
    if !unit.employer_active.covers(start) || !unit.unit_active.covers(start) {
        out.push(block(
            Code::IdentifierInvalid,
            "unit",
            "F2; claims.md §4.9",
            "La posizione o l'unità produttiva non è attiva nella prima settimana.",
            "The position or the unit is not active in the first week.",
        ));
    }
}

/// F3: the quality declared is the one under which the caller acts.
pub(super) fn filer(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let (Some(declared), Some(acting)) = (draft.content.filer_quality, draft.facts.quality) else {
        return;
    };
    if declared != acting {
        out.push(block(
            Code::FilerNotEntitled,
            "filer_quality",
            "F3; claims.md §4.9",
            "La qualità dichiarata non è quella con cui si opera.",
            "The quality declared is not the one under which you act.",
        ));
    }
}

/// F4: whole weeks, in range, with start and events inside.
pub(super) fn period(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let content = draft.content;
    let Some(written) = content.period else {
        return;
    };
    let mut invalid = |field: String, it: &str, en: &str| {
        out.push(block(
            Code::PeriodInvalid,
            field,
            "F4; claims.md §4.4, CAL-5",
            it,
            en,
        ));
    };
    let most = content
        .product
        .and_then(crate::domain::product::Product::max_weeks)
        .unwrap_or(u32::MAX);
    if written.weeks == 0 || written.weeks > most {
        invalid(
            "period.weeks".into(),
            "Il numero di settimane è fuori dai limiti di una domanda.",
            "The number of weeks is out of the range of one claim.",
        );
    }
    let Some(weeks) = draft.weeks else {
        return invalid(
            "period.first_week".into(),
            "Il primo giorno deve essere un lunedì.",
            "It must be a Monday.",
        );
    };
    let first_week = weeks.first_week();
    if content
        .effective_start_date
        .is_some_and(|start| !(first_week.monday()..=first_week.sunday()).contains(&start))
    {
        invalid(
            "effective_start_date".into(),
            "La data di inizio effettivo deve cadere nella prima settimana.",
            "The effective start must lie in the first week.",
        );
    }
    for (position, _) in content
        .event_days
        .iter()
        .enumerate()
        .filter(|(_, day)| !weeks.contains(**day))
    {
        invalid(
            format!("event_days[{position}]"),
            "Il giorno dell'evento è fuori dal periodo.",
            "The day of the event lies outside the period.",
        );
    }
}

/// F4: not earlier than §4.7 allows.
pub(super) fn too_early(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let Some(not_before) = draft.not_before else {
        return;
    };
    if draft.facts.today < not_before {
        out.push(Finding {
            code: Code::ClaimTooEarly,
            severity: Severity::Block,
            field: "period.first_week".into(),
            it: format!(
                "La domanda può essere presentata dal {}.",
                italian(not_before)
            ),
            en: format!("The claim may be filed from {not_before}."),
            source: "F4; claims.md §4.7; Msg 28916/2006".into(),
        });
    }
}

pub(super) fn italian(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// F5: the list of workers.
pub(super) fn beneficiaries(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let content = draft.content;
    let mut invalid = |field: String, it: &str, en: &str| {
        out.push(block(
            Code::BeneficiariesInvalid,
            field,
            "F5; claims.md CLM-3",
            it,
            en,
        ));
    };
    if content.beneficiaries.is_empty() {
        return invalid(
            "beneficiaries".into(),
            "Manca l'elenco dei beneficiari.",
            "The list of workers is missing.",
        );
    }
    if u32::try_from(content.beneficiaries.len()) != Ok(content.beneficiaries_count) {
        invalid(
            "beneficiaries_count".into(),
            "Il numero dei beneficiari non corrisponde all'elenco.",
            "The number of workers differs from the list.",
        );
    }
    let hours: i64 = content
        .beneficiaries
        .iter()
        .map(|worker| worker.hours_requested_hundredths)
        .sum();
    if hours != content.hours_requested_hundredths {
        invalid(
            "hours_requested_hundredths".into(),
            "Le ore richieste non corrispondono alla somma dell'elenco.",
            "The hours asked for differ from the sum of the list.",
        );
    }
    let mut seen = HashSet::new();
    for (position, worker) in content.beneficiaries.iter().enumerate() {
        if !seen.insert(worker.codice_fiscale.trim().to_ascii_uppercase()) {
            invalid(
                format!("beneficiaries[{position}].codice_fiscale"),
                "Il lavoratore è già nell'elenco.",
                "The worker is already in the list.",
            );
        }
        for field in malformed_fields(worker, draft.facts.today) {
            invalid(
                format!("beneficiaries[{position}].{field}"),
                "Il dato del lavoratore manca o non è valido.",
                "The datum of the worker is missing or not valid.",
            );
        }
    }
}

fn malformed_fields(worker: &Beneficiary, today: NaiveDate) -> impl Iterator<Item = &'static str> {
    [
        (
            "qualifica",
            !QUALIFICHE.contains(&worker.qualifica.as_str()),
        ),
        (
            "weekly_hours_hundredths",
            !(1..=WEEKLY_HOURS_MOST).contains(&worker.weekly_hours_hundredths),
        ),
        (
            "hired_on",
            worker.hired_on.is_none_or(|hired| hired > today),
        ),
        (
            "hours_requested_hundredths",
            worker.hours_requested_hundredths <= 0,
        ),
        // The advance of 40 % (§5.4), which alone needs an account, is not served.
        ("iban", !worker.iban.is_empty()),
    ]
    .into_iter()
    .filter_map(|(field, wrong)| wrong.then_some(field))
}

/// F6: the technical report, as one attached file, or in sections of 200 to 10 000 characters each (CLM-8).
pub(super) fn report(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    const SOURCE: &str = "F6; claims.md CLM-8; DM 95442/2016 art. 2";
    if has(draft, AttachmentKind::TechnicalReport) {
        return;
    }
    let Some(report) = &draft.content.technical_report else {
        out.push(block(
            Code::AttachmentMissing,
            "technical_report",
            SOURCE,
            "Manca la relazione tecnica.",
            "The technical report is missing.",
        ));
        return;
    };
    for (section, text) in report.sections() {
        if !(SECTION_LEAST..=SECTION_MOST).contains(&text.trim().chars().count()) {
            out.push(block(
                Code::AttachmentMissing,
                format!("technical_report.{section}"),
                SOURCE,
                "La sezione della relazione deve avere da 200 a 10.000 caratteri.",
                "The section of the report must have 200 to 10 000 characters.",
            ));
        }
    }
}

/// F6: the communication to the unions, wherever the ordinary procedure applies (CLM-9). For unavoidable events its
/// absence is a matter of S15; in building and stone it applies only beyond 13 continuous weeks, which no single claim
/// reaches.
pub(super) fn consultation_communicated(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let exempt = draft.content.is_eone()
        || draft
            .facts
            .unit
            .is_some_and(UnitFacts::is_construction_or_stone);
    let communicated = draft
        .content
        .consultation
        .as_ref()
        .is_some_and(|it| it.communication_date.is_some());
    if !exempt && !communicated {
        out.push(block(
            Code::AttachmentMissing,
            "consultation.communication_date",
            "F6; claims.md CLM-9; art. 14 D.Lgs. 148/2015",
            "Manca la comunicazione alle organizzazioni sindacali.",
            "The communication to the unions is missing.",
        ));
    }
}

/// F6: the statement of financial difficulty for direct payment, written or attached.
pub(super) fn direct_payment(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let direct = draft.content.payment_mode == Some(PaymentMode::Direct);
    let stated = !draft.content.direct_payment_statement.trim().is_empty()
        || has(draft, AttachmentKind::DirectPaymentStatement);
    if direct && !stated {
        out.push(block(
            Code::AttachmentMissing,
            "direct_payment_statement",
            "F6; claims.md §4.4; art. 7 c. 5 D.Lgs. 148/2015",
            "Per il pagamento diretto occorre la dichiarazione di difficoltà finanziaria.",
            "Direct payment needs the statement of financial difficulty.",
        ));
    }
}

/// The day after so many days from another, without holidays.
pub(super) fn days_after(day: NaiveDate, days: i64) -> NaiveDate {
    day + TimeDelta::days(days)
}
