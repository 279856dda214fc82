//! Calendar months, as a line of a flow names one.

use chrono::{Datelike, NaiveDate};
use kernel::calendar::{add_months, end_of_month};
use kernel::{Period, Week};

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// The month of a day.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// The month written `AAAA-MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |part: &str, count| {
            part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1).map(Self)
    }

    /// First day.
    pub fn first_day(self) -> NaiveDate {
        self.0
    }

    /// Last day.
    pub fn last_day(self) -> NaiveDate {
        end_of_month(self.0)
    }

    /// Its days.
    pub fn period(self) -> Period {
        Period::between(self.first_day(), self.last_day())
    }

    /// The weeks that touch it, in order: four to six.
    pub fn weeks(self) -> impl Iterator<Item = Week> {
        let (first, last) = (Week::of(self.first_day()), Week::of(self.last_day()));
        (0..=last - first).map(move |offset| first + offset)
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(add_months(self.0, 1))
    }

    /// The months that a period touches, in order.
    pub fn touched_by(period: Period) -> impl Iterator<Item = Self> {
        let last = Self::of(period.last_day());
        std::iter::successors(Some(Self::of(period.first_day())), |month| {
            Some(month.next())
        })
        .take_while(move |month| *month <= last)
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::samples::day;

    #[test]
    fn a_month_is_written_with_four_digits_and_two() {
        assert_eq!(Month::parse("2026-09"), Some(Month::of(day(2026, 9, 17))));
        for wrong in [
            "", "2026-9", "26-09", "2026-13", "2026-00", "+026-09", "2026/09",
        ] {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn august_2026_touches_six_weeks_and_february_2027_four() {
        assert_eq!(Month::of(day(2026, 8, 1)).weeks().count(), 6);
        assert_eq!(Month::of(day(2027, 2, 1)).weeks().count(), 4);
    }

    proptest! {
        #[test]
        fn every_day_of_a_month_lies_in_one_of_its_weeks(offset in 0_i64..40_000) {
            let month = Month::of(day(2000, 1, 1) + chrono::TimeDelta::days(offset));
            let weeks: Vec<_> = month.weeks().collect();
            prop_assert!((4..=6).contains(&weeks.len()));
            for one in month.period().days() {
                prop_assert!(weeks.contains(&Week::of(one)));
            }
            prop_assert_eq!(Month::parse(&month.to_string()), Some(month));
        }
    }
}
