//! What the limits refuse, in the words of people and of programs.

use chassis::failure::{Class, Failure, Reason};
use chrono::NaiveDate;

use crate::domain::ledger::{Entry, LedgerRefusal};
use crate::domain::rules::Unreadable;
use crate::domain::{CounterKind, MonthsRefusal, MonthsRequest, Refusal, Request};
use crate::wire;

/// Violations that one answer names at most: they travel in headers.
const MOST_VIOLATIONS: usize = 50;

/// A request that a counter refuses: what people and programs are told of it.
#[derive(Debug)]
pub(super) struct Excess {
    binding: CounterKind,
    source: &'static str,
    grantable: i32,
    asked: i32,
    failing: Failing,
}

/// The first part of a request that does not fit.
#[derive(Debug)]
enum Failing {
    /// Monday of a week.
    Week(NaiveDate),
    /// Last day of a month.
    MonthEnd(NaiveDate),
}

impl Excess {
    /// Of weeks.
    pub(super) fn of_weeks(request: &Request, refusal: &Refusal) -> Self {
        Self {
            binding: refusal.binding,
            source: refusal.source,
            grantable: refusal.week - request.first,
            asked: request.count,
            failing: Failing::Week(refusal.week.monday()),
        }
    }

    /// Of months.
    pub(super) fn of_months(request: &MonthsRequest, refusal: &MonthsRefusal) -> Self {
        Self {
            binding: refusal.binding,
            source: refusal.source,
            grantable: request.months_before(refusal.month_end),
            asked: request.months,
            failing: Failing::MonthEnd(refusal.month_end),
        }
    }

    fn in_italian(&self) -> String {
        let (grantable, asked) = (self.grantable, self.asked);
        match self.failing {
            Failing::Week(monday) => format!(
                "{grantable} settimane concedibili su {asked}; la prima che non rientra inizia il {}",
                monday.format("%d/%m/%Y")
            ),
            Failing::MonthEnd(last) => format!(
                "{grantable} mesi concedibili su {asked}; il primo che non rientra finisce il {}",
                last.format("%d/%m/%Y")
            ),
        }
    }

    fn in_english(&self) -> String {
        let (grantable, asked) = (self.grantable, self.asked);
        match self.failing {
            Failing::Week(monday) => format!(
                "{grantable} of {asked} weeks can be granted; the first that does not fit starts on {monday}"
            ),
            Failing::MonthEnd(last) => format!(
                "{grantable} of {asked} months can be granted; the first that does not fit ends on {last}"
            ),
        }
    }

    fn described(&self, failure: Failure) -> Failure {
        let failure = failure
            .with_metadata("counter", wire::counter_name(self.binding))
            .with_metadata("source", self.source);
        let grantable = self.grantable.to_string();
        match self.failing {
            Failing::Week(monday) => failure
                .with_metadata("grantableWeeks", grantable)
                .with_metadata("firstFailingWeek", monday.to_string()),
            Failing::MonthEnd(last) => failure
                .with_metadata("grantableMonths", grantable)
                .with_metadata("firstFailingMonthEnd", last.to_string()),
        }
    }
}

/// The period does not fit: names the counter that binds, its source, what would fit and what first does not.
pub(super) fn limit_exceeded(excess: &Excess) -> Failure {
    let source = excess.source;
    let failure = Failure::new(
        Class::Precondition,
        Reason::LimitExceeded,
        format!(
            "Il periodo supera il limite di {source}: {}.",
            excess.in_italian()
        ),
        format!(
            "The period exceeds the limit of {source}: {}.",
            excess.in_english()
        ),
    );
    excess.described(failure)
}

/// The law by which to judge was recorded in a form that this version of the program cannot read.
pub(super) fn law_unreadable(number: i32, why: &Unreadable) -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::LawUnreadable,
        format!(
            "La versione {number} della legge è registrata in una forma che questa versione del programma non sa leggere."
        ),
        format!("Version {number} of the law cannot be read by this version of the program: {why}."),
    )
    .with_metadata("lawVersion", number.to_string())
}

/// The unit is covered by the FIS and has no CIGO.
pub(super) fn no_cigo() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::ProductNotCompatible,
        "L'unità produttiva rientra nel FIS: la CIGO non può essere richiesta.",
        "The production unit is covered by the FIS: it cannot have CIGO.",
    )
}

/// The unit has CIGO, and so no AIS.
pub(super) fn no_ais() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::ProductNotCompatible,
        "L'unità produttiva rientra nella CIGO: l'AIS non può essere richiesto.",
        "The production unit is covered by CIGO: it cannot have AIS.",
    )
}

pub(super) fn ledger(refusal: LedgerRefusal) -> Failure {
    match refusal {
        LedgerRefusal::OtherContent => Failure::new(
            Class::Exists,
            Reason::IdnE12,
            "Lo stesso identificativo è già stato usato con un altro contenuto.",
            "The same id was already used with another content.",
        ),
        LedgerRefusal::Released => released(),
        LedgerRefusal::NotAuthorised => Failure::new(
            Class::Precondition,
            Reason::ReservationState,
            "Il periodo non è autorizzato.",
            "The period is not authorised.",
        ),
        LedgerRefusal::AlreadyDeclared => Failure::new(
            Class::Precondition,
            Reason::UsageAlreadyDeclared,
            "Per il periodo è già stato dichiarato un altro fruito: occorre una rettifica motivata.",
            "Another usage of the period was declared already: it takes a correction that says why.",
        ),
        LedgerRefusal::NotABooking => Failure::new(
            Class::Precondition,
            Reason::ReservationState,
            "L'identificativo è quello della richiesta di una domanda.",
            "The id is that of what a claim asks for.",
        ),
    }
}

/// The rule that more hours break than a unit works.
pub(super) const OVER_WORKABLE: &str = "must not exceed the workable hours: those of the biennio mobile for weeks (limits.md §2.3), of the programme for months (§4)";

/// A unit that the caller may not see, or that does not exist: they look the same.
pub(super) fn not_visible(failure: Failure) -> Failure {
    if failure.class() == Class::NotFound {
        failure.with_violation(
            "unit",
            "must be known to the anagrafe, and one that you may see",
        )
    } else {
        failure
    }
}

/// A unit that claims name and the anagrafe does not know.
pub(super) fn unknown_unit(failure: Failure) -> Failure {
    if failure.class() == Class::NotFound {
        Failure::field("unit", UNKNOWN_UNIT)
    } else {
        failure
    }
}

/// The rule that a unit breaks which does not exist.
pub(super) const UNKNOWN_UNIT: &str = "must be known to the anagrafe";

/// The rule that lines of history break which tell the same days twice.
pub(super) const REPEATS: &str =
    "must not share days with another line of the same unit, scheme and cause";

/// Lines of a batch that cannot be right: the index, the field, and the rule. Passes when there are none.
pub(super) fn lines<'f>(
    faults: impl IntoIterator<Item = (usize, &'f str, &'f str)>,
) -> Result<(), Failure> {
    malformed(
        faults
            .into_iter()
            .map(|(index, field, rule)| (format!("entries[{index}].{field}"), rule)),
    )
}

/// What cannot be right of one entry. Passes when nothing is wrong.
pub(super) fn entry_faults(entry: &Entry) -> Result<(), Failure> {
    let faults = entry.faults().into_iter();
    malformed(faults.map(|fault| (format!("entry.{}", fault.field), fault.rule)))
}

fn malformed<'f>(faults: impl Iterator<Item = (String, &'f str)>) -> Result<(), Failure> {
    let failure =
        faults
            .take(MOST_VIOLATIONS)
            .fold(None, |failure: Option<Failure>, (field, rule)| {
                Some(match failure {
                    None => Failure::field(field, rule),
                    Some(failure) => failure.with_violation(field, rule),
                })
            });
    failure.map_or(Ok(()), Err)
}

/// The weeks were given back, perhaps before they were asked for.
pub(super) fn released() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::ReservationState,
        "La prenotazione è stata rilasciata.",
        "The reservation was released.",
    )
}

/// The reservation lapsed and its period no longer fits: says why as a refusal does.
pub(super) fn expired(excess: &Excess) -> Failure {
    let source = excess.source;
    let failure = Failure::new(
        Class::Precondition,
        Reason::ReservationExpired,
        format!(
            "La prenotazione è scaduta e il periodo non rientra più nel limite di {source}: {}.",
            excess.in_italian()
        ),
        format!(
            "The reservation has expired and no longer fits the limit of {source}: {}.",
            excess.in_english()
        ),
    );
    excess.described(failure)
}

/// There is no reservation with this id.
pub(super) fn unknown() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::ReservationState,
        "Nessuna prenotazione con questo identificativo.",
        "There is no reservation with this id.",
    )
}
