//! Steps over weeks and days that the counters share.

use chrono::{Datelike, NaiveDate};
use kernel::Week;
use kernel::calendar::add_years;

/// How far ahead a first possible week is looked for: ten years.
pub const SEARCH_WEEKS: i32 = 521;

/// The weeks from `first` to `last`, both included; none when they are crossed.
pub(super) fn through(first: Week, last: Week) -> impl Iterator<Item = Week> {
    (first.index()..=last.index()).map(Week::from_index)
}

/// The weeks in which a first possible one is looked for.
pub(super) fn candidates(from: Week) -> impl Iterator<Item = Week> {
    through(from, from + SEARCH_WEEKS)
}

/// Position of a day in its week: Monday is 0.
pub(super) fn weekday(date: NaiveDate) -> u32 {
    date.weekday().num_days_from_monday()
}

/// First day of the quinquennio mobile that ends on `last` (`limits.md` §6.6).
pub(super) fn five_years_back(last: NaiveDate) -> NaiveDate {
    add_years(next_day(last), -5)
}

/// The day after.
pub(super) fn next_day(date: NaiveDate) -> NaiveDate {
    date.succ_opt().unwrap_or(NaiveDate::MAX)
}

/// The day before.
pub(super) fn previous_day(date: NaiveDate) -> NaiveDate {
    date.pred_opt().unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use super::super::rules::day;
    use super::*;

    #[test]
    fn the_quinquennio_starts_five_years_before_the_day_after_its_end() {
        assert_eq!(five_years_back(day(2025, 12, 28)), day(2020, 12, 29));
        assert_eq!(
            five_years_back(day(2028, 2, 28)),
            day(2023, 2, 28),
            "29 February is clamped"
        );
    }
}
