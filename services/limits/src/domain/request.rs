//! Weeks that are asked for, and how they weigh on top of what is recorded.

use kernel::{Period, Week, WeekPeriod};

use super::unit::{Cause, Flags};

/// A request of whole weeks of CIGO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Ordinary or EONE.
    pub cause: Cause,
    /// Marks that make it neutral.
    pub flags: Flags,
    /// First week.
    pub first: Week,
    /// How many weeks.
    pub count: i32,
}

impl Request {
    /// A request of a period.
    pub fn new(cause: Cause, flags: Flags, period: WeekPeriod) -> Self {
        Self {
            cause,
            flags,
            first: period.first_week(),
            count: period.count().cast_signed(),
        }
    }

    /// A request of every week that a period of days touches.
    pub fn covering(cause: Cause, flags: Flags, period: Period) -> Self {
        let first = Week::of(period.first_day());
        Self {
            cause,
            flags,
            first,
            count: Week::of(period.last_day()) - first + 1,
        }
    }

    /// An ordinary request without marks.
    pub fn ordinary(first: Week, count: i32) -> Self {
        Self {
            cause: Cause::Ord,
            flags: Flags::default(),
            first,
            count,
        }
    }

    /// The same request from another week.
    #[must_use]
    pub fn starting(self, first: Week) -> Self {
        Self { first, ..self }
    }

    /// Its weeks, in order.
    pub fn weeks(&self) -> impl Iterator<Item = Week> {
        let first = self.first;
        (0..self.count).map(move |offset| first + offset)
    }
}

/// How many weeks of a request pass one counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Weeks that fit, from the first on.
    pub grantable_weeks: i32,
    /// The first week that does not fit; `None` when all do.
    pub first_failing: Option<Week>,
}

impl Check {
    /// All weeks fit.
    pub fn all(request: &Request) -> Self {
        Self {
            grantable_weeks: request.count,
            first_failing: None,
        }
    }

    /// Counts the weeks of a request that pass one after the other, up to the first that does not.
    pub(super) fn each(request: &Request, mut fits: impl FnMut(Week) -> bool) -> Self {
        match request.weeks().find(|week| !fits(*week)) {
            None => Self::all(request),
            Some(failing) => Self {
                grantable_weeks: failing - request.first,
                first_failing: Some(failing),
            },
        }
    }

    /// Whether the whole request fits.
    pub fn passes(&self) -> bool {
        self.first_failing.is_none()
    }
}

/// What requested weeks add to the recorded ones, week by week from the first requested.
#[derive(Debug)]
pub(super) struct Added {
    first: Week,
    /// `sums[i]` is what the first `i` requested weeks add.
    sums: Vec<i64>,
}

impl Added {
    pub(super) fn from(first: Week) -> Self {
        Self {
            first,
            sums: vec![0],
        }
    }

    /// Units that the next requested week adds to what was there.
    pub(super) fn push(&mut self, units: i64) {
        self.sums
            .push(self.sums.last().copied().unwrap_or(0) + units);
    }

    /// Units added to the weeks from `first` to `last`, both included.
    pub(super) fn sum(&self, first: Week, last: Week) -> i64 {
        let (from, to) = (self.position(first), self.position(last + 1));
        if from < to {
            self.sums[to] - self.sums[from]
        } else {
            0
        }
    }

    fn position(&self, week: Week) -> usize {
        usize::try_from(week - self.first)
            .unwrap_or(0)
            .min(self.sums.len() - 1)
    }
}
