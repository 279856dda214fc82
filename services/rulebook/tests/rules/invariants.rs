//! The engine against the slow way, and the invariants of `limits.md` §12.8, on random histories.

use crate::answers::busy_unit;
use crate::oracle::{
    self, authorisation, climate, counts_a4, counts_ais, counts_c1, counts_c3, day, groups,
    history, week, weeks,
};
use chrono::Days;
use kernel::{Hours, Period, Week};
use proptest::prelude::*;
use rulebook::biennium::{Biennium, Limit};
use rulebook::cigs::{cause_measure, next_crisis_from};
use rulebook::continuous::Continuous;
use rulebook::exact::Exact;
use rulebook::one_third::OneThird;
use rulebook::render::{Language, render};
use rulebook::rules::{IN_FORCE, Overlap, Switches};
use rulebook::staff::{AisClass, Average};
use rulebook::total_duration::TotalDuration;
use rulebook::waiting::Waiting;
use rulebook::window::Window;
use rulebook::{
    Assessment, Authorisation, Cause, CounterKind, Counting, Evaluator, Facts, Flags,
    MonthsRequest, Outline, Request, Scheme, Sector, Staff, Unit, WEEK_UNITS, WeekTable,
};

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

/// Histories that all the comparisons share: 100,000 in continuous integration (`LIMITS_HISTORIES`). Each run draws
/// fresh ones.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told how many histories to draw"
)]
fn histories() -> ProptestConfig {
    let all: u32 = std::env::var("LIMITS_HISTORIES").map_or(2000, |number| {
        number.parse().expect("LIMITS_HISTORIES is a number")
    });
    ProptestConfig {
        cases: all.div_ceil(COMPARISONS),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Properties of the block below.
const COMPARISONS: u32 = 13;

/// A unit with so many weeks that few requests pass.
fn refused() -> impl Strategy<Value = (Unit, Week)> {
    busy_unit().prop_map(|(unit, request)| (unit, request.first))
}

const CIGS_CAUSES: [Cause; 3] = [Cause::Riorg, Cause::Crisi, Cause::Cds];

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn a_week_is_worth_what_its_days_say((unit, week) in history()) {
        for (counting, counts) in [
            (Counting::Continuous, counts_c1 as oracle::Counts),
            (Counting::Biennium, counts_c3),
            (Counting::Ais, counts_ais),
            (Counting::TotalDuration, counts_a4),
        ] {
            let table = WeekTable::new(&unit, &IN_FORCE, counting);
            for week in weeks(week - 3, week + 3) {
                prop_assert_eq!(table.value(week), oracle::units(&unit, week, counts));
            }
        }
    }

    #[test]
    fn the_biennium_agrees_with_the_slow_way((unit, week) in history(), count in 1..40_i32) {
        biennium_of(&unit, |biennium| {
            let status = biennium.status(week);
            prop_assert_eq!(status.used_units, oracle::used(&unit, week, counts_c3));
            let granted = biennium.check(&Request::ordinary(week, count)).grantable_weeks;
            prop_assert_eq!(granted, oracle::check(&unit, week, count, counts_c3, oracle::LIMIT));
            if let Some(first) = status.first_available {
                let fits = |week| oracle::used(&unit, week, counts_c3) + WEEK_UNITS <= oracle::LIMIT;
                prop_assert!(fits(first));
                prop_assert!(first == week || !fits(first - 1));
            }
            Ok(())
        })?;
    }

    #[test]
    fn ais_agrees_with_the_slow_way((unit, week) in history(), count in 1..30_i32, small in any::<bool>()) {
        let (class, limit) = if small { (AisClass::Small, 390) } else { (AisClass::Large, 780) };
        let table = WeekTable::new(&unit, &IN_FORCE, Counting::Ais);
        let ais = Biennium::ais(&table, unit.facts, &IN_FORCE, class);
        let status = ais.status(week);
        prop_assert_eq!((status.limit_units, status.used_units), (limit, oracle::used(&unit, week, counts_ais)));
        let granted = ais.check(&Request::ordinary(week, count).of_ais()).grantable_weeks;
        prop_assert_eq!(granted, oracle::check(&unit, week, count, counts_ais, limit));
    }

    /// A window that has held other units says what a table of all weeks says, or that it takes more weeks than it holds.
    #[test]
    fn weeks_around_one_agree_with_the_table_and_the_slow_way(
        units in prop::collection::vec(prop_oneof![history(), refused()], 1..5),
        which in any::<prop::sample::Index>(),
        count in 1..30_i32,
        cause in prop_oneof![Just(Cause::Ord), Just(Cause::Eone)],
        small in any::<bool>(),
    ) {
        let class = if small { AisClass::Small } else { AisClass::Large };
        let week = which.get(&units).1;
        let mut windows = [Counting::Biennium, Counting::Ais].map(|counting| Window::new(&IN_FORCE, counting, week));
        for (unit, _) in &units {
            let facts = unit.facts;
            let reaches_beyond = unit.authorisations.iter().any(|one| Week::of(one.period.last_day()) > week + 24);
            for (window, (counting, limit, counts, most)) in windows.iter_mut().zip([
                (Counting::Biennium, Limit::cigo(facts, &IN_FORCE), counts_c3 as oracle::Counts, oracle::LIMIT),
                (Counting::Ais, Limit::ais(facts, &IN_FORCE, class), counts_ais, if small { 390 } else { 780 }),
            ]) {
                let table = WeekTable::new(unit, &IN_FORCE, counting);
                let counter = match counting {
                    Counting::Ais => Biennium::ais(&table, facts, &IN_FORCE, class),
                    _ => Biennium::new(&table, facts, &IN_FORCE),
                };
                window.fill(facts, unit.authorisations.iter().map(Outline::from));
                if let Some(status) = window.status(&limit) {
                    prop_assert_eq!(status, counter.status(week));
                    prop_assert_eq!(status.used_units, oracle::used(unit, week, counts));
                } else {
                    let first = counter.status(week).first_available;
                    prop_assert!(reaches_beyond && first.is_none_or(|first| first > week + 24));
                }
                let request = Request { cause, ..Request::ordinary(week, count) };
                let asked = window.check(&limit, &request);
                prop_assert_eq!(asked.is_some(), count <= 25, "128 weeks are 103 before and 25 from the week on");
                if let Some(check) = asked {
                    prop_assert_eq!(check, counter.check(&request));
                    if cause == Cause::Ord {
                        prop_assert_eq!(check.grantable_weeks, oracle::check(unit, week, count, counts, most));
                    }
                }
                prop_assert_eq!(window.check(&limit, &request.starting(week + 1)), None);
            }
        }
    }

    #[test]
    fn the_continuous_weeks_agree_with_the_slow_way((unit, week) in history(), count in 1..20_i32) {
        let table = WeekTable::new(&unit, &IN_FORCE, Counting::Continuous);
        let check = Continuous::new(&table, &IN_FORCE).check(&Request::ordinary(week, count));
        prop_assert_eq!(check.grantable_weeks, oracle::c1(&unit, week, count));
    }

    #[test]
    fn the_waiting_agrees_with_the_slow_way((unit, run) in history(), length in 45..60_i32) {
        let unit = with(&unit, authorised(Cause::Ord, run, length));
        let counted = WeekTable::new(&unit, &IN_FORCE, Counting::Biennium);
        let touched = WeekTable::new(&unit, &IN_FORCE, Counting::Continuous);
        prop_assert_eq!(Waiting::new(&unit, &IN_FORCE, &counted, &touched).first_allowed(), oracle::c2(&unit));
    }

    #[test]
    fn one_third_agrees_with_the_slow_way((mut unit, week) in history(), groups in groups(), asked in 0..10_000_i64) {
        let weekly: Exact = groups.iter().map(|group| group.weekly_hours * group.heads.heads()).sum();
        unit.staff.groups = groups;
        let counter = OneThird::new(&unit, &IN_FORCE).unwrap();
        let status = counter.status(week);
        let limit = (weekly * Exact::from_integer(104) / Exact::from_integer(3)).floor().to_integer();
        prop_assert_eq!(i128::from(status.limit_hours), limit);
        let used = oracle::hours_used(&unit, week);
        prop_assert_eq!(status.used_hours, Exact::new(used, 100 * oracle::SHARES));
        let fits = used + i128::from(asked) * 100 * oracle::SHARES <= limit * 100 * oracle::SHARES;
        prop_assert_eq!(counter.fits(week, &Exact::from_integer(asked.into())), fits);
    }

    #[test]
    fn the_total_duration_agrees_with_the_slow_way((unit, week) in history(), back in 0..7_i64, count in 0..14_i32) {
        let last = week.sunday() - chrono::TimeDelta::days(back);
        let counter = TotalDuration::new(&unit, &IN_FORCE);
        let requested: Vec<Week> = weeks(week - count + 1, week).collect();
        let ends = requested.first().copied().zip(requested.last().copied());
        let measure = counter.measure_with(last, ends);
        prop_assert_eq!((measure.used_units, measure.limit_units), oracle::art4(&unit, last, &requested));
    }

    #[test]
    fn the_causali_of_cigs_agree_with_the_slow_way((unit, week) in history(), back in 0..7_i64) {
        let last = week.sunday() - chrono::TimeDelta::days(back);
        for cause in CIGS_CAUSES {
            prop_assert_eq!(cause_measure(&unit, &IN_FORCE, cause, last).used_units, oracle::cause_used(&unit, cause, last));
        }
        for one in unit.authorisations.iter().filter(|one| one.cause == Cause::Crisi) {
            prop_assert_eq!(next_crisis_from(&IN_FORCE, one.period), oracle::next_crisis(one.period));
        }
    }

    #[test]
    fn a_request_of_months_agrees_with_the_slow_way((unit, week) in history(), which in 0..3_usize, months in 1..15_i32) {
        let request = MonthsRequest { cause: CIGS_CAUSES[which], flags: Flags::default(), from: week.monday(), months, hours: None };
        let check = TotalDuration::check_months(&unit, &IN_FORCE, &request);
        let fits = |months: &i32| {
            let last = kernel::calendar::add_months(request.from, *months) - Days::new(1);
            let asked = Authorisation::new("R".into(), Scheme::Cigs, request.cause, Period::between(request.from, last));
            let (used, limit) = oracle::art4(&with(&unit, asked), last, &[]);
            used <= limit
        };
        let granted = (1..=months).take_while(fits).last().unwrap_or(0);
        prop_assert_eq!(check.grantable_months, granted);
    }

    /// Months that are granted keep every limit: theirs, and that of what comes later.
    #[test]
    fn granted_months_leave_what_comes_later_within_its_limits((unit, week) in history(), which in 0..3_usize, months in 1..15_i32) {
        let cause = CIGS_CAUSES[which];
        let request = MonthsRequest { cause, flags: Flags::default(), from: week.monday(), months, hours: None };
        let granted = Assessment::new(&unit, &IN_FORCE).simulate_months(&request).grantable_months;
        if granted > 0 {
            let asked = request.first_months(granted);
            let with = with(&unit, Authorisation::new("R".into(), Scheme::Cigs, cause, asked));
            let total = TotalDuration::new(&with, &IN_FORCE);
            let horizon = kernel::calendar::add_years(asked.last_day(), 5);
            let later = with.authorisations.iter().filter(|one| one.scheme == Scheme::Cigs && !one.flags.is_neutral() && !one.flags.deroga_art4);
            let ends = later.map(|one| one.period.last_day()).filter(|end| *end >= asked.last_day() && *end <= horizon);
            for end in ends {
                prop_assert!(total.measure(end).fits(), "{end}");
            }
            prop_assert!(cause_measure(&with, &IN_FORCE, cause, asked.last_day()).residual_units() >= 0);
        }
    }

    /// The trail with a request on top says what its check decides.
    #[test]
    fn a_trail_with_a_request_on_top_agrees_with_its_check((mut unit, week) in history(), groups in groups(), count in 1..14_i32, asked in 0..10_000_i64) {
        unit.staff = Staff { headcount: None, groups };
        let hours = Hours::from_hundredths(asked * 100);
        let request = Request::ordinary(week, count).with_hours(hours);
        let assessment = Assessment::new(&unit, &IN_FORCE);
        let table = WeekTable::new(&unit, &IN_FORCE, Counting::Continuous);
        let continuous = Continuous::new(&table, &IN_FORCE).check(&request).passes();
        let chain = assessment.explain_request(CounterKind::Continuous, &request).unwrap();
        prop_assert_eq!(continuous, chain.total <= chain.limit_units);
        let third = assessment.explain_request(CounterKind::OneThird, &request).unwrap();
        let trail = third.hours.unwrap();
        let fits = OneThird::new(&unit, &IN_FORCE).unwrap().check(&request).passes();
        prop_assert_eq!(fits, trail.used_hours <= Exact::from_integer(trail.limit_hours.into()));
        prop_assert_eq!(trail.requested_hours, Some(Exact::from_integer(asked.into())));
    }

    /// The explanation adds up to the answer.
    #[test]
    fn a_trail_totals_what_its_counter_calls_used((mut unit, week) in history(), groups in groups(), heads in 1..20_i128, overlap in any::<bool>()) {
        unit.staff = Staff { headcount: Some(Average::known(Exact::from_integer(heads))), groups };
        let rules = if overlap { IN_FORCE.with(Switches { overlap: Overlap::Cigs, ..Switches::default() }) } else { IN_FORCE.clone() };
        for sector in [unit.facts.sector, Sector::Fis] {
            unit.facts.sector = sector;
            let assessment = Assessment::new(&unit, &rules);
            for counter in assessment.counters(week) {
                let trail = assessment.explain(counter.kind, week).unwrap();
                prop_assert_eq!((trail.kind, trail.source), (counter.kind, counter.source));
                if counter.kind != CounterKind::Waiting {
                    prop_assert_eq!((counter.kind, trail.total, trail.limit_units), (counter.kind, counter.used_units, counter.limit_units));
                }
                let lines: i64 = trail.weeks.iter().map(|line| line.units).sum();
                prop_assert_eq!(lines, trail.weeks.last().map_or(0, |line| line.running_total));
                for line in &trail.weeks {
                    prop_assert_eq!(line.units > 0, !line.counted.is_empty());
                }
                prop_assert!(!render(&trail, &unit, Language::Italian).is_empty());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// §12.8.1
    #[test]
    fn one_more_authorisation_never_leaves_more((mut unit, week) in history(), more in authorisation(), groups in groups()) {
        unit.staff = Staff { headcount: Some(Average::known(Exact::from_integer(5))), groups };
        let left = |unit: &Unit| {
            let assessment = Assessment::new(unit, &IN_FORCE);
            let counters = assessment.counters(week);
            let two_years = [CounterKind::Biennium, CounterKind::AisBiennium, CounterKind::OneThird];
            counters.into_iter().filter(move |one| two_years.contains(&one.kind)).map(|one| one.residual_units).collect::<Vec<_>>()
        };
        for sector in [unit.facts.sector, Sector::Fis] {
            unit.facts.sector = sector;
            let before = left(&unit);
            let after = left(&with(&unit, more.clone()));
            prop_assert!(!before.is_empty() && before.len() == after.len());
            prop_assert!(after.iter().zip(&before).all(|(after, before)| after <= before));
        }
    }

    /// §12.8.2
    #[test]
    fn declared_days_never_weigh_more_than_the_authorised_weeks((unit, week) in history()) {
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

    /// §12.8.3
    #[test]
    fn a_week_is_worth_from_none_to_thirty_units((unit, week) in history()) {
        for counting in [Counting::Continuous, Counting::Biennium, Counting::Ais, Counting::TotalDuration] {
            let table = WeekTable::new(&unit, &IN_FORCE, counting);
            for week in weeks(week - 52, week + 52) {
                prop_assert!((0..=WEEK_UNITS).contains(&table.value(week)));
            }
        }
    }

    /// §12.8.4
    #[test]
    fn a_history_moved_by_whole_weeks_gives_the_same_answers_later((unit, week) in history(), by in 1..300_i32) {
        let mut unit = without_eone(unit);
        unit.authorisations.retain(|one| one.period.first_day() >= oracle::day(2015, 9, 24));
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
    fn a_request_fits_when_its_last_week_does((unit, week) in history(), count in 1..40_i32) {
        let passes = biennium_of(&unit, |biennium| biennium.check(&Request::ordinary(week, count)).passes());
        prop_assert_eq!(passes, oracle::window(&unit, week, week + count - 1, counts_c3) <= oracle::LIMIT);
    }

    /// §12.8.6
    #[test]
    fn what_is_left_can_be_granted((unit, week) in history(), count in 1..60_i32) {
        biennium_of(&unit, |biennium| {
            let residual = biennium.status(week).residual_weeks;
            let grantable = biennium.check(&Request::ordinary(week, count)).grantable_weeks;
            prop_assert!(i64::from(grantable) >= i64::from(count).min(residual));
            Ok(())
        })?;
    }

    /// §12.8.7
    #[test]
    fn an_authorisation_split_on_a_sunday_weighs_the_same((unit, week) in history(), at in week()) {
        let mut parts = unit.clone();
        parts.authorisations = unit.authorisations.iter().flat_map(|one| split(one, at)).collect();
        let whole = biennium_of(&unit, |biennium| biennium.status(week));
        let split = biennium_of(&parts, |biennium| biennium.status(week));
        prop_assert_eq!(whole, split);
    }

    /// §12.8.8
    #[test]
    fn solidarity_weighs_at_least_as_much_in_construction((unit, week) in history()) {
        let used = |sector| {
            let unit = Unit { facts: Facts { sector, ..unit.facts }, ..unit.clone() };
            TotalDuration::new(&unit, &IN_FORCE).measure(week.sunday()).used_units
        };
        prop_assert!(used(Sector::M) >= used(Sector::N));
    }

    /// What the inverse questions answer, asked forwards.
    #[test]
    fn whatever_would_make_a_request_pass_passes((mut unit, week) in history(), groups in groups(), count in 1..14_i32, hours in 0..3_000_000_i64) {
        unit.staff.groups = groups;
        let assessment = Assessment::new(&unit, &IN_FORCE);
        let request = Request::ordinary(week, count).with_hours(Hours::from_hundredths(hours));
        let refusal = assessment.refusal(&request);
        let alternatives = assessment.alternatives(&request);
        let ways = [alternatives.shorter, alternatives.later, alternatives.fewer_hours];
        prop_assert!(refusal.is_some() || ways == [None; 3]);
        for way in ways.into_iter().flatten() {
            prop_assert_eq!(assessment.refusal(&way), None);
        }
        if let Some(shorter) = alternatives.shorter {
            prop_assert_eq!(shorter.count, assessment.simulate(&request).grantable_weeks);
        }
        prop_assert_eq!(assessment.longest(&request), assessment.simulate(&Request::ordinary(week, 13)).grantable_weeks);
        let starts = assessment.admissible_starts(&request, 30);
        for week in weeks(week, week + 29) {
            let listed = starts.iter().any(|range| range.first <= week && week <= range.last);
            prop_assert_eq!(listed, assessment.refusal(&request.starting(week)).is_none());
        }
    }

    /// An evaluator that has seen other units answers as a fresh assessment, of shops and of units with a long chain too.
    #[test]
    fn memory_used_again_leaves_no_trace(
        units in prop::collection::vec((history(), any::<bool>(), prop::option::of(1..30_i64), 0..80_i32), 1..5),
    ) {
        let from = units[0].0.1;
        let mut evaluator = Evaluator::new(&IN_FORCE, from);
        for ((unit, week), is_shop, heads, chain) in units {
            let mut unit = with(&unit, authorised(Cause::Ord, week - chain, chain.max(1)));
            unit.staff.headcount = heads.map(|heads| Average::known(Exact::from_integer(heads.into())));
            if is_shop {
                unit.facts.sector = Sector::Fis;
            }
            prop_assert_eq!(evaluator.counters(&unit), Assessment::new(&unit, &IN_FORCE).counters(from));
        }
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
        working_days: rulebook::WorkingDays::Five,
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
        working_days: rulebook::WorkingDays::Five,
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
            working_days: rulebook::WorkingDays::Five,
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

#[test]
fn the_climate_windows_are_the_second_halves_of_four_years() {
    for date in Period::between(day(2022, 1, 1), day(2027, 12, 31)).days() {
        assert_eq!(IN_FORCE.in_climate_window(date), climate(date), "{date}");
    }
}
