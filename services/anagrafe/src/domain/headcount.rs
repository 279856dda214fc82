//! Average headcount of the previous semester by weekly contractual hours (art. 12 c. 6 D.Lgs. 148/2015,
//! `limits.md` §1.3).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use kernel::calendar::add_months;

/// Heads of one month with the same weekly hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthHeads {
    /// First day of the month.
    pub month: NaiveDate,
    /// Weekly contractual hours, hundredths.
    pub weekly_hours: i64,
    /// Heads, hundredths.
    pub heads: i64,
}

/// Average of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Weekly contractual hours, hundredths.
    pub weekly_hours: i64,
    /// Average heads, hundredths, half up.
    pub average_heads: i64,
}

/// First day of the first and of the last of the six calendar months before the month of `today`.
pub fn previous_semester(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let this_month = today.with_day(1).unwrap_or(today);
    (add_months(this_month, -6), add_months(this_month, -1))
}

/// Averages over the months that exist: a group missing from a month that exists counts as nobody in it. A group of
/// nobody is left out.
pub fn averages(heads: &[MonthHeads]) -> Vec<Group> {
    let months: BTreeSet<NaiveDate> = heads.iter().map(|one| one.month).collect();
    let count = i64::try_from(months.len()).unwrap_or(i64::MAX);
    let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
    for one in heads {
        *sums.entry(one.weekly_hours).or_default() += one.heads;
    }
    sums.into_iter()
        .filter(|(_, sum)| *sum > 0)
        .map(|(weekly_hours, sum)| Group {
            weekly_hours,
            average_heads: (2 * sum + count) / (2 * count),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn heads(month: &str, weekly_hours: i64, heads: i64) -> MonthHeads {
        MonthHeads {
            month: day(month),
            weekly_hours,
            heads,
        }
    }

    #[test]
    fn the_previous_semester_is_the_six_months_before_this_one() {
        let semester = previous_semester(day("2022-12-15"));
        assert_eq!(semester, (day("2022-06-01"), day("2022-11-01")));
        let across_the_year = previous_semester(day("2023-03-31"));
        assert_eq!(across_the_year, (day("2022-09-01"), day("2023-02-01")));
    }

    #[test]
    fn ten_ten_eleven_eleven_twelve_twelve_make_eleven() {
        let months = [
            "2026-01-01",
            "2026-02-01",
            "2026-03-01",
            "2026-04-01",
            "2026-05-01",
            "2026-06-01",
        ];
        let rows: Vec<MonthHeads> = months
            .iter()
            .zip([1000, 1000, 1100, 1100, 1200, 1200])
            .map(|(month, count)| heads(month, 3850, count))
            .collect();
        assert_eq!(
            averages(&rows),
            [Group {
                weekly_hours: 3850,
                average_heads: 1100
            }]
        );
    }

    #[test]
    fn a_younger_unit_averages_the_months_that_exist() {
        let rows = [
            heads("2026-05-01", 4000, 100),
            heads("2026-06-01", 4000, 200),
        ];
        assert_eq!(
            averages(&rows),
            [Group {
                weekly_hours: 4000,
                average_heads: 150
            }]
        );
    }

    #[test]
    fn a_group_missing_from_a_month_counts_as_nobody() {
        let rows = [
            heads("2026-05-01", 4000, 100),
            heads("2026-05-01", 2000, 100),
            heads("2026-06-01", 4000, 100),
            heads("2026-04-01", 4000, 0),
        ];
        assert_eq!(
            averages(&rows),
            [
                Group {
                    weekly_hours: 2000,
                    average_heads: 33
                },
                Group {
                    weekly_hours: 4000,
                    average_heads: 67
                },
            ]
        );
    }

    #[test]
    fn a_unit_without_headcount_has_no_groups() {
        assert_eq!(averages(&[]), []);
    }
}
