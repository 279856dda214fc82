//! 52 weeks of normal work after 52 consecutive weeks, art. 12 c. 2 (`limits.md` §6.7, §12.4).
//!
//! The bar speaks of new applications: weeks authorised before the bar arose stay as they are.

use kernel::{Period, Week};

use super::request::{Check, Request};
use super::rules::{Dated, Key, Rules, WaitingTrigger};
use super::unit::{Facts, Scheme, Unit};
use super::week_value::{WEEK_UNITS, WeekTable, is_exempt_week};

/// The bars of a unit.
#[derive(Debug, Clone)]
pub struct Waiting<'a> {
    facts: Facts,
    rules: &'a Rules,
    bars: Vec<Bar>,
}

/// Weeks barred after a run: those after its last week and before the first one allowed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// First week of the run.
    pub run_start: Week,
    /// Last week of the run.
    pub run_end: Week,
    /// Units of the run.
    pub units: i64,
    /// First week allowed again.
    pub first_allowed: Week,
}

impl<'a> Waiting<'a> {
    /// Finds the bars. `counted` must be valued with [`super::Counting::Biennium`], `touched` with
    /// [`super::Counting::Continuous`].
    pub fn new(unit: &'a Unit, rules: &'a Rules, counted: &WeekTable, touched: &WeekTable) -> Self {
        let bars = match runs(rules, counted) {
            runs if runs.is_empty() => Vec::new(),
            runs => {
                let is_normal =
                    |week: Week| touched.value(week) == 0 && !is_at_zero_hours(unit, week);
                runs.into_iter()
                    .map(|run| bar(rules, run, is_normal))
                    .collect()
            }
        };
        Self {
            facts: unit.facts,
            rules,
            bars,
        }
    }

    /// The bars, oldest first.
    pub fn bars(&self) -> &[Bar] {
        &self.bars
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
            is_exempt_week(self.facts, self.rules, request.cause, week)
                || !self.bars.iter().any(|bar| bar.refuses(week))
        })
    }

    /// Source of the limit that holds for a week.
    pub fn limit(&self, week: Week) -> &'a Dated {
        self.rules.on(Key::WaitingWeeks, week.monday())
    }
}

impl Bar {
    /// Whether the bar refuses a week.
    pub fn refuses(self, week: Week) -> bool {
        self.run_end < week && week < self.first_allowed
    }
}

/// Every maximal chain of consecutive weeks that reaches the trigger.
fn runs(rules: &Rules, counted: &WeekTable) -> Vec<Run> {
    let mut triggering = Vec::new();
    let mut run: Option<Run> = None;
    for (week, units) in counted.weeks() {
        run = match run {
            Some(run) if run.end + 1 == week => Some(Run {
                end: week,
                units: run.units + units,
                ..run
            }),
            ended => {
                triggering.extend(ended.filter(|run| run.triggers(rules)));
                Some(Run {
                    start: week,
                    end: week,
                    units,
                })
            }
        };
    }
    triggering.extend(run.filter(|run| run.triggers(rules)));
    triggering
}

/// A chain of consecutive weeks.
#[derive(Debug, Clone, Copy)]
struct Run {
    start: Week,
    end: Week,
    units: i64,
}

impl Run {
    fn triggers(&self, rules: &Rules) -> bool {
        let weeks = rules.on(Key::WaitingAfterWeeks, self.end.monday()).value;
        match rules.switches.c2_trigger {
            WaitingTrigger::Units => self.units >= weeks * WEEK_UNITS,
            WaitingTrigger::Touched => i64::from(self.end - self.start) + 1 >= weeks,
        }
    }
}

fn bar(rules: &Rules, run: Run, is_normal: impl Fn(Week) -> bool) -> Bar {
    let wanted = rules.on(Key::WaitingWeeks, run.end.monday()).value;
    let mut normal = 0;
    let mut week = run.end + 1;
    while normal < wanted {
        normal += i64::from(is_normal(week));
        week = week + 1;
    }
    Bar {
        run_start: run.start,
        run_end: run.end,
        units: run.units,
        first_allowed: week,
    }
}

/// Whether a CIGS at zero hours touches a week.
fn is_at_zero_hours(unit: &Unit, week: Week) -> bool {
    let week = Period::between(week.monday(), week.sunday());
    unit.authorisations
        .iter()
        .any(|one| one.scheme == Scheme::Cigs && one.zero_hours && one.period.overlaps(week))
}
