//! Headcount of a semester, by weekly contractual hours (art. 12 c. 6 D.Lgs. 148/2015, `limits.md` §2.3). Here because the
//! anagrafe, which is told the months, and whoever keeps a copy of them must make the same groups of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use crate::calendar::add_months;

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

/// One group over a semester.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Weekly contractual hours, hundredths.
    pub weekly_hours: i64,
    /// Heads of each month that exists, oldest first, hundredths; 0 where the group is missing from it.
    pub monthly_heads: Vec<i64>,
}

impl Group {
    /// Average heads, hundredths, half up.
    pub fn average_heads(&self) -> i64 {
        let sum: i64 = self.monthly_heads.iter().sum();
        let count = i64::try_from(self.monthly_heads.len()).unwrap_or(i64::MAX);
        (2 * sum + count) / (2 * count.max(1))
    }
}

/// First day of the first and of the last of the six calendar months before the month of a day.
pub fn semester_before(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    let this_month = day.with_day(1).unwrap_or(day);
    (add_months(this_month, -6), add_months(this_month, -1))
}

/// The groups over the months that exist: one missing from a month that exists counts as nobody in it. A group of nobody
/// is left out.
pub fn groups(heads: &[MonthHeads]) -> Vec<Group> {
    let months: BTreeSet<NaiveDate> = heads.iter().map(|one| one.month).collect();
    let place = |month: NaiveDate| months.iter().take_while(|other| **other < month).count();
    let mut groups: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for one in heads {
        let group = groups
            .entry(one.weekly_hours)
            .or_insert_with(|| vec![0; months.len()]);
        group[place(one.month)] += one.heads;
    }
    groups
        .into_iter()
        .filter(|(_, heads)| heads.iter().any(|heads| *heads > 0))
        .map(|(weekly_hours, monthly_heads)| Group {
            weekly_hours,
            monthly_heads,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn group(weekly_hours: i64, monthly_heads: &[i64]) -> Group {
        Group {
            weekly_hours,
            monthly_heads: monthly_heads.to_vec(),
        }
    }

    fn averages(groups: &[Group]) -> Vec<i64> {
        groups.iter().map(Group::average_heads).collect()
    }

    fn heads(month: &str, weekly_hours: i64, heads: i64) -> MonthHeads {
        MonthHeads {
            month: day(month),
            weekly_hours,
            heads,
        }
    }

    #[test]
    fn a_semester_is_the_six_months_before_the_one_of_the_day() {
        let semester = semester_before(day("2022-12-15"));
        assert_eq!(semester, (day("2022-06-01"), day("2022-11-01")));
        let across_the_year = semester_before(day("2023-03-31"));
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
        let told = groups(&rows);
        assert_eq!(told, [group(3850, &[1000, 1000, 1100, 1100, 1200, 1200])]);
        assert_eq!(averages(&told), [1100]);
    }

    #[test]
    fn a_younger_unit_averages_the_months_that_exist() {
        let rows = [
            heads("2026-05-01", 4000, 100),
            heads("2026-06-01", 4000, 200),
        ];
        let told = groups(&rows);
        assert_eq!(told, [group(4000, &[100, 200])]);
        assert_eq!(averages(&told), [150]);
    }

    #[test]
    fn a_group_missing_from_a_month_counts_as_nobody() {
        let rows = [
            heads("2026-05-01", 4000, 100),
            heads("2026-05-01", 2000, 100),
            heads("2026-06-01", 4000, 100),
            heads("2026-04-01", 4000, 0),
        ];
        let told = groups(&rows);
        assert_eq!(
            told,
            [group(2000, &[0, 100, 0]), group(4000, &[0, 100, 100])]
        );
        assert_eq!(averages(&told), [33, 67]);
    }

    #[test]
    fn a_unit_without_headcount_has_no_groups() {
        assert_eq!(groups(&[]), []);
    }
}
