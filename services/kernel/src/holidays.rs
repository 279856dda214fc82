//! Public holidays and terms of days (`claims.md` CAL-1 to CAL-3; `limits.md` §7, §11).

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use crate::calendar::{add_months, end_of_month};

/// Fixed holidays, as month and day.
const FIXED: [(u32, u32); 10] = [
    (1, 1),
    (1, 6),
    (4, 25),
    (5, 1),
    (6, 2),
    (8, 15),
    (11, 1),
    (12, 8),
    (12, 25),
    (12, 26),
];

/// A term: the day that counting gives, and the day that holds once holidays have moved it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Day that counting gives.
    pub nominal: NaiveDate,
    /// That day, or the next one that is not a holiday.
    pub effective: NaiveDate,
}

impl Term {
    fn on(nominal: NaiveDate) -> Self {
        let mut effective = nominal;
        while is_public_holiday(effective) {
            effective += TimeDelta::days(1);
        }
        Self { nominal, effective }
    }
}

/// Whether a day is a public holiday: Sundays, the fixed days, Easter Monday, and from 2026 4 October (L. 151/2025).
/// Saturdays and patron saints are not.
pub fn is_public_holiday(day: NaiveDate) -> bool {
    day.weekday() == Weekday::Sun || is_named_holiday(day)
}

/// The public holidays of a year that do not fall on a Sunday, in order.
pub fn of_year(year: i32) -> Vec<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    first
        .iter_days()
        .take_while(|day| day.year() == year)
        .filter(|day| day.weekday() != Weekday::Sun && is_named_holiday(*day))
        .collect()
}

/// The term of `days` from a day, which is left out; a last day that is a holiday moves on (CAL-1).
pub fn term(from: NaiveDate, days: i64) -> Term {
    Term::on(from + TimeDelta::days(days))
}

/// "Within the end of the month following": the last day of the next month; a holiday moves on (CAL-3).
pub fn end_of_following_month(day: NaiveDate) -> Term {
    Term::on(end_of_month(add_months(day.with_day(1).unwrap_or(day), 1)))
}

fn is_named_holiday(day: NaiveDate) -> bool {
    FIXED.contains(&(day.month(), day.day()))
        || (day.year() >= 2026 && (day.month(), day.day()) == (10, 4))
        || easter(day.year()).and_then(|easter| easter.succ_opt()) == Some(day)
}

/// Easter Sunday by the Gregorian computus (Meeus, Jones, Butcher).
fn easter(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let (century, in_century) = (year.div_euclid(100), year.rem_euclid(100));
    let moon = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15)
        .rem_euclid(30);
    let weekday =
        (32 + 2 * (century % 4) + 2 * (in_century / 4) - moon - in_century % 4).rem_euclid(7);
    let correction = (golden + 11 * moon + 22 * weekday) / 451;
    let days = moon + weekday - 7 * correction + 114;
    NaiveDate::from_ymd_opt(
        year,
        (days / 31).unsigned_abs(),
        (days % 31 + 1).unsigned_abs(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn easter_falls_where_the_calendar_says() {
        for (y, m, d) in [
            (2016, 3, 27),
            (2020, 4, 12),
            (2024, 3, 31),
            (2026, 4, 5),
            (2027, 3, 28),
            (2038, 4, 25),
        ] {
            assert_eq!(easter(y), Some(day(y, m, d)));
        }
        assert!(is_public_holiday(day(2027, 3, 29)));
    }

    #[test]
    fn the_fourth_of_october_is_a_holiday_from_2026() {
        assert!(!is_public_holiday(day(2025, 10, 4)));
        assert!(is_public_holiday(day(2027, 10, 4)));
    }

    #[test]
    fn fifteen_days_end_where_the_worked_examples_say() {
        let worked = [
            ((2026, 9, 7), (2026, 9, 22)),
            ((2026, 9, 5), (2026, 9, 21)),
            ((2026, 9, 19), (2026, 10, 5)),
            ((2027, 9, 19), (2027, 10, 5)),
            ((2026, 12, 10), (2026, 12, 28)),
            ((2026, 12, 11), (2026, 12, 28)),
        ];
        for ((y, m, d), (ey, em, ed)) in worked {
            assert_eq!(
                term(day(y, m, d), 15).effective,
                day(ey, em, ed),
                "from {d}/{m}/{y}"
            );
        }
    }

    #[test]
    fn thirty_days_to_appeal_move_over_a_sunday() {
        assert_eq!(term(day(2026, 11, 6), 30).effective, day(2026, 12, 7));
    }

    #[test]
    fn the_end_of_the_following_month_moves_over_a_sunday() {
        assert_eq!(
            end_of_following_month(day(2027, 1, 5)).effective,
            day(2027, 3, 1)
        );
        assert_eq!(
            end_of_following_month(day(2026, 1, 14)).effective,
            day(2026, 2, 28)
        );
        assert_eq!(
            end_of_following_month(day(2017, 10, 31)).effective,
            day(2017, 11, 30)
        );
    }

    #[test]
    fn a_year_lists_its_holidays_without_sundays() {
        let days = of_year(2026);
        assert_eq!(days.first(), Some(&day(2026, 1, 1)));
        assert!(
            !days.contains(&day(2026, 10, 4)),
            "4 October 2026 is a Sunday"
        );
        assert!(days.contains(&day(2026, 4, 6)), "Easter Monday");
    }

    proptest! {
        #[test]
        fn a_term_never_ends_on_a_holiday_nor_before_its_days(offset in 0_i64..73_000, days in 0_i64..400) {
            let from = day(1950, 1, 1) + TimeDelta::days(offset);
            let term = term(from, days);
            prop_assert!(!is_public_holiday(term.effective));
            prop_assert!(term.nominal == from + TimeDelta::days(days) && term.effective >= term.nominal);
            prop_assert!((term.effective - term.nominal).num_days() <= 4);
        }
    }
}
