//! The engine against the slow way, and the invariants of `limits.md` §12.8, on random histories.

use crate::oracle::{self, authorisation, counts_a4, counts_c1, counts_c3, unit, week, weeks};
use chrono::Days;
use kernel::{Period, Week};
use limits::domain::biennium::Biennium;
use limits::domain::continuous::Continuous;
use limits::domain::rules::IN_FORCE;
use limits::domain::total_duration::TotalDuration;
use limits::domain::waiting::Waiting;
use limits::domain::{
    Assessment, Authorisation, Cause, Counting, Facts, Request, Scheme, Sector, Staff, Unit,
    WEEK_UNITS, WeekTable,
};
use proptest::prelude::*;

fn biennium_of<T>(unit: &Unit, ask: impl FnOnce(&Biennium<'_>) -> T) -> T {
    let table = WeekTable::new(unit, &IN_FORCE, Counting::Biennium);
    ask(&Biennium::new(&table, unit.facts, &IN_FORCE))
}

fn with(unit: &Unit, more: Authorisation) -> Unit {
    let mut unit = unit.clone();
    unit.authorisations.push(more);
    unit
}

fn authorised(cause: Cause, first: Week, count: i32) -> Authorisation {
    let period = Period::between(first.monday(), (first + count - 1).sunday());
    Authorisation::new("A".into(), Scheme::Cigo, cause, period)
}

/// Only what the shift of §12.8.4 speaks of: no climate windows.
fn without_eone(mut unit: Unit) -> Unit {
    unit.authorisations
        .iter_mut()
        .filter(|one| one.cause == Cause::Eone)
        .for_each(|one| one.cause = Cause::Ord);
    unit
}

fn shifted(unit: &Unit, weeks: u64) -> Unit {
    let by = Days::new(weeks * 7);
    let mut unit = unit.clone();
    for one in &mut unit.authorisations {
        one.period = Period::between(one.period.first_day() + by, one.period.last_day() + by);
        one.used_dates = one
            .used_dates
            .take()
            .map(|dates| dates.iter().map(|date| date + by).collect());
    }
    unit
}

fn split(one: &Authorisation, at: Week) -> Vec<Authorisation> {
    let (first, last) = (one.period.first_day(), one.period.last_day());
    if at.monday() <= first || at.monday() > last {
        return vec![one.clone()];
    }
    let before = Authorisation {
        period: Period::between(first, (at - 1).sunday()),
        ..one.clone()
    };
    let after = Authorisation {
        period: Period::between(at.monday(), last),
        ..one.clone()
    };
    vec![before, after]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_week_is_worth_what_its_days_say(unit in unit(), week in week()) {
        for (counting, counts) in [
            (Counting::Continuous, counts_c1 as oracle::Counts),
            (Counting::Biennium, counts_c3),
            (Counting::TotalDuration, counts_a4),
        ] {
            let value = WeekTable::new(&unit, &IN_FORCE, counting).value(week);
            prop_assert_eq!(value, oracle::units(&unit, week, counts));
            prop_assert!((0..=WEEK_UNITS).contains(&value));
        }
    }

    #[test]
    fn the_biennium_agrees_with_the_slow_way(unit in unit(), week in week(), count in 1..40_i32) {
        biennium_of(&unit, |biennium| {
            let status = biennium.status(week);
            prop_assert_eq!(status.used_units, oracle::used(&unit, week));
            prop_assert_eq!(biennium.check(&Request::ordinary(week, count)).grantable_weeks, oracle::check(&unit, week, count));
            if let Some(first) = status.first_available {
                prop_assert!(oracle::used(&unit, first) + WEEK_UNITS <= oracle::LIMIT);
                prop_assert!(first == week || oracle::used(&unit, first - 1) + WEEK_UNITS > oracle::LIMIT);
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_continuous_weeks_agree_with_the_slow_way(unit in unit(), week in week(), count in 1..20_i32) {
        let table = WeekTable::new(&unit, &IN_FORCE, Counting::Continuous);
        let check = Continuous::new(&table, &IN_FORCE).check(&Request::ordinary(week, count));
        prop_assert_eq!(check.grantable_weeks, oracle::c1(&unit, week, count));
    }

    #[test]
    fn the_waiting_agrees_with_the_slow_way(unit in unit(), run in week(), length in 45..60_i32) {
        let unit = with(&unit, authorised(Cause::Ord, run, length));
        let counted = WeekTable::new(&unit, &IN_FORCE, Counting::Biennium);
        let touched = WeekTable::new(&unit, &IN_FORCE, Counting::Continuous);
        prop_assert_eq!(Waiting::new(&unit, &IN_FORCE, &counted, &touched).first_allowed(), oracle::c2(&unit));
    }

    #[test]
    fn the_total_duration_agrees_with_the_slow_way(unit in unit(), week in week(), back in 0..7_i64, count in 0..14_i32) {
        let last = week.sunday() - chrono::TimeDelta::days(back);
        let counter = TotalDuration::new(&unit, &IN_FORCE);
        let requested: Vec<Week> = weeks(week - count + 1, week).collect();
        let ends = requested.first().copied().zip(requested.last().copied());
        let measure = counter.measure_with(last, ends);
        prop_assert_eq!((measure.used_units, measure.limit_units), oracle::art4(&unit, last, &requested));
    }

    /// §12.8.1
    #[test]
    fn one_more_authorisation_never_leaves_more(unit in unit(), more in authorisation(), week in week()) {
        let before = biennium_of(&unit, |biennium| biennium.status(week).residual_units);
        let after = biennium_of(&with(&unit, more), |biennium| biennium.status(week).residual_units);
        prop_assert!(after <= before);
    }

    /// §12.8.2
    #[test]
    fn declared_days_never_weigh_more_than_the_authorised_weeks(unit in unit(), week in week()) {
        // A Saturday that is declared just outside a climate window counts, though no working day of its week does.
        let unit = without_eone(unit);
        let mut undeclared = unit.clone();
        for one in &mut undeclared.authorisations {
            one.period = Period::between(Week::of(one.period.first_day()).monday(), Week::of(one.period.last_day()).sunday());
            one.used_dates = None;
        }
        let fruito = biennium_of(&unit, |biennium| biennium.status(week).used_units);
        let authorised = biennium_of(&undeclared, |biennium| biennium.status(week).used_units);
        prop_assert!(fruito <= authorised);
    }

    /// §12.8.4
    #[test]
    fn a_history_moved_by_whole_weeks_gives_the_same_answers_later(unit in unit(), week in week(), by in 1..300_i32) {
        let unit = without_eone(unit);
        let moved = shifted(&unit, by.try_into().unwrap());
        let request = Request::ordinary(week, 13);
        let here = biennium_of(&unit, |biennium| (biennium.status(week).used_units, biennium.check(&request).grantable_weeks));
        let there = biennium_of(&moved, |biennium| {
            (biennium.status(week + by).used_units, biennium.check(&request.starting(week + by)).grantable_weeks)
        });
        prop_assert_eq!(here, there);
    }

    /// §12.8.5
    #[test]
    fn a_request_fits_when_its_last_week_does(unit in unit(), week in week(), count in 1..40_i32) {
        let passes = biennium_of(&unit, |biennium| biennium.check(&Request::ordinary(week, count)).passes());
        prop_assert_eq!(passes, oracle::window(&unit, week, week + count - 1) <= oracle::LIMIT);
    }

    /// §12.8.6
    #[test]
    fn what_is_left_can_be_granted(unit in unit(), week in week(), count in 1..60_i32) {
        biennium_of(&unit, |biennium| {
            let residual = biennium.status(week).residual_weeks;
            let grantable = biennium.check(&Request::ordinary(week, count)).grantable_weeks;
            prop_assert!(i64::from(grantable) >= i64::from(count).min(residual));
            Ok(())
        })?;
    }

    /// §12.8.7
    #[test]
    fn an_authorisation_split_on_a_sunday_weighs_the_same(unit in unit(), week in week(), at in week()) {
        let mut parts = unit.clone();
        parts.authorisations = unit.authorisations.iter().flat_map(|one| split(one, at)).collect();
        let whole = biennium_of(&unit, |biennium| biennium.status(week));
        let split = biennium_of(&parts, |biennium| biennium.status(week));
        prop_assert_eq!(whole, split);
    }

    /// §12.8.8
    #[test]
    fn solidarity_weighs_at_least_as_much_in_construction(unit in unit(), week in week()) {
        let used = |sector| {
            let unit = Unit { facts: Facts { sector, ..unit.facts }, ..unit.clone() };
            TotalDuration::new(&unit, &IN_FORCE).measure(week.sunday()).used_units
        };
        prop_assert!(used(Sector::M) >= used(Sector::N));
    }

    /// Whatever the order in which requests come, and wherever they fall between earlier ones.
    #[test]
    fn requests_granted_one_after_the_other_never_break_a_limit(
        facts in oracle::facts(),
        asked in prop::collection::vec((week(), 1..14_i32, prop_oneof![3 => Just(Cause::Ord), 1 => Just(Cause::Eone)]), 1..25),
    ) {
        let mut unit = Unit { facts, staff: Staff::default(), authorisations: Vec::new() };
        for (first, count, cause) in asked {
            let request = Request { cause, ..Request::ordinary(first, count) };
            if Assessment::new(&unit, &IN_FORCE).refusal(&request).is_none() {
                unit = with(&unit, authorised(cause, first, count));
            }
        }
        let counted = WeekTable::new(&unit, &IN_FORCE, Counting::Biennium);
        for (week, _) in counted.weeks() {
            prop_assert!(counted.sum(week - 103, week) <= oracle::LIMIT);
        }
        let total = TotalDuration::new(&unit, &IN_FORCE);
        for (week, _) in WeekTable::new(&unit, &IN_FORCE, Counting::TotalDuration).weeks() {
            prop_assert!(total.measure(week.sunday()).fits());
        }
    }
}

#[test]
fn the_first_block_is_the_first_week_from_which_the_whole_request_passes() {
    let run = Week::of(oracle::day(2025, 1, 6));
    let facts = Facts {
        sector: Sector::A,
        working_days: limits::domain::WorkingDays::Five,
    };
    let unit = Unit {
        facts,
        staff: Staff::default(),
        authorisations: vec![authorised(Cause::Ord, run, 52)],
    };
    let assessment = Assessment::new(&unit, &IN_FORCE);
    let simulation = assessment.simulate(&Request::ordinary(Week::of(oracle::day(2026, 1, 5)), 13));
    assert_eq!(simulation.grantable_weeks, 0);
    assert_eq!(
        simulation.first_block.unwrap().monday(),
        oracle::day(2027, 1, 4)
    );
    let too_long = assessment.simulate(&Request::ordinary(Week::of(oracle::day(2028, 1, 3)), 14));
    assert_eq!(
        (too_long.grantable_weeks, too_long.first_block),
        (13, None),
        "13 weeks an application"
    );
}

#[test]
fn weeks_already_authorised_later_are_protected() {
    let later = Week::of(oracle::day(2026, 6, 1));
    let facts = Facts {
        sector: Sector::A,
        working_days: limits::domain::WorkingDays::Five,
    };
    let blocks = [later - 60, later - 30, later];
    let unit = Unit {
        facts,
        staff: Staff::default(),
        authorisations: blocks.map(|first| authorised(Cause::Ord, first, 16)).into(),
    };
    let before = Request::ordinary(later - 10, 8);
    assert!(
        biennium_of(&unit, |biennium| biennium.check(&before).passes()),
        "its own windows have room"
    );
    let refusal = Assessment::new(&unit, &IN_FORCE).refusal(&before).unwrap();
    assert_eq!(
        refusal.week - before.first,
        4,
        "48 weeks are in the window of the last later week: 4 are free"
    );
}

#[test]
fn a_requested_eone_is_weighed_by_letter_and_by_climate_window() {
    let full = Week::of(oracle::day(2025, 1, 6));
    let granted = |sector, first: Week, cause| {
        let facts = Facts {
            sector,
            working_days: limits::domain::WorkingDays::Five,
        };
        let unit = Unit {
            facts,
            staff: Staff::default(),
            authorisations: vec![
                authorised(Cause::Ord, full, 26),
                authorised(Cause::Ord, full + 30, 26),
            ],
        };
        let request = Request {
            cause,
            ..Request::ordinary(first, 4)
        };
        biennium_of(&unit, |biennium| biennium.check(&request).grantable_weeks)
    };
    let spring = Week::of(oracle::day(2026, 4, 6));
    assert_eq!(
        granted(Sector::A, spring, Cause::Ord),
        0,
        "52 weeks are used"
    );
    assert_eq!(
        granted(Sector::A, spring, Cause::Eone),
        4,
        "art. 12 c. 4 lifts letter a out"
    );
    assert_eq!(
        granted(Sector::M, spring, Cause::Eone),
        0,
        "but not letter m"
    );
    let summer = Week::of(oracle::day(2026, 6, 29));
    assert_eq!(
        granted(Sector::M, summer + 1, Cause::Eone),
        4,
        "all inside the window of 2026"
    );
    assert_eq!(
        granted(Sector::M, summer, Cause::Eone),
        0,
        "29 and 30 June 2026 lie before the window"
    );
}
