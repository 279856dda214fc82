//! Substantive checks S1 to S15.

use chrono::NaiveDate;

use super::formal::{block, consults, days_after, exempt_as_building, italian};
use super::{Code, Draft, Finding, LimitKind, Severity};
use crate::domain::content::Consultation;
use crate::domain::product::Product;
use crate::domain::source::Source;

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

/// S1: the product fits the classification (CLM-2).
pub(super) fn product(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let (Some(rule), Some(unit)) = (draft.product, draft.facts.unit) else {
        return;
    };
    let scheme = unit.protection_scheme.as_str();
    let other_fund = draft.content.product == Some(Product::AisFund)
        && !draft.content.fund_code.is_empty()
        && scheme.strip_prefix("FUND:") != Some(draft.content.fund_code.as_str());
    if !rule.value.is_covered_by(scheme) || other_fund {
        out.push(force(
            Code::ProductNotCompatible,
            "product",
            "S1; claims.md CLM-2",
            "La prestazione non è compatibile con l'inquadramento della posizione.".into(),
            "The product does not fit the classification of the position.".into(),
        ));
    }
}

/// S2: the reason is in the product's list on the first day, and the employer is not too large for it.
pub(super) fn causale(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let (Some(_), Some(_)) = (draft.content.product, draft.content.causale) else {
        return;
    };
    let Some(allowed) = draft.allowed else {
        out.push(block(
            Code::CausaleNotAllowed,
            "causale",
            "S2; claims.md §4.5, §5.2",
            "La causale non è ammessa per la prestazione e il periodo.",
            "The reason is not allowed for the product and the period.",
        ));
        return;
    };
    let heads = draft.facts.unit.map(|unit| unit.average_heads_hundredths);
    if let (Some(most), Some(heads)) = (allowed.value.heads_most, heads)
        && heads > i64::from(most) * 100
    {
        out.push(Finding {
            code: Code::CausaleNotAllowed,
            severity: Severity::Block,
            field: "causale".into(),
            it: format!(
                "La causale è ammessa solo per i datori di lavoro fino a {most} dipendenti in media."
            ),
            en: format!("The reason is only for employers of up to {most} average heads."),
            source: format!("S2; {}", allowed.source).into(),
        });
    }
}

/// S3: filed after the term, and what can still be recognised; a COVID claim is then refused (COV-1).
pub(super) fn filed_late(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let late = draft.filed.as_ref().zip(draft.lateness);
    let Some((filed, lateness)) = late.filter(|(_, lateness)| lateness.filed_late) else {
        return;
    };
    let Some(due) = lateness.due else { return };
    let (code, severity) = if filed.is_forfeited(draft.facts.today) {
        (Code::ClaimTermExpired, Severity::Block)
    } else {
        (Code::ClaimFiledLate, Severity::Info)
    };
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
        code,
        severity,
        field: "period.first_week".into(),
        it,
        en,
        source: format!("S3; claims.md §4.7; {}", filed.source).into(),
    });
}

/// COV-2: every week has a day inside the window of the reason, within the maximum of the unit; and the reason is for
/// this region and this activity.
pub(super) fn covid_window(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let (Some(rule), Some(weeks)) = (draft.covid, draft.weeks) else {
        return;
    };
    let mut exceeded = |field: &str, it: String, en: String| {
        out.push(Finding {
            code: Code::CovidWindowExceeded,
            severity: Severity::Block,
            field: field.to_owned(),
            it,
            en,
            source: format!("COV-2; {}", rule.source).into(),
        });
    };
    let window = rule.value.window;
    if !rule.value.reaches_every(weeks) {
        let (from, to) = (window.first_day(), window.last_day());
        exceeded(
            "period",
            format!(
                "La causale copre i giorni dal {} al {}: una settimana ne è del tutto fuori.",
                italian(from),
                italian(to)
            ),
            format!("The reason covers {from} to {to}: a week lies wholly outside."),
        );
    }
    let total = weeks.count() + draft.facts.covid_weeks;
    if let Some(most) = rule.value.weeks_most.filter(|most| total > *most) {
        let before = draft.facts.covid_weeks;
        exceeded(
            "period.weeks",
            format!("La causale ammette {most} settimane per unità: {before} sono già chieste."),
            format!("The reason allows {most} weeks for a unit: {before} are asked for already."),
        );
    }
    let days = draft.content.days_requested;
    if let Some(most) = rule.value.days_most.filter(|most| days > *most) {
        exceeded(
            "days_requested",
            format!("La causale ammette {most} giorni."),
            format!("The reason allows {most} days."),
        );
    }
    let Some(unit) = draft.facts.unit else { return };
    let elsewhere = |only: &[String], has: &dyn Fn(&str) -> bool| {
        !only.is_empty() && !only.iter().any(|one| has(one))
    };
    if elsewhere(&rule.value.regions, &|region| unit.region_istat == region) {
        exceeded(
            "causale",
            "La causale è riservata ad altre regioni.".into(),
            "The reason is for other regions.".into(),
        );
    }
    if elsewhere(&rule.value.ateco, &|division| {
        unit.ateco.starts_with(division)
    }) {
        exceeded(
            "causale",
            "La causale è riservata ad altri settori di attività.".into(),
            "The reason is for other activities.".into(),
        );
    }
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

/// S5: no worker in two live claims on the same day (CLM-10). A COVID reason prevails over an earlier claim with
/// another (CLM-11), and then only informs.
pub(super) fn overlaps(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    for other in draft.facts.overlaps {
        let (rows_it, rows_en) = rows(&other.positions);
        let (from, to) = (other.first_day, other.last_day);
        let prevails = draft.is_covid() && !other.covid;
        let (then_it, then_en) = if prevails {
            (
                " All'accoglimento, l'altra è annullata d'ufficio per quelle settimane.",
                " On acceptance the other is annulled ex officio for those weeks.",
            )
        } else {
            ("", "")
        };
        out.push(Finding {
            code: Code::ClaimPeriodOverlaps,
            severity: if prevails {
                Severity::Info
            } else {
                Severity::Block
            },
            field: other.positions.first().map_or_else(
                || "beneficiaries".to_owned(),
                |position| format!("beneficiaries[{position}].codice_fiscale"),
            ),
            it: format!(
                "{} lavoratori sono già nella domanda {} (dal {} al {}){rows_it}.{then_it}",
                other.workers,
                other.protocol,
                italian(from),
                italian(to)
            ),
            en: format!(
                "{} workers are already in claim {} ({from} to {to}){rows_en}.{then_en}",
                other.workers, other.protocol
            ),
            source: if prevails {
                "S5; claims.md CLM-11".into()
            } else {
                "S5; claims.md CLM-10".into()
            },
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

/// S7: workers whom the register of persons does not know.
pub(super) fn workers_known(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    for position in draft.facts.unknown_workers {
        out.push(force(
            Code::WorkerUnknown,
            format!("beneficiaries[{position}].codice_fiscale"),
            "S7; claims.md §2.1",
            "Il codice fiscale non risulta nel registro delle persone.".into(),
            "The codice fiscale is not in the register of persons.".into(),
        ));
    }
}

/// S8: workers who are not in the unit's UniEmens for the period.
pub(super) fn workers_employed(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    for position in draft.facts.not_employed {
        out.push(force(
            Code::WorkerNotEmployed,
            format!("beneficiaries[{position}].codice_fiscale"),
            "S8; Msg 3566/2018",
            "Il lavoratore non risulta negli UniEmens dell'unità per il periodo.".into(),
            "The worker is not in the unit's UniEmens for the period.".into(),
        ));
    }
}

/// CLM-1: weeks and hours within the decree.
pub(super) fn within_decree(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let (Some(decree), Some(weeks)) = (&draft.content.decree, draft.weeks) else {
        return;
    };
    let mut exceeded = |field: &str, it: String, en: String| {
        out.push(Finding {
            code: Code::DecreeExceeded,
            severity: Severity::Block,
            field: field.to_owned(),
            it,
            en,
            source: "claims.md CLM-1; art. 25 D.Lgs. 148/2015".into(),
        });
    };
    // Weeks are whole and a decree may begin or end within one: it must reach the first and the last.
    let start = draft.start.unwrap_or(weeks.first_day());
    let last_week = weeks.last_week();
    if let (Some(from), Some(to)) = (decree.from, decree.to)
        && (start < from || last_week.monday() > to)
    {
        exceeded(
            "period",
            format!(
                "Il decreto autorizza dal {} al {}.",
                italian(from),
                italian(to)
            ),
            format!("The decree authorises {from} to {to}."),
        );
    }
    if decree.hours_hundredths > 0
        && draft.content.hours_requested_hundredths > decree.hours_hundredths
    {
        exceeded(
            "hours_requested_hundredths",
            "Le ore richieste superano quelle del decreto.".into(),
            "The hours asked for exceed those of the decree.".into(),
        );
    }
}

/// A source did not answer. What nothing depends on goes on and is completed afterwards; without any knowledge of the
/// unit there is no competent office, and nothing can be protocolled.
pub(super) fn sources(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    for degraded in draft.facts.degraded {
        let blocks = degraded.source == Source::Anagrafe && draft.facts.unit.is_none();
        let (it, en) = match (degraded.source, blocks) {
            (Source::Anagrafe, true) => (
                "L'anagrafe non risponde: senza di essa non si conosce la sede competente. La bozza è salva.",
                "The anagrafe does not answer: without it the competent office is not known. The draft is kept.",
            ),
            (Source::Anagrafe, false) => (
                "L'anagrafe non risponde: valgono gli ultimi dati noti, verificati dopo l'invio.",
                "The anagrafe does not answer: the last known data hold, to be verified after the submission.",
            ),
            (Source::Limits, _) => (
                "I contatori non rispondono: i limiti S12-S14 sono verificati dopo l'invio.",
                "The counters do not answer: the limits S12-S14 are checked after the submission.",
            ),
            (Source::Persons, _) => (
                "Il registro delle persone non risponde: il controllo S7 è fatto dopo l'invio.",
                "The register of persons does not answer: check S7 is made after the submission.",
            ),
            (Source::Uniemens, _) => (
                "Gli UniEmens non rispondono: il controllo S8 è fatto dopo l'invio.",
                "The UniEmens do not answer: check S8 is made after the submission.",
            ),
        };
        let field = match degraded.source {
            Source::Anagrafe => "unit",
            Source::Limits => "period",
            Source::Persons | Source::Uniemens => "beneficiaries",
        };
        out.push(Finding {
            code: Code::SourceDegraded,
            severity: if blocks {
                Severity::Block
            } else {
                Severity::Info
            },
            field: field.into(),
            it: it.into(),
            en: en.into(),
            source: "claims.md §4.9".into(),
        });
    }
}

/// S9: executives are excluded (art. 1 c. 1 D.Lgs. 148/2015), and for COVID reasons who was hired too late (COV-3).
pub(super) fn workers_eligible(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let hired_by = draft
        .covid
        .and_then(|rule| Some((rule.value.hired_by?, &rule.source)));
    for (position, worker) in draft.content.beneficiaries.iter().enumerate() {
        if worker.qualifica == "3" {
            out.push(block(
                Code::WorkerNotEligible,
                format!("beneficiaries[{position}].qualifica"),
                "S9; art. 1 c. 1 D.Lgs. 148/2015",
                "I dirigenti non sono ammessi all'integrazione salariale.",
                "Executives are not entitled to wage integration.",
            ));
        }
        if let Some((by, source)) = hired_by
            && worker.hired_on.is_some_and(|hired| hired > by)
        {
            out.push(Finding {
                code: Code::WorkerNotEligible,
                severity: Severity::Block,
                field: format!("beneficiaries[{position}].hired_on"),
                it: format!(
                    "La causale è per i lavoratori assunti entro il {}.",
                    italian(by)
                ),
                en: format!("The reason is for workers hired by {by}."),
                source: format!("S9; COV-3; {source}").into(),
            });
        }
    }
}

/// S10: 30 days from hiring to filing, 90 for periods before 2022; never for unavoidable events and COVID reasons.
pub(super) fn seniority(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    let Some(start) = draft
        .start
        .filter(|_| !draft.content.is_eone() && !draft.is_covid())
    else {
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
        LimitKind::AisWeeks => (
            Code::Limit52Weeks,
            "S12; artt. 29 e 30 D.Lgs. 148/2015; limits.md §5",
            "le settimane di assegno del biennio mobile",
            "the weeks of AIS of the rolling two years",
        ),
        LimitKind::CigsMonths => (
            Code::LimitTotalDuration,
            "S14; art. 22 D.Lgs. 148/2015; limits.md §4",
            "la durata massima della causale",
            "the longest duration of the reason",
        ),
        LimitKind::CigsHours => (
            Code::LimitOneThirdHours,
            "S13; art. 22 c. 4 D.Lgs. 148/2015; limits.md §4",
            "l'80 % delle ore lavorabili nel programma",
            "80 % of the workable hours of the programme",
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
    if !consults(draft) {
        return;
    }
    if exempt_as_building(draft) && !content.is_eone() {
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
