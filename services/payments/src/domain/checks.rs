//! What is checked of a flow as a whole (`claims.md` PAY-3) and of each of its lines (PAY-5, PAY-6).

use std::collections::{HashMap, HashSet, VecDeque};

use chrono::NaiveDate;
use kernel::{CodiceFiscale, Hours, Matricola, Period, Ticket, coded};
use rulebook::rules::{OutOfRange, Rules};
use uuid::Uuid;

use super::flow::{FlowKind, Header};
use super::line::{Line, LineType};
use super::month::Month;
use super::refusal::{FlowCode, Rule};
use super::terms::{self, Granted, Term};

coded! {
    /// Why a line is stopped (PAY-5).
    pub enum Anomaly {
        /// Malformed codice fiscale.
        CfInvalid = "CF_INVALID",
        /// Not in the register of persons, or deceased.
        CfUnknown = "CF_UNKNOWN",
        /// Not in the granted list.
        NotABeneficiary = "NOT_A_BENEFICIARY",
        /// Above the hours granted to the worker or in all.
        HoursExceedAuthorized = "HOURS_EXCEED_AUTHORIZED",
        /// Above the contractual hours of a week, or the workable ones of the month.
        HoursExceedContract = "HOURS_EXCEED_CONTRACT",
        /// Another benefit on days of the month.
        BenefitOverlap = "BENEFIT_OVERLAP",
        /// Paid already.
        AlreadyPaid = "ALREADY_PAID",
        /// The account is not the worker's.
        IbanHolderMismatch = "IBAN_HOLDER_MISMATCH",
        /// The bank does not say whose account it is.
        IbanHolderUnknown = "IBAN_HOLDER_UNKNOWN",
        /// The bank sent the money back.
        IbanReturned = "IBAN_RETURNED",
        /// A deduction that an operator has to confirm.
        DeductionsToWork = "DEDUCTIONS_TO_WORK",
    }
}

impl Anomaly {
    /// Whether paying by bonifico domiciliato cures it (PAY-7 b).
    pub fn is_of_the_account(self) -> bool {
        matches!(
            self,
            Self::IbanHolderMismatch | Self::IbanHolderUnknown | Self::IbanReturned
        )
    }

    /// What the sender or the operator can do about it, in Italian.
    pub fn remedy_italian(self) -> &'static str {
        match self {
            Self::CfInvalid | Self::CfUnknown => {
                "Inviare un flusso correttivo con il codice fiscale giusto, o annullare la riga."
            }
            Self::NotABeneficiary => {
                "Il lavoratore non è tra quelli autorizzati: correggere il codice fiscale o annullare la riga."
            }
            Self::HoursExceedAuthorized => {
                "Le ore superano quelle autorizzate: inviare un flusso correttivo con le ore giuste."
            }
            Self::HoursExceedContract => {
                "Le ore superano l'orario contrattuale o le ore lavorabili: inviare un flusso correttivo."
            }
            Self::BenefitOverlap => {
                "Nel mese c'è un'altra prestazione: inviare un flusso correttivo senza quei giorni, o annullare la riga."
            }
            Self::AlreadyPaid => "Il mese è già stato pagato: annullare la riga.",
            Self::IbanHolderMismatch | Self::IbanHolderUnknown | Self::IbanReturned => {
                "Inviare un flusso correttivo con l'IBAN del lavoratore; la Sede può disporre il bonifico domiciliato."
            }
            Self::DeductionsToWork => "La Sede deve confermare le trattenute.",
        }
    }

    /// The same, in English.
    pub fn remedy_english(self) -> &'static str {
        match self {
            Self::CfInvalid | Self::CfUnknown => {
                "Send a corrective flow with the right codice fiscale, or cancel the line."
            }
            Self::NotABeneficiary => {
                "The worker is not among those authorised: correct the codice fiscale or cancel the line."
            }
            Self::HoursExceedAuthorized => {
                "The hours are above those authorised: send a corrective flow with the right hours."
            }
            Self::HoursExceedContract => {
                "The hours are above the contractual or the workable ones: send a corrective flow."
            }
            Self::BenefitOverlap => {
                "There is another benefit in the month: send a corrective flow without those days, or cancel the line."
            }
            Self::AlreadyPaid => "The month was paid already: cancel the line.",
            Self::IbanHolderMismatch | Self::IbanHolderUnknown | Self::IbanReturned => {
                "Send a corrective flow with the worker's IBAN; the office may pay by bonifico domiciliato."
            }
            Self::DeductionsToWork => "The office has to confirm the deductions.",
        }
    }
}

coded! {
    /// The instruments, as far as the form of a flow depends on them.
    pub enum Sector {
        /// CISOA: SR43.
        Agriculture = "AGRICULTURE",
        /// Every other.
        Other = "OTHER",
    }
}

/// What a flow is held against: the grant whose number it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Employer.
    pub matricola: Matricola,
    /// Ticket of the suspension.
    pub ticket: Ticket,
    /// Whether INPS pays the workers.
    pub direct: bool,
    /// Whether the claim stands: not annulled, not under reexamination.
    pub active: bool,
    /// Which form its product takes.
    pub sector: Sector,
    /// What its terms depend on.
    pub terms: Granted,
    /// Form of the first flow of the ticket, once there was one.
    pub first_kind: Option<FlowKind>,
}

/// What the check of a flow as a whole has to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlowCheck {
    /// The codes that refuse it, in the order of PAY-3; none when it passes.
    pub codes: Vec<FlowCode>,
    /// First day on which it may be sent, when it came before.
    pub not_before: Option<NaiveDate>,
    /// The term that is over, of the first month whose is.
    pub expired: Option<Term>,
}

/// First day of UniEmens-CIG (Circ. 62/2021).
const UNIEMENS_CIG_FROM: (i32, u32, u32) = (2021, 4, 1);
/// First day for which SR41 is no longer sent (Msg 1320/2022).
const SR41_UNTIL: (i32, u32, u32) = (2022, 5, 1);

fn day((year, month, day): (i32, u32, u32)) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MAX)
}

/// Checks a header against the grant that it names, today.
pub fn check_flow(
    rules: &Rules,
    header: &Header,
    grant: &Grant,
    today: NaiveDate,
) -> Result<FlowCheck, OutOfRange> {
    let mut check = FlowCheck::default();
    let covered = header.period;
    let granted = grant.terms.period;
    let inside = granted.contains(covered.first_day()) && granted.contains(covered.last_day());
    let not_before = terms::first_day(covered);
    check.not_before = (today < not_before).then_some(not_before);
    // A correction does not reopen the term if the flow that it corrects was in time (PAY-7).
    if header.corrects.is_none() {
        check.expired = first_expired(rules, header, grant, today)?;
    }
    let codes = [
        (header.ticket != grant.ticket, FlowCode::Malformed),
        (
            header.matricola != grant.matricola,
            FlowCode::AuthorizationMatricolaMismatch,
        ),
        (!grant.direct, FlowCode::AuthorizationNotDirect),
        (!grant.active, FlowCode::AuthorizationNotActive),
        (!inside, FlowCode::PeriodOutsideAuthorization),
        (!is_kind_allowed(header, grant), FlowCode::KindNotAllowed),
        (check.not_before.is_some(), FlowCode::TooEarly),
        (check.expired.is_some(), FlowCode::TermExpired),
    ];
    let found = codes.into_iter().filter(|(wrong, _)| *wrong);
    check.codes = found.map(|(_, code)| code).collect();
    Ok(check)
}

fn first_expired(
    rules: &Rules,
    header: &Header,
    grant: &Grant,
    today: NaiveDate,
) -> Result<Option<Term>, OutOfRange> {
    for month in header.months() {
        let term = terms::last_day(rules, grant.terms, month, today)?;
        if today > term.due {
            return Ok(Some(term));
        }
    }
    Ok(None)
}

/// Whether the form is that of the product, of the period, and of the ticket.
fn is_kind_allowed(header: &Header, grant: &Grant) -> bool {
    let agriculture = grant.sector == Sector::Agriculture;
    if let Some(first) = grant.first_kind {
        return header.kind == first;
    }
    match header.kind {
        FlowKind::Sr43 => agriculture,
        FlowKind::Sr41 => !agriculture && header.period.last_day() < day(SR41_UNTIL),
        FlowKind::UniemensCig => {
            !agriculture && grant.terms.period.first_day() >= day(UNIEMENS_CIG_FROM)
        }
    }
}

/// Hours of a grant, in all and by worker: what was granted and what is set aside or paid.
#[derive(Debug, Clone, Default)]
pub struct Allowance {
    granted: i64,
    held: i64,
    workers: HashMap<CodiceFiscale, WorkerAllowance>,
}

/// Hours of one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerAllowance {
    /// Opaque id.
    pub id: Uuid,
    /// Granted, in hundredths.
    pub granted: i64,
    /// Set aside or paid, in hundredths.
    pub held: i64,
}

impl Allowance {
    /// That of a grant of so many hours, of which some are held.
    pub fn new(granted: Hours, held: Hours) -> Self {
        Self {
            granted: granted.hundredths(),
            held: held.hundredths(),
            workers: HashMap::new(),
        }
    }

    /// Adds a worker by codice fiscale as written: letters of omocodia stand there because somebody else has the digits (§2.1).
    pub fn add(&mut self, codice_fiscale: CodiceFiscale, worker: WorkerAllowance) {
        self.workers.insert(codice_fiscale, worker);
    }

    /// The worker of a codice fiscale.
    pub fn worker(&self, codice_fiscale: &CodiceFiscale) -> Option<&WorkerAllowance> {
        self.workers.get(codice_fiscale)
    }

    /// Whether so many hours are left, to the worker and in all.
    pub fn has_left(&self, codice_fiscale: &CodiceFiscale, hours: Hours) -> bool {
        let hours = hours.hundredths();
        self.held.saturating_add(hours) <= self.granted
            && self
                .worker(codice_fiscale)
                .is_some_and(|worker| worker.held.saturating_add(hours) <= worker.granted)
    }

    /// Sets hours aside for a worker; false, and nothing is, when they are above what is left (PAY-6).
    pub fn take(&mut self, codice_fiscale: &CodiceFiscale, hours: Hours) -> bool {
        let Some(worker) = self.workers.get_mut(codice_fiscale) else {
            return false;
        };
        let in_all = self.held.saturating_add(hours.hundredths());
        let of_worker = worker.held.saturating_add(hours.hundredths());
        let fits = in_all <= self.granted && of_worker <= worker.granted;
        if fits {
            worker.held = of_worker;
            self.held = in_all;
        }
        fits
    }

    /// Hours set aside or paid, in all.
    pub fn held(&self) -> Hours {
        Hours::from_hundredths(self.held)
    }
}

/// The grant in force of a claim, as lines meet it that passed under a grant before it.
#[derive(Debug, Clone)]
pub struct LaterGrant {
    /// Days granted.
    pub period: Period,
    /// Hours granted.
    pub allowance: Allowance,
}

impl LaterGrant {
    /// Takes the hours of a line of a grant before from those of this one, or says why the line is stopped: what a later decision
    /// does not grant any more is not paid. [D]
    pub fn take(
        &mut self,
        codice_fiscale: &str,
        days: Period,
        hours: Hours,
    ) -> Result<(), Anomaly> {
        let code = codice_fiscale.parse().ok();
        let worker = code.filter(|code| self.allowance.worker(code).is_some());
        let worker = worker.ok_or(Anomaly::NotABeneficiary)?;
        let inside =
            self.period.contains(days.first_day()) && self.period.contains(days.last_day());
        if inside && self.allowance.take(&worker, hours) {
            Ok(())
        } else {
            Err(Anomaly::HoursExceedAuthorized)
        }
    }
}

/// What the platform itself knows of the workers of a flow before its lines are looked at.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Worker and month of lines of types 0 and 1 of the same authorisation that were paid.
    pub paid: HashSet<(Uuid, Month)>,
    /// Worker and month of days of other grants that are paid or pending, on days that the flow covers.
    pub elsewhere: HashSet<(Uuid, Month)>,
}

/// A line that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The line.
    pub line: Line,
    /// The worker; `None` when nobody of the granted list.
    pub worker: Option<Uuid>,
    /// What stops it; empty when it goes on to the checks of others.
    pub anomalies: Vec<Anomaly>,
}

/// Looks at a line, after those before it in the file. What is right has its hours set aside.
pub fn check_line(line: Line, allowance: &mut Allowance, known: &Known) -> Checked {
    let Ok(code) = line.codice_fiscale.parse::<CodiceFiscale>() else {
        return Checked {
            line,
            worker: None,
            anomalies: vec![Anomaly::CfInvalid],
        };
    };
    let worker = allowance.worker(&code).map(|worker| worker.id);
    let of_month = |held: &HashSet<(Uuid, Month)>| {
        line.line_type.pays_hours()
            && worker.is_some_and(|worker| held.contains(&(worker, line.month)))
    };
    let mut anomalies: Vec<_> = [
        (worker.is_none(), Anomaly::NotABeneficiary),
        (exceeds_contract(&line), Anomaly::HoursExceedContract),
        (of_month(&known.elsewhere), Anomaly::BenefitOverlap),
        (of_month(&known.paid), Anomaly::AlreadyPaid),
        (line.deductions, Anomaly::DeductionsToWork),
    ]
    .into_iter()
    .filter_map(|(stopped, anomaly)| stopped.then_some(anomaly))
    .collect();
    if worker.is_some() && line.line_type.pays_hours() {
        // A line that is stopped anyhow takes nothing from those that follow.
        let fits = if anomalies.is_empty() {
            allowance.take(&code, line.hours())
        } else {
            allowance.has_left(&code, line.hours())
        };
        if !fits {
            anomalies.push(Anomaly::HoursExceedAuthorized);
            anomalies.sort_unstable();
        }
    }
    Checked {
        line,
        worker,
        anomalies,
    }
}

/// A week above the contractual hours, or the month above the workable ones. Adjustments (types 3, 4 and 6) have no hours of
/// their own.
fn exceeds_contract(line: &Line) -> bool {
    let contract = line.contractual_hours();
    line.line_type.pays_hours()
        && (line.weeks.iter().any(|week| *week > contract) || line.hours() > line.workable_hours)
}

/// A line that is stopped, as a correction meets it (PAY-7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// Number in its flow.
    pub number: i32,
    /// Codice fiscale as written.
    pub codice_fiscale: String,
    /// Surname and name, upper case.
    pub person: String,
    /// Month.
    pub month: Month,
    /// Type code.
    pub line_type: LineType,
    /// Whether the codice fiscale itself is what may be wrong.
    pub wrong_person: bool,
}

/// Somebody, by codice fiscale or by name, with month and type code.
type Who = (String, Month, LineType);

/// The stopped lines of a flow that a correction has not corrected yet.
#[derive(Debug, Clone, Default)]
pub struct ToCorrect {
    /// Numbers by codice fiscale, which stands in a flow once.
    numbers: HashMap<Who, i32>,
    /// Codici fiscali that may be wrong, by the name beside them.
    codes: HashMap<Who, VecDeque<String>>,
}

impl FromIterator<Stopped> for ToCorrect {
    fn from_iter<T: IntoIterator<Item = Stopped>>(stopped: T) -> Self {
        let mut all = Self::default();
        for one in stopped {
            let of = |who| (who, one.month, one.line_type);
            if one.wrong_person {
                let codes = all.codes.entry(of(one.person)).or_default();
                codes.push_back(one.codice_fiscale.clone());
            }
            all.numbers.insert(of(one.codice_fiscale), one.number);
        }
        all
    }
}

impl ToCorrect {
    /// Takes the number of the stopped line that a corrective line replaces, which no other line replaces then: that of the same
    /// codice fiscale, month and type; else, where the codice fiscale was wrong, the first of the same surname and name. [D]
    pub fn take(&mut self, line: &Line) -> Result<i32, Rule> {
        let of = |who| (who, line.month, line.line_type);
        let person = of(person_of(&line.surname, &line.name));
        let namesakes = self.codes.get_mut(&person).into_iter();
        let wrong = namesakes.flat_map(|codes| std::iter::from_fn(|| codes.pop_front()));
        std::iter::once(line.codice_fiscale.clone())
            .chain(wrong)
            .find_map(|code| self.numbers.remove(&of(code)))
            .ok_or(Rule::NotStopped)
    }
}

/// Surname and name as they are compared.
pub fn person_of(surname: &str, name: &str) -> String {
    format!("{} {}", surname.to_uppercase(), name.to_uppercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rulebook::rules::IN_FORCE;

    use super::*;
    use crate::domain::samples::{self, WORKERS, day, grant, header, line};
    use crate::domain::terms::{Family, TermRule};

    fn codes(header: &Header, grant: &Grant, today: NaiveDate) -> Vec<&'static str> {
        let check = check_flow(&IN_FORCE, header, grant, today).unwrap();
        check.codes.into_iter().map(FlowCode::code).collect()
    }

    /// What makes a header or a grant wrong.
    type SpoilFlow = fn(&mut Header, &mut Grant);
    /// What makes a line wrong.
    type SpoilLine = fn(&mut Line);

    const TODAY: (i32, u32, u32) = (2026, 10, 25);

    #[test]
    fn a_flow_that_is_right_passes() {
        assert_eq!(codes(&header(), &grant(), super::day(TODAY)), [""; 0]);
    }

    #[test]
    fn pay_3_what_refuses_the_whole() {
        let cases: [(&str, SpoilFlow); 7] = [
            ("FLOW_MALFORMED", |_, grant| {
                grant.ticket = "ZZZZZZZZZZZZZZZZ".parse().unwrap();
            }),
            ("AUTHORIZATION_MATRICOLA_MISMATCH", |header, _| {
                header.matricola = "7000000001".parse().unwrap();
            }),
            ("AUTHORIZATION_NOT_DIRECT", |_, grant| grant.direct = false),
            ("AUTHORIZATION_NOT_ACTIVE", |_, grant| grant.active = false),
            ("PERIOD_OUTSIDE_AUTHORIZATION", |header, _| {
                header.period = Period::between(day(2026, 9, 6), day(2026, 9, 30));
            }),
            ("FLOW_KIND_NOT_ALLOWED", |header, _| {
                header.kind = FlowKind::Sr41;
            }),
            ("FLOW_KIND_NOT_ALLOWED", |_, grant| {
                grant.sector = Sector::Agriculture;
            }),
        ];
        for (code, spoil) in cases {
            let (mut header, mut grant) = (header(), grant());
            spoil(&mut header, &mut grant);
            assert_eq!(codes(&header, &grant, super::day(TODAY)), [code]);
        }
    }

    #[test]
    fn pay_2_a_flow_before_its_last_day_is_over_is_too_early() {
        let check = |today| check_flow(&IN_FORCE, &header(), &grant(), today).unwrap();
        let early = check(day(2026, 9, 30));
        assert_eq!(early.codes, [FlowCode::TooEarly]);
        assert_eq!(early.not_before, Some(day(2026, 10, 1)));
        assert!(check(day(2026, 10, 1)).codes.is_empty());
    }

    #[test]
    fn pay_1_after_the_term_the_employer_bears_the_benefit() {
        let check = |today| check_flow(&IN_FORCE, &header(), &grant(), today).unwrap();
        assert!(check(day(2026, 12, 19)).codes.is_empty());
        let late = check(day(2026, 12, 20));
        assert_eq!(late.codes, [FlowCode::TermExpired]);
        let expected = Term {
            due: day(2026, 12, 19),
            rule: TermRule::SixtyDays,
        };
        assert_eq!(late.expired, Some(expected));
    }

    #[test]
    fn pay_7_a_correction_does_not_reopen_the_term() {
        let mut correction = header();
        correction.corrects = Some("INPS.4900.25/10/2026.0000001".parse().unwrap());
        assert_eq!(codes(&correction, &grant(), day(2027, 3, 1)), [""; 0]);
    }

    #[test]
    fn an_authorisation_begun_with_sr41_goes_on_with_it() {
        let (mut header, mut grant) = (header(), grant());
        header.kind = FlowKind::Sr41;
        grant.first_kind = Some(FlowKind::Sr41);
        assert_eq!(codes(&header, &grant, super::day(TODAY)), [""; 0]);
        header.kind = FlowKind::UniemensCig;
        assert_eq!(
            codes(&header, &grant, super::day(TODAY)),
            ["FLOW_KIND_NOT_ALLOWED"]
        );
    }

    #[test]
    fn uniemens_cig_is_not_for_suspensions_before_april_2021() {
        let (mut header, mut grant) = (header(), grant());
        header.period = Period::between(day(2021, 4, 1), day(2021, 4, 30));
        grant.terms.family = Family::Covid19;
        grant.terms.communicated = day(2021, 6, 1);
        let mut on = |from| {
            grant.terms.period = Period::between(from, day(2021, 6, 27));
            codes(&header, &grant, day(2021, 6, 10))
        };
        assert_eq!(on(day(2021, 4, 1)), [""; 0]);
        assert_eq!(on(day(2021, 3, 29)), ["FLOW_KIND_NOT_ALLOWED"]);
    }

    fn stopped_by(line: Line, known: &Known) -> Vec<&'static str> {
        let checked = check_line(line, &mut samples::allowance(), known);
        checked.anomalies.into_iter().map(Anomaly::code).collect()
    }

    #[test]
    fn pay_5_what_stops_a_line() {
        let cases: [(&str, SpoilLine); 7] = [
            ("CF_INVALID", |line| {
                line.codice_fiscale = "RSSMRA80A01H501V".into();
            }),
            ("CF_INVALID", |line| line.codice_fiscale.push('X')),
            ("NOT_A_BENEFICIARY", |line| {
                line.codice_fiscale = "GLLMRC78C12A662K".into();
            }),
            ("HOURS_EXCEED_AUTHORIZED", |line| {
                line.weeks = [Hours::from_hundredths(4000); 6];
                line.workable_hours = Hours::from_hundredths(24_000);
            }),
            ("HOURS_EXCEED_CONTRACT", |line| {
                line.weeks[1] = Hours::from_hundredths(4001);
            }),
            ("HOURS_EXCEED_CONTRACT", |line| {
                line.part_time_hundredths = Some(5000);
                line.weeks[1] = Hours::from_hundredths(2001);
            }),
            ("DEDUCTIONS_TO_WORK", |line| line.deductions = true),
        ];
        for (code, spoil) in cases {
            let mut line = line(WORKERS[0]);
            spoil(&mut line);
            assert_eq!(stopped_by(line, &Known::default()), [code]);
        }
        assert_eq!(stopped_by(line(WORKERS[0]), &Known::default()), [""; 0]);
    }

    #[test]
    fn pay_5_what_was_paid_here_or_elsewhere_stops_a_line_of_hours() {
        let month = (samples::worker_id(0), line(WORKERS[0]).month);
        let known = Known {
            paid: HashSet::from([month]),
            elsewhere: HashSet::from([month]),
        };
        assert_eq!(
            stopped_by(line(WORKERS[0]), &known),
            ["BENEFIT_OVERLAP", "ALREADY_PAID"]
        );
        let mut adjustment = line(WORKERS[0]);
        adjustment.line_type = LineType::Adjustment;
        assert_eq!(stopped_by(adjustment, &known), [""; 0]);
    }

    #[test]
    fn who_has_a_code_of_omocodia_is_somebody_else_than_who_has_the_digits() {
        let omocodia = "RSSMRA80A01H50MM";
        let mut allowance = samples::allowance();
        let worker = |line: Line, allowance: &mut Allowance| {
            check_line(line, allowance, &Known::default()).worker
        };
        assert_eq!(worker(line(omocodia), &mut allowance), None);
        let namesake = WorkerAllowance {
            id: samples::worker_id(7),
            granted: 16_000,
            held: 0,
        };
        allowance.add(omocodia.parse().unwrap(), namesake);
        for (code, id) in [(omocodia, 7), (WORKERS[0], 0)] {
            let found = worker(line(code), &mut allowance);
            assert_eq!(found, Some(samples::worker_id(id)));
        }
    }

    #[test]
    fn pay_6_hours_are_set_aside_in_the_order_of_the_file() {
        let mut allowance = samples::allowance();
        let mut stopped = |worker: &str| {
            let checked = check_line(line(worker), &mut allowance, &Known::default());
            !checked.anomalies.is_empty()
        };
        // 80 hours a line; 160 granted to each worker, 400 in all.
        let in_order = [0, 0, 0, 1, 1, 2, 2].map(|place: usize| stopped(WORKERS[place]));
        assert_eq!(in_order, [false, false, true, false, false, false, true]);
        assert_eq!(allowance.held(), Hours::from_hundredths(40_000));
    }

    #[test]
    fn pay_6_a_line_is_paid_as_far_as_a_later_decision_still_grants_it() {
        let september = Period::between(day(2026, 9, 7), day(2026, 9, 30));
        let mut later = LaterGrant {
            period: grant().terms.period,
            allowance: samples::allowance(),
        };
        let hours = Hours::from_hundredths(9_000);
        let beyond = Err(Anomaly::HoursExceedAuthorized);
        assert_eq!(later.take(WORKERS[0], september, hours), Ok(()));
        assert_eq!(later.take(WORKERS[0], september, hours), beyond);
        let august = Period::between(day(2026, 8, 31), day(2026, 9, 30));
        assert_eq!(later.take(WORKERS[1], august, hours), beyond);
        let stranger = later.take("GLLMRC78C12A662K", september, hours);
        assert_eq!(stranger, Err(Anomaly::NotABeneficiary));
        // What was stopped took nothing.
        assert_eq!(later.allowance.held(), hours);
    }

    /// Lines of Mario Rossi that are stopped, numbered from 1, by their codici fiscali and whether those may be wrong.
    fn stopped(lines: &[(&str, bool)]) -> ToCorrect {
        let one = |(number, (codice_fiscale, wrong_person)): (i32, &(&str, bool))| Stopped {
            number,
            codice_fiscale: (*codice_fiscale).to_owned(),
            person: person_of("Rossi", "Mario"),
            month: line(WORKERS[0]).month,
            line_type: LineType::ZeroHours,
            wrong_person: *wrong_person,
        };
        (1..).zip(lines).map(one).collect()
    }

    const WRONG: &str = "RSSMRA80A01H501V";

    #[test]
    fn pay_7_a_correction_finds_the_stopped_line_of_the_same_worker_or_name() {
        let right = line(WORKERS[0]);
        assert_eq!(stopped(&[(WORKERS[0], false)]).take(&right), Ok(1));
        assert_eq!(stopped(&[(WRONG, true)]).take(&right), Ok(1));
        let other = stopped(&[(WRONG, false)]).take(&right);
        assert_eq!(other, Err(Rule::NotStopped));
        let mut october = line(WORKERS[0]);
        october.month = Month::of(day(2026, 10, 1));
        let other = stopped(&[(WORKERS[0], true)]).take(&october);
        assert_eq!(other, Err(Rule::NotStopped));
    }

    #[test]
    fn pay_7_a_stopped_line_is_corrected_once() {
        let mut stopped = stopped(&[(WRONG, true)]);
        assert_eq!(stopped.take(&line(WORKERS[0])), Ok(1));
        assert_eq!(stopped.take(&line(WORKERS[1])), Err(Rule::NotStopped));
        assert_eq!(stopped.take(&line(WRONG)), Err(Rule::NotStopped));
    }

    #[test]
    fn pay_7_namesakes_are_corrected_each_by_a_line_of_their_own() {
        let unknown = "GLLMRC78C12A662K";
        let namesakes = [(WRONG, true), (unknown, true)];
        let mut in_turn = stopped(&namesakes);
        let taken = [WORKERS[0], WORKERS[1], WORKERS[2]].map(|code| in_turn.take(&line(code)));
        assert_eq!(taken, [Ok(1), Ok(2), Err(Rule::NotStopped)]);
        // Whose code stands again is the one before any namesake.
        let mut by_code = stopped(&namesakes);
        let taken = [WRONG, WORKERS[0]].map(|code| by_code.take(&line(code)));
        assert_eq!(taken, [Ok(1), Ok(2)]);
        let mut by_code = stopped(&namesakes);
        let taken = [unknown, WORKERS[0]].map(|code| by_code.take(&line(code)));
        assert_eq!(taken, [Ok(2), Ok(1)]);
    }

    proptest! {
        #[test]
        fn pay_6_hours_never_exceed_the_grant(lines in proptest::collection::vec((0_usize..3, 1_i64..4_000), 0..40)) {
            let mut allowance = samples::allowance();
            let mut by_worker = [0; 3];
            for (place, hours) in lines {
                let code = WORKERS[place].parse().unwrap();
                if allowance.take(&code, Hours::from_hundredths(hours)) {
                    by_worker[place] += hours;
                }
            }
            prop_assert!(by_worker.iter().all(|held| *held <= 16_000));
            prop_assert!(by_worker.iter().sum::<i64>() <= 40_000);
            prop_assert_eq!(allowance.held(), Hours::from_hundredths(by_worker.iter().sum()));
        }
    }
}
