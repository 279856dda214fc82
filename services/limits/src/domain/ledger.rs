//! The ledger of a unit: periods that were asked for, set aside or authorised, what was used of them, and what may
//! happen to them.
//!
//! ```text
//! (none) ── reserve ──▶ RESERVED ── confirm ──▶ AUTHORISED ── cancel ──▶ CANCELLED
//!    │                   │  ▲  │                    │ ▲ correct, declare ─┐
//!    │            expiry │  │  └──── release ──┐    │ └───────────────────┘
//!    │                   ▼  │ reserve,         ▼    ▼ release
//!    │                 EXPIRED confirm ───▶  RELEASED
//!    ├── release ──▶ (remembered: a late reserve is refused)
//!    └── claim submitted ──▶ REQUESTED ⇄ CONCLUDED    (tells what is asked for; never counts)
//! ```
//!
//! Nothing is overwritten: every change makes a [`Version`], known from an instant on.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::{Hours, Matricola, Period, ProductionUnitCode, Week};
use uuid::Uuid;

use rulebook::exact::{hundredths, whole};
use rulebook::one_third::BIENNIUM_WEEKS;
use rulebook::{
    Authorisation, AuthorisationId, Cause, Facts, Flags, PeriodHours, Scheme, Staff, Unit,
    WorkingDays,
};

/// How long weeks stay set aside for a decision that is being adopted.
pub const RESERVATION_TTL: TimeDelta = TimeDelta::hours(24);

/// One production unit of one employer position: the subject of every counter (`limits.md` §1.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitKey {
    /// Position.
    pub matricola: Matricola,
    /// Unit within the position.
    pub production_unit: ProductionUnitCode,
}

/// A period to be booked: what makes two reservations the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The unit.
    pub unit: UnitKey,
    /// Kind of wage integration.
    pub scheme: Scheme,
    /// Ground.
    pub cause: Cause,
    /// First to last day.
    pub period: Period,
    /// Hours granted.
    pub hours: Hours,
    /// The same hours by week, where they were granted so; empty where they spread evenly (`limits.md` §2.3).
    pub hours_by_week: BTreeMap<Week, Hours>,
    /// Marks.
    pub flags: Flags,
    /// Working days of this authorisation; `None` for those of the unit.
    pub working_days: Option<WorkingDays>,
    /// CIGS at zero hours, which is no normal work for art. 12 c. 2 (`limits.md` §6.7).
    pub zero_hours: bool,
    /// Where it comes from: `claim:<id>`, `history:<line>`.
    pub origin: String,
}

/// What was really used of an authorised period (basis FRUITO, `limits.md` §6.3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    /// Days on which at least one worker was on wage integration, even for one hour; perhaps none.
    pub dates: BTreeSet<NaiveDate>,
    /// Hours used, by week.
    pub hours: BTreeMap<Week, Hours>,
}

/// A declaration of what was used, as the ledger takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// What lies inside the authorised period.
    pub kept: Usage,
    /// What lies outside and is thrown away (`limits.md` §5.2).
    pub discarded: Usage,
}

/// A fault of a period that somebody else recorded: the field, and the rule that it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Field, as the contract calls it.
    pub field: &'static str,
    /// What would be right.
    pub rule: &'static str,
}

/// State of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Asked for by a claim that awaits its decision. Informative.
    Requested,
    /// Set aside until an instant.
    Reserved {
        /// When it lapses.
        expires_at: DateTime<Utc>,
    },
    /// Authorised by an adopted decision, or by history.
    Authorised,
    /// Given back.
    Released,
    /// Set aside too long ago, and no longer counted.
    Expired,
    /// The claim that asked for it has its decision, or was taken back.
    Concluded,
    /// Authorised, and struck out afterwards.
    Cancelled,
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Id of the reservation, of the claim that asks, or of the line of history.
    pub id: Uuid,
    /// What is booked.
    pub booking: Booking,
    /// Facts of the unit as they were told when it was booked; `None` for history.
    pub facts: Option<Facts>,
    /// Who worked in the unit when it was booked, as far as it was known; `None` for history.
    pub staff: Option<Staff>,
    /// State.
    pub state: State,
    /// What was declared as used; `None` when nothing was declared: what is authorised then counts as used.
    pub usage: Option<Usage>,
}

/// An entry as it was known from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The entry.
    pub entry: Entry,
    /// Progressive of the changes of the entry, from 1.
    pub number: i32,
    /// Instant from which it is known: later than every change of the unit before it.
    pub recorded_at: DateTime<Utc>,
    /// Why it was written, where somebody has to say.
    pub reason: Option<String>,
    /// Version of the claim that told it; `None` for what no feed tells.
    pub source_version: Option<i64>,
}

/// Why the ledger refuses a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerRefusal {
    /// The id was used for another content.
    #[error("the reservation id was used for another content")]
    OtherContent,
    /// The weeks were given back.
    #[error("the reservation was released")]
    Released,
    /// Only an authorised period can be used, corrected or struck out.
    #[error("the period is not authorised")]
    NotAuthorised,
    /// Something else was declared already: a correction has to say why.
    #[error("another usage was declared already")]
    AlreadyDeclared,
    /// The entry is not that of a booking.
    #[error("the id belongs to the request of a claim")]
    NotABooking,
}

/// What a reservation with a known id means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReserveStep {
    /// Already authorised: nothing to do.
    Keep,
    /// Still set aside: only its expiry moves.
    Renew,
    /// Lapsed: the limits decide again.
    Recheck,
}

/// What a confirmation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmStep {
    /// Already authorised: nothing to do.
    Keep,
    /// Still set aside.
    Authorise,
    /// Lapsed: it can be authorised only if the weeks still fit.
    Recheck,
}

impl State {
    /// Whether the entry counts at an instant.
    pub fn counts(self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Reserved { expires_at } => now < expires_at,
            Self::Authorised => true,
            Self::Requested
            | Self::Released
            | Self::Expired
            | Self::Concluded
            | Self::Cancelled => false,
        }
    }

    /// Whether it was set aside, and its time is over.
    pub fn has_lapsed(self, now: DateTime<Utc>) -> bool {
        matches!(self, Self::Reserved { .. }) && !self.counts(now)
    }

    /// Set aside from an instant on.
    pub fn reserved_at(now: DateTime<Utc>) -> Self {
        Self::Reserved {
            expires_at: now + RESERVATION_TTL,
        }
    }
}

impl Entry {
    /// What reserving `booking` under this entry's id means.
    pub fn reserve_again(
        &self,
        booking: &Booking,
        now: DateTime<Utc>,
    ) -> Result<ReserveStep, LedgerRefusal> {
        if self.booking != *booking {
            return Err(LedgerRefusal::OtherContent);
        }
        match self.state {
            State::Authorised => Ok(ReserveStep::Keep),
            State::Reserved { .. } if self.state.counts(now) => Ok(ReserveStep::Renew),
            State::Reserved { .. } | State::Expired => Ok(ReserveStep::Recheck),
            State::Released | State::Cancelled => Err(LedgerRefusal::Released),
            State::Requested | State::Concluded => Err(LedgerRefusal::NotABooking),
        }
    }

    /// What confirming this entry means.
    pub fn confirm(&self, now: DateTime<Utc>) -> Result<ConfirmStep, LedgerRefusal> {
        match self.state {
            State::Authorised => Ok(ConfirmStep::Keep),
            State::Reserved { .. } if self.state.counts(now) => Ok(ConfirmStep::Authorise),
            State::Reserved { .. } | State::Expired => Ok(ConfirmStep::Recheck),
            State::Released | State::Cancelled => Err(LedgerRefusal::Released),
            State::Requested | State::Concluded => Err(LedgerRefusal::NotABooking),
        }
    }

    /// What a declaration of usage comes to. The same again changes nothing; another one is refused, since a declaration
    /// that was processed cannot be changed (`limits.md` §5.2).
    pub fn declare(&self, declared: &Usage) -> Result<Declaration, LedgerRefusal> {
        if self.state != State::Authorised {
            return Err(LedgerRefusal::NotAuthorised);
        }
        let declaration = Declaration::within(self.booking.period, declared);
        match &self.usage {
            Some(usage) if *usage != declaration.kept => Err(LedgerRefusal::AlreadyDeclared),
            Some(_) | None => Ok(declaration),
        }
    }

    /// The same entry in another state.
    #[must_use]
    pub fn becoming(self, state: State) -> Self {
        Self { state, ..self }
    }

    /// The entry as the counters see it. Hours of zero are hours that nobody told.
    fn authorisation(&self) -> Authorisation {
        let booking = &self.booking;
        let told = self.facts.map(|facts| facts.working_days);
        let id = AuthorisationId::Entry(self.id);
        Authorisation {
            working_days: booking.working_days.or(told),
            used_dates: self
                .usage
                .as_ref()
                .map(|usage| usage.dates.iter().copied().collect()),
            hours: booking.period_hours(),
            used_hours: self.usage.as_ref().and_then(Usage::period_hours),
            flags: booking.flags,
            zero_hours: booking.zero_hours,
            ..Authorisation::new(id, booking.scheme, booking.cause, booking.period)
        }
    }

    /// What is wrong with a period that somebody else recorded, and with what was used of it.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = self.booking.faults();
        let used = self.usage.iter().flat_map(|usage| usage.hours.values());
        let over = self.booking.hours > Hours::default() && total(used) > Some(self.booking.hours);
        if over {
            faults.push(Fault {
                field: "usage.hours_by_week",
                rule: "must not exceed the hours authorised",
            });
        }
        if let Some(usage) = &self.usage
            && Declaration::within(self.booking.period, usage).kept != *usage
        {
            faults.push(Fault {
                field: "usage",
                rule: "must lie inside the authorised period (limits.md §5.2)",
            });
        }
        faults
    }

    /// Whether more hours are authorised than the unit works, with a certain staff, in the biennio mobile or in the weeks of
    /// the period where they are more. History is judged no more closely: a staff grows.
    pub fn exceeds_workable(&self, staff: &Staff) -> bool {
        let period = self.booking.period;
        let weeks = Week::of(period.last_day()) - Week::of(period.first_day()) + 1;
        let weeks = BIENNIUM_WEEKS.max(i64::from(weeks));
        let workable = staff.workable_hours(whole(weeks));
        workable.is_some_and(|workable| hundredths(self.booking.hours.hundredths()) > workable)
    }

    /// Whether two lines of history tell the same days twice. One that comes from a claim tells the department by the
    /// claim, and several departments may share days (`limits.md` §6.4).
    pub fn repeats(&self, other: &Self) -> bool {
        let (one, two) = (&self.booking, &other.booking);
        self.id != other.id
            && one.unit == two.unit
            && (one.scheme, one.cause) == (two.scheme, two.cause)
            && one.period.overlaps(two.period)
            && one.is_history()
            && two.is_history()
    }
}

impl Booking {
    fn period_hours(&self) -> Option<PeriodHours> {
        if self.hours_by_week.is_empty() {
            (self.hours > Hours::default()).then_some(PeriodHours::Total(self.hours))
        } else {
            Some(weekly(&self.hours_by_week))
        }
    }

    /// Whether it comes from before the platform.
    fn is_history(&self) -> bool {
        !self.origin.starts_with("claim:")
    }

    fn faults(&self) -> Vec<Fault> {
        let years = (self.period.first_day(), self.period.last_day());
        let weeks_inside = self
            .hours_by_week
            .keys()
            .all(|week| touches(self.period, *week));
        let split = total(self.hours_by_week.values());
        let rules = [
            (
                years.0 < EARLIEST_DAY || years.0 > LATEST_DAY,
                "first_day",
                "must lie between 2000 and 2099",
            ),
            (
                years.1 > LATEST_DAY,
                "last_day",
                "must lie between 2000 and 2099",
            ),
            (
                self.zero_hours && self.scheme != Scheme::Cigs,
                "zero_hours",
                "belongs to CIGS alone",
            ),
            (
                !weeks_inside,
                "hours_by_week",
                "must name weeks of the period",
            ),
            (
                !self.hours_by_week.is_empty() && split != Some(self.hours),
                "hours_by_week",
                "must add up to the hours authorised",
            ),
        ];
        rules
            .into_iter()
            .filter(|(broken, _, _)| *broken)
            .map(|(_, field, rule)| Fault { field, rule })
            .collect()
    }
}

impl Usage {
    fn period_hours(&self) -> Option<PeriodHours> {
        (!self.hours.is_empty()).then(|| weekly(&self.hours))
    }
}

impl Declaration {
    /// Parts what lies inside a period from what does not.
    fn within(period: Period, declared: &Usage) -> Self {
        let (dates, late_dates) = declared
            .dates
            .iter()
            .partition(|day| period.contains(**day));
        let (hours, late_hours) = declared
            .hours
            .iter()
            .map(|(week, hours)| (*week, *hours))
            .partition(|(week, _)| touches(period, *week));
        Self {
            kept: Usage { dates, hours },
            discarded: Usage {
                dates: late_dates,
                hours: late_hours,
            },
        }
    }
}

impl Version {
    /// The first version of an entry.
    pub fn first(entry: Entry, recorded_at: DateTime<Utc>) -> Self {
        Self {
            entry,
            number: 1,
            recorded_at,
            reason: None,
            source_version: None,
        }
    }

    /// What follows this version.
    #[must_use]
    pub fn next(&self, entry: Entry, recorded_at: DateTime<Utc>, reason: Option<String>) -> Self {
        Self {
            entry,
            number: self.number + 1,
            recorded_at,
            reason,
            source_version: self.source_version,
        }
    }
}

/// First day that a recorded period may have: nothing older weighs on any counter.
const EARLIEST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a day");

/// Last day that a recorded period may have.
const LATEST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2099, 12, 31).expect("a day");

fn touches(period: Period, week: Week) -> bool {
    Week::of(period.first_day()) <= week && week <= Week::of(period.last_day())
}

fn weekly(hours: &BTreeMap<Week, Hours>) -> PeriodHours {
    PeriodHours::Weekly(hours.iter().map(|(week, hours)| (*week, *hours)).collect())
}

/// Sum of hours; `None` beyond any number of hours that can be.
fn total<'h>(hours: impl IntoIterator<Item = &'h Hours>) -> Option<Hours> {
    hours
        .into_iter()
        .try_fold(Hours::default(), |sum, hours| sum.checked_add(*hours))
}

/// The unit that these entries make, leaving out the one named.
pub fn unit_of<'e>(
    facts: Facts,
    staff: Staff,
    entries: impl IntoIterator<Item = &'e Entry>,
    without: Option<Uuid>,
) -> Unit {
    let counted = entries
        .into_iter()
        .filter(|entry| Some(entry.id) != without);
    Unit {
        facts,
        staff,
        authorisations: counted.map(Entry::authorisation).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn noon() -> DateTime<Utc> {
        day(2026, 11, 22).and_hms_opt(12, 0, 0).unwrap().and_utc()
    }

    fn entry(state: State) -> Entry {
        let unit = UnitKey {
            matricola: "1234567890".parse().unwrap(),
            production_unit: 1.try_into().unwrap(),
        };
        let booking = Booking {
            unit,
            scheme: Scheme::Cigo,
            cause: Cause::Ord,
            period: Period::between(day(2026, 11, 23), day(2026, 11, 29)),
            hours: Hours::from_hundredths(4000),
            hours_by_week: BTreeMap::new(),
            flags: Flags::default(),
            working_days: None,
            zero_hours: false,
            origin: "claim:1".to_owned(),
        };
        Entry {
            id: Uuid::nil(),
            booking,
            facts: None,
            staff: None,
            state,
            usage: None,
        }
    }

    fn used(days: &[NaiveDate]) -> Usage {
        Usage {
            dates: days.iter().copied().collect(),
            hours: BTreeMap::new(),
        }
    }

    #[test]
    fn declared_days_outside_the_authorised_period_are_thrown_away_and_told() {
        let inside = day(2026, 11, 25);
        let outside = day(2026, 11, 30);
        let declaration = entry(State::Authorised)
            .declare(&used(&[inside, outside]))
            .unwrap();
        assert_eq!(declaration.kept, used(&[inside]));
        assert_eq!(declaration.discarded, used(&[outside]));
    }

    #[test]
    fn a_declaration_can_be_repeated_but_not_changed() {
        let declared = Entry {
            usage: Some(used(&[day(2026, 11, 25)])),
            ..entry(State::Authorised)
        };
        assert!(declared.declare(&used(&[day(2026, 11, 25)])).is_ok());
        assert_eq!(
            declared.declare(&used(&[])),
            Err(LedgerRefusal::AlreadyDeclared)
        );
        assert_eq!(
            entry(State::Released).declare(&used(&[])),
            Err(LedgerRefusal::NotAuthorised)
        );
    }

    #[test]
    fn a_recorded_period_names_each_rule_that_it_breaks() {
        let mut wrong = entry(State::Authorised);
        wrong.booking.period = Period::between(day(1999, 12, 27), day(2100, 1, 3));
        wrong.booking.zero_hours = true;
        wrong.booking.hours_by_week =
            BTreeMap::from([(Week::of(day(2101, 1, 3)), Hours::from_hundredths(1))]);
        wrong.usage = Some(Usage {
            dates: BTreeSet::from([day(2101, 1, 3)]),
            hours: BTreeMap::from([(Week::of(day(2020, 1, 6)), Hours::from_hundredths(4001))]),
        });
        let fields: Vec<&str> = wrong.faults().iter().map(|fault| fault.field).collect();
        assert_eq!(
            fields,
            [
                "first_day",
                "last_day",
                "zero_hours",
                "hours_by_week",
                "hours_by_week",
                "usage.hours_by_week",
                "usage"
            ]
        );
        assert!(entry(State::Authorised).faults().is_empty());
    }

    #[test]
    fn departments_share_days_but_two_lines_of_history_do_not_repeat_them() {
        let line = |id: u128, origin: &str| {
            let mut line = entry(State::Authorised);
            line.id = Uuid::from_u128(id);
            line.booking.origin = origin.to_owned();
            line
        };
        assert!(line(1, "history:1").repeats(&line(2, "history:2")));
        assert!(!line(1, "history:1").repeats(&line(1, "history:1")));
        assert!(!line(1, "claim:1").repeats(&line(2, "history:2")));
        let mut other_cause = line(3, "history:3");
        other_cause.booking.cause = Cause::Eone;
        assert!(!line(1, "history:1").repeats(&other_cause));
    }

    #[test]
    fn what_a_claim_asks_for_never_counts_and_cannot_be_booked_under_its_id() {
        for state in [State::Requested, State::Concluded] {
            let asked = entry(state);
            assert!(!state.counts(noon()));
            assert_eq!(
                asked.reserve_again(&asked.booking, noon()),
                Err(LedgerRefusal::NotABooking)
            );
            assert_eq!(asked.confirm(noon()), Err(LedgerRefusal::NotABooking));
        }
    }

    #[test]
    fn a_reservation_counts_until_the_instant_it_lapses() {
        let reserved = State::reserved_at(noon());
        assert!(reserved.counts(noon() + RESERVATION_TTL - TimeDelta::milliseconds(1)));
        assert!(!reserved.counts(noon() + RESERVATION_TTL));
    }

    #[test]
    fn a_released_entry_can_be_neither_reserved_nor_confirmed_again() {
        let released = entry(State::Released);
        assert_eq!(
            released.reserve_again(&released.booking, noon()),
            Err(LedgerRefusal::Released)
        );
        assert_eq!(released.confirm(noon()), Err(LedgerRefusal::Released));
    }

    #[test]
    fn the_same_id_with_another_content_is_refused_in_every_state() {
        for state in [
            State::reserved_at(noon()),
            State::Authorised,
            State::Released,
            State::Expired,
        ] {
            let known = entry(state);
            let other = Booking {
                hours: Hours::from_hundredths(1),
                ..known.booking.clone()
            };
            assert_eq!(
                known.reserve_again(&other, noon()),
                Err(LedgerRefusal::OtherContent)
            );
        }
    }

    #[test]
    fn a_lapsed_reservation_is_checked_again_whether_or_not_the_job_has_marked_it() {
        let later = noon() + RESERVATION_TTL;
        for state in [State::reserved_at(noon()), State::Expired] {
            let lapsed = entry(state);
            assert_eq!(lapsed.confirm(later), Ok(ConfirmStep::Recheck));
            assert_eq!(
                lapsed.reserve_again(&lapsed.booking, later),
                Ok(ReserveStep::Recheck)
            );
        }
    }
}
