//! Substantive checks S1 to S15.

use chrono::NaiveDate;

use super::formal::{block, days_after, italian};
use super::{Code, Draft, Finding, LimitKind, Severity};
use crate::domain::content::Consultation;
use crate::domain::unit::UnitFacts;

/// Days from hiring to filing (L. 234/2021), and before 1/1/2022.
const SENIORITY_DAYS: i64 = 30;
const SENIORITY_DAYS_BEFORE: i64 = 90;
/// Days of the consultation, and for firms up to 50 employees (art. 14 D.Lgs. 148/2015).
const CONSULTATION_DAYS: i64 = 25;
const CONSULTATION_DAYS_SMALL: i64 = 10;
/// Heads of a small firm, in hundredths.
const SMALL_FIRM_HEADS: i64 = 5_000;
/// Positions that a text spells out at most.
const POSITIONS_TOLD: usize = 20;

fn force(
    code: Code,
    field: impl Into<String>,
    source: &'static str,
    it: String,
    en: String,
) -> Finding {
    Finding {
        code,
        severity: Severity::Force,
        field: field.into(),
        it,
        en,
        source: source.into(),
    }
}

/// S1: the product fits the classification (CLM-2), and is served at all.
pub(super) fn product(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let Some(product) = draft.content.product else {
        return;
    };
    if !product.is_served() {
        out.push(block(
            Code::ProductNotCompatible,
            "product",
            "S1; claims.md §4.2",
            "La prestazione non è ancora gestita dalla piattaforma.",
            "The platform does not serve this product yet.",
        ));
        return;
    }
    if draft
        .facts
        .unit
        .is_some_and(|unit| !product.is_covered_by(&unit.protection_scheme))
    {
        out.push(force(
            Code::ProductNotCompatible,
            "product",
            "S1; claims.md CLM-2",
            "La prestazione non è compatibile con l'inquadramento della posizione.".into(),
            "The product does not fit the classification of the position.".into(),
        ));
    }
}

/// S2: the reason is in the product's list.
pub(super) fn causale(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let (Some(product), Some(causale)) = (draft.content.product, draft.content.causale) else {
        return;
    };
    if !product.allows(causale) {
        out.push(block(
            Code::CausaleNotAllowed,
            "causale",
            "S2; claims.md §4.5; DM 95442/2016",
            "La causale non è ammessa per la prestazione.",
            "The reason is not allowed for the product.",
        ));
    }
}

/// S3: filed after the term, and what can still be recognised.
pub(super) fn filed_late(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let Some(lateness) = draft.lateness.filter(|lateness| lateness.filed_late) else {
        return;
    };
    let due = lateness.due;
    let (it, en) = match lateness.earliest_recognisable {
        Some(from) => (
            format!(
                "Il termine era il {}: è riconoscibile solo il periodo dal {}. Se il ritardo fa perdere il diritto ai \
                 lavoratori, il datore di lavoro deve loro una somma equivalente.",
                italian(due),
                italian(from)
            ),
            format!(
                "The term was {due}: only days from {from} can be recognised. If the delay costs the workers their \
                 right, the employer owes them the same sum."
            ),
        ),
        None => (
            format!("Il termine era il {}: nulla è riconoscibile.", italian(due)),
            format!("The term was {due}: nothing can be recognised."),
        ),
    };
    out.push(Finding {
        code: Code::ClaimFiledLate,
        severity: Severity::Info,
        field: "period.first_week".into(),
        it,
        en,
        source: "S3; claims.md §4.7; art. 15 c. 2-4 D.Lgs. 148/2015".into(),
    });
}

/// S4: every week of an unavoidable event holds at least one of its days (CLM-4).
pub(super) fn event_in_every_week(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let Some(weeks) = draft
        .weeks
        .filter(|_| draft.content.is_eone() && !draft.content.event_days.is_empty())
    else {
        return;
    };
    let holds_event = |week: kernel::Week| {
        draft
            .content
            .event_days
            .iter()
            .any(|day| kernel::Week::of(*day) == week)
    };
    for week in weeks.weeks().filter(|week| !holds_event(*week)) {
        out.push(Finding {
            code: Code::EoneWeekWithoutEvent,
            severity: Severity::Block,
            field: "event_days".into(),
            it: format!(
                "La settimana del {} non ha alcun giorno di evento.",
                italian(week.monday())
            ),
            en: format!("The week of {} holds no day of the event.", week.monday()),
            source: "S4; claims.md CLM-4; Msg 4824/2016".into(),
        });
    }
}

/// S5: no worker in two live claims on the same day (CLM-10).
pub(super) fn overlaps(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    for other in draft.facts.overlaps {
        let (rows_it, rows_en) = rows(&other.positions);
        let (from, to) = (other.first_day, other.last_day);
        out.push(Finding {
            code: Code::ClaimPeriodOverlaps,
            severity: Severity::Block,
            field: other.positions.first().map_or_else(
                || "beneficiaries".to_owned(),
                |position| format!("beneficiaries[{position}].codice_fiscale"),
            ),
            it: format!(
                "{} lavoratori sono già nella domanda {} (dal {} al {}){rows_it}.",
                other.workers,
                other.protocol,
                italian(from),
                italian(to)
            ),
            en: format!(
                "{} workers are already in claim {} ({from} to {to}){rows_en}.",
                other.workers, other.protocol
            ),
            source: "S5; claims.md CLM-10".into(),
        });
    }
}

fn rows(positions: &[u32]) -> (String, String) {
    if positions.is_empty() {
        return (String::new(), String::new());
    }
    let told: Vec<_> = positions
        .iter()
        .take(POSITIONS_TOLD)
        .map(|position| (position + 1).to_string())
        .collect();
    let told = told.join(", ");
    (format!("; righe {told}"), format!("; rows {told}"))
}

/// S6: another live claim of the unit in the same weeks, with different workers.
pub(super) fn same_unit(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    for other in draft.facts.same_unit {
        let (from, to) = (other.first_day, other.last_day);
        out.push(force(
            Code::SameUnitSamePeriod,
            "period",
            "S6; claims.md §4.9",
            format!(
                "Per la stessa unità c'è la domanda {} (dal {} al {}).",
                other.protocol,
                italian(from),
                italian(to)
            ),
            format!(
                "The unit has claim {} in the same weeks ({from} to {to}).",
                other.protocol
            ),
        ));
    }
}

/// S9: executives are excluded (art. 1 c. 1 D.Lgs. 148/2015).
pub(super) fn workers_eligible(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    for (position, _) in draft
        .content
        .beneficiaries
        .iter()
        .enumerate()
        .filter(|(_, it)| it.qualifica == "3")
    {
        out.push(block(
            Code::WorkerNotEligible,
            format!("beneficiaries[{position}].qualifica"),
            "S9; art. 1 c. 1 D.Lgs. 148/2015",
            "I dirigenti non sono ammessi all'integrazione salariale.",
            "Executives are not entitled to wage integration.",
        ));
    }
}

/// S10: 30 days from hiring to filing, 90 for periods before 2022; never for unavoidable events.
pub(super) fn seniority(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let Some(start) = draft.start.filter(|_| !draft.content.is_eone()) else {
        return;
    };
    let needed = if Some(start) < NaiveDate::from_ymd_opt(2022, 1, 1) {
        SENIORITY_DAYS_BEFORE
    } else {
        SENIORITY_DAYS
    };
    for (position, worker) in draft.content.beneficiaries.iter().enumerate() {
        let short = worker
            .hired_on
            .is_some_and(|hired| (draft.facts.today - hired).num_days() < needed);
        if short {
            out.push(force(
                Code::WorkerSeniorityShort,
                format!("beneficiaries[{position}].hired_on"),
                "S10; art. 1 D.Lgs. 148/2015; L. 234/2021",
                format!("Il lavoratore ha meno di {needed} giorni di anzianità."),
                format!("The worker was hired less than {needed} days ago."),
            ));
        }
    }
}

/// S11: hours of a worker within the contract.
pub(super) fn contract_hours(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let Some(weeks) = draft.weeks else { return };
    for (position, worker) in draft.content.beneficiaries.iter().enumerate() {
        let most = worker
            .weekly_hours_hundredths
            .saturating_mul(i64::from(weeks.count()));
        if worker.hours_requested_hundredths > most {
            out.push(block(
                Code::WorkerHoursExceedContract,
                format!("beneficiaries[{position}].hours_requested_hundredths"),
                "S11; claims.md §4.9",
                "Le ore richieste superano l'orario contrattuale del periodo.",
                "The hours asked for exceed the contractual hours of the period.",
            ));
        }
    }
}

/// S12, S13 and S14: the request fits the limits.
pub(super) fn limits(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let Some(limit) = draft.facts.limit else {
        return;
    };
    let (code, source, it, en) = match limit.kind {
        LimitKind::Weeks52 => (
            Code::Limit52Weeks,
            "S12; art. 12 c. 1-3 D.Lgs. 148/2015; limits.md §2",
            "le 52 settimane del biennio mobile",
            "the 52 weeks of the rolling two years",
        ),
        LimitKind::TotalDuration => (
            Code::LimitTotalDuration,
            "S14; art. 4 D.Lgs. 148/2015; limits.md §3",
            "la durata massima del quinquennio mobile",
            "the overall maximum of the rolling five years",
        ),
        LimitKind::OneThird => (
            Code::LimitOneThirdHours,
            "S13; art. 12 c. 5 D.Lgs. 148/2015; limits.md §2.3",
            "un terzo delle ore lavorabili del biennio mobile",
            "one third of the workable hours of the rolling two years",
        ),
    };
    let weeks = limit.grantable_weeks;
    let field = if code == Code::LimitOneThirdHours {
        "hours_requested_hundredths"
    } else {
        "period.weeks"
    };
    out.push(force(
        code,
        field,
        source,
        format!("La richiesta supera {it}: sono concedibili {weeks} settimane."),
        format!("The request exceeds {en}: {weeks} weeks can be granted."),
    ));
}

/// S15: consultation and period agree (CLM-9).
pub(super) fn consultation_consistent(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let content = draft.content;
    if draft
        .facts
        .unit
        .is_some_and(UnitFacts::is_construction_or_stone)
        && !content.is_eone()
    {
        return;
    }
    let consultation = content.consultation.as_ref();
    let communicated = consultation.and_then(|it| it.communication_date);
    let fault = if content.is_eone() {
        communicated.is_none().then_some((
            "consultation.communication_date",
            "Per l'evento manca la comunicazione alle organizzazioni sindacali.",
            "The communication to the unions on the event is missing.",
        ))
    } else {
        consultation
            .zip(communicated)
            .and_then(|(consultation, on)| ordinary_fault(draft, consultation, on))
    };
    if let Some((field, it, en)) = fault {
        out.push(force(
            Code::ConsultationInconsistent,
            field,
            "S15; claims.md CLM-9; art. 14 D.Lgs. 148/2015",
            it.to_owned(),
            en.to_owned(),
        ));
    }
}

fn ordinary_fault(
    draft: &Draft<'_>,
    consultation: &Consultation,
    communicated: NaiveDate,
) -> Option<(&'static str, &'static str, &'static str)> {
    if draft.start.is_some_and(|start| communicated >= start) {
        return Some((
            "consultation.communication_date",
            "La comunicazione deve precedere l'inizio della sospensione.",
            "The communication must come before the suspension starts.",
        ));
    }
    let today = draft.facts.today;
    let small = draft
        .facts
        .unit
        .is_some_and(|unit| unit.average_heads_hundredths <= SMALL_FIRM_HEADS);
    let lapse = days_after(
        communicated,
        if small {
            CONSULTATION_DAYS_SMALL
        } else {
            CONSULTATION_DAYS
        },
    );
    let ended = consultation
        .joint_exam_end_date
        .is_some_and(|end| end <= today);
    (consultation.joint_exam_requested && !ended && today <= lapse).then_some((
        "consultation.joint_exam_end_date",
        "L'esame congiunto non è concluso e il suo termine non è decorso.",
        "The joint examination has not ended and its term has not lapsed.",
    ))
}
