//! The answer of the service: every counter of a unit, what fits of a request, and what would (`limits.md` §12.7).
//!
//! The smallest grant decides, and names the counter that binds.

use std::borrow::Cow;

use chrono::{NaiveDate, TimeDelta};
use kernel::calendar::add_years;
use kernel::{Hours, Period, Week};

use super::biennium::{Biennium, Limit, Status};
use super::cigs::{
    self, MONTH_UM, ProgrammeHours, cause_limit, cause_measure, hours_cap, month_end,
    next_crisis_from,
};
use super::continuous::Continuous;
use super::exact::{Exact, hundredths};
use super::one_third::OneThird;
use super::request::{MonthsRequest, Request};
use super::rules::{Key, Rules};
use super::staff::AisClass;
use super::total_duration::{TotalDuration, TotalHistory};
use super::unit::{Cause, Outline, Scheme, Unit};
use super::waiting::Waiting;
use super::week_value::{Counting, WeekTable};
use super::weeks::{candidates, next_day};
use super::window::Window;

/// A counter of the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CounterKind {
    /// 52 continuous weeks, art. 12 c. 1. Unit: weeks.
    Continuous,
    /// 52 normal weeks after 52 consecutive ones, art. 12 c. 2. Unit: weeks.
    Waiting,
    /// 52 weeks in the biennio mobile, art. 12 c. 3. Unit: 1/30 of a week.
    Biennium,
    /// One third of the workable hours, art. 12 c. 5. Unit: hours; what is used is rounded up.
    OneThird,
    /// 13 or 26 weeks of AIS in the biennio mobile, art. 29. Unit: 1/30 of a week.
    AisBiennium,
    /// 24 or 30 months in the quinquennio mobile, art. 4. Unit: 1/780 of a month.
    TotalDuration,
    /// CIGS for riorganizzazione, art. 22 c. 1. Unit: 1/780 of a month.
    Riorg,
    /// CIGS for crisi, art. 22 c. 2. Unit: 1/780 of a month.
    Crisi,
    /// CIGS with contratto di solidarietà, art. 22 c. 3. Unit: 1/780 of a month.
    Cds,
    /// 80 % of the workable hours of a programme of riorganizzazione or crisi, art. 22 c. 4. Unit: hours. Seen only with
    /// a request on top: without a programme there is nothing to take it from.
    CigsHours,
    /// One third of the workable hours as INPS looks at it for AIS, msg INPS 583/2023. Unit: hours; what is used is rounded
    /// up. Only information: it refuses nothing (`limits.md` §2.3).
    AisOneThird,
}

impl CounterKind {
    /// Whether the counter only informs, and never refuses a request.
    pub fn is_informative(self) -> bool {
        self == Self::AisOneThird
    }
}

/// The causali of CIGS with their counters.
const CIGS_CAUSES: [(Cause, CounterKind); 3] = [
    (Cause::Riorg, CounterKind::Riorg),
    (Cause::Crisi, CounterKind::Crisi),
    (Cause::Cds, CounterKind::Cds),
];

/// One counter seen from a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// Which.
    pub kind: CounterKind,
    /// What it allows, in its unit.
    pub limit_units: i64,
    /// What is used, in its unit.
    pub used_units: i64,
    /// What is left, in its unit, never negative.
    pub residual_units: i64,
    /// Whole weeks left.
    pub residual_weeks: i64,
    /// First and last day looked at; `None` when the counter has no window now.
    pub window: Option<(NaiveDate, NaiveDate)>,
    /// First day from which something could be asked for: a Monday, except for the causali of CIGS; `None` within ten
    /// years.
    pub first_available: Option<NaiveDate>,
    /// Legal source.
    pub source: &'static str,
}

/// What fits of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Simulation {
    /// Weeks that fit, from the first on.
    pub grantable_weeks: i32,
    /// The first week that does not fit, the counter that refuses it, and its source; `None` when all fit.
    pub refusal: Option<Refusal>,
    /// First week from which the whole request would fit; `None` within ten years.
    pub first_block: Option<Week>,
}

/// The first week that a counter refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The week.
    pub week: Week,
    /// The counter.
    pub binding: CounterKind,
    /// Legal source of the counter.
    pub source: &'static str,
}

/// What fits of a request of months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthsSimulation {
    /// Months that fit, from the first on.
    pub grantable_months: i32,
    /// The first month that does not fit; `None` when all fit.
    pub refusal: Option<MonthsRefusal>,
    /// First day from which the whole request would fit: looked for week by week, then day by day in the week found;
    /// `None` within ten years.
    pub first_block: Option<NaiveDate>,
}

/// The first month that a counter refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthsRefusal {
    /// Last day of the month.
    pub month_end: NaiveDate,
    /// The counter.
    pub binding: CounterKind,
    /// Legal source of the counter.
    pub source: &'static str,
}

/// First to last of some weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekRange {
    /// First.
    pub first: Week,
    /// Last.
    pub last: Week,
}

/// What would make a refused request pass; each is a request that passes as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Alternatives {
    /// From the same week, as many weeks as fit.
    pub shorter: Option<Request>,
    /// All of it, from the earliest week.
    pub later: Option<Request>,
    /// From the same week and as long, with as many hours as fit.
    pub fewer_hours: Option<Request>,
}

/// The weeks of a unit, valued for each counter that looks at them.
#[derive(Debug, Clone)]
struct Tables {
    touched: WeekTable,
    counted: WeekTable,
    ais: WeekTable,
    total: TotalHistory,
}

impl Tables {
    fn empty() -> Self {
        Self {
            touched: WeekTable::empty(),
            counted: WeekTable::empty(),
            ais: WeekTable::empty(),
            total: TotalHistory::empty(),
        }
    }

    fn fill(&mut self, unit: &Unit, rules: &Rules) {
        self.touched.fill(unit, rules, Counting::Continuous, &[]);
        self.counted.fill(unit, rules, Counting::Biennium, &[]);
        self.ais.fill(unit, rules, Counting::Ais, &[]);
        self.total.fill(unit, rules);
    }
}

/// Tells the counters of one unit after the other seen from one week, in the same memory.
#[derive(Debug)]
pub struct Evaluator<'a> {
    rules: &'a Rules,
    week: Week,
    tables: Tables,
    cigo: Window<'a>,
    ais: Window<'a>,
    /// Weeks of a chain that may bar others.
    barring: i64,
}

impl<'a> Evaluator<'a> {
    /// Seen from a week, by these rules.
    pub fn new(rules: &'a Rules, week: Week) -> Self {
        Self {
            rules,
            week,
            tables: Tables::empty(),
            cigo: Window::new(rules, Counting::Biennium, week),
            ais: Window::new(rules, Counting::Ais, week),
            barring: rules.least(Key::WaitingAfterWeeks),
        }
    }

    /// The counters of a unit, as [`Assessment::counters`] tells them. Weeks in the biennio mobile are counted in a window, and
    /// weeks are valued only for the counters that look at them.
    pub fn counters(&mut self, unit: &Unit) -> Vec<Counter> {
        let (rules, week) = (self.rules, self.week);
        let limited = self.limited_weeks(unit);
        let Tables {
            touched,
            counted,
            total,
            ..
        } = &mut self.tables;
        touched.fill(unit, rules, Counting::Continuous, &[]);
        total.fill(unit, rules);
        // Weeks that count for commas 2 and 3 are among those touched: without a long chain of these nothing bars.
        if touched.longest_chain() >= self.barring {
            counted.fill(unit, rules, Counting::Biennium, &[]);
        } else {
            counted.clear();
        }
        Assessment::over(Cow::Borrowed(&self.tables), unit, rules).counters_with(limited, week)
    }

    /// The counter of weeks in the biennio mobile: of AIS for a unit of the FIS, if its headcount is known, else of CIGO.
    fn limited_weeks(&mut self, unit: &Unit) -> Option<Counter> {
        let (rules, week) = (self.rules, self.week);
        let Unit {
            facts,
            staff,
            authorisations,
        } = unit;
        let (kind, window, limit) = if facts.sector.has_cigo() {
            let limit = Limit::cigo(*facts, rules);
            (CounterKind::Biennium, &mut self.cigo, limit)
        } else {
            let class = staff.headcount?.ais_class(rules, week.monday());
            let limit = Limit::ais(*facts, rules, class);
            (CounterKind::AisBiennium, &mut self.ais, limit)
        };
        window.fill(*facts, authorisations.iter().map(Outline::from));
        let status = window.status(&limit).unwrap_or_else(|| {
            let table = WeekTable::new(unit, rules, window.counting());
            Biennium::over(&table, limit).status(week)
        });
        Some(weeks_counter(kind, &limit, &status, week))
    }
}

/// A unit with its weeks valued, ready to answer.
#[derive(Debug)]
pub struct Assessment<'a> {
    unit: &'a Unit,
    rules: &'a Rules,
    tables: Cow<'a, Tables>,
    waiting: Waiting<'a>,
}

impl<'a> Assessment<'a> {
    /// Values the weeks of a unit.
    pub fn new(unit: &'a Unit, rules: &'a Rules) -> Self {
        let mut tables = Tables::empty();
        tables.fill(unit, rules);
        Self::over(Cow::Owned(tables), unit, rules)
    }

    fn over(tables: Cow<'a, Tables>, unit: &'a Unit, rules: &'a Rules) -> Self {
        let waiting = Waiting::new(unit, rules, &tables.counted, &tables.touched);
        Self {
            unit,
            rules,
            tables,
            waiting,
        }
    }

    /// Every counter that concerns the unit, seen from a week. A unit covered by the FIS has no CIGO counter, others
    /// have none of AIS, of which one third of the hours is only information. What cannot be known is left out: one third
    /// of the hours without groups, AIS without a headcount, CIGS without a headcount above the threshold and without any CIGS so far.
    pub fn counters(&self, week: Week) -> Vec<Counter> {
        let counter = |kind, counter: Biennium<'_>| {
            weeks_counter(kind, counter.law(), &counter.status(week), week)
        };
        let limited = if self.unit.facts.sector.has_cigo() {
            Some(counter(CounterKind::Biennium, self.biennium()))
        } else {
            let ais = self.ais(week);
            ais.map(|ais| counter(CounterKind::AisBiennium, ais))
        };
        self.counters_with(limited, week)
    }

    /// The same, of which the one of weeks in the biennio mobile is told already.
    fn counters_with(&self, limited: Option<Counter>, week: Week) -> Vec<Counter> {
        let mut counters = Vec::with_capacity(8);
        counters.extend(limited);
        if self.unit.facts.sector.has_cigo() {
            counters.push(self.continuous_counter(week));
            counters.push(self.waiting_counter(week));
            counters.extend(
                self.one_third()
                    .map(|one| self.one_third_counter(CounterKind::OneThird, &one, week)),
            );
        } else {
            counters.extend(
                self.ais_one_third(week)
                    .map(|one| self.one_third_counter(CounterKind::AisOneThird, &one, week)),
            );
        }
        counters.push(self.total_duration_counter(week));
        if self.has_cigs(week) {
            counters.extend(CIGS_CAUSES.map(|(cause, kind)| self.cause_counter(cause, kind, week)));
        }
        counters
    }

    /// What fits of a request of weeks, after every counter.
    pub fn simulate(&self, request: &Request) -> Simulation {
        let refusal = self.refusal(request);
        let grantable_weeks = refusal.map_or(request.count, |refusal| refusal.week - request.first);
        Simulation {
            grantable_weeks,
            refusal,
            first_block: self.first_block(request),
        }
    }

    /// The first week that does not fit, and the counter that refuses it; of two counters that refuse the same week,
    /// the one of the earlier comma. Neutral periods are never refused (`limits.md` §2.5).
    pub fn refusal(&self, request: &Request) -> Option<Refusal> {
        if request.flags.is_neutral() {
            return None;
        }
        let mut first: Option<Refusal> = None;
        self.each_check(request, |binding, failing, source| {
            let week = failing?;
            if first.is_none_or(|known| week < known.week) {
                first = Some(Refusal {
                    week,
                    binding,
                    source,
                });
            }
            None::<()>
        });
        first
    }

    /// The first weeks, from that of the request on and within so many weeks, from which all of it fits.
    pub fn admissible_starts(&self, request: &Request, horizon_weeks: i32) -> Vec<WeekRange> {
        let mut ranges: Vec<WeekRange> = Vec::new();
        let weeks = (0..horizon_weeks).map(|offset| request.first + offset);
        for week in weeks.filter(|week| self.fits(&request.starting(*week))) {
            match ranges.last_mut() {
                Some(range) if range.last + 1 == week => range.last = week,
                _ => ranges.push(WeekRange {
                    first: week,
                    last: week,
                }),
            }
        }
        ranges
    }

    /// The weeks, within a horizon, that can still be asked for one by one.
    pub fn free_weeks(&self, request: &Request, horizon_weeks: i32) -> Vec<WeekRange> {
        self.admissible_starts(&request.shortened(1), horizon_weeks)
    }

    /// The longest request like this one that fits from its first week: at most one application of CIGO, or all the
    /// weeks of AIS. Hours are not asked, since they grow with the weeks.
    pub fn longest(&self, request: &Request) -> i32 {
        let first = request.first;
        let most = match (request.scheme, self.ais(first)) {
            (Scheme::Ais, Some(ais)) => ais.limit(first).value,
            _ => self.rules.on(Key::ApplicationWeeks, first.monday()).value,
        };
        let all = Request {
            count: i32::try_from(most).unwrap_or(i32::MAX),
            hours: None,
            ..*request
        };
        self.refusal(&all)
            .map_or(all.count, |refusal| refusal.week - first)
    }

    /// What would make a request pass; nothing when it passes already.
    pub fn alternatives(&self, request: &Request) -> Alternatives {
        let Some(refusal) = self.refusal(request) else {
            return Alternatives::default();
        };
        let fitting = |other: Request| self.fits(&other).then_some(other);
        let weeks = refusal.week - request.first;
        let fewer = self.one_third().map(|one| one.most_hours(request));
        let fewer = fewer.filter(|hours| *hours > Hours::default() && request.hours.is_some());
        Alternatives {
            shorter: (weeks > 0)
                .then(|| request.shortened(weeks))
                .and_then(fitting),
            later: self
                .first_block(request)
                .map(|first| request.starting(first)),
            fewer_hours: fewer.and_then(|hours| fitting(request.with_hours(hours))),
        }
    }

    /// What fits of a request of months of CIGS, after the counter of its causale, art. 4 and the cap of hours.
    pub fn simulate_months(&self, request: &MonthsRequest) -> MonthsSimulation {
        let refusal = self.months_refusal(request);
        let until = |refusal: MonthsRefusal| request.months_before(refusal.month_end);
        MonthsSimulation {
            grantable_months: refusal.map_or(request.months, until),
            refusal,
            first_block: self.first_months_block(request),
        }
    }

    /// The longest request of months like this one that fits from its first day: at most the five years looked at. Hours
    /// are not asked, since they grow with the months.
    pub fn longest_months(&self, request: &MonthsRequest) -> i32 {
        let all = MonthsRequest {
            months: 60,
            ..*request
        };
        (1..=all.months)
            .find(|months| self.refuses_month(&all, *months).is_some())
            .map_or(all.months, |months| months - 1)
    }

    /// The first month of a request that does not fit, and the counter that refuses it: of several that refuse the same
    /// month the causale, then art. 4, then the hours. Months later than those asked for, already authorised or set aside,
    /// keep within their limits too. Periods in derogation and neutral ones are never refused.
    pub fn months_refusal(&self, request: &MonthsRequest) -> Option<MonthsRefusal> {
        let by_months = (1..=request.months).find_map(|months| self.refuses_month(request, months));
        let refusals = by_months.into_iter().chain(self.refuses_hours(request));
        refusals.min_by_key(|refusal| refusal.month_end)
    }

    fn refuses_month(&self, request: &MonthsRequest, months: i32) -> Option<MonthsRefusal> {
        if request.is_outside_art4() {
            return None;
        }
        let asked = request.first_months(months);
        let month_end = asked.last_day();
        let unit = cigs::with_cigs(self.unit, request.cause, request.flags, asked);
        if self.refuses_cause(&unit, request.cause, month_end) {
            return Some(MonthsRefusal {
                month_end,
                binding: kind_of(request.cause),
                source: cause_limit(self.rules, self.unit.facts, request.cause, month_end).source,
            });
        }
        let total = TotalDuration::new(&unit, self.rules);
        let fits = total.measure(month_end).fits() && total.later_ones_fit(month_end);
        (!fits).then(|| MonthsRefusal {
            month_end,
            binding: CounterKind::TotalDuration,
            source: total.limit(month_end).source,
        })
    }

    /// Whether a causale has no room for what a unit has with the months that end on a day, or for what comes later.
    fn refuses_cause(&self, unit: &Unit, cause: Cause, month_end: NaiveDate) -> bool {
        let over = |last| cause_measure(unit, self.rules, cause, last).residual_units() < 0;
        if cause == Cause::Crisi {
            let crises = cigs::crises(&unit.authorisations);
            let current = crises.iter().find(|crisis| crisis.contains(month_end));
            let end = current.map_or(month_end, |crisis| crisis.last_day());
            return self.is_too_soon(&crises, month_end) || over(month_end) || over(end);
        }
        let horizon = add_years(month_end, 5);
        let later = unit
            .authorisations
            .iter()
            .filter(|one| one.cause == cause && cigs::counts(one))
            .map(|one| one.period.last_day())
            .filter(|last| *last > month_end && *last <= horizon);
        std::iter::once(month_end).chain(later).any(over)
    }

    /// Whether the crisis that runs on a day starts before two thirds of the one before it have passed, or the one after
    /// it before two thirds of it have.
    fn is_too_soon(&self, crises: &[Period], on: NaiveDate) -> bool {
        let too_soon = |pair: &[Period]| {
            let concerned = pair.iter().any(|crisis| crisis.contains(on));
            concerned && pair[1].first_day() < next_crisis_from(self.rules, pair[0])
        };
        crises.windows(2).any(too_soon)
    }

    /// The first month that the hours leave no room for: the longest part of the programme from its first day on fits
    /// with its share of the hours. Asked only where the groups of the unit and the hours are told.
    fn refuses_hours(&self, request: &MonthsRequest) -> Option<MonthsRefusal> {
        let cap = |months| self.cigs_hours(request, months);
        if request.is_outside_art4() || cap(request.months)?.fits() {
            return None;
        }
        let fits = |months: &i32| cap(*months).is_some_and(|hours| hours.fits());
        let most = (1..request.months).rev().find(fits).unwrap_or(0);
        Some(MonthsRefusal {
            month_end: month_end(request.from, most + 1),
            binding: CounterKind::CigsHours,
            source: self.rules.on(Key::CigsHoursPercent, request.from).source,
        })
    }

    /// The hours of the first months of a programme against 80 % of what is workable in them; `None` where the cap does
    /// not apply, or groups or hours are not told.
    pub(super) fn cigs_hours(
        &self,
        request: &MonthsRequest,
        months: i32,
    ) -> Option<ProgrammeHours> {
        let rule = Key::CigsHoursPercent;
        let applies = cigs::is_capped(request.cause)
            && self.rules.covering(rule, request.from, "months").is_ok();
        let hours = request.hours.filter(|_| applies)?;
        let Unit { facts, staff, .. } = self.unit;
        if staff.groups.is_empty() {
            return None;
        }
        let share = Exact::new(months.into(), request.months.max(1).into());
        Some(ProgrammeHours {
            cap: hours_cap(self.rules, staff, request.from, months, facts.working_days),
            loads: cigs::suspended_hours(self.unit, request.first_months(months)),
            asked: hundredths(hours.hundredths()) * share,
        })
    }

    fn first_months_block(&self, request: &MonthsRequest) -> Option<NaiveDate> {
        let fits = |from: &NaiveDate| {
            let moved = MonthsRequest {
                from: *from,
                ..*request
            };
            // The hours first: where they alone refuse, every day that is looked at is cheap.
            self.refuses_hours(&moved).is_none() && self.months_refusal(&moved).is_none()
        };
        let weekly = (0..super::weeks::SEARCH_WEEKS)
            .map(|weeks| request.from + TimeDelta::days(7 * i64::from(weeks)));
        let found = weekly.into_iter().find(fits)?;
        // At the latest the day that was found.
        let earliest = request.from.max(found - TimeDelta::days(6));
        earliest.iter_days().find(fits)
    }

    /// First week from which all of a request fits.
    fn first_block(&self, request: &Request) -> Option<Week> {
        candidates(request.first).find(|first| self.fits(&request.starting(*first)))
    }

    /// Whether all of a request fits.
    fn fits(&self, request: &Request) -> bool {
        request.flags.is_neutral()
            || self
                .each_check(request, |_, failing, _| failing.map(|_| ()))
                .is_none()
    }

    /// Asks the counters that look at a request, the cheap ones first, for the first week that each refuses, until one
    /// answer is enough.
    fn each_check<T>(
        &self,
        request: &Request,
        mut tell: impl FnMut(CounterKind, Option<Week>, &'static str) -> Option<T>,
    ) -> Option<T> {
        let first = request.first;
        let total = |tell: &mut dyn FnMut(CounterKind, Option<Week>, &'static str) -> Option<T>| {
            let counter = self.total();
            let failing = counter.check_keeping_later(request).first_failing;
            let source = counter.limit(first.monday()).source;
            tell(CounterKind::TotalDuration, failing, source)
        };
        if request.scheme == Scheme::Ais {
            let ais = self.ais(first).and_then(|ais| {
                let failing = ais.check_keeping_later(request).first_failing;
                tell(CounterKind::AisBiennium, failing, ais.limit(first).source)
            });
            return ais.or_else(|| total(&mut tell));
        }
        let continuous = self.continuous();
        let failing = continuous.check(request).first_failing;
        tell(
            CounterKind::Continuous,
            failing,
            continuous.limit(first).source,
        )
        .or_else(|| {
            let failing = self.waiting.check(request).first_failing;
            tell(
                CounterKind::Waiting,
                failing,
                self.waiting.limit(first).source,
            )
        })
        .or_else(|| {
            let biennium = self.biennium();
            let failing = biennium.check_keeping_later(request).first_failing;
            tell(CounterKind::Biennium, failing, biennium.limit(first).source)
        })
        .or_else(|| {
            let one_third = self.one_third()?;
            let failing = one_third.check_keeping_later(request).first_failing;
            tell(
                CounterKind::OneThird,
                failing,
                one_third.limit(first).source,
            )
        })
        .or_else(|| total(&mut tell))
    }

    /// The unit that is assessed.
    pub(super) fn unit(&self) -> &'a Unit {
        self.unit
    }

    /// The rules by which it is assessed.
    pub(super) fn rules(&self) -> &'a Rules {
        self.rules
    }

    pub(super) fn bars(&self) -> &Waiting<'a> {
        &self.waiting
    }

    pub(super) fn continuous(&self) -> Continuous<'_> {
        Continuous::new(&self.tables.touched, self.rules)
    }

    pub(super) fn biennium(&self) -> Biennium<'_> {
        Biennium::new(&self.tables.counted, self.unit.facts, self.rules)
    }

    /// The counter of AIS; `None` when the headcount is not known.
    pub(super) fn ais(&self, week: Week) -> Option<Biennium<'_>> {
        let class = self.ais_class(week)?;
        let facts = self.unit.facts;
        Some(Biennium::ais(&self.tables.ais, facts, self.rules, class))
    }

    pub(super) fn one_third(&self) -> Option<OneThird<'a>> {
        OneThird::new(self.unit, self.rules)
    }

    /// One third of the hours of AIS; `None` when the groups are not known, or the week lies before anybody looked at it.
    pub(super) fn ais_one_third(&self, week: Week) -> Option<OneThird<'a>> {
        let one = OneThird::ais(self.unit, self.rules)?;
        let covered = self.rules.covering(one.key(), week.monday(), "week");
        covered.is_ok().then_some(one)
    }

    pub(super) fn total(&self) -> TotalDuration<'_> {
        TotalDuration::over(&self.tables.total, self.unit.facts, self.rules)
    }

    fn ais_class(&self, week: Week) -> Option<AisClass> {
        let headcount = self.unit.staff.headcount?;
        Some(headcount.ais_class(self.rules, week.monday()))
    }

    fn has_cigs(&self, week: Week) -> bool {
        let covered = self
            .rules
            .covering(Key::CigsOverHeads, week.monday(), "week");
        let by_size = covered.is_ok()
            && self
                .unit
                .staff
                .headcount
                .is_some_and(|headcount| headcount.cigs_in_scope(self.rules, week.monday()));
        by_size
            || self
                .unit
                .authorisations
                .iter()
                .any(|one| one.scheme == Scheme::Cigs)
    }

    fn continuous_counter(&self, week: Week) -> Counter {
        let status = self.continuous().status(week);
        Counter {
            kind: CounterKind::Continuous,
            limit_units: status.limit_weeks,
            used_units: status.used_weeks,
            residual_units: status.residual_weeks,
            residual_weeks: status.residual_weeks,
            window: status
                .chain
                .map(|(first, last)| (first.monday(), last.sunday())),
            first_available: status.first_available.map(Week::monday),
            source: self.continuous().limit(week).source,
        }
    }

    /// Only a first week: there is nothing to use up.
    fn waiting_counter(&self, week: Week) -> Counter {
        Counter {
            kind: CounterKind::Waiting,
            limit_units: 0,
            used_units: 0,
            residual_units: 0,
            residual_weeks: 0,
            window: None,
            first_available: Some(self.waiting.first_available(week).monday()),
            source: self.waiting.limit(week).source,
        }
    }

    /// Seen from the window that ends with the week. Weeks left are those at the full hours of the unit.
    fn one_third_counter(
        &self,
        kind: CounterKind,
        one_third: &OneThird<'_>,
        week: Week,
    ) -> Counter {
        let status = one_third.status(week);
        let weekly = self.unit.staff.weekly_hours();
        let residual_weeks = if weekly > super::exact::whole(0) {
            super::exact::floor(&(super::exact::whole(status.residual_hours) / weekly))
        } else {
            0
        };
        Counter {
            kind,
            limit_units: status.limit_hours,
            used_units: super::exact::ceil(&status.used_hours),
            residual_units: status.residual_hours,
            residual_weeks,
            window: Some((status.first.monday(), status.last.sunday())),
            first_available: one_third.first_available(week).map(Week::monday),
            source: one_third.limit(week).source,
        }
    }

    fn total_duration_counter(&self, week: Week) -> Counter {
        let total = self.total();
        let measure = total.measure(week.sunday());
        Counter {
            kind: CounterKind::TotalDuration,
            limit_units: measure.limit_units,
            used_units: measure.used_units,
            residual_units: measure.residual_units().max(0),
            residual_weeks: measure.residual_weeks(),
            window: Some((measure.window_start, measure.window_end)),
            first_available: total.first_available(week).map(Week::monday),
            source: total.limit(week.sunday()).source,
        }
    }

    fn cause_counter(&self, cause: Cause, kind: CounterKind, week: Week) -> Counter {
        let measure = cause_measure(self.unit, self.rules, cause, week.sunday());
        let residual_units = measure.residual_units().max(0);
        Counter {
            kind,
            limit_units: measure.limit_units,
            used_units: measure.used_units,
            residual_units,
            residual_weeks: residual_units / super::total_duration::WEEK_UM,
            window: Some((measure.window_start, measure.window_end)),
            first_available: self.first_month(cause, week),
            source: cause_limit(self.rules, self.unit.facts, cause, week.monday()).source,
        }
    }

    /// First day from the Monday of a week on from which a month of a causale fits its own counter. While a crisis runs
    /// and has months left, that is the day after it.
    fn first_month(&self, cause: Cause, week: Week) -> Option<NaiveDate> {
        let monday = week.monday();
        if cause == Cause::Crisi {
            let crises = cigs::crises(&self.unit.authorisations);
            let Some(last) = crises.last() else {
                return Some(monday);
            };
            let day_after = next_day(last.last_day());
            let limit = cause_limit(self.rules, self.unit.facts, cause, monday).value * MONTH_UM;
            let goes_on = day_after >= monday && cigs::piece_um(*last) + MONTH_UM <= limit;
            let next = next_crisis_from(self.rules, *last);
            return Some(if goes_on { day_after } else { monday.max(next) });
        }
        candidates(week).map(Week::monday).find(|from| {
            let end = month_end(*from, 1);
            let measure = cause_measure(self.unit, self.rules, cause, end);
            measure.residual_units() >= MONTH_UM
        })
    }
}

fn weeks_counter(kind: CounterKind, limit: &Limit<'_>, status: &Status, week: Week) -> Counter {
    Counter {
        kind,
        limit_units: status.limit_units,
        used_units: status.used_units,
        residual_units: status.residual_units,
        residual_weeks: status.residual_weeks,
        window: Some((status.window_start, status.window_end)),
        first_available: status.first_available.map(Week::monday),
        source: limit.row(week).source,
    }
}

/// The causale of CIGS that a counter is about; `None` for the other counters.
pub(super) fn cause_of(kind: CounterKind) -> Option<Cause> {
    let found = CIGS_CAUSES.iter().find(|(_, one)| *one == kind);
    found.map(|(cause, _)| *cause)
}

/// The counter of a causale of CIGS.
pub fn kind_of(cause: Cause) -> CounterKind {
    CIGS_CAUSES
        .iter()
        .find(|(one, _)| *one == cause)
        .map_or(CounterKind::TotalDuration, |(_, kind)| *kind)
}
