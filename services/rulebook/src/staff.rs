//! Who works in a unit: the average headcount and its thresholds (`limits.md` §1.3), and the groups by contractual
//! hours from which the workable hours come (§2.3).

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, Weekday};
use kernel::headcount::Group;
use kernel::holidays::is_public_holiday;
use kernel::{Period, Week};

use super::exact::{Exact, hundredths, whole};
use super::rules::{Key, Rules};
use super::unit::WorkingDays;

/// Months of the semester.
pub const SEMESTER_MONTHS: usize = 6;

/// A list of monthly heads that cannot be averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAverage {
    /// None, or more than six months.
    #[error("must have one to six months")]
    Months,
    /// A month below zero.
    #[error("must not be negative")]
    Negative,
}

/// Average of the monthly heads of the six months before, or of the fewer that exist. Exact: compared before any
/// rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Average(Exact);

/// How AIS classes an employer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AisClass {
    /// Up to the threshold of five.
    Small,
    /// Above it.
    Large,
}

impl Average {
    /// The average of monthly heads.
    pub fn of(months: &[Exact]) -> Result<Self, NoAverage> {
        if !(1..=SEMESTER_MONTHS).contains(&months.len()) {
            return Err(NoAverage::Months);
        }
        if months.iter().any(|heads| *heads < whole(0)) {
            return Err(NoAverage::Negative);
        }
        let count = Exact::from_integer(i128::try_from(months.len()).unwrap_or(1));
        Ok(Self(months.iter().sum::<Exact>() / count))
    }

    /// An average that is known already.
    pub fn known(heads: Exact) -> Self {
        Self(heads)
    }

    /// The exact average.
    pub fn heads(self) -> Exact {
        self.0
    }

    /// The class of AIS on a day.
    pub fn ais_class(self, rules: &Rules, on: NaiveDate) -> AisClass {
        if self.0 <= whole(rules.on(Key::AisSmallHeads, on).value) {
            AisClass::Small
        } else {
            AisClass::Large
        }
    }

    /// Whether CIGS is in scope by size.
    pub fn cigs_in_scope(self, rules: &Rules, on: NaiveDate) -> bool {
        self.0 > whole(rules.on(Key::CigsOverHeads, on).value)
    }

    /// Whether the FIS also covers extraordinary causali: only where CIGS does not.
    pub fn ais_extraordinary_causes(self, rules: &Rules, on: NaiveDate) -> bool {
        !self.cigs_in_scope(rules, on)
    }
}

/// Workers who share the same weekly contractual hours. A part-timer is one head in the group of his own hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoursGroup {
    /// Weekly contractual hours.
    pub weekly_hours: Exact,
    /// Average number of heads.
    pub heads: Average,
}

/// What is known of who works in a unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Staff {
    /// Average headcount of the employer in the semester; `None` when it is not known.
    pub headcount: Option<Average>,
    /// Groups by contractual hours; empty when they are not known.
    pub groups: Vec<HoursGroup>,
}

impl Staff {
    /// Who works there by heads month by month, in hundredths: of the employer, whose headcount is not known without a
    /// month, and of each group of a unit.
    pub fn of_months(employer: &[i64], groups: &[Group]) -> Result<Self, NoAverage> {
        let average = |months: &[i64]| {
            let heads: Vec<Exact> = months.iter().copied().map(hundredths).collect();
            Average::of(&heads)
        };
        let headcount = (!employer.is_empty()).then(|| average(employer));
        let groups = groups.iter().map(|group| {
            Ok(HoursGroup {
                weekly_hours: hundredths(group.weekly_hours),
                heads: average(&group.monthly_heads)?,
            })
        });
        Ok(Self {
            headcount: headcount.transpose()?,
            groups: groups.collect::<Result<_, _>>()?,
        })
    }

    /// Hours that the unit works in so many weeks, exact; `None` when its groups are not known.
    pub fn workable_hours(&self, weeks: Exact) -> Option<Exact> {
        (!self.groups.is_empty()).then(|| self.weekly_hours() * weeks)
    }

    /// Hours that the unit works in a week.
    pub fn weekly_hours(&self) -> Exact {
        self.groups
            .iter()
            .map(|group| group.weekly_hours * group.heads.heads())
            .sum()
    }
}

/// The months whose heads are averaged: the six calendar months before the month of a day, as first days.
pub fn semester_before(day: NaiveDate) -> RangeInclusive<NaiveDate> {
    let month = day.with_day(1).unwrap_or(day);
    kernel::calendar::add_months(month, -6)..=kernel::calendar::add_months(month, -1)
}

/// Public holidays that fall on a working day of a period: what `deduct_holidays` takes out of the workable time.
pub(super) fn holidays_on_working_days(period: Period, working_days: WorkingDays) -> i64 {
    let works = |date: &NaiveDate| match working_days {
        WorkingDays::Five => !matches!(date.weekday(), Weekday::Sat | Weekday::Sun),
        WorkingDays::Six => date.weekday() != Weekday::Sun,
    };
    let holidays = period
        .days()
        .filter(|date| works(date) && is_public_holiday(*date));
    i64::try_from(holidays.count()).unwrap_or(i64::MAX)
}

/// The days from the Monday of the first week to the Sunday of the last.
pub(super) fn days_of(first: Week, last: Week) -> Period {
    Period::between(first.monday(), last.sunday())
}

#[cfg(test)]
mod tests {
    use super::super::rules::{IN_FORCE, day};
    use super::*;

    fn average(months: &[i64]) -> Average {
        Average::of(&months.iter().map(|heads| whole(*heads)).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_average_is_compared_without_rounding() {
        let on = day(2026, 11, 22);
        let five = average(&[5, 5, 5, 5, 5, 5]);
        let a_little_more = average(&[5, 5, 5, 5, 5, 6]);
        assert_eq!(five.ais_class(&IN_FORCE, on), AisClass::Small);
        assert_eq!(a_little_more.ais_class(&IN_FORCE, on), AisClass::Large);
        let fifteen = average(&[15]);
        assert!(
            !fifteen.cigs_in_scope(&IN_FORCE, on)
                && fifteen.ais_extraordinary_causes(&IN_FORCE, on)
        );
        let more = average(&[15, 16]);
        assert!(more.cigs_in_scope(&IN_FORCE, on) && !more.ais_extraordinary_causes(&IN_FORCE, on));
    }

    #[test]
    fn a_month_without_heads_counts_and_one_of_fewer_than_none_is_refused() {
        assert_eq!(average(&[0, 4]).heads(), whole(2));
        assert_eq!(
            Average::of(&[whole(-1), whole(4)]),
            Err(NoAverage::Negative)
        );
    }

    #[test]
    fn the_hours_of_a_unit_are_those_of_its_groups_or_are_not_known() {
        let group = |weekly_hours, heads| HoursGroup {
            weekly_hours: whole(weekly_hours),
            heads: Average::known(whole(heads)),
        };
        let unit = Staff {
            groups: vec![group(40, 3), group(20, 2)],
            ..Staff::default()
        };
        assert_eq!(unit.workable_hours(whole(104)), Some(whole(160 * 104)));
        assert_eq!(Staff::default().workable_hours(whole(104)), None);
    }

    #[test]
    fn a_young_employer_is_averaged_on_the_months_that_exist_and_on_one_at_least() {
        assert_eq!(average(&[4, 7]).heads(), Exact::new(11, 2));
        assert_eq!(Average::of(&[]), Err(NoAverage::Months));
        assert_eq!(Average::of(&[whole(1); 7]), Err(NoAverage::Months));
        assert_eq!(Average::of(&[whole(-1)]), Err(NoAverage::Negative));
    }

    #[test]
    fn who_works_there_is_averaged_from_the_hundredths_of_each_month() {
        let group = Group {
            weekly_hours: 4_000,
            monthly_heads: vec![1_000, 1_050],
        };
        let staff = Staff::of_months(&[], std::slice::from_ref(&group)).unwrap();
        assert_eq!(staff.headcount, None, "nobody told a month of the employer");
        assert_eq!(staff.groups[0].weekly_hours, whole(40));
        assert_eq!(staff.groups[0].heads.heads(), Exact::new(41, 4));
        let staff = Staff::of_months(&[1_250], &[]).unwrap();
        let heads = staff.headcount.map(Average::heads);
        assert_eq!((heads, staff.groups.len()), (Some(Exact::new(25, 2)), 0));
        assert_eq!(Staff::of_months(&[-1], &[]), Err(NoAverage::Negative));
    }

    #[test]
    fn the_semester_is_the_six_months_before_the_month_of_the_day() {
        assert_eq!(
            semester_before(day(2026, 11, 22)),
            day(2026, 5, 1)..=day(2026, 10, 1)
        );
        assert_eq!(
            semester_before(day(2026, 3, 31)),
            day(2025, 9, 1)..=day(2026, 2, 1)
        );
    }

    #[test]
    fn a_holiday_on_saturday_is_lost_only_on_six_days() {
        let may_and_june = Period::between(day(2026, 4, 20), day(2026, 6, 7));
        assert_eq!(
            holidays_on_working_days(may_and_june, WorkingDays::Five),
            2,
            "1 May, 2 June"
        );
        assert_eq!(
            holidays_on_working_days(may_and_june, WorkingDays::Six),
            3,
            "and Saturday 25 April"
        );
    }
}
