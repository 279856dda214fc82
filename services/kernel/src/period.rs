//! Closed intervals of civil days.

use chrono::{NaiveDate, TimeDelta};

use crate::Refused;

/// A closed interval of days, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    from: NaiveDate,
    to: NaiveDate,
}

impl Period {
    /// From a day to another, both inside; refused when reversed.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Result<Self, Refused> {
        if from <= to {
            Ok(Self { from, to })
        } else {
            Err(Refused::new("period", "must not end before it starts"))
        }
    }

    /// The period between two days, in whatever order they come.
    pub fn between(one: NaiveDate, other: NaiveDate) -> Self {
        Self {
            from: one.min(other),
            to: one.max(other),
        }
    }

    /// First day.
    pub fn first_day(self) -> NaiveDate {
        self.from
    }

    /// Last day.
    pub fn last_day(self) -> NaiveDate {
        self.to
    }

    /// Number of days, at least 1.
    pub fn length(self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// The days, in order.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        (0..self.length()).map(move |offset| self.from + TimeDelta::days(offset))
    }

    /// Whether a day lies inside.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether a day is shared.
    pub fn overlaps(self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// The days that both have.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: u32, to: u32) -> Period {
        Period::between(
            NaiveDate::from_ymd_opt(2026, 9, from).unwrap(),
            NaiveDate::from_ymd_opt(2026, 9, to).unwrap(),
        )
    }

    #[test]
    fn a_period_that_ends_before_it_starts_is_refused() {
        let (early, late) = (period(1, 1).first_day(), period(2, 2).first_day());
        assert!(Period::new(late, early).is_err());
        assert_eq!(Period::new(early, early).unwrap().length(), 1);
    }

    #[test]
    fn periods_that_touch_on_one_day_share_it() {
        assert_eq!(
            period(1, 10).intersection(period(10, 20)),
            Some(period(10, 10))
        );
        assert!(period(1, 10).overlaps(period(10, 20)) && !period(1, 9).overlaps(period(10, 20)));
        assert_eq!(period(1, 9).intersection(period(10, 20)), None);
        assert_eq!(period(1, 3).days().count(), 3);
    }
}
