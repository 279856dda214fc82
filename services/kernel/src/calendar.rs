//! Arithmetic on calendar months and years, clamped to the last day of the month (`limits.md` §3.3, §6.6).

use chrono::{Datelike, Months, NaiveDate};

/// The day `months` later (or earlier), on the same day of the month or on the last one that exists.
pub fn add_months(day: NaiveDate, months: i32) -> NaiveDate {
    let by = Months::new(months.unsigned_abs());
    let moved = if months < 0 {
        day.checked_sub_months(by)
    } else {
        day.checked_add_months(by)
    };
    moved.unwrap_or(if months < 0 {
        NaiveDate::MIN
    } else {
        NaiveDate::MAX
    })
}

/// The day `years` later (or earlier); 29 February becomes 28 where there is none.
pub fn add_years(day: NaiveDate, years: i32) -> NaiveDate {
    add_months(day, years * 12)
}

/// Last day of the month of a day.
pub fn end_of_month(day: NaiveDate) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    add_months(first, 1).pred_opt().unwrap_or(day)
}
