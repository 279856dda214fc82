//! Formal checks F1 to F6.

use std::collections::HashSet;

use chrono::{NaiveDate, TimeDelta};
use kernel::{AuthorizationNumber, CodiceFiscale, Iban, ProtocolNumber};

use super::attachments::has;
use super::{Code, Draft, Finding, Severity};
use crate::domain::attachment::AttachmentKind;
use crate::domain::content::{Beneficiary, Recipient};
use crate::domain::product::{PaymentMode, Product};
use crate::domain::rules::{DeclarationNeed, Need, Report};
use crate::domain::source::Source;
use crate::domain::unit::UnitFacts;

/// Length of a section of the technical report, in characters (CLM-8).
const SECTION_LEAST: usize = 200;
const SECTION_MOST: usize = 10_000;
/// Contractual hours a week, in hundredths (CLM-3).
pub const WEEKLY_HOURS_MOST: i64 = 4_800;
/// Workable days of a week, for instruments counted in days.
const WORKABLE_DAYS: u32 = 6;
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
            "filer_codice_fiscale",
            content.filer_codice_fiscale.trim().is_empty(),
        ),
        ("contact_phone", content.contact_phone.trim().is_empty()),
        (
            "fund_code",
            content.product == Some(Product::AisFund) && content.fund_code.is_empty(),
        ),
        (
            "days_requested",
            counts_days(draft).is_some() && content.days_requested == 0,
        ),
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

/// Most days of a claim, where days are counted.
fn counts_days(draft: &Draft<'_>) -> Option<u32> {
    draft.product.and_then(|rule| rule.value.days_most)
}

/// F1: what the payment mode, the advance and the statements ask for.
pub(super) fn consistent(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let content = draft.content;
    let direct = content.payment_mode == Some(PaymentMode::Direct);
    let direct_only = draft.product.is_some_and(|rule| rule.value.direct_only);
    if direct_only && content.payment_mode == Some(PaymentMode::Conguaglio) {
        out.push(block(
            Code::ClaimIncomplete,
            "payment_mode",
            "F1; claims.md §4.4; Circ. 47/2020",
            "La prestazione ammette il solo pagamento diretto.",
            "The product allows direct payment only.",
        ));
    }
    if content.advance_40_requested && !direct {
        out.push(block(
            Code::ClaimIncomplete,
            "advance_40_requested",
            "F1; claims.md §5.4; DL 34/2020",
            "L'anticipo del 40% è ammesso solo con il pagamento diretto.",
            "The 40 % advance comes only with direct payment.",
        ));
    }
    let day = draft.start.unwrap_or(draft.facts.today);
    for row in draft.facts.rules.declarations(day) {
        let needed = match row.value.needed {
            DeclarationNeed::Choice => false,
            DeclarationNeed::UsedWeeks => content.declared_used.is_some(),
            DeclarationNeed::Causale(causale) => content.causale == Some(causale),
        };
        let made = content
            .self_declarations
            .iter()
            .any(|it| it.declaration_id == row.value.declaration);
        if needed && !made {
            out.push(Finding {
                code: Code::ClaimIncomplete,
                severity: Severity::Block,
                field: "self_declarations".into(),
                it: format!("Manca l'autodichiarazione: {}", row.value.text_it),
                en: format!("The self-declaration is missing: {}", row.value.text_en),
                source: format!("F1; claims.md §4.4; {}", row.source).into(),
            });
        }
    }
}

/// F2: identifiers that the filer writes, each in its list or form.
pub(super) fn codes(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let content = draft.content;
    let rules = draft.facts.rules;
    let day = draft.start.unwrap_or(draft.facts.today);
    let mut invalid = |field: String, it: &str, en: &str| {
        out.push(block(
            Code::IdentifierInvalid,
            field,
            "F2; claims.md §2, §4.4",
            it,
            en,
        ));
    };
    let filer = content.filer_codice_fiscale.trim();
    if !filer.is_empty() && filer.parse::<CodiceFiscale>().is_err() {
        invalid(
            "filer_codice_fiscale".into(),
            "Il codice fiscale non è valido.",
            "The codice fiscale is not valid.",
        );
    }
    let phone = content.contact_phone.trim();
    if !phone.is_empty() && !looks_like_a_phone(phone) {
        invalid(
            "contact_phone".into(),
            "Il numero di telefono non è valido.",
            "The phone number is not valid.",
        );
    }
    let fund = content.fund_code.as_str();
    let is_fund = content.product == Some(Product::AisFund);
    let listed = is_fund && rules.funds(day).any(|row| row.value.fund == fund);
    if !fund.is_empty() && !listed {
        invalid(
            "fund_code".into(),
            "Il fondo non è in elenco per la prestazione.",
            "The fund is not in the list of the product.",
        );
    }
    let extended = content.extension_of.trim();
    let known = extended.parse::<AuthorizationNumber>().is_ok()
        || extended.parse::<ProtocolNumber>().is_ok();
    if !extended.is_empty() && !known {
        invalid(
            "extension_of".into(),
            "Serve un numero di autorizzazione o di protocollo.",
            "An authorisation or protocol number is needed.",
        );
    }
    for (position, made) in content.self_declarations.iter().enumerate() {
        let listed = rules
            .declarations(day)
            .any(|row| row.value.declaration == made.declaration_id);
        if !listed {
            invalid(
                format!("self_declarations[{position}].declaration_id"),
                "L'autodichiarazione non è in elenco.",
                "The self-declaration is not in the catalogue.",
            );
        }
        let declarant = made.declarant.trim();
        if !declarant.is_empty() && declarant.parse::<CodiceFiscale>().is_err() {
            invalid(
                format!("self_declarations[{position}].declarant"),
                "Il codice fiscale non è valido.",
                "The codice fiscale is not valid.",
            );
        }
    }
}

fn looks_like_a_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let others = text.trim_start_matches('+').chars();
    (6..=15).contains(&digits)
        && others
            .filter(|one| !one.is_ascii_digit())
            .all(|one| matches!(one, ' ' | '.' | '-' | '/' | '(' | ')'))
}

/// F2: the unit is known, and addresses look like addresses.
pub(super) fn identifiers(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    if draft.facts.unit.is_none() && !draft.facts.is_degraded(Source::Anagrafe) {
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
    let most = draft.product.map_or(u32::MAX, |rule| rule.value.weeks_most);
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
    if let Some(most) = counts_days(draft) {
        let most = most.min(weeks.count().saturating_mul(WORKABLE_DAYS));
        if content.days_requested > most {
            invalid(
                "days_requested".into(),
                "I giorni richiesti superano il massimo o quelli delle settimane.",
                "The days asked for exceed the maximum or those of the weeks.",
            );
        }
    } else if content.days_requested > 0 {
        invalid(
            "days_requested".into(),
            "La prestazione si chiede a settimane.",
            "The product is asked for in weeks.",
        );
    }
    if let Some(used) = &content.declared_used
        && used.days.iter().any(|day| *day > draft.facts.today)
    {
        invalid(
            "declared_used.days".into(),
            "Un giorno fruito è nel futuro.",
            "A day used lies in the future.",
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
    let Some(filed) = &draft.filed else {
        return;
    };
    let Some(not_before) = filed.not_before() else {
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
            source: format!("F4; claims.md §4.7; {}", filed.source).into(),
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
        let iban = worker.iban.trim();
        let wrong_iban = if iban.is_empty() {
            content.advance_40_requested
        } else {
            !content.advance_40_requested || iban.parse::<Iban>().is_err()
        };
        if wrong_iban {
            invalid(
                format!("beneficiaries[{position}].iban"),
                "L'IBAN va indicato, valido, solo per l'anticipo del 40%.",
                "The IBAN must be given, and be valid, for the 40 % advance only.",
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
    ]
    .into_iter()
    .filter_map(|(field, wrong)| wrong.then_some(field))
}

/// F6: the technical report, as one attached file, or the common sections and those of the reason, each of 200 to 10 000
/// characters (CLM-8).
pub(super) fn report(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    const SOURCE: &str = "F6; claims.md CLM-8; DM 95442/2016 art. 2";
    let kind = draft.allowed.map_or(Report::Full, |it| it.value.report);
    if kind == Report::None || has(draft, AttachmentKind::TechnicalReport) {
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
    let mut check = |field: String, text: &str| {
        if !(SECTION_LEAST..=SECTION_MOST).contains(&text.trim().chars().count()) {
            out.push(block(
                Code::AttachmentMissing,
                field,
                SOURCE,
                "La sezione della relazione deve avere da 200 a 10.000 caratteri.",
                "The section of the report must have 200 to 10 000 characters.",
            ));
        }
    };
    for (section, text) in report.sections() {
        if kind.asks_for(section) {
            check(format!("technical_report.{section}"), text);
        }
    }
    let (Some(causale), Some(start)) = (draft.content.causale, draft.start) else {
        return;
    };
    for row in draft.facts.rules.sections(causale, start) {
        let section = &row.value.section;
        let text = report.of_causale(section).unwrap_or_default();
        check(format!("technical_report.sections[{section}]"), text);
    }
}

/// F6: the financial indicators, by year or by quarter, where the reason needs those of the last two years.
pub(super) fn indicators(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let given = &draft.content.financial_indicators;
    let quarters = given.iter().filter(|it| it.quarter.is_some()).count();
    let mut wrong = |code: Code, it: &str, en: &str| {
        out.push(block(
            code,
            "financial_indicators",
            "F6; claims.md §4.4; Msg 2372/2023",
            it,
            en,
        ));
    };
    let distinct: HashSet<_> = given.iter().map(|it| (it.year, it.quarter)).collect();
    if (quarters > 0 && quarters < given.len()) || distinct.len() < given.len() {
        wrong(
            Code::ClaimIncomplete,
            "Gli indicatori vanno indicati per anno o per trimestre, ciascuno una volta.",
            "Indicators are given by year or by quarter, each once.",
        );
    }
    let least = if quarters > 0 { 8 } else { 2 };
    let reported = draft
        .allowed
        .is_some_and(|it| it.value.report == Report::Full);
    let needed = draft
        .causale
        .is_some_and(|rule| rule.value.indicators == Need::Required);
    if reported && needed && given.len() < least {
        wrong(
            Code::AttachmentMissing,
            "Mancano gli indicatori economici e finanziari degli ultimi due anni.",
            "The financial indicators of the last two years are missing.",
        );
    }
}

/// F6 and CLM-1: the decree, where the claim follows one, and what it covers.
pub(super) fn decree(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    const SOURCE: &str = "F6; claims.md CLM-1; art. 25 D.Lgs. 148/2015";
    let need = draft.product.map_or(Need::None, |rule| rule.value.decree);
    let Some(decree) = &draft.content.decree else {
        if need == Need::Required {
            out.push(block(
                Code::AttachmentMissing,
                "decree",
                SOURCE,
                "Mancano gli estremi del decreto.",
                "The decree is missing.",
            ));
        }
        return;
    };
    if need == Need::None {
        out.push(block(
            Code::IdentifierInvalid,
            "decree",
            "F2; claims.md CLM-1",
            "La prestazione non segue un decreto.",
            "The product follows no decree.",
        ));
        return;
    }
    let missing = [
        ("authority", decree.authority.trim().is_empty()),
        ("number", decree.number.trim().is_empty()),
        (
            "date",
            decree.date.is_none_or(|day| day > draft.facts.today),
        ),
        ("from", decree.from.is_none()),
        ("to", decree.to.is_none() || decree.to < decree.from),
        ("hours_hundredths", decree.hours_hundredths <= 0),
    ];
    for (field, _) in missing.into_iter().filter(|(_, missing)| *missing) {
        out.push(block(
            Code::AttachmentMissing,
            format!("decree.{field}"),
            SOURCE,
            "Un dato del decreto manca o non è valido.",
            "A datum of the decree is missing or not valid.",
        ));
    }
}

/// Whether the unions are consulted at all: not for COVID reasons, CISOA and deroga (CLM-9).
pub(super) fn consults(draft: &Draft<'_>) -> bool {
    !draft.is_covid() && draft.product.is_some_and(|rule| rule.value.consultation)
}

/// Whether building and stone are exempt: the procedure applies there only beyond 13 continuous weeks, which no single
/// claim reaches and only an extension may (CLM-9).
pub(super) fn exempt_as_building(draft: &Draft<'_>) -> bool {
    draft.content.extension_of.trim().is_empty()
        && draft
            .facts
            .unit
            .is_some_and(UnitFacts::is_construction_or_stone)
}

/// F6: the communication to the unions, wherever the ordinary procedure applies (CLM-9), with who was told and how it
/// ended. For unavoidable events its absence is a matter of S15.
pub(super) fn consultation_communicated(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    if draft.content.is_eone() || !consults(draft) || exempt_as_building(draft) {
        return;
    }
    let consultation = draft.content.consultation.as_ref();
    let recipients = consultation.map_or(&[][..], |it| &it.recipients);
    let named = |it: &Recipient| it.kind.is_some() && !it.name.trim().is_empty();
    let missing = [
        (
            "communication_date",
            consultation.is_none_or(|it| it.communication_date.is_none()),
            "Manca la comunicazione alle organizzazioni sindacali.",
            "The communication to the unions is missing.",
        ),
        (
            "recipients",
            recipients.is_empty() || !recipients.iter().all(named),
            "Mancano i destinatari della comunicazione.",
            "The addressees of the communication are missing.",
        ),
        (
            "outcome",
            consultation.is_none_or(|it| it.outcome.is_none()),
            "Manca l'esito della consultazione.",
            "The outcome of the consultation is missing.",
        ),
    ];
    for (field, _, it, en) in missing.into_iter().filter(|(_, missing, ..)| *missing) {
        out.push(block(
            Code::AttachmentMissing,
            format!("consultation.{field}"),
            "F6; claims.md CLM-9; art. 14 D.Lgs. 148/2015",
            it,
            en,
        ));
    }
}

/// Where only INPS may pay there is nothing to justify.
fn needs_statement(draft: &Draft<'_>) -> bool {
    draft.product.is_none_or(|rule| !rule.value.direct_only)
}

/// F6: the statement of financial difficulty for direct payment, written or attached; not for COVID reasons (`claims.md` §5.1).
pub(super) fn direct_payment(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let direct = draft.content.payment_mode == Some(PaymentMode::Direct);
    let stated = !draft.content.direct_payment_statement.trim().is_empty()
        || has(draft, AttachmentKind::DirectPaymentStatement);
    if direct && !draft.is_covid() && needs_statement(draft) && !stated {
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
