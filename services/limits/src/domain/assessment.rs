//! The answer of the service: every counter of a unit, and what fits of a request (`limits.md` §12.7).
//!
//! The counter of one third of the hours (art. 12 c. 5) is not among them yet: it needs the hours of the unit's
//! workers. The smallest grant decides, and names the counter that binds.

use chrono::NaiveDate;
use kernel::Week;

use super::biennium::Biennium;
use super::continuous::Continuous;
use super::request::Request;
use super::rules::Rules;
use super::total_duration::TotalDuration;
use super::unit::Unit;
use super::waiting::Waiting;
use super::week_value::{Counting, WeekTable};
use super::weeks::candidates;

/// A counter of the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CounterKind {
    /// 52 continuous weeks, art. 12 c. 1. Unit: weeks.
    Continuous,
    /// 52 normal weeks after 52 consecutive ones, art. 12 c. 2. Unit: weeks.
    Waiting,
    /// 52 weeks in the biennio mobile, art. 12 c. 3. Unit: 1/30 of a week.
    Biennium,
    /// 24 or 30 months in the quinquennio mobile, art. 4. Unit: 1/780 of a month.
    TotalDuration,
}

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
    /// First week that could be asked for; `None` within ten years.
    pub first_available: Option<Week>,
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

/// A unit with its weeks valued, ready to answer.
#[derive(Debug)]
pub struct Assessment<'a> {
    unit: &'a Unit,
    rules: &'a Rules,
    touched: WeekTable,
    counted: WeekTable,
    waiting: Waiting<'a>,
    total: TotalDuration<'a>,
}

impl<'a> Assessment<'a> {
    /// Values the weeks of a unit.
    pub fn new(unit: &'a Unit, rules: &'a Rules) -> Self {
        let touched = WeekTable::new(unit, rules, Counting::Continuous);
        let counted = WeekTable::new(unit, rules, Counting::Biennium);
        let waiting = Waiting::new(unit, rules, &counted, &touched);
        let total = TotalDuration::new(unit, rules);
        Self {
            unit,
            rules,
            touched,
            counted,
            waiting,
            total,
        }
    }

    /// Every counter that concerns the unit, seen from a week. A unit covered by the FIS has no CIGO counter.
    pub fn counters(&self, week: Week) -> Vec<Counter> {
        let total = self.total_duration(week);
        if self.unit.facts.sector.has_cigo() {
            vec![
                self.biennium_counter(week),
                self.continuous_counter(week),
                self.waiting_counter(week),
                total,
            ]
        } else {
            vec![total]
        }
    }

    /// What fits of a request, after every counter.
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
        let first = request.first;
        let checks = [
            (
                CounterKind::Continuous,
                self.continuous().check(request),
                self.continuous().limit(first),
            ),
            (
                CounterKind::Waiting,
                self.waiting.check(request),
                self.waiting.limit(first),
            ),
            (
                CounterKind::Biennium,
                self.biennium().check_keeping_later(request),
                self.biennium().limit(first),
            ),
            (
                CounterKind::TotalDuration,
                self.total.check_keeping_later(request),
                self.total.limit(first.monday()),
            ),
        ];
        let refusals = checks.into_iter().filter_map(|(binding, check, limit)| {
            check.first_failing.map(|week| Refusal {
                week,
                binding,
                source: limit.source,
            })
        });
        refusals.min_by_key(|refusal| refusal.week)
    }

    /// First week from which all of a request fits.
    fn first_block(&self, request: &Request) -> Option<Week> {
        candidates(request.first).find(|first| self.fits(&request.starting(*first)))
    }

    /// Whether all of a request fits: the cheap counters first, since a search asks this many times.
    fn fits(&self, request: &Request) -> bool {
        request.flags.is_neutral()
            || (self.continuous().check(request).passes()
                && self.waiting.check(request).passes()
                && self.biennium().check_keeping_later(request).passes()
                && self.total.check_keeping_later(request).passes())
    }

    fn continuous(&self) -> Continuous<'_> {
        Continuous::new(&self.touched, self.rules)
    }

    fn biennium(&self) -> Biennium<'_> {
        Biennium::new(&self.counted, self.unit.facts, self.rules)
    }

    fn biennium_counter(&self, week: Week) -> Counter {
        let status = self.biennium().status(week);
        Counter {
            kind: CounterKind::Biennium,
            limit_units: status.limit_units,
            used_units: status.used_units,
            residual_units: status.residual_units,
            residual_weeks: status.residual_weeks,
            window: Some((status.window_start, status.window_end)),
            first_available: status.first_available,
            source: self.biennium().limit(week).source,
        }
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
            first_available: status.first_available,
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
            first_available: Some(self.waiting.first_available(week)),
            source: self.waiting.limit(week).source,
        }
    }

    fn total_duration(&self, week: Week) -> Counter {
        let measure = self.total.measure(week.sunday());
        Counter {
            kind: CounterKind::TotalDuration,
            limit_units: measure.limit_units,
            used_units: measure.used_units,
            residual_units: measure.residual_units().max(0),
            residual_weeks: measure.residual_weeks(),
            window: Some((measure.window_start, measure.window_end)),
            first_available: self.total.first_available(week),
            source: self.total.limit(week.sunday()).source,
        }
    }
}
