//! Units with five years of history, the same in every run.

use chrono::{Days, NaiveDate};
use kernel::{Hours, Period, Week};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rulebook::exact::Exact;
use rulebook::staff::{Average, HoursGroup};
use rulebook::{
    Authorisation, Cause, Facts, PeriodHours, Scheme, Sector, Staff, Unit, WorkingDays,
};

use crate::oracle::{day, declared_dates};

/// How many units.
const UNITS: usize = 50_000;
/// Half years, with one period of CIGO each.
const HALVES: u64 = 10;
/// Days of a half year.
const HALF: u64 = 182;

/// The week from which the counters are seen, and from which weeks are asked for.
pub(crate) fn reference() -> Week {
    Week::of(day(2026, 11, 30))
}

/// Weeks asked for: a whole application.
pub(crate) const ASKED: i32 = 13;

/// The units.
pub(crate) fn units() -> Vec<Unit> {
    let mut runner = TestRunner::deterministic();
    let drawn = prop::collection::vec(unit(), UNITS).new_tree(&mut runner);
    drawn.expect("nothing is refused").current()
}

/// One period in each of ten half years: it starts on any day, lasts up to twenty weeks and may reach into the next one.
fn unit() -> impl Strategy<Value = Unit> {
    let sector = prop_oneof![3 => Just(Sector::A), 1 => Just(Sector::M)];
    let days = prop_oneof![Just(WorkingDays::Five), Just(WorkingDays::Six)];
    let periods: Vec<_> = (0..HALVES).map(period).collect();
    (sector, days, periods).prop_map(|(sector, working_days, authorisations)| Unit {
        facts: Facts {
            sector,
            working_days,
        },
        staff: Staff {
            groups: vec![group(40, 60), group(20, 7)],
            ..Staff::default()
        },
        authorisations,
    })
}

fn group(weekly_hours: i128, heads: i128) -> HoursGroup {
    HoursGroup {
        weekly_hours: Exact::from_integer(weekly_hours),
        heads: Average::known(Exact::from_integer(heads)),
    }
}

/// One period in three has declared days, the same weekdays in each week of it; one in five is EONE.
fn period(half: u64) -> impl Strategy<Value = Authorisation> {
    let cause = prop_oneof![4 => Just(Cause::Ord), 1 => Just(Cause::Eone)];
    let declared = prop_oneof![2 => Just(None), 1 => (0..128_u8).prop_map(Some)];
    (cause, 0..HALF, 6..140_u64, declared, 0..500_000_i64).prop_map(
        move |(cause, offset, length, weekdays, hours)| {
            let first = first_day() + Days::new(half * HALF + offset);
            let period = Period::between(first, first + Days::new(length));
            Authorisation {
                used_dates: weekdays.map(|weekdays| declared_dates(period, weekdays)),
                hours: Some(PeriodHours::Total(Hours::from_hundredths(hours))),
                ..Authorisation::new("A".into(), Scheme::Cigo, cause, period)
            }
        },
    )
}

/// Five years before the reference.
fn first_day() -> NaiveDate {
    day(2021, 11, 29)
}
