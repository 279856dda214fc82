//! Weeks that are asked for, and how they weigh on top of what is recorded.

use chrono::NaiveDate;
use kernel::{Hours, Period, Week, WeekPeriod};

use super::cigs::month_end;
use super::unit::{Cause, Flags, Scheme};

/// A request of whole weeks of CIGO or AIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// CIGO or AIS.
    pub scheme: Scheme,
    /// Ordinary or EONE.
    pub cause: Cause,
    /// Marks that make it neutral.
    pub flags: Flags,
    /// First week.
    pub first: Week,
    /// How many weeks.
    pub count: i32,
    /// Hours asked for in all; `None` when they are not told, and art. 12 c. 5 is not asked.
    pub hours: Option<Hours>,
}

impl Request {
    /// A request of CIGO for a period.
    pub fn new(cause: Cause, flags: Flags, period: WeekPeriod) -> Self {
        Self {
            scheme: Scheme::Cigo,
            cause,
            flags,
            first: period.first_week(),
            count: period.count().cast_signed(),
            hours: None,
        }
    }

    /// A request of CIGO or AIS for every week that a period of days touches.
    pub fn covering(scheme: Scheme, cause: Cause, flags: Flags, period: Period) -> Self {
        let first = Week::of(period.first_day());
        Self {
            scheme,
            cause,
            flags,
            count: Week::of(period.last_day()) - first + 1,
            ..Self::ordinary(first, 1)
        }
    }

    /// An ordinary request of CIGO without marks.
    pub fn ordinary(first: Week, count: i32) -> Self {
        Self {
            scheme: Scheme::Cigo,
            cause: Cause::Ord,
            flags: Flags::default(),
            first,
            count,
            hours: None,
        }
    }

    /// The same request for AIS.
    #[must_use]
    pub fn of_ais(self) -> Self {
        Self {
            scheme: Scheme::Ais,
            ..self
        }
    }

    /// The same request with its hours.
    #[must_use]
    pub fn with_hours(self, hours: Hours) -> Self {
        Self {
            hours: Some(hours),
            ..self
        }
    }

    /// The same request of fewer weeks, with the hours of those weeks, rounded down to the hundredth.
    #[must_use]
    pub fn shortened(self, count: i32) -> Self {
        let share = |hours: Hours| {
            let part =
                i128::from(hours.hundredths()) * i128::from(count) / i128::from(self.count.max(1));
            Hours::from_hundredths(i64::try_from(part).unwrap_or(i64::MAX))
        };
        Self {
            count,
            hours: self.hours.map(share),
            ..self
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

/// Months that a period may have: those of two centuries.
const MOST_MONTHS: i32 = 2_400;

/// A request of whole months of CIGS, counted from its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthsRequest {
    /// Riorganizzazione, crisi or contratto di solidarietà.
    pub cause: Cause,
    /// Marks that make it neutral, or take it out of art. 4.
    pub flags: Flags,
    /// First day.
    pub from: NaiveDate,
    /// How many months.
    pub months: i32,
    /// Hours asked for in all; `None` when they are not told, and art. 22 c. 4 is not asked.
    pub hours: Option<Hours>,
}

impl MonthsRequest {
    /// A request for every month that a period of days touches, counted from its first day.
    pub fn covering(cause: Cause, flags: Flags, period: Period) -> Self {
        let (from, last) = (period.first_day(), period.last_day());
        let months = (1..=MOST_MONTHS)
            .find(|months| month_end(from, *months) >= last)
            .unwrap_or(MOST_MONTHS);
        Self {
            cause,
            flags,
            from,
            months,
            hours: None,
        }
    }

    /// The same request with its hours.
    #[must_use]
    pub fn with_hours(self, hours: Hours) -> Self {
        Self {
            hours: Some(hours),
            ..self
        }
    }

    /// How many of its months end before the one that ends on a day.
    pub fn months_before(&self, last: NaiveDate) -> i32 {
        (1..=self.months)
            .find(|months| month_end(self.from, *months) >= last)
            .map_or(self.months, |months| months - 1)
    }

    /// The days of its first so many months.
    pub fn first_months(&self, months: i32) -> Period {
        Period::between(self.from, month_end(self.from, months))
    }

    /// Whether art. 4 and the limits of art. 22 pass over it.
    pub fn is_outside_art4(&self) -> bool {
        self.flags.deroga_art4 || self.flags.is_neutral()
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
        let from = self.position(first);
        let to = self.position(last + 1).max(from);
        self.sums[to] - self.sums[from]
    }

    fn position(&self, week: Week) -> usize {
        usize::try_from(week - self.first)
            .unwrap_or(0)
            .min(self.sums.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::day;
    use super::*;

    #[test]
    fn a_period_of_days_asks_for_every_week_that_it_touches() {
        let flags = Flags {
            covid: true,
            ..Flags::default()
        };
        let period = Period::between(day(2026, 3, 4), day(2026, 3, 16));
        let asked = Request::covering(Scheme::Ais, Cause::Eone, flags, period);
        assert_eq!(
            (asked.scheme, asked.cause, asked.flags),
            (Scheme::Ais, Cause::Eone, flags)
        );
        assert_eq!((asked.first, asked.count), (Week::of(day(2026, 3, 2)), 3));
        assert_eq!(asked.hours, None);
    }
}
