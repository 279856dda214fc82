//! The check of a draft (`claims.md` §4.9): small functions, one a rule, each adding what it has to say.
//!
//! F1–F6 and S1–S15, with the rules of COVID-19 (COV-1 to COV-3) and of decrees (CLM-1). What other services know comes in
//! with [`Facts`]; what could not be asked of them is told by its own finding.

mod attachments;
#[cfg(test)]
mod corpus;
mod fix;
mod formal;
mod substantive;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use kernel::WeekPeriod;

use super::attachment::AttachmentFact;
use super::codes::coded;
use super::content::{Content, FilerQuality};
use super::rules::{Allowed, CausaleRule, CovidRule, Dated, ProductRule, Rules};
use super::source::{Degraded, Source};
use super::terms::{Filed, Lateness};
use super::unit::UnitFacts;
pub use formal::{QUALIFICHE, WEEKLY_HOURS_MOST};

coded! {
    /// What a finding means for the submission (CLM-6).
    pub enum Severity {
        /// Only informs.
        Info = "INFO",
        /// Forbids the submission unless forced with a note.
        Force = "FORCE",
        /// Forbids the submission.
        Block = "BLOCK",
    }
}

coded! {
    /// Code of a finding (table of CLM-6).
    pub enum Code {
        /// F1: a required field is missing.
        ClaimIncomplete = "CLAIM_INCOMPLETE",
        /// F2: malformed or unknown identifier; position not active in the first week.
        IdentifierInvalid = "IDENTIFIER_INVALID",
        /// F3: the declared quality is not that of the caller.
        FilerNotEntitled = "FILER_NOT_ENTITLED",
        /// F4: not whole weeks in range.
        PeriodInvalid = "PERIOD_INVALID",
        /// F4: earlier than allowed.
        ClaimTooEarly = "CLAIM_TOO_EARLY",
        /// F5: the list of workers is missing, malformed, or does not add up.
        BeneficiariesInvalid = "BENEFICIARIES_INVALID",
        /// F6: report, consultation or statement missing.
        AttachmentMissing = "ATTACHMENT_MISSING",
        /// F6: an attachment that may not be sent.
        AttachmentNotAllowed = "ATTACHMENT_NOT_ALLOWED",
        /// An attachment that the antivirus has not looked at yet.
        AttachmentNotScanned = "ATTACHMENT_NOT_SCANNED",
        /// S1: the product does not fit the classification.
        ProductNotCompatible = "PRODUCT_NOT_COMPATIBLE",
        /// S2: the reason is not in the product's list.
        CausaleNotAllowed = "CAUSALE_NOT_ALLOWED",
        /// S3: filed after the term.
        ClaimFiledLate = "CLAIM_FILED_LATE",
        /// S3: filed after a term whose lapse costs the right.
        ClaimTermExpired = "CLAIM_TERM_EXPIRED",
        /// COV-2: a week outside the window of the reason, or beyond its maximum.
        CovidWindowExceeded = "COVID_WINDOW_EXCEEDED",
        /// S4: a week without an event day.
        EoneWeekWithoutEvent = "EONE_WEEK_WITHOUT_EVENT",
        /// S5: a worker of another live claim on the same day.
        ClaimPeriodOverlaps = "CLAIM_PERIOD_OVERLAPS",
        /// S6: another live claim of the unit, with different workers.
        SameUnitSamePeriod = "SAME_UNIT_SAME_PERIOD",
        /// S7: a worker whom the register of persons does not know.
        WorkerUnknown = "WORKER_UNKNOWN",
        /// S8: a worker who is not in the unit's UniEmens.
        WorkerNotEmployed = "WORKER_NOT_EMPLOYED",
        /// S9: a worker who may not be a beneficiary.
        WorkerNotEligible = "WORKER_NOT_ELIGIBLE",
        /// S10: hired too recently.
        WorkerSeniorityShort = "WORKER_SENIORITY_SHORT",
        /// S11: hours above the contract.
        WorkerHoursExceedContract = "WORKER_HOURS_EXCEED_CONTRACT",
        /// S12: 52 weeks of art. 12.
        Limit52Weeks = "LIMIT_52_WEEKS",
        /// S13: one third of the workable hours of art. 12 c. 5.
        LimitOneThirdHours = "LIMIT_ONE_THIRD_HOURS",
        /// S14: overall maximum of art. 4.
        LimitTotalDuration = "LIMIT_TOTAL_DURATION",
        /// S15: consultation data contradict the period.
        ConsultationInconsistent = "CONSULTATION_INCONSISTENT",
        /// CLM-1: more than the decree.
        DecreeExceeded = "DECREE_EXCEEDED",
        /// A source that a rule needs does not answer.
        SourceDegraded = "SOURCE_DEGRADED",
    }
}

impl Code {
    /// Formal findings say that the input is not right; the others that a rule or a balance is against it.
    pub fn is_formal(self) -> bool {
        matches!(
            self,
            Self::ClaimIncomplete
                | Self::IdentifierInvalid
                | Self::FilerNotEntitled
                | Self::PeriodInvalid
                | Self::BeneficiariesInvalid
                | Self::AttachmentMissing
                | Self::AttachmentNotAllowed
        )
    }
}

/// Something that the check has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Code.
    pub code: Code,
    /// What it means for the submission.
    pub severity: Severity,
    /// Field concerned, as a path in the content; empty for the claim as a whole.
    pub field: String,
    /// Text in Italian.
    pub it: String,
    /// Text in English.
    pub en: String,
    /// Rule and legal source.
    pub source: std::borrow::Cow<'static, str>,
}

/// Another live claim of the same employer that shares workers and days with the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// Its protocol number.
    pub protocol: String,
    /// Its first day that counts.
    pub first_day: NaiveDate,
    /// Its last day that counts.
    pub last_day: NaiveDate,
    /// Whether it is of the same matricola.
    pub same_matricola: bool,
    /// Whether its reason is of COVID-19.
    pub covid: bool,
    /// Number of workers shared.
    pub workers: u32,
    /// Where they stand in the list of the draft, from 0; not told across matricole.
    pub positions: Vec<u32>,
}

/// Another live claim of the same unit whose weeks meet those of the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameUnit {
    /// Its protocol number.
    pub protocol: String,
    /// Its first day that counts.
    pub first_day: NaiveDate,
    /// Its last day that counts.
    pub last_day: NaiveDate,
}

/// Counter of the law that refuses a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    /// Art. 12 c. 1, 2 and 3: 52 weeks.
    Weeks52,
    /// Art. 4: 24 or 30 months.
    TotalDuration,
    /// Art. 12 c. 5: one third of the hours.
    OneThird,
    /// Art. 29 and 30: the weeks of AIS.
    AisWeeks,
    /// Art. 22: the months of a reason of CIGS.
    CigsMonths,
    /// Art. 22 c. 4: the hours of a programme of CIGS.
    CigsHours,
}

/// The answer of the limits when the request does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitReached {
    /// Which counter refuses it.
    pub kind: LimitKind,
    /// Whole weeks that fit, from the first asked for.
    pub grantable_weeks: u32,
    /// Monday of the first week that does not fit.
    pub first_failing_week: Option<NaiveDate>,
}

/// What the check knows besides the draft.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Day of the filing, in Rome.
    pub today: NaiveDate,
    /// The rules of filing.
    pub rules: &'a Rules,
    /// Quality under which the caller acts; `None` when it does not matter who files.
    pub quality: Option<FilerQuality>,
    /// What the anagrafe knows of the unit; `None` when it is unknown there.
    pub unit: Option<&'a UnitFacts>,
    /// The answer of the limits, when the request does not fit.
    pub limit: Option<LimitReached>,
    /// Other live claims that share workers and days.
    pub overlaps: &'a [Overlap],
    /// Other live claims of the unit that meet the weeks.
    pub same_unit: &'a [SameUnit],
    /// The files attached.
    pub attachments: &'a [AttachmentFact],
    /// Weeks of the unit in other live claims for the same COVID reason (COV-2).
    pub covid_weeks: u32,
    /// Places in the list of workers whom the register of persons does not know (S7).
    pub unknown_workers: &'a [u32],
    /// Places in the list of workers who are not in the unit's UniEmens (S8).
    pub not_employed: &'a [u32],
    /// Sources that did not answer.
    pub degraded: &'a [Degraded],
}

impl<'a> Facts<'a> {
    /// Facts of a day on which nothing stands in the way.
    pub fn on(today: NaiveDate, rules: &'a Rules, unit: Option<&'a UnitFacts>) -> Self {
        Self {
            today,
            rules,
            quality: None,
            unit,
            limit: None,
            overlaps: &[],
            same_unit: &[],
            attachments: &[],
            covid_weeks: 0,
            unknown_workers: &[],
            not_employed: &[],
            degraded: &[],
        }
    }

    /// Whether a source did not answer.
    pub fn is_degraded(&self, source: Source) -> bool {
        self.degraded.iter().any(|it| it.source == source)
    }
}

/// A draft under check, with what several rules derive from it.
struct Draft<'a> {
    content: &'a Content,
    facts: &'a Facts<'a>,
    weeks: Option<WeekPeriod>,
    start: Option<NaiveDate>,
    filed: Option<Filed>,
    lateness: Option<Lateness>,
    /// What the law says of the instrument, the reason and the two together, at the start of the suspension.
    product: Option<&'a Dated<ProductRule>>,
    causale: Option<&'a Dated<CausaleRule>>,
    allowed: Option<&'a Dated<Allowed>>,
    covid: Option<&'a Dated<CovidRule>>,
}

impl<'a> Draft<'a> {
    fn of(content: &'a Content, facts: &'a Facts<'a>) -> Self {
        let rules = facts.rules;
        let day = content.start().unwrap_or(facts.today);
        let asked = content.product.zip(content.causale);
        let filed = Filed::of(content, rules);
        Self {
            content,
            facts,
            weeks: content.weeks(),
            start: content.start(),
            lateness: filed.as_ref().map(|filed| filed.lateness(facts.today)),
            filed,
            product: content.product.and_then(|it| rules.product(it, day)),
            causale: content.causale.and_then(|it| rules.causale(it)),
            allowed: asked.and_then(|(product, causale)| rules.allowed(product, causale, day)),
            covid: asked.and_then(|(product, causale)| rules.covid(causale, product, facts.today)),
        }
    }

    fn is_covid(&self) -> bool {
        self.content
            .causale
            .is_some_and(super::product::Causale::is_covid)
    }
}

/// Most findings that one answer holds: the list of workers alone may give thousands.
const FINDINGS_MOST: usize = 1_000;

type Check = fn(&Draft<'_>, &mut Vec<Finding>);

/// The checks, in the order of the table of CLM-6.
const CHECKS: [Check; 33] = [
    formal::complete,
    formal::consistent,
    formal::identifiers,
    formal::codes,
    formal::workers_identifiers,
    formal::position_active,
    formal::filer,
    formal::period,
    formal::too_early,
    formal::beneficiaries,
    formal::report,
    formal::indicators,
    formal::decree,
    formal::consultation_communicated,
    formal::direct_payment,
    attachments::infected,
    attachments::not_scanned,
    substantive::product,
    substantive::causale,
    substantive::filed_late,
    substantive::covid_window,
    substantive::within_decree,
    substantive::event_in_every_week,
    substantive::overlaps,
    substantive::same_unit,
    substantive::workers_known,
    substantive::workers_employed,
    substantive::workers_eligible,
    substantive::seniority,
    substantive::contract_hours,
    substantive::limits,
    substantive::consultation_consistent,
    substantive::sources,
];

/// Everything there is to say on a draft, the most severe first and otherwise in the order of the table.
pub fn check(content: &Content, facts: &Facts<'_>) -> Vec<Finding> {
    let draft = Draft::of(content, facts);
    let mut findings = Vec::new();
    for rule in CHECKS {
        rule(&draft, &mut findings);
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings.truncate(FINDINGS_MOST);
    findings
}

/// Least length of an override note, in characters (`claims.md` §4.4).
const NOTE_LEAST: usize = 20;

/// Codes of forced findings that no override note answers for (CLM-6).
pub fn unanswered<'a>(
    content: &'a Content,
    findings: &'a [Finding],
) -> impl Iterator<Item = &'a Finding> {
    findings.iter().filter(|finding| {
        finding.severity == Severity::Force && !is_answered(content, finding.code)
    })
}

fn is_answered(content: &Content, code: Code) -> bool {
    content
        .override_notes
        .iter()
        .any(|note| note.code == code.code() && note.note.trim().chars().count() >= NOTE_LEAST)
}

/// Whether the draft could be submitted with these findings.
pub fn submittable(content: &Content, findings: &[Finding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.severity != Severity::Block)
        && unanswered(content, findings).next().is_none()
}
