//! 52 weeks of normal work after 52 consecutive weeks, art. 12 c. 2 (`limits.md` §6.7, §12.4).
//!
//! The bar speaks of new applications: weeks authorised before the bar arose stay as they are.

use std::collections::BTreeSet;

use kernel::Week;

use super::request::{Check, Request};
use super::rules::{Dated, Rules, WaitingTrigger};
use super::unit::{Scheme, Unit};
use super::week_value::{WEEK_UNITS, WeekTable, is_exempt_week};

/// The bars of a unit.
#[derive(Debug, Clone)]
pub struct Waiting<'a> {
    unit: &'a Unit,
    rules: &'a Rules,
    bars: Vec<Bar>,
}

/// Weeks barred after a run: those after its last week and before the first one allowed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bar {
    run_end: Week,
    first_allowed: Week,
}

impl<'a> Waiting<'a> {
    /// Finds the bars. `counted` must be valued with [`super::Counting::Biennium`], `touched` with
    /// [`super::Counting::Continuous`].
    pub fn new(unit: &'a Unit, rules: &'a Rules, counted: &WeekTable, touched: &WeekTable) -> Self {
        let bars = match runs(rules, counted) {
            runs if runs.is_empty() => Vec::new(),
            runs => {
                let zero_hours = zero_hours_weeks(unit);
                let is_normal =
                    |week: Week| touched.value(week) == 0 && !zero_hours.contains(&week);
                runs.into_iter()
                    .map(|run_end| bar(rules, run_end, is_normal))
                    .collect()
            }
        };
        Self { unit, rules, bars }
    }

    /// The first week allowed after the last bar; `None` when nothing bars.
    pub fn first_allowed(&self) -> Option<Week> {
        self.bars.iter().map(|bar| bar.first_allowed).max()
    }

    /// The first week from `week` on that no bar refuses.
    pub fn first_available(&self, week: Week) -> Week {
        let mut available = week;
        while let Some(bar) = self.bars.iter().find(|bar| bar.refuses(available)) {
            available = bar.first_allowed;
        }
        available
    }

    /// How many weeks of a request fit.
    pub fn check(&self, request: &Request) -> Check {
        Check::each(request, |week| {
            is_exempt_week(self.unit.facts, self.rules, request.cause, week)
                || !self.bars.iter().any(|bar| bar.refuses(week))
        })
    }

    /// Source of the limit that holds for a week.
    pub fn limit(&self, week: Week) -> &'a Dated {
        self.rules.waiting_weeks.on(week.monday())
    }
}

impl Bar {
    fn refuses(self, week: Week) -> bool {
        self.run_end < week && week < self.first_allowed
    }
}

/// Last week of every maximal chain of consecutive weeks that reaches the trigger.
fn runs(rules: &Rules, counted: &WeekTable) -> Vec<Week> {
    let mut ends = Vec::new();
    let mut run: Option<Run> = None;
    for (week, units) in counted.weeks() {
        run = match run {
            Some(run) if run.end + 1 == week => Some(Run {
                end: week,
                length: run.length + 1,
                units: run.units + units,
            }),
            ended => {
                ends.extend(ended.filter(|run| run.triggers(rules)));
                Some(Run {
                    end: week,
                    length: 1,
                    units,
                })
            }
        };
    }
    ends.extend(run.filter(|run| run.triggers(rules)));
    ends.into_iter().map(|run| run.end).collect()
}

/// A chain of consecutive weeks up to `end`.
#[derive(Debug, Clone, Copy)]
struct Run {
    end: Week,
    length: i64,
    units: i64,
}

impl Run {
    fn triggers(&self, rules: &Rules) -> bool {
        let weeks = rules.waiting_after_weeks.on(self.end.monday()).value;
        match rules.switches.waiting_trigger {
            WaitingTrigger::Units => self.units >= weeks * WEEK_UNITS,
            WaitingTrigger::Touched => self.length >= weeks,
        }
    }
}

fn bar(rules: &Rules, run_end: Week, is_normal: impl Fn(Week) -> bool) -> Bar {
    let wanted = rules.waiting_weeks.on(run_end.monday()).value;
    let mut normal = 0;
    let mut week = run_end + 1;
    while normal < wanted {
        normal += i64::from(is_normal(week));
        week = week + 1;
    }
    Bar {
        run_end,
        first_allowed: week,
    }
}

/// Weeks touched by a CIGS at zero hours.
fn zero_hours_weeks(unit: &Unit) -> BTreeSet<Week> {
    let at_zero_hours = unit
        .authorisations
        .iter()
        .filter(|one| one.scheme == Scheme::Cigs && one.zero_hours);
    at_zero_hours
        .flat_map(|one| one.period.days().map(Week::of))
        .collect()
}
