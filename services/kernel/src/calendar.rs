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
    add_months(day, years.saturating_mul(12))
}

/// Last day of the month of a day.
pub fn end_of_month(day: NaiveDate) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    add_months(first, 1).pred_opt().unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn a_day_that_the_month_lacks_becomes_its_last() {
        assert_eq!(add_months(day(2026, 1, 31), 1), day(2026, 2, 28));
        assert_eq!(add_months(day(2028, 3, 31), -1), day(2028, 2, 29));
        assert_eq!(add_years(day(2028, 2, 29), -5), day(2023, 2, 28));
        assert_eq!(end_of_month(day(2028, 2, 3)), day(2028, 2, 29));
    }

    proptest! {
        #[test]
        fn moving_by_months_moves_the_month_and_keeps_the_day_where_it_exists(offset in 0_i64..100_000, by in -600_i32..600) {
            let from = day(1900, 1, 1) + TimeDelta::days(offset);
            let to = add_months(from, by);
            let months = |day: NaiveDate| day.year() * 12 + day.month0().cast_signed();
            prop_assert_eq!(months(to), months(from) + by);
            prop_assert!(to.day() == from.day() || (to.day() < from.day() && to == end_of_month(to)));
        }
    }
}
