//! 13 weeks an application and 52 continuous weeks, art. 12 c. 1 (`limits.md` §6.8, §12.4).

use kernel::Week;

use super::request::{Check, Request};
use super::rules::{Dated, Key, Rules};
use super::week_value::WeekTable;
use super::weeks::candidates;

/// The counter of a unit. The table must be valued with [`super::Counting::Continuous`].
#[derive(Debug, Clone, Copy)]
pub struct Continuous<'a> {
    table: &'a WeekTable,
    rules: &'a Rules,
}

/// The chain of weeks that a request from a given week would join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Weeks of the chain.
    pub used_weeks: i64,
    /// Most weeks that a chain may have.
    pub limit_weeks: i64,
    /// Weeks left.
    pub residual_weeks: i64,
    /// First and last week of the chain; `None` when there is none.
    pub chain: Option<(Week, Week)>,
    /// The first week that could be asked for; `None` within ten years.
    pub first_available: Option<Week>,
}

impl<'a> Continuous<'a> {
    /// The counter over valued weeks.
    pub fn new(table: &'a WeekTable, rules: &'a Rules) -> Self {
        Self { table, rules }
    }

    /// How the counter stands for a week.
    pub fn status(&self, week: Week) -> Status {
        let limit_weeks = self.limit(week).value;
        let (first, last) = self.chain_with(week, week);
        let taken = self.table.value(week) > 0;
        let used_weeks = i64::from(last - first) + i64::from(taken);
        // The week itself closes the chain only when it holds something.
        let chain = (used_weeks > 0).then(|| {
            (
                if first < week || taken {
                    first
                } else {
                    week + 1
                },
                if last > week || taken { last } else { week - 1 },
            )
        });
        let first_available =
            candidates(week).find(|later| self.check(&Request::ordinary(*later, 1)).passes());
        Status {
            used_weeks,
            limit_weeks,
            residual_weeks: (limit_weeks - used_weeks).max(0),
            chain,
            first_available,
        }
    }

    /// How many weeks of a request fit.
    pub fn check(&self, request: &Request) -> Check {
        Check::each(request, |week| {
            let (first, last) = self.chain_with(request.first, week);
            let within_application = i64::from(week - request.first)
                < self.rules.on(Key::ApplicationWeeks, week.monday()).value;
            within_application && i64::from(last - first) < self.limit(week).value
        })
    }

    /// The chain that the weeks of a request make with what is recorded.
    pub(super) fn chain_of(&self, request: &Request) -> (Week, Week) {
        self.chain_with(request.first, request.first + request.count - 1)
    }

    /// Source of the limit that holds for a week.
    pub fn limit(&self, week: Week) -> &'a Dated {
        self.rules.on(Key::ContinuousWeeks, week.monday())
    }

    /// The chain of consecutive weeks that the weeks `first..=last` make with what is recorded.
    fn chain_with(&self, mut first: Week, mut last: Week) -> (Week, Week) {
        while self.table.value(first - 1) > 0 {
            first = first - 1;
        }
        while self.table.value(last + 1) > 0 {
            last = last + 1;
        }
        (first, last)
    }
}
