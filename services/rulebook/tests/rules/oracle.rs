//! The counters computed the slow way, day by day, as `limits.md` §12 spells them; and random histories to compare on.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, Months, NaiveDate};
use kernel::{Hours, Period, Week};
use proptest::prelude::*;
use rulebook::exact::Exact;
use rulebook::staff::{Average, HoursGroup};
use rulebook::{
    Authorisation, Cause, Facts, Flags, PeriodHours, Scheme, Sector, Staff, Unit, UsedDates,
    WorkingDays,
};

pub(crate) const LIMIT: i64 = 1560;

pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn neutral(one: &Authorisation, date: NaiveDate) -> bool {
    date < day(2015, 9, 24) || one.flags.covid || one.flags.dl21_2022
}

pub(crate) fn climate(date: NaiveDate) -> bool {
    (2023..=2026).contains(&date.year()) && date.month() >= 7
}

fn stone_or_construction(sector: Sector) -> bool {
    ["m", "n", "o"].contains(&sector.as_str())
}

pub(crate) type Counts = fn(Sector, &Authorisation, NaiveDate) -> bool;

pub(crate) fn counts_c1(_: Sector, one: &Authorisation, date: NaiveDate) -> bool {
    one.scheme == Scheme::Cigo && !neutral(one, date)
}

pub(crate) fn counts_c3(sector: Sector, one: &Authorisation, date: NaiveDate) -> bool {
    one.scheme == Scheme::Cigo
        && !neutral(one, date)
        && !(one.cause == Cause::Eone && (!stone_or_construction(sector) || climate(date)))
}

pub(crate) fn counts_a4(_: Sector, one: &Authorisation, date: NaiveDate) -> bool {
    one.scheme != Scheme::Cigs && !neutral(one, date) && !one.flags.deroga_art4
}

pub(crate) fn counts_ais(_: Sector, one: &Authorisation, date: NaiveDate) -> bool {
    one.scheme == Scheme::Ais && !neutral(one, date)
}

/// §12.2, with the dates that the value stands for.
fn week_units(
    unit: &Unit,
    week: Week,
    counts: Counts,
    low: NaiveDate,
    high: NaiveDate,
) -> (i64, BTreeSet<NaiveDate>) {
    let mut full = false;
    let mut declared: std::collections::BTreeMap<NaiveDate, i64> =
        std::collections::BTreeMap::new();
    for one in &unit.authorisations {
        let working_days = one.working_days.unwrap_or(unit.facts.working_days).number();
        for date in week.days() {
            if !one.period.contains(date)
                || date < low
                || date > high
                || !counts(unit.facts.sector, one, date)
            {
                continue;
            }
            match &one.used_dates {
                None => full |= date.weekday().num_days_from_monday() < u32::from(working_days),
                Some(dates) if dates.contains(date) => {
                    let units = declared.entry(date).or_default();
                    *units = (*units).max(30 / i64::from(working_days));
                }
                Some(_) => {}
            }
        }
    }
    if full {
        return (30, week.days().collect());
    }
    (
        declared.values().sum::<i64>().min(30),
        declared.into_keys().collect(),
    )
}

pub(crate) fn units(unit: &Unit, week: Week, counts: Counts) -> i64 {
    week_units(unit, week, counts, NaiveDate::MIN, NaiveDate::MAX).0
}

pub(crate) fn weeks(first: Week, last: Week) -> impl Iterator<Item = Week> {
    (first.index()..=last.index()).map(Week::from_index)
}

/// §12.3, `status`: what weighs on a week.
pub(crate) fn used(unit: &Unit, week: Week, counts: Counts) -> i64 {
    weeks(week - 103, week - 1)
        .map(|one| units(unit, one, counts))
        .sum()
}

/// §12.3, what the window that ends with a week holds once the weeks from `first` on are asked for.
pub(crate) fn window(unit: &Unit, first: Week, week: Week, counts: Counts) -> i64 {
    weeks(week - 103, week)
        .map(|one| {
            if one >= first {
                30
            } else {
                units(unit, one, counts)
            }
        })
        .sum()
}

/// §12.3, `check` of an ordinary request.
pub(crate) fn check(unit: &Unit, first: Week, count: i32, counts: Counts, limit: i64) -> i32 {
    (0..count)
        .take_while(|offset| window(unit, first, first + *offset, counts) <= limit)
        .count()
        .try_into()
        .unwrap()
}

/// §12.5, hours used in the window that ends with a week, as a numerator over [`SHARES`] hundredths: every authorisation
/// gives each week that it touches the same share.
pub(crate) fn hours_used(unit: &Unit, last: Week) -> i128 {
    let mut used = 0;
    for one in &unit.authorisations {
        if one.scheme != Scheme::Cigo || one.flags.covid || one.flags.dl21_2022 {
            continue;
        }
        let Some(PeriodHours::Total(hours)) = &one.hours else {
            continue;
        };
        let touched: BTreeSet<Week> = one.period.days().map(Week::of).collect();
        let since_reform: BTreeSet<Week> = one
            .period
            .days()
            .filter(|date| *date >= day(2015, 9, 24))
            .map(Week::of)
            .collect();
        let share =
            i128::from(hours.hundredths()) * SHARES / i128::try_from(touched.len()).unwrap();
        for week in since_reform {
            if last - 103 <= week && week <= last {
                used += share;
            }
        }
    }
    used
}

/// Least common multiple of the numbers up to 43, the most weeks that a period of random histories touches.
pub(crate) const SHARES: i128 = 9_419_588_158_802_421_600;

/// §12.4, `c1`.
pub(crate) fn c1(unit: &Unit, first: Week, count: i32) -> i32 {
    let mut touched: BTreeSet<Week> = weeks(first - 200, first + 200)
        .filter(|week| units(unit, *week, counts_c1) > 0)
        .collect();
    for offset in 0..count {
        let week = first + offset;
        touched.insert(week);
        let before = (1..=400)
            .take_while(|back| touched.contains(&(week - *back)))
            .count();
        let after = (1..=400)
            .take_while(|on| touched.contains(&(week + *on)))
            .count();
        if offset >= 13 || before + after + 1 > 52 {
            return offset;
        }
    }
    count
}

/// §12.4, `c2`, over the years that random histories reach.
pub(crate) fn c2(unit: &Unit) -> Option<Week> {
    let mut latest = None;
    let mut run = 0;
    let end = Week::of(day(2040, 1, 1));
    for week in weeks(Week::of(day(2015, 1, 1)), end) {
        let value = units(unit, week, counts_c3);
        run = if value > 0 { run + value } else { 0 };
        let run_ends = units(unit, week + 1, counts_c3) == 0;
        if run >= LIMIT && run_ends {
            let mut next = week + 1;
            let mut normal = 0;
            while normal < 52 {
                normal += i32::from(units(unit, next, counts_c1) == 0 && !zero_hours(unit, next));
                next = next + 1;
            }
            latest = latest.max(Some(next));
        }
    }
    latest
}

fn zero_hours(unit: &Unit, week: Week) -> bool {
    unit.authorisations
        .iter()
        .any(|one| one.zero_hours && week.days().any(|date| one.period.contains(date)))
}

/// §12.6, `art4`: what is used by `last`, with the weeks asked for on top.
pub(crate) fn art4(unit: &Unit, last: NaiveDate, requested: &[Week]) -> (i64, i64) {
    let low = last.succ_opt().unwrap() - Months::new(60);
    let mut total = 0;
    let mut removed = BTreeSet::new();
    for week in weeks(Week::of(low), Week::of(last)) {
        if requested.contains(&week) {
            total += 180;
            removed.extend(week.days());
        } else {
            let (value, stands_for) = week_units(unit, week, counts_a4, low, last);
            total += 6 * value;
            removed.extend(stands_for);
        }
    }
    let low = low.max(day(2015, 9, 24));
    let plain = cigs(unit, low, last, &mut removed, |cause| cause != Cause::Cds);
    let cds = cigs(unit, low, last, &mut removed, |cause| cause == Cause::Cds);
    let weighed = if unit.facts.sector == Sector::M {
        cds
    } else {
        cds.min(18_720) / 2 + (cds - 18_720).max(0)
    };
    let limit = if stone_or_construction(unit.facts.sector) {
        23_400
    } else {
        18_720
    };
    (total + plain + weighed, limit)
}

fn cigs(
    unit: &Unit,
    low: NaiveDate,
    high: NaiveDate,
    gone: &mut BTreeSet<NaiveDate>,
    wanted: impl Fn(Cause) -> bool,
) -> i64 {
    let mut of_this_kind: Vec<&Authorisation> = unit
        .authorisations
        .iter()
        .filter(|one| one.scheme == Scheme::Cigs && wanted(one.cause))
        .filter(|one| !one.flags.covid && !one.flags.dl21_2022 && !one.flags.deroga_art4)
        .collect();
    of_this_kind.sort_by_key(|one| (one.period.first_day(), one.period.last_day()));
    let mut total = 0;
    for one in of_this_kind {
        let mut piece: Option<(NaiveDate, NaiveDate)> = None;
        for date in one.period.days() {
            if date < low || date > high || gone.contains(&date) {
                total += piece.take().map_or(0, months_um);
            } else {
                piece = Some((piece.map_or(date, |(first, _)| first), date));
                gone.insert(date);
            }
        }
        total += piece.map_or(0, months_um);
    }
    total
}

fn months_um((first, last): (NaiveDate, NaiveDate)) -> i64 {
    let end = last + Days::new(1);
    let months = (0..=120)
        .take_while(|months| first + Months::new(*months) <= end)
        .last()
        .unwrap();
    let rest = (end - (first + Months::new(months))).num_days();
    780 * i64::from(months) + 26 * rest.min(30)
}

/// What a causale of CIGS has used in the five years that end on a day; for a crisis the one that runs on it or ended
/// before it.
pub(crate) fn cause_used(unit: &Unit, cause: Cause, last: NaiveDate) -> i64 {
    let low = (last.succ_opt().unwrap() - Months::new(60)).max(day(2015, 9, 24));
    if cause != Cause::Crisi {
        return cigs(unit, low, last, &mut BTreeSet::new(), |one| one == cause);
    }
    let of_crisis = |date: NaiveDate| {
        date >= day(2015, 9, 24)
            && unit.authorisations.iter().any(|one| {
                let neutral = one.flags.covid || one.flags.dl21_2022 || one.flags.deroga_art4;
                one.cause == Cause::Crisi && !neutral && one.period.contains(date)
            })
    };
    let back = |from: NaiveDate| std::iter::successors(Some(from), NaiveDate::pred_opt);
    let Some(end) = back(last)
        .take_while(|date| *date >= low)
        .find(|date| of_crisis(*date))
    else {
        return 0;
    };
    let start = back(end)
        .take_while(|date| *date >= low && of_crisis(*date))
        .last()
        .unwrap();
    months_um((start, end))
}

/// First day of the crisis after one: two thirds of its thirtieths of a month, whole months first, days rounded up.
pub(crate) fn next_crisis(previous: Period) -> NaiveDate {
    let thirtieths = months_um((previous.first_day(), previous.last_day())) / 26;
    let (mut gap, mut months) = (2 * thirtieths, 0);
    while gap >= 90 {
        gap -= 90;
        months += 1;
    }
    let mut days = 0;
    while 3 * days < gap {
        days += 1;
    }
    let after = previous.last_day() + Days::new(1) + Months::new(months);
    after + Days::new(days.try_into().unwrap())
}

/// Days that random histories start on: any in the middle of the rules, and many near what is special — the reform of
/// 24 September 2015, the years of 53 weeks and the leap days of 2016, 2020 and 2024, the edges of climate windows.
fn start() -> impl Strategy<Value = NaiveDate> {
    let near = |date: NaiveDate| {
        (0..80_u64).prop_map(move |offset| date - Days::new(40) + Days::new(offset))
    };
    prop_oneof![
        6 => (0..2000_u64).prop_map(|offset| day(2021, 6, 7) + Days::new(offset)),
        1 => near(day(2015, 9, 24)),
        1 => near(day(2016, 2, 29)),
        1 => near(day(2020, 2, 29)),
        1 => near(day(2020, 12, 28)),
        1 => near(day(2024, 2, 29)),
        2 => (2023..=2026).prop_flat_map(move |year| prop_oneof![near(day(year, 7, 1)), near(day(year, 12, 31))]),
    ]
}

fn whole_weeks() -> impl Strategy<Value = Period> {
    (start(), 1..40_i32).prop_map(|(from, count)| {
        let first = Week::of(from);
        Period::between(first.monday(), (first + count - 1).sunday())
    })
}

fn any_days() -> impl Strategy<Value = Period> {
    (start(), 0..290_u64).prop_map(|(from, length)| Period::between(from, from + Days::new(length)))
}

fn flags() -> impl Strategy<Value = Flags> {
    prop_oneof![
        8 => Just(Flags::default()),
        1 => Just(Flags { covid: true, ..Flags::default() }),
        1 => Just(Flags { dl21_2022: true, ..Flags::default() }),
        1 => Just(Flags { deroga_art4: true, ..Flags::default() }),
    ]
}

fn scheme_and_cause() -> impl Strategy<Value = (Scheme, Cause)> {
    prop_oneof![
        6 => Just((Scheme::Cigo, Cause::Ord)),
        2 => Just((Scheme::Cigo, Cause::Eone)),
        1 => Just((Scheme::Ais, Cause::Ord)),
        1 => Just((Scheme::Cigs, Cause::Riorg)),
        1 => Just((Scheme::Cigs, Cause::Crisi)),
        1 => Just((Scheme::Cigs, Cause::Cds)),
    ]
}

/// Which days of the week are declared as used, if any are declared.
fn declared() -> impl Strategy<Value = Option<u8>> {
    prop_oneof![3 => Just(None), 1 => (0..128_u8).prop_map(Some)]
}

/// The days of a period that fall on these weekdays, Monday in the lowest bit.
pub(crate) fn declared_dates(period: Period, weekdays: u8) -> UsedDates {
    period
        .days()
        .filter(|date| weekdays & (1 << date.weekday().num_days_from_monday()) != 0)
        .collect()
}

pub(crate) fn authorisation() -> impl Strategy<Value = Authorisation> {
    let period = prop_oneof![whole_weeks(), any_days()];
    let days = prop_oneof![2 => Just(None), 1 => Just(Some(WorkingDays::Five)), 1 => Just(Some(WorkingDays::Six))];
    (
        scheme_and_cause(),
        period,
        days,
        declared(),
        flags(),
        any::<bool>(),
        0..2_000_000_i64,
    )
        .prop_map(
            |((scheme, cause), period, working_days, weekdays, flags, zero_hours, hours)| {
                Authorisation {
                    working_days,
                    hours: Some(PeriodHours::Total(Hours::from_hundredths(hours))),
                    used_dates: weekdays.map(|weekdays| declared_dates(period, weekdays)),
                    flags,
                    zero_hours: zero_hours && scheme == Scheme::Cigs,
                    ..Authorisation::new("A".into(), scheme, cause, period)
                }
            },
        )
}

pub(crate) fn facts() -> impl Strategy<Value = Facts> {
    let sector = prop_oneof![Just(Sector::A), Just(Sector::M), Just(Sector::N)];
    let days = prop_oneof![Just(WorkingDays::Five), Just(WorkingDays::Six)];
    (sector, days).prop_map(|(sector, working_days)| Facts {
        sector,
        working_days,
    })
}

/// A unit with a random history.
pub(crate) fn unit() -> impl Strategy<Value = Unit> {
    (facts(), prop::collection::vec(authorisation(), 0..9)).prop_map(|(facts, authorisations)| {
        Unit {
            facts,
            staff: Staff::default(),
            authorisations,
        }
    })
}

/// A random history, and a week to look at it from: any, or one at whose window the history just enters or leaves.
pub(crate) fn history() -> impl Strategy<Value = (Unit, Week)> {
    (
        unit(),
        any::<prop::sample::Index>(),
        near_a_window(),
        week(),
    )
        .prop_map(|(unit, which, distance, any_week)| {
            let week = match distance {
                Some((from_its_end, distance)) if !unit.authorisations.is_empty() => {
                    let period = which.get(&unit.authorisations).period;
                    let edge = if from_its_end {
                        period.last_day()
                    } else {
                        period.first_day()
                    };
                    Week::of(edge) + distance
                }
                _ => any_week,
            };
            (unit, week)
        })
}

/// Weeks from an edge of a period: about none, about the 104 of the biennio, about the 261 of the quinquennio.
fn near_a_window() -> impl Strategy<Value = Option<(bool, i32)>> {
    let distance = prop_oneof![-2..3_i32, 101..106_i32, 258..264_i32];
    prop::option::of((any::<bool>(), distance))
}

/// A week in the middle of random histories.
pub(crate) fn week() -> impl Strategy<Value = Week> {
    (0..330_i32).prop_map(|offset| Week::of(day(2021, 6, 7)) + offset)
}

/// Groups of workers that divide evenly and unevenly.
pub(crate) fn groups() -> impl Strategy<Value = Vec<HoursGroup>> {
    let group =
        (1..80_i128, 1..300_i128, 1..=6_i128).prop_map(|(halves, heads, months)| HoursGroup {
            weekly_hours: Exact::new(halves, 2),
            heads: Average::known(Exact::new(heads, months)),
        });
    prop::collection::vec(group, 1..4)
}
