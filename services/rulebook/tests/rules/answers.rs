//! What the answer as a whole says of a request, against asking every counter by itself and every week or month in turn,
//! on histories so busy that requests are often refused.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, Weekday};
use kernel::{Hours, Period, Week};
use proptest::prelude::*;
use rulebook::biennium::{Biennium, Limit};
use rulebook::cigs::cause_limit;
use rulebook::continuous::Continuous;
use rulebook::exact::Exact;
use rulebook::one_third::OneThird;
use rulebook::rules::{IN_FORCE, Switches, WaitingTrigger};
use rulebook::staff::{AisClass, Average, HoursGroup};
use rulebook::total_duration::TotalDuration;
use rulebook::waiting::Waiting;
use rulebook::window::Window;
use rulebook::{
    Assessment, Authorisation, Cause, Check, CounterKind, Counting, Exclusion, Facts, Flags,
    MonthsRequest, Outline, Request, Scheme, Sector, Staff, Unit, WeekTable, WorkingDays,
};

use crate::oracle::{self, day};

const CIGS_CAUSES: [(Cause, CounterKind); 3] = [
    (Cause::Riorg, CounterKind::Riorg),
    (Cause::Crisi, CounterKind::Crisi),
    (Cause::Cds, CounterKind::Cds),
];

fn authorised(scheme: Scheme, cause: Cause, period: Period) -> Authorisation {
    Authorisation::new("A".into(), scheme, cause, period)
}

/// Ordinary CIGO over so many whole weeks.
fn block(first: Week, count: i32) -> Authorisation {
    let period = Period::between(first.monday(), (first + count - 1).sunday());
    authorised(Scheme::Cigo, Cause::Ord, period)
}

fn with(unit: &Unit, more: Authorisation) -> Unit {
    let mut unit = unit.clone();
    unit.authorisations.push(more);
    unit
}

/// Blocks of weeks one after the other, with gaps that a window can or cannot bridge.
fn busy(scheme: Scheme) -> impl Strategy<Value = Vec<Authorisation>> {
    let block = (1..22_i32, 0..26_i32, 0..400_000_i64);
    prop::collection::vec(block, 3..14).prop_map(move |blocks| {
        let mut next = Week::of(day(2021, 1, 4));
        let mut all = Vec::new();
        for (length, gap, hours) in blocks {
            let first = next + gap;
            next = first + length;
            let period = Period::between(first.monday(), (next - 1).sunday());
            let mut one = authorised(scheme, Cause::Ord, period);
            one.hours = Some(rulebook::PeriodHours::Total(Hours::from_hundredths(hours)));
            all.push(one);
        }
        all
    })
}

/// A unit with CIGO, or one of the FIS with AIS, and people who work there.
pub(crate) fn busy_unit() -> impl Strategy<Value = (Unit, Request)> {
    let kind =
        prop_oneof![3 => Just((Scheme::Cigo, Sector::A)), 1 => Just((Scheme::Ais, Sector::Fis))];
    let staff = (1..12_i128, 1..40_i128);
    let asked = (0..330_i32, 1..30_i32, prop::option::of(0..600_000_i64));
    (kind, staff, asked, oracle::facts())
        .prop_flat_map(|((scheme, sector), staff, asked, facts)| {
            (busy(scheme), Just((scheme, sector, staff, asked, facts)))
        })
        .prop_map(
            |(
                authorisations,
                (scheme, sector, (headcount, heads), (offset, count, hours), facts),
            )| {
                let group = HoursGroup {
                    weekly_hours: Exact::from_integer(40),
                    heads: Average::known(Exact::from_integer(heads)),
                };
                let unit = Unit {
                    facts: Facts { sector, ..facts },
                    staff: Staff {
                        headcount: Some(Average::known(Exact::from_integer(headcount))),
                        groups: vec![group],
                    },
                    authorisations,
                };
                let first = Week::of(day(2021, 6, 7)) + offset;
                let request = Request {
                    scheme,
                    hours: hours.map(Hours::from_hundredths),
                    ..Request::ordinary(first, count)
                };
                (unit, request)
            },
        )
}

/// Every counter that looks at a request of weeks, in the order of the commas, asked by itself.
fn each_counter(unit: &Unit, request: &Request) -> Vec<(CounterKind, Check)> {
    let table = |counting| WeekTable::new(unit, &IN_FORCE, counting);
    let total = TotalDuration::new(unit, &IN_FORCE).check_keeping_later(request);
    let total = (CounterKind::TotalDuration, total);
    if request.scheme == Scheme::Ais {
        let small = unit.staff.headcount.as_ref().unwrap().heads() <= Exact::from_integer(5);
        let class = if small {
            AisClass::Small
        } else {
            AisClass::Large
        };
        let weeks = table(Counting::Ais);
        let ais = Biennium::ais(&weeks, unit.facts, &IN_FORCE, class).check_keeping_later(request);
        return vec![(CounterKind::AisBiennium, ais), total];
    }
    let (touched, counted) = (table(Counting::Continuous), table(Counting::Biennium));
    let waiting = Waiting::new(unit, &IN_FORCE, &counted, &touched);
    let biennium = Biennium::new(&counted, unit.facts, &IN_FORCE);
    let one_third = OneThird::new(unit, &IN_FORCE).unwrap();
    vec![
        (
            CounterKind::Continuous,
            Continuous::new(&touched, &IN_FORCE).check(request),
        ),
        (CounterKind::Waiting, waiting.check(request)),
        (CounterKind::Biennium, biennium.check_keeping_later(request)),
        (
            CounterKind::OneThird,
            one_third.check_keeping_later(request),
        ),
        total,
    ]
}

fn fits(unit: &Unit, request: &Request) -> bool {
    each_counter(unit, request)
        .iter()
        .all(|(_, check)| check.passes())
}

/// A history of CIGS, and a request of months after or inside it.
pub(crate) fn busy_months() -> impl Strategy<Value = (Unit, MonthsRequest)> {
    let block = (0..3_usize, 20..400_u64, 0..300_u64);
    let asked = (0..3_usize, 0..2_200_u64, 1..26_i32);
    (prop::collection::vec(block, 1..6), asked, oracle::facts()).prop_map(
        |(blocks, (which, offset, months), facts)| {
            let mut next = day(2021, 1, 4);
            let mut unit = Unit {
                facts,
                staff: Staff::default(),
                authorisations: Vec::new(),
            };
            for (cause, length, gap) in blocks {
                let first = next + Days::new(gap);
                next = first + Days::new(length);
                let period = Period::between(first, next - Days::new(1));
                unit = with(
                    &unit,
                    authorised(Scheme::Cigs, CIGS_CAUSES[cause].0, period),
                );
            }
            let from = day(2021, 6, 1) + Days::new(offset);
            (
                unit,
                MonthsRequest {
                    cause: CIGS_CAUSES[which].0,
                    flags: Flags::default(),
                    from,
                    months,
                    hours: None,
                },
            )
        },
    )
}

fn month_end(from: chrono::NaiveDate, months: i32) -> chrono::NaiveDate {
    kernel::calendar::add_months(from, months) - Days::new(1)
}

/// The last days of the months of CIGS that end after a day, each piece of days counted once from its first day on: other
/// grounds before contratti di solidarietà.
fn later_month_ends(asked: &Unit, last: chrono::NaiveDate) -> Vec<chrono::NaiveDate> {
    let horizon = kernel::calendar::add_years(last, 5);
    let mut all: Vec<&Authorisation> = asked.authorisations.iter().collect();
    all.sort_by_key(|one| (one.cause == Cause::Cds, one.period));
    let (mut seen, mut ends) = (BTreeSet::new(), Vec::new());
    for one in all {
        let days = one.period.first_day().iter_days();
        let days = days.take_while(|date| *date <= one.period.last_day());
        let own: Vec<_> = days.filter(|date| seen.insert(*date)).collect();
        for piece in own.chunk_by(|one, next| *one + Days::new(1) == *next) {
            let (first, end) = (piece[0], piece[piece.len() - 1]);
            let months = (1..).map(|months| month_end(first, months));
            ends.extend(months.take_while(|month| *month < end).chain([end]));
        }
    }
    ends.retain(|end| *end > last && *end <= horizon);
    ends
}

/// Whether a causale has no room for a request up to a day, or for what comes after it.
fn refused_by_cause(asked: &Unit, request: &MonthsRequest, last: chrono::NaiveDate) -> bool {
    let cause = request.cause;
    let over = |end| {
        let limit = cause_limit(&IN_FORCE, asked.facts, cause, end).value * 780;
        oracle::cause_used(asked, cause, end) > limit
    };
    if cause == Cause::Crisi {
        let in_crisis = |date: &chrono::NaiveDate| holds_crisis(asked, *date);
        let end = last.iter_days().take_while(in_crisis).last().unwrap();
        let next = (end + Days::new(1)).iter_days().take(4_000).find(in_crisis);
        let next_too_soon = next.is_some_and(|next| too_soon(asked, request, next));
        return over(last) || over(end) || too_soon(asked, request, last) || next_too_soon;
    }
    let horizon = kernel::calendar::add_years(last, 5);
    let same = asked.authorisations.iter().filter(|one| one.cause == cause);
    let later = same
        .map(|one| one.period.last_day())
        .filter(|end| *end > last && *end <= horizon);
    over(last) || later.into_iter().any(over)
}

fn holds_crisis(asked: &Unit, date: chrono::NaiveDate) -> bool {
    let mut all = asked.authorisations.iter();
    all.any(|one| one.cause == Cause::Crisi && one.period.contains(date))
}

/// The counter that refuses a month, by the slow way.
fn month_refused_by(unit: &Unit, request: &MonthsRequest, months: i32) -> Option<CounterKind> {
    let last = month_end(request.from, months);
    let asked = with(
        unit,
        authorised(
            Scheme::Cigs,
            request.cause,
            Period::between(request.from, last),
        ),
    );
    let kind = CIGS_CAUSES
        .iter()
        .find(|(cause, _)| *cause == request.cause)
        .unwrap()
        .1;
    if refused_by_cause(&asked, request, last) {
        return Some(kind);
    }
    let (used, most) = oracle::art4(&asked, last, &[]);
    let total = TotalDuration::new(&asked, &IN_FORCE);
    let mut later = later_month_ends(&asked, last).into_iter();
    let over = used > most || later.any(|end| !total.measure(end).fits());
    over.then_some(CounterKind::TotalDuration)
}

/// Whether the run of crisis days that holds a day begins before two thirds of the run before it have passed since.
fn too_soon(asked: &Unit, request: &MonthsRequest, last: chrono::NaiveDate) -> bool {
    if request.cause != Cause::Crisi {
        return false;
    }
    let in_crisis = |date| holds_crisis(asked, date);
    let back = |from: chrono::NaiveDate| {
        std::iter::successors(Some(from), chrono::NaiveDate::pred_opt).take(4_000)
    };
    let start = back(last)
        .take_while(|date| in_crisis(*date))
        .last()
        .unwrap();
    let Some(end_before) = back(start - Days::new(1)).find(|date| in_crisis(*date)) else {
        return false;
    };
    let start_before = back(end_before)
        .take_while(|date| in_crisis(*date))
        .last()
        .unwrap();
    start < oracle::next_crisis(Period::between(start_before, end_before))
}

fn months_fit(unit: &Unit, request: &MonthsRequest) -> bool {
    (1..=request.months).all(|months| month_refused_by(unit, request, months).is_none())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_is_that_of_the_counter_that_refuses_first((unit, request) in busy_unit()) {
        let simulation = Assessment::new(&unit, &IN_FORCE).simulate(&request);
        let counters = each_counter(&unit, &request);
        let granted = counters.iter().map(|(_, check)| check.grantable_weeks).min().unwrap();
        prop_assert_eq!(simulation.grantable_weeks, granted);
        let first = counters.iter().filter_map(|(kind, check)| check.first_failing.map(|week| (week, *kind)))
            .reduce(|one, other| if other.0 < one.0 { other } else { one });
        prop_assert_eq!(simulation.refusal.map(|refusal| (refusal.week, refusal.binding)), first);
        let weeks = (0..1_000).map(|offset| request.first + offset);
        let mut after = weeks.take_while(|week| simulation.first_block.is_none_or(|first| *week < first));
        prop_assert!(after.all(|week| !fits(&unit, &request.starting(week))), "a week before the first block fits");
        if let Some(first) = simulation.first_block {
            prop_assert!(fits(&unit, &request.starting(first)));
        }
    }

    #[test]
    fn the_longest_request_is_the_last_that_fits((unit, request) in busy_unit()) {
        let assessment = Assessment::new(&unit, &IN_FORCE);
        let of = |count| Request { count, hours: None, ..request };
        let most = if request.scheme == Scheme::Cigo { 13 } else { 26 };
        let longest = (1..=most).take_while(|count| fits(&unit, &of(*count))).last().unwrap_or(0);
        prop_assert_eq!(assessment.longest(&request), longest);
    }

    #[test]
    fn the_weeks_from_which_a_request_fits_are_told_as_whole_ranges((unit, request) in busy_unit()) {
        let assessment = Assessment::new(&unit, &IN_FORCE);
        for (asked, ranges) in [
            (request, assessment.admissible_starts(&request, 60)),
            (request.shortened(1), assessment.free_weeks(&request, 60)),
        ] {
            let told: Vec<Week> = ranges.iter().flat_map(|range| oracle::weeks(range.first, range.last)).collect();
            let fitting: Vec<Week> = oracle::weeks(request.first, request.first + 59)
                .filter(|week| fits(&unit, &asked.starting(*week))).collect();
            prop_assert_eq!(told, fitting);
            prop_assert!(ranges.windows(2).all(|pair| pair[0].last + 1 < pair[1].first), "two ranges touch");
        }
    }

    #[test]
    fn a_refused_request_is_told_every_way_that_passes((unit, request) in busy_unit()) {
        let assessment = Assessment::new(&unit, &IN_FORCE);
        let ways = assessment.alternatives(&request);
        let simulation = assessment.simulate(&request);
        if simulation.refusal.is_none() {
            prop_assert_eq!((ways.shorter, ways.later, ways.fewer_hours), (None, None, None));
            return Ok(());
        }
        let granted = simulation.grantable_weeks;
        let shorter = (granted > 0).then(|| request.shortened(granted)).filter(|way| fits(&unit, way));
        prop_assert_eq!(ways.shorter, shorter);
        prop_assert_eq!(ways.later, simulation.first_block.map(|first| request.starting(first)));
        match (ways.fewer_hours, request.hours) {
            (Some(way), Some(asked)) => {
                let hours = way.hours.unwrap();
                prop_assert!(fits(&unit, &way) && Hours::default() < hours && hours < asked);
                let more = Hours::from_hundredths(hours.hundredths() + 1);
                prop_assert!(!fits(&unit, &way.with_hours(more)), "one hundredth more would fit as well");
            }
            (Some(_), None) => prop_assert!(false, "hours were not asked for"),
            (None, Some(_)) => prop_assert!(!fits(&unit, &request.with_hours(Hours::from_hundredths(1)))),
            (None, None) => {}
        }
    }

    #[test]
    fn months_of_cigs_are_granted_up_to_the_first_that_is_refused((unit, request) in busy_months()) {
        let assessment = Assessment::new(&unit, &IN_FORCE);
        let simulation = assessment.simulate_months(&request);
        let refused = (1..=request.months).find_map(|months| month_refused_by(&unit, &request, months).map(|kind| (months, kind)));
        prop_assert_eq!(simulation.grantable_months, refused.map_or(request.months, |(months, _)| months - 1));
        let told = simulation.refusal.map(|refusal| (refusal.month_end, refusal.binding));
        prop_assert_eq!(told, refused.map(|(months, kind)| (month_end(request.from, months), kind)));
        let longest = (1..=60).take_while(|months| month_refused_by(&unit, &request, *months).is_none()).last().unwrap_or(0);
        prop_assert_eq!(assessment.longest_months(&request), longest);
        let mut neutral = request;
        neutral.flags.deroga_art4 = true;
        prop_assert_eq!(assessment.months_refusal(&neutral), None);
    }
}

proptest! {
    // The slow way looks at ten years of weeks.
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_first_day_for_months_is_the_first_of_its_week_that_fits((unit, request) in busy_months()) {
        let request = MonthsRequest { months: request.months.min(4), ..request };
        let starting = |from| MonthsRequest { from, ..request };
        let simulation = Assessment::new(&unit, &IN_FORCE).simulate_months(&request);
        let by_weeks = (0..522_u64).map(|weeks| request.from + Days::new(7 * weeks)).find(|from| months_fit(&unit, &starting(*from)));
        let by_days = by_weeks.and_then(|found| {
            let from = request.from.max(found - Days::new(6));
            from.iter_days().take_while(|date| *date <= found).find(|date| months_fit(&unit, &starting(*date)))
        });
        prop_assert_eq!(simulation.first_block, by_days);
    }
}

/// A unit of letter a at 40 hours and so many heads, with one period of ten weeks that took so many hours.
fn unit_with_hours(heads: i128, used: i64) -> Unit {
    let first = Week::of(day(2026, 1, 5));
    let mut one = authorised(
        Scheme::Cigo,
        Cause::Ord,
        Period::between(first.monday(), (first + 9).sunday()),
    );
    one.hours = Some(rulebook::PeriodHours::Total(Hours::from_hundredths(
        used * 100,
    )));
    let group = HoursGroup {
        weekly_hours: Exact::from_integer(40),
        heads: Average::known(Exact::from_integer(heads)),
    };
    Unit {
        facts: Facts {
            sector: Sector::A,
            working_days: rulebook::WorkingDays::Five,
        },
        staff: Staff {
            headcount: None,
            groups: vec![group],
        },
        authorisations: vec![one],
    }
}

#[test]
fn a_request_of_too_many_hours_is_told_how_many_pass() {
    // One head: 40 × 104 ÷ 3 = 1386 whole hours in the biennio.
    let request =
        Request::ordinary(Week::of(day(2026, 6, 1)), 4).with_hours(Hours::from_hundredths(50_000));
    let fewer = |used, request: &Request| {
        let unit = unit_with_hours(1, used);
        Assessment::new(&unit, &IN_FORCE)
            .alternatives(request)
            .fewer_hours
            .map(|way| way.hours.unwrap().hundredths())
    };
    assert_eq!(
        fewer(886, &request),
        None,
        "886 + 500 is the third to the hour: it passes as it is"
    );
    assert_eq!(fewer(887, &request), Some(49_900));
    assert_eq!(fewer(1_385, &request), Some(100));
    assert_eq!(
        fewer(1_386, &request),
        None,
        "nothing is left, and no hours are no request"
    );
    let too_long = Request {
        count: 14,
        hours: None,
        ..request
    };
    assert_eq!(
        fewer(0, &too_long),
        None,
        "where no hours were asked for, fewer are no way out"
    );
}

#[test]
fn hours_asked_for_leave_a_later_period_its_own_as_far_as_its_window_reaches_them() {
    // 1386 whole hours in the biennio; the later period lies in one week.
    let first = Week::of(day(2026, 6, 1));
    let request = Request::ordinary(first, 4).with_hours(Hours::from_hundredths(50_000));
    let refused_by = |later: Week, used| {
        let mut unit = unit_with_hours(1, used);
        unit.authorisations[0].period = Period::between(later.monday(), later.sunday());
        let refusal = Assessment::new(&unit, &IN_FORCE).refusal(&request);
        refusal.map(|refusal| refusal.binding)
    };
    assert_eq!(refused_by(first + 10, 886), None);
    assert_eq!(refused_by(first + 10, 887), Some(CounterKind::OneThird));
    // Its 104 weeks begin with the third of the four weeks asked for, and reach half of the hours.
    assert_eq!(refused_by(first + 105, 1_136), None);
    assert_eq!(refused_by(first + 105, 1_137), Some(CounterKind::OneThird));
    assert_eq!(
        refused_by(first + 107, 1_386),
        None,
        "it reaches none of them"
    );
}

#[test]
fn as_many_hours_pass_as_a_later_period_leaves_of_the_part_that_it_reaches() {
    let first = Week::of(day(2026, 6, 1));
    let request = Request::ordinary(first, 4).with_hours(Hours::from_hundredths(50_000));
    let mut unit = unit_with_hours(1, 1_186);
    let later = first + 105;
    unit.authorisations[0].period = Period::between(later.monday(), later.sunday());
    // 200 hours are left for the half that the later window reaches.
    let ways = Assessment::new(&unit, &IN_FORCE).alternatives(&request);
    let hours = ways.fewer_hours.and_then(|way| way.hours);
    assert_eq!(hours, Some(Hours::from_hundredths(40_000)));
}

#[test]
fn a_unit_without_weeks_has_no_chain() {
    let mut unit = unit_with_hours(1, 0);
    unit.authorisations.clear();
    let table = WeekTable::new(&unit, &IN_FORCE, Counting::Continuous);
    let status = Continuous::new(&table, &IN_FORCE).status(Week::of(day(2026, 6, 1)));
    assert_eq!(
        (status.used_weeks, status.residual_weeks, status.chain),
        (0, 52, None)
    );
}

#[test]
fn a_crisis_may_begin_on_the_day_after_two_thirds_of_the_one_before() {
    let mut unit = unit_with_hours(20, 0);
    let crisis = Period::between(day(2022, 1, 1), day(2022, 12, 31));
    unit.authorisations = vec![authorised(Scheme::Cigs, Cause::Crisi, crisis)];
    let refusal = |from| {
        let request = MonthsRequest {
            cause: Cause::Crisi,
            flags: Flags::default(),
            from,
            months: 1,
            hours: None,
        };
        Assessment::new(&unit, &IN_FORCE)
            .months_refusal(&request)
            .map(|refusal| refusal.binding)
    };
    assert_eq!(
        refusal(day(2023, 8, 31)),
        Some(CounterKind::Crisi),
        "8 months are two thirds of 12"
    );
    assert_eq!(refusal(day(2023, 9, 1)), None);
}

#[test]
fn months_before_a_later_programme_leave_it_its_own_room() {
    let mut unit = unit_with_hours(20, 0);
    let later = Period::between(day(2025, 1, 1), day(2026, 6, 30));
    unit.authorisations = vec![authorised(Scheme::Cigs, Cause::Riorg, later)];
    let request = MonthsRequest {
        cause: Cause::Riorg,
        flags: Flags::default(),
        from: day(2023, 1, 1),
        months: 12,
        hours: None,
    };
    let simulation = Assessment::new(&unit, &IN_FORCE).simulate_months(&request);
    assert_eq!(simulation.grantable_months, 6, "18 of 24 months come later");
    let refusal = simulation.refusal.unwrap();
    assert_eq!(
        (refusal.month_end, refusal.binding),
        (day(2023, 7, 31), CounterKind::Riorg)
    );
}

#[test]
fn a_unit_whose_groups_work_no_hours_has_no_week_left_of_a_third() {
    let mut unit = unit_with_hours(20, 0);
    unit.staff.groups[0].weekly_hours = Exact::from_integer(0);
    let counters = Assessment::new(&unit, &IN_FORCE).counters(Week::of(day(2026, 11, 23)));
    let third = counters
        .iter()
        .find(|one| one.kind == CounterKind::OneThird)
        .unwrap();
    assert_eq!((third.limit_units, third.residual_weeks), (0, 0));
}

#[test]
fn the_first_day_for_a_second_crisis_may_lie_within_a_week() {
    let mut unit = unit_with_hours(20, 0);
    let crisis = Period::between(day(2022, 1, 1), day(2022, 12, 31));
    unit.authorisations = vec![authorised(Scheme::Cigs, Cause::Crisi, crisis)];
    let request = MonthsRequest {
        cause: Cause::Crisi,
        flags: Flags::default(),
        from: day(2023, 8, 7),
        months: 1,
        hours: None,
    };
    let simulation = Assessment::new(&unit, &IN_FORCE).simulate_months(&request);
    assert_eq!(simulation.first_block, Some(day(2023, 9, 1)), "a Friday");
}

#[test]
fn the_counters_of_cigs_are_told_above_fifteen_heads_or_after_any_cigs() {
    let week = Week::of(day(2026, 11, 23));
    let told = |headcount: Option<i128>, authorisations: Vec<Authorisation>| {
        let mut unit = unit_with_hours(1, 0);
        unit.staff.headcount = headcount.map(|heads| Average::known(Exact::from_integer(heads)));
        unit.authorisations = authorisations;
        let counters = Assessment::new(&unit, &IN_FORCE).counters(week);
        counters.iter().any(|one| one.kind == CounterKind::Crisi)
    };
    let month = Period::between(day(2024, 1, 1), day(2024, 1, 31));
    assert!(!told(None, Vec::new()));
    assert!(!told(Some(15), Vec::new()));
    assert!(told(Some(16), Vec::new()));
    assert!(!told(
        None,
        vec![authorised(Scheme::Cigo, Cause::Ord, month)]
    ));
    assert!(told(
        None,
        vec![authorised(Scheme::Cigs, Cause::Riorg, month)]
    ));
}

#[test]
fn what_is_left_of_a_third_is_told_in_weeks_at_the_full_hours() {
    let unit = unit_with_hours(1, 0);
    let counters = Assessment::new(&unit, &IN_FORCE).counters(Week::of(day(2026, 6, 1)));
    let third = counters
        .iter()
        .find(|one| one.kind == CounterKind::OneThird)
        .unwrap();
    assert_eq!((third.limit_units, third.residual_weeks), (1_386, 34));
}

#[test]
fn one_third_of_ais_alone_informs_and_refuses_nothing() {
    let kinds = [
        CounterKind::Continuous,
        CounterKind::Waiting,
        CounterKind::Biennium,
        CounterKind::OneThird,
        CounterKind::AisBiennium,
        CounterKind::TotalDuration,
        CounterKind::Crisi,
        CounterKind::CigsHours,
        CounterKind::AisOneThird,
    ];
    let informative = kinds.into_iter().filter(|kind| kind.is_informative());
    assert_eq!(informative.collect::<Vec<_>>(), [CounterKind::AisOneThird]);
}

/// Ten people at 40 hours, and a programme of a year of which the first half is authorised already.
fn programme(hours_before: i64, hours: Option<i64>) -> (Unit, MonthsRequest) {
    let mut unit = unit_with_hours(1, 0);
    unit.staff.groups = vec![HoursGroup {
        weekly_hours: Exact::from_integer(40),
        heads: Average::known(Exact::from_integer(10)),
    }];
    let half = Period::between(day(2026, 1, 1), day(2026, 6, 30));
    let mut before = authorised(Scheme::Cigs, Cause::Riorg, half);
    before.hours = Some(rulebook::PeriodHours::Total(Hours::from_hundredths(
        hours_before * 100,
    )));
    unit.authorisations = vec![before];
    let request = MonthsRequest {
        cause: Cause::Riorg,
        flags: Flags::default(),
        from: day(2026, 1, 1),
        months: 12,
        hours: hours.map(|hours| Hours::from_hundredths(hours * 100)),
    };
    (unit, request)
}

#[test]
fn the_trail_of_a_programme_adds_what_is_suspended_to_what_is_asked() {
    let (unit, request) = programme(5_000, Some(7_000));
    let trail = Assessment::new(&unit, &IN_FORCE)
        .explain_programme(&request)
        .unwrap();
    assert_eq!(trail.kind, CounterKind::CigsHours);
    assert_eq!(trail.window, Some((day(2026, 1, 1), day(2026, 12, 31))));
    assert_eq!((trail.limit_units, trail.total), (16_640, 12_000));
    let hours = trail.hours.unwrap();
    let whole = Exact::from_integer;
    assert_eq!(hours.workable_hours, whole(20_800));
    assert_eq!(hours.part, Exact::new(4, 5));
    assert_eq!(hours.requested_hours, Some(whole(7_000)));
    assert_eq!(hours.used_hours, whole(12_000));
    assert_eq!(hours.loads.len(), 1);
}

#[test]
fn a_programme_has_no_trail_without_its_hours_or_under_a_contratto_di_solidarieta() {
    let (unit, request) = programme(5_000, None);
    assert!(
        Assessment::new(&unit, &IN_FORCE)
            .explain_programme(&request)
            .is_none()
    );
    let (unit, request) = programme(5_000, Some(7_000));
    let solidarity = MonthsRequest {
        cause: Cause::Cds,
        ..request
    };
    assert!(
        Assessment::new(&unit, &IN_FORCE)
            .explain_programme(&solidarity)
            .is_none()
    );
}

#[test]
fn a_counter_of_cigs_is_explained_as_of_any_day() {
    let (unit, _) = programme(5_000, None);
    let assessment = Assessment::new(&unit, &IN_FORCE);
    let total = |kind, last| {
        assessment
            .explain_on(kind, last)
            .map(|trail| (trail.total, trail.window))
    };
    let last = day(2026, 3, 31);
    let window = Some((day(2021, 4, 1), last));
    assert_eq!(total(CounterKind::Riorg, last), Some((3 * 780, window)));
    assert_eq!(total(CounterKind::Crisi, last), Some((0, window)));
    assert_eq!(
        total(CounterKind::TotalDuration, last),
        Some((3 * 780, window))
    );
    assert_eq!(total(CounterKind::Biennium, last), None);
}

#[test]
fn hours_suspended_later_in_the_programme_refuse_the_first_month_that_they_leave_no_room_for() {
    let (mut unit, request) = programme(0, Some(14_000));
    let second_half = Period::between(day(2026, 7, 1), day(2026, 12, 31));
    let mut later = authorised(Scheme::Cigs, Cause::Riorg, second_half);
    later.hours = Some(rulebook::PeriodHours::Total(Hours::from_hundredths(
        500_000,
    )));
    unit.authorisations = vec![later];
    let refusal = Assessment::new(&unit, &IN_FORCE)
        .months_refusal(&request)
        .unwrap();
    assert_eq!(refusal.binding, CounterKind::CigsHours);
    // Eight months: 9,333.33 hours asked for and 1,684.78 there, of 11,093.33; nine: 13,000 of 12,480.
    assert_eq!(refusal.month_end, day(2026, 9, 30));
}

#[test]
fn the_chain_of_a_week_reaches_over_those_before_and_those_after_it() {
    let week = Week::of(day(2026, 6, 1));
    let mut unit = unit_with_hours(1, 0);
    unit.authorisations = vec![block(week - 2, 2), block(week + 1, 3)];
    let table = WeekTable::new(&unit, &IN_FORCE, Counting::Continuous);
    let status = Continuous::new(&table, &IN_FORCE).status(week);
    assert_eq!(status.used_weeks, 5, "two before and three after");
    assert_eq!(status.chain, Some((week - 2, week + 3)));
}

#[test]
fn what_is_left_of_a_causale_is_told_in_whole_weeks() {
    let (unit, _) = programme(5_000, None);
    let counters = Assessment::new(&unit, &IN_FORCE).counters(Week::of(day(2026, 7, 6)));
    let riorg = counters
        .iter()
        .find(|one| one.kind == CounterKind::Riorg)
        .unwrap();
    // 24 months less six; a month has 780 units, a week 180 of them.
    assert_eq!(
        (riorg.used_units, riorg.residual_units),
        (6 * 780, 18 * 780)
    );
    assert_eq!(riorg.residual_weeks, 18 * 780 / 180);
}

#[test]
fn one_declared_week_and_a_weekend_weigh_in_a_window_what_they_weigh_in_the_table() {
    let seen_from = Week::of(day(2026, 6, 1));
    let mut window = Window::new(&IN_FORCE, Counting::Biennium, seen_from);
    let mut unit = unit_with_hours(1, 0);
    let mut used = |first, last, declared: Option<rulebook::UsedDates>| {
        let mut one = authorised(Scheme::Cigo, Cause::Ord, Period::between(first, last));
        one.used_dates = declared;
        unit.authorisations = vec![one];
        window.fill(unit.facts, unit.authorisations.iter().map(Outline::from));
        let table = WeekTable::new(&unit, &IN_FORCE, Counting::Biennium);
        let expected = Biennium::new(&table, unit.facts, &IN_FORCE).status(seen_from);
        assert_eq!(window.used_units(), expected.used_units);
        window.used_units()
    };
    let (monday, friday) = (day(2026, 3, 2), day(2026, 3, 6));
    let declared = Some([monday, friday].into());
    assert_eq!(used(monday, day(2026, 3, 8), declared), 12);
    assert_eq!(used(day(2026, 3, 7), day(2026, 3, 8), None), 0, "a weekend");
    assert_eq!(
        used(day(2026, 3, 7), day(2026, 3, 9), None),
        30,
        "and a Monday"
    );
    let the_first_day_alone = Some([monday].into());
    assert_eq!(used(monday, day(2026, 3, 20), the_first_day_alone), 6);
    // Days declared long after the period count nowhere, and break nothing.
    let elsewhere = Some([day(2026, 4, 20)].into());
    assert_eq!(used(monday, friday, elsewhere), 0);
}

#[test]
fn days_of_weeks_of_five_and_of_six_add_up_in_a_window_and_the_same_day_counts_once() {
    let seen_from = Week::of(day(2026, 6, 1));
    let mut window = Window::new(&IN_FORCE, Counting::Biennium, seen_from);
    let mut unit = unit_with_hours(1, 0);
    let declared = |working_days, days: [chrono::NaiveDate; 2]| {
        let period = Period::between(day(2026, 3, 2), day(2026, 3, 8));
        Authorisation {
            working_days: Some(working_days),
            used_dates: Some(days.into()),
            ..authorised(Scheme::Cigo, Cause::Ord, period)
        }
    };
    let (monday, tuesday, friday) = (day(2026, 3, 2), day(2026, 3, 3), day(2026, 3, 6));
    unit.authorisations = vec![
        declared(WorkingDays::Five, [monday, tuesday]),
        declared(WorkingDays::Six, [tuesday, friday]),
    ];
    window.fill(unit.facts, unit.authorisations.iter().map(Outline::from));
    assert_eq!(
        window.used_units(),
        6 + 6 + 5,
        "Tuesday at the larger value"
    );
}

#[test]
fn bad_weather_in_construction_weighs_in_a_window_outside_of_climate_windows_alone() {
    let seen_from = Week::of(day(2026, 6, 1));
    let mut window = Window::new(&IN_FORCE, Counting::Biennium, seen_from);
    let mut unit = unit_with_hours(1, 0);
    unit.facts.sector = Sector::M;
    // The climate window of 2025 begins on Tuesday 1 July.
    let period = Period::between(day(2025, 6, 2), day(2025, 7, 20));
    let mondays_and_fridays: rulebook::UsedDates = period
        .days()
        .filter(|date| [Weekday::Mon, Weekday::Fri].contains(&date.weekday()))
        .collect();
    for (working_days, declared, used) in [
        (WorkingDays::Five, None, 5 * 30),
        (WorkingDays::Five, Some(mondays_and_fridays.clone()), 9 * 6),
        (WorkingDays::Six, Some(mondays_and_fridays), 9 * 5),
    ] {
        unit.facts.working_days = working_days;
        let mut one = authorised(Scheme::Cigo, Cause::Eone, period);
        one.used_dates = declared;
        unit.authorisations = vec![one];
        window.fill(unit.facts, unit.authorisations.iter().map(Outline::from));
        assert_eq!(window.used_units(), used);
    }
}

#[test]
fn a_bar_refuses_the_weeks_between_its_run_and_the_first_one_allowed_again() {
    let run_end = Week::of(day(2026, 6, 1));
    let bar = rulebook::waiting::Bar {
        run_start: run_end - 51,
        run_end,
        units: 1_560,
        first_allowed: run_end + 53,
    };
    let refused = [run_end, run_end + 1, run_end + 52, run_end + 53].map(|week| bar.refuses(week));
    assert_eq!(refused, [false, true, true, false]);
}

#[test]
fn art_4_passes_over_what_was_granted_in_derogation_and_what_a_switch_lifts_out() {
    let mut unit = unit_with_hours(1, 0);
    let (first, last) = (day(2023, 1, 2), day(2024, 12, 29));
    unit.authorisations = vec![authorised(
        Scheme::Cigs,
        Cause::Riorg,
        Period::between(first, last),
    )];
    let week = Week::of(day(2025, 1, 6));
    let ordinary = Request::ordinary(week, 13);
    let eone = Request {
        cause: Cause::Eone,
        ..ordinary
    };
    let derogation = Request {
        flags: Flags::from_names(["deroga_art4"]).unwrap(),
        ..ordinary
    };
    let passes = |rules: &rulebook::Rules, request: &Request| {
        TotalDuration::new(&unit, rules).check(request).passes()
    };
    let all = [ordinary, eone, ordinary.of_ais(), derogation];
    assert_eq!(
        all.map(|request| passes(&IN_FORCE, &request)),
        [false, false, false, true]
    );
    let mut switches = IN_FORCE.switches;
    switches.art4_includes_eone = false.into();
    let lifted = IN_FORCE.with(switches);
    assert_eq!(
        all.map(|request| passes(&lifted, &request)),
        [false, true, false, true]
    );
    let mut switches = IN_FORCE.switches;
    switches.art4_includes_ais = false.into();
    let lifted = IN_FORCE.with(switches);
    assert_eq!(
        all.map(|request| passes(&lifted, &request)),
        [false, false, true, true]
    );
}

#[test]
fn the_trail_of_art_4_says_why_cigs_does_not_count() {
    let mut unit = unit_with_hours(1, 0);
    let mut left_out = |mark: &str| {
        let period = Period::between(day(2023, 1, 1), day(2023, 3, 31));
        let mut one = authorised(Scheme::Cigs, Cause::Riorg, period);
        one.flags = Flags::from_names([mark]).unwrap();
        unit.authorisations = vec![one];
        let trail = Assessment::new(&unit, &IN_FORCE)
            .explain_on(CounterKind::TotalDuration, day(2024, 12, 29))
            .unwrap();
        let reasons: Vec<String> = trail
            .cuts
            .iter()
            .map(|cut| cut.reason.to_string())
            .collect();
        (trail.total, reasons)
    };
    for (mark, reason) in [
        ("covid", "COVID"),
        ("dl21_2022", "DL21_2022"),
        ("deroga_art4", "DEROGA_ART4"),
    ] {
        assert_eq!(left_out(mark), (0, vec![reason.to_owned()]), "{mark}");
    }
}

#[test]
fn a_line_of_a_trail_names_what_counted_in_its_week_and_how() {
    let week = Week::of(day(2026, 6, 1));
    let whole = Period::between(week.monday(), week.sunday());
    let before = Period::between((week - 1).monday(), (week - 1).sunday());
    let neutral = Period::between((week - 2).monday(), (week - 2).sunday());
    let declared = |period| Authorisation {
        used_dates: Some(oracle::declared_dates(period, 0b1)),
        ..authorised(Scheme::Cigo, Cause::Ord, period)
    };
    let mut covid = authorised(Scheme::Cigo, Cause::Ord, neutral);
    covid.flags.covid = true;
    let mut unit = unit_with_hours(1, 0);
    unit.authorisations = vec![
        declared(whole),
        authorised(Scheme::Cigo, Cause::Ord, whole),
        declared(before),
        covid,
    ];
    let request = Request::ordinary(week + 1, 1);
    let trail = Assessment::new(&unit, &IN_FORCE)
        .explain_request(CounterKind::Biennium, &request)
        .unwrap();
    let lines: Vec<_> = trail
        .weeks
        .iter()
        .map(|line| {
            let excluded: Vec<_> = line.excluded.iter().map(|one| one.position).collect();
            (
                line.week,
                line.basis.as_str(),
                line.counted.clone(),
                excluded,
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            (week - 2, "NONE", vec![], vec![3]),
            (week - 1, "FRUITO", vec![2], vec![]),
            (week, "AUTHORISED", vec![1], vec![0]),
            (week + 1, "REQUESTED", vec![], vec![]),
        ]
    );
}

#[test]
fn a_chain_before_an_empty_week_ends_before_it_and_one_after_it_begins_after_it() {
    let week = Week::of(day(2026, 6, 1));
    let chain = |first: Week, count: i32| {
        let period = Period::between(first.monday(), (first + count - 1).sunday());
        let mut unit = unit_with_hours(1, 0);
        unit.authorisations = vec![authorised(Scheme::Cigo, Cause::Ord, period)];
        let table = WeekTable::new(&unit, &IN_FORCE, Counting::Continuous);
        Continuous::new(&table, &IN_FORCE).status(week).chain
    };
    assert_eq!(chain(week - 2, 2), Some((week - 2, week - 1)));
    assert_eq!(chain(week + 1, 3), Some((week + 1, week + 3)));
    assert_eq!(chain(week, 1), Some((week, week)));
    assert_eq!(chain(week - 2, 5), Some((week - 2, week + 2)));
    assert_eq!(chain(week + 2, 5), None);
}

#[test]
fn a_week_that_does_not_count_adds_nothing_to_the_trail_of_a_chain() {
    let week = Week::of(day(2026, 6, 1));
    let mut covid = block(week, 1);
    covid.flags.covid = true;
    let mut unit = unit_with_hours(1, 0);
    unit.authorisations = vec![block(week - 1, 1), covid];
    let trail = Assessment::new(&unit, &IN_FORCE)
        .explain(CounterKind::Continuous, week)
        .unwrap();
    assert_eq!(trail.total, 1);
    assert!(
        trail
            .weeks
            .iter()
            .all(|line| line.week != week || line.units == 0)
    );
}

#[test]
fn hours_suspended_are_those_of_capped_programmes_by_the_days_that_they_share() {
    let programme = Period::between(day(2026, 6, 3), day(2026, 6, 30));
    let with_hours = |cause, first, last| Authorisation {
        hours: Some(rulebook::PeriodHours::Total(Hours::from_hundredths(7_000))),
        ..authorised(Scheme::Cigs, cause, Period::between(first, last))
    };
    // The first week of June has five of its seven days in the programme.
    let shared = with_hours(Cause::Riorg, day(2026, 6, 1), day(2026, 6, 7));
    let mut neutral = shared.clone();
    neutral.flags.covid = true;
    let mut unit = unit_with_hours(1, 0);
    unit.authorisations = vec![
        shared,
        neutral,
        with_hours(Cause::Cds, day(2026, 6, 8), day(2026, 6, 14)),
        with_hours(Cause::Crisi, day(2026, 5, 25), day(2026, 5, 31)),
    ];
    assert_eq!(
        rulebook::cigs::suspended_hours(&unit, programme),
        [(0, Exact::from_integer(50))]
    );
}

#[test]
fn months_asked_for_in_derogation_stay_so_where_they_are_looked_at_with_the_rest() {
    let (unit, request) = programme(0, None);
    let flags = Flags {
        deroga_art4: true,
        ..Flags::default()
    };
    let unit = rulebook::explain::with_months(&unit, &MonthsRequest { flags, ..request });
    let asked = unit.authorisations.last().unwrap();
    assert_eq!(
        (asked.id.to_string(), asked.flags),
        ("REQUESTED".to_owned(), flags)
    );
}

#[test]
fn an_hour_request_looks_at_later_windows_only_from_the_week_after_it_on() {
    let first = Week::of(day(2026, 6, 1));
    let week_of_hours = |week: Week, hours: i64| {
        let mut one = authorised(
            Scheme::Cigo,
            Cause::Ord,
            Period::between(week.monday(), week.sunday()),
        );
        one.hours = Some(rulebook::PeriodHours::Total(Hours::from_hundredths(
            hours * 100,
        )));
        one
    };
    let request = Request {
        hours: Some(Hours::from_hundredths(1_000)),
        ..Request::ordinary(first, 2)
    };
    let last = first + 1;
    let mut unit = unit_with_hours(1, 0);
    // One head: 1386 hours. What lies 104 weeks before the last week is out of its window, and in that of the week before.
    unit.authorisations = vec![week_of_hours(last - 104, 1_380), week_of_hours(last - 1, 1)];
    let one_third = OneThird::new(&unit, &IN_FORCE).unwrap();
    assert!(one_third.check_keeping_later(&request).passes());
}

#[test]
fn a_month_that_would_join_a_crisis_that_comes_later_counts_with_it() {
    let refusal = |last| {
        let mut unit = unit_with_hours(20, 0);
        let later = Period::between(day(2026, 7, 1), last);
        unit.authorisations = vec![authorised(Scheme::Cigs, Cause::Crisi, later)];
        let request = MonthsRequest {
            cause: Cause::Crisi,
            flags: Flags::default(),
            from: day(2026, 6, 1),
            months: 1,
            hours: None,
        };
        Assessment::new(&unit, &IN_FORCE)
            .months_refusal(&request)
            .map(|refusal| (refusal.binding, refusal.month_end))
    };
    assert_eq!(refusal(day(2027, 5, 31)), None, "1 and 11 months");
    assert_eq!(
        refusal(day(2027, 6, 30)),
        Some((CounterKind::Crisi, day(2026, 6, 30))),
        "1 and 12 months"
    );
}

/// A history that exceeded a limit is imported as it was; it is past, and refuses nothing that its window does not reach.
#[test]
fn what_was_over_a_limit_long_ago_refuses_nothing_today() {
    let mut unit = unit_with_hours(20, 0);
    let once = Period::between(day(2017, 1, 1), day(2019, 6, 30));
    unit.authorisations = vec![authorised(Scheme::Cigs, Cause::Riorg, once)];
    let request = MonthsRequest {
        cause: Cause::Riorg,
        flags: Flags::default(),
        from: day(2026, 7, 1),
        months: 12,
        hours: None,
    };
    let assessment = Assessment::new(&unit, &IN_FORCE);
    assert_eq!(assessment.months_refusal(&request), None);
}

#[test]
fn a_crisis_with_a_month_left_goes_on_and_one_without_waits() {
    let first = |last| {
        let mut unit = unit_with_hours(20, 0);
        let crisis = Period::between(day(2026, 1, 1), last);
        unit.authorisations = vec![authorised(Scheme::Cigs, Cause::Crisi, crisis)];
        let counters = Assessment::new(&unit, &IN_FORCE).counters(Week::of(day(2026, 11, 2)));
        let crisi = counters.iter().find(|one| one.kind == CounterKind::Crisi);
        crisi.unwrap().first_available
    };
    assert_eq!(first(day(2026, 11, 30)), Some(day(2026, 12, 1)));
    assert_eq!(
        first(day(2026, 12, 31)),
        Some(day(2027, 9, 1)),
        "two thirds of twelve months later"
    );
}

#[test]
fn hours_before_the_reform_are_told_as_such_and_those_of_its_first_day_count() {
    let load = |first, last| {
        let mut one = authorised(Scheme::Cigo, Cause::Ord, Period::between(first, last));
        one.hours = Some(rulebook::PeriodHours::Total(Hours::from_hundredths(700)));
        let mut unit = unit_with_hours(1, 0);
        unit.authorisations = vec![one];
        let one_third = OneThird::new(&unit, &IN_FORCE).unwrap();
        one_third
            .loads(Week::of(day(2015, 11, 2)))
            .next()
            .unwrap()
            .1
    };
    let before = load(day(2015, 9, 14), day(2015, 9, 23));
    assert_eq!(before, Err(Exclusion::Pre2015));
    let long_before = load(day(2015, 1, 5), day(2015, 1, 11));
    assert_eq!(long_before, Err(Exclusion::Pre2015));
    let reform = load(day(2015, 9, 24), day(2015, 9, 24));
    assert_eq!(reform, Ok(Exact::from_integer(7)));
}

#[test]
fn months_that_cover_a_period_are_counted_from_its_first_day() {
    let covering = |last| {
        let period = Period::between(day(2026, 1, 15), last);
        MonthsRequest::covering(Cause::Riorg, Flags::default(), period).months
    };
    assert_eq!(covering(day(2026, 1, 15)), 1);
    assert_eq!(covering(day(2026, 3, 14)), 2);
    assert_eq!(covering(day(2026, 3, 15)), 3);
    let (_, request) = programme(0, None);
    let hours = Hours::from_hundredths(4_000);
    assert_eq!(request.with_hours(hours).hours, Some(hours));
}

#[test]
fn a_run_that_touches_52_weeks_bars_where_touching_is_what_counts() {
    let first = Week::of(day(2025, 1, 6));
    let rules = IN_FORCE.with(Switches {
        c2_trigger: WaitingTrigger::Touched,
        ..IN_FORCE.switches
    });
    let first_allowed = |count: i32| {
        let period = Period::between(first.monday(), (first + count - 1).monday());
        let mut one = authorised(Scheme::Cigo, Cause::Ord, period);
        // One day a week: far from 52 whole weeks.
        one.used_dates = Some(oracle::declared_dates(period, 0b1));
        let mut unit = unit_with_hours(1, 0);
        unit.authorisations = vec![one];
        let table = |counting| WeekTable::new(&unit, &rules, counting);
        let (counted, touched) = (table(Counting::Biennium), table(Counting::Continuous));
        Waiting::new(&unit, &rules, &counted, &touched).first_allowed()
    };
    assert_eq!(first_allowed(51), None);
    assert_eq!(first_allowed(52), Some(first + 104));
}

#[test]
fn a_window_answers_up_to_the_week_after_its_last_and_leaves_what_lies_beyond_to_the_table() {
    let seen_from = Week::of(day(2026, 6, 1));
    let mut window = Window::new(&IN_FORCE, Counting::Biennium, seen_from);
    // 52 weeks: the first of them leaves the window, and a week is free again, 104 weeks after it.
    let mut status_of = |free: Week, later: Authorisation| {
        let mut unit = unit_with_hours(1, 0);
        unit.authorisations = vec![block(free - 104, 52), later];
        window.fill(unit.facts, unit.authorisations.iter().map(Outline::from));
        let found = window.status(&Limit::cigo(unit.facts, &IN_FORCE));
        let table = WeekTable::new(&unit, &IN_FORCE, Counting::Biennium);
        let whole = Biennium::new(&table, unit.facts, &IN_FORCE).status(seen_from);
        if let Some(status) = found {
            assert_eq!(status, whole);
        }
        found.map(|status| status.first_available)
    };
    let last = seen_from + 24;
    assert_eq!(
        status_of(last + 1, block(last + 1, 4)),
        Some(Some(last + 1)),
        "what lies beyond does not weigh on the week after the last"
    );
    assert_eq!(status_of(last + 2, block(last + 1, 4)), None);
    assert_eq!(
        status_of(last + 2, block(last - 104, 1)),
        Some(Some(last + 2)),
        "nothing lies beyond"
    );
}

#[test]
fn a_sunday_that_was_worked_no_less_is_a_day_of_its_week_in_a_window_too() {
    let seen_from = Week::of(day(2026, 6, 1));
    let period = Period::between(day(2026, 3, 2), day(2026, 3, 8));
    let mut unit = unit_with_hours(1, 0);
    let mut one = authorised(Scheme::Cigo, Cause::Ord, period);
    one.used_dates = Some(oracle::declared_dates(period, 0b110_0000));
    unit.authorisations = vec![one];
    let mut window = Window::new(&IN_FORCE, Counting::Biennium, seen_from);
    window.fill(unit.facts, unit.authorisations.iter().map(Outline::from));
    let table = WeekTable::new(&unit, &IN_FORCE, Counting::Biennium);
    assert_eq!(window.used_units(), 12);
    assert_eq!(table.value(Week::of(day(2026, 3, 2))), 12);
}
