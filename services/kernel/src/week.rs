//! Weeks: Monday to Sunday, counted without ISO numbers, since 2020 and 2026 have 53 of them (`limits.md` §11).

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use crate::{Period, Refused};

/// 1970-01-05 is a Monday: week 0.
const EPOCH_DAYS_CE: i32 = 719_167;
/// So many weeks before week 0 no calendar has a day: counted from there days are never negative, which divides faster.
const BEFORE_EVERY_DAY: i32 = 20_000_000;

/// A week, Monday to Sunday (`claims.md` CAL-5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week(i32);

impl Week {
    /// The week that holds a day.
    pub fn of(day: NaiveDate) -> Self {
        Self::and_weekday_of(day).0
    }

    /// The week that holds a day, and the day's place in it: Monday is 0.
    pub fn and_weekday_of(day: NaiveDate) -> (Self, u32) {
        let days = (day.num_days_from_ce() - EPOCH_DAYS_CE + 7 * BEFORE_EVERY_DAY).cast_unsigned();
        let week = days / 7;
        (Self(week.cast_signed() - BEFORE_EVERY_DAY), days - 7 * week)
    }

    /// The week that starts on a Monday; any other day is refused.
    pub fn from_monday(day: NaiveDate) -> Result<Self, Refused> {
        if day.weekday() == Weekday::Mon {
            Ok(Self::of(day))
        } else {
            Err(Refused::new("week", "must start on a Monday"))
        }
    }

    /// The week of an index, `floor((day − 1970-01-05) / 7)`.
    pub fn from_index(index: i32) -> Self {
        Self(index)
    }

    /// `floor((day − 1970-01-05) / 7)`.
    pub fn index(self) -> i32 {
        self.0
    }

    /// First day.
    pub fn monday(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(EPOCH_DAYS_CE + self.0 * 7).unwrap_or(NaiveDate::MIN)
    }

    /// Last day.
    pub fn sunday(self) -> NaiveDate {
        self.monday() + TimeDelta::days(6)
    }

    /// The seven days, in order.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        let monday = self.monday();
        (0..7).map(move |offset| monday + TimeDelta::days(offset))
    }
}

impl std::ops::Add<i32> for Week {
    type Output = Self;

    fn add(self, weeks: i32) -> Self {
        Self(self.0 + weeks)
    }
}

impl std::ops::Sub<i32> for Week {
    type Output = Self;

    fn sub(self, weeks: i32) -> Self {
        Self(self.0 - weeks)
    }
}

impl std::ops::Sub for Week {
    type Output = i32;

    fn sub(self, other: Self) -> i32 {
        self.0 - other.0
    }
}

/// Whole consecutive weeks, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WeekPeriod {
    first: Week,
    count: u32,
}

impl WeekPeriod {
    /// `count` weeks from `first`; none, or more than twenty years, is refused.
    pub fn new(first: Week, count: u32) -> Result<Self, Refused> {
        if (1..=1040).contains(&count) {
            Ok(Self { first, count })
        } else {
            Err(Refused::new("weeks", "must be between 1 and 1040"))
        }
    }

    /// First week.
    pub fn first_week(self) -> Week {
        self.first
    }

    /// Last week.
    pub fn last_week(self) -> Week {
        self.first + (self.count.cast_signed() - 1)
    }

    /// Number of weeks.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Monday of the first week.
    pub fn first_day(self) -> NaiveDate {
        self.first.monday()
    }

    /// Sunday of the last week.
    pub fn last_day(self) -> NaiveDate {
        self.last_week().sunday()
    }

    /// The weeks, in order.
    pub fn weeks(self) -> impl Iterator<Item = Week> {
        (0..self.count.cast_signed()).map(move |offset| self.first + offset)
    }

    /// Whether a day lies inside.
    pub fn contains(self, day: NaiveDate) -> bool {
        (self.first_day()..=self.last_day()).contains(&day)
    }

    /// Whether the other lies wholly inside.
    pub fn encloses(self, other: Self) -> bool {
        self.first <= other.first && other.last_week() <= self.last_week()
    }

    /// Whether a week is shared.
    pub fn overlaps(self, other: Self) -> bool {
        self.first <= other.last_week() && other.first <= self.last_week()
    }

    /// The same as a closed interval of days.
    pub fn period(self) -> Period {
        Period::between(self.first_day(), self.last_day())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn week_zero_starts_on_5_january_1970() {
        assert_eq!(Week::of(day(1970, 1, 5)).index(), 0);
        assert_eq!(Week::of(day(1970, 1, 4)).index(), -1);
        assert_eq!(Week::from_index(0).monday(), day(1970, 1, 5));
    }

    #[test]
    fn a_year_of_53_weeks_is_counted_like_any_other() {
        for year in [2020, 2026] {
            assert_eq!(Week::of(day(year, 12, 31)) - Week::of(day(year, 1, 1)), 52);
        }
    }

    #[test]
    fn a_period_starts_on_a_monday_and_ends_on_a_sunday() {
        let period = WeekPeriod::new(Week::from_monday(day(2026, 9, 7)).unwrap(), 13).unwrap();
        assert_eq!(
            (period.first_day(), period.last_day()),
            (day(2026, 9, 7), day(2026, 12, 6))
        );
        assert!(Week::from_monday(day(2026, 9, 8)).is_err());
        assert!(WeekPeriod::new(period.first_week(), 0).is_err());
    }

    #[test]
    fn the_first_and_the_last_day_of_the_calendar_have_their_weekday() {
        for any in [NaiveDate::MIN, NaiveDate::MAX] {
            let (week, weekday) = Week::and_weekday_of(any);
            assert_eq!(weekday, any.weekday().num_days_from_monday());
            let days = any.num_days_from_ce() - EPOCH_DAYS_CE;
            assert_eq!(week.index(), days.div_euclid(7));
        }
    }

    proptest! {
        #[test]
        fn every_day_lies_in_its_week(offset in 0_i64..110_000) {
            let any = day(1900, 1, 1) + TimeDelta::days(offset);
            let week = Week::of(any);
            prop_assert_eq!(week.monday().weekday(), Weekday::Mon);
            prop_assert!((week.monday()..=week.sunday()).contains(&any));
            prop_assert_eq!(week + 1 - 1, week);
            let weekday = any.weekday().num_days_from_monday();
            prop_assert_eq!(Week::and_weekday_of(any), (week, weekday));
            prop_assert_eq!((week + 1).monday(), week.sunday() + TimeDelta::days(1));
        }
    }
}
