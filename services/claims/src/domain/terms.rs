//! Terms of filing and of appeal (`claims.md` §3, §4.7, CLM-25; art. 15 D.Lgs. 148/2015).

use chrono::{Datelike, NaiveDate, TimeDelta};
use kernel::{Week, WeekPeriod, holidays};

use super::content::Content;

/// Days from the start of the suspension within which CIGO is filed (art. 15 c. 2).
const FILING_DAYS: i64 = 15;
/// Days before the start within which CIGO may be filed already (Msg 28916/2006).
const AHEAD_DAYS: i64 = 15;
/// Days from receipt within which a decision may be appealed (Circ. 48/2023).
const APPEAL_DAYS: i64 = 30;
/// The same, for acts notified before 17/5/2023.
const APPEAL_DAYS_BEFORE: i64 = 60;

/// The facts of a claim on which its terms depend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// The weeks.
    pub period: WeekPeriod,
    /// First day of the suspension.
    pub start: NaiveDate,
    /// Days of the event, for an unavoidable event; empty for other reasons.
    pub event_days: Vec<NaiveDate>,
}

/// How a claim stands to its term on the day of filing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lateness {
    /// Last day to file in time.
    pub due: NaiveDate,
    /// Filed after it.
    pub filed_late: bool,
    /// Days before this one cannot be granted; `None` in time, or when nothing can be.
    pub earliest_recognisable: Option<NaiveDate>,
    /// Nothing can be granted.
    pub nothing_recognisable: bool,
}

impl Filed {
    /// What the terms of a draft depend on; `None` while product, reason, weeks or event days are missing.
    pub fn of(content: &Content) -> Option<Self> {
        let period = content.weeks()?;
        let start = content.start()?;
        let event_days = if content.causale?.is_eone() {
            content.event_days.clone()
        } else {
            Vec::new()
        };
        let needs_events = content.is_eone() && event_days.is_empty();
        (!needs_events).then_some(Self {
            period,
            start,
            event_days,
        })
    }

    /// Last day to file in time: 15 days from the start, or for an unavoidable event the end of the month after the
    /// one of its first day; holidays move it on (CAL-1, CAL-3).
    pub fn due(&self) -> NaiveDate {
        match self.first_event() {
            Some(event) => holidays::end_of_following_month(event).effective,
            None => holidays::term(self.start, FILING_DAYS).effective,
        }
    }

    /// First day on which the claim may be filed.
    pub fn not_before(&self) -> NaiveDate {
        self.first_event()
            .unwrap_or(self.start - TimeDelta::days(AHEAD_DAYS))
    }

    /// How the claim stands when it is filed on a day (art. 15 c. 3; `limits.md` §7).
    pub fn lateness(&self, filed: NaiveDate) -> Lateness {
        let due = self.due();
        if filed <= due {
            return Lateness {
                due,
                filed_late: false,
                earliest_recognisable: None,
                nothing_recognisable: false,
            };
        }
        let monday_before = (Week::of(filed) - 1).monday();
        let earliest = self.start.max(monday_before);
        let nothing = earliest > self.period.last_day() || self.events_lie_in_several_months();
        Lateness {
            due,
            filed_late: true,
            earliest_recognisable: (!nothing).then_some(earliest),
            nothing_recognisable: nothing,
        }
    }

    fn first_event(&self) -> Option<NaiveDate> {
        self.event_days.iter().min().copied()
    }

    /// The days of one claim count as one continuous event from the first (Msg 4067/2017).
    fn events_lie_in_several_months(&self) -> bool {
        let month = |day: &NaiveDate| (day.year(), day.month());
        let mut months = self.event_days.iter().map(month);
        months
            .next()
            .is_some_and(|first| months.any(|other| other != first))
    }
}

/// Last day to appeal against an act received on a day (CLM-25).
pub fn appeal_due(received: NaiveDate) -> NaiveDate {
    let since = NaiveDate::from_ymd_opt(2023, 5, 17).unwrap_or(received);
    let days = if received < since {
        APPEAL_DAYS_BEFORE
    } else {
        APPEAL_DAYS
    };
    holidays::term(received, days).effective
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::{day, weeks};
    use proptest::prelude::*;

    fn ordinary(start: &str, count: u32) -> Filed {
        let start = day(start);
        let first = Week::of(start).monday().to_string();
        Filed {
            period: weeks(&first, count),
            start,
            event_days: Vec::new(),
        }
    }

    fn event(days: &[&str], count: u32) -> Filed {
        let days: Vec<_> = days.iter().map(|text| day(text)).collect();
        let first = Week::of(days[0]).monday();
        Filed {
            period: weeks(&first.to_string(), count),
            start: first,
            event_days: days,
        }
    }

    #[test]
    fn fifteen_days_from_the_start_with_the_worked_examples_of_the_page() {
        for (start, due) in [
            ("2026-09-07", "2026-09-22"),
            ("2026-09-05", "2026-09-21"),
            ("2026-09-19", "2026-10-05"),
            ("2027-09-19", "2027-10-05"),
            ("2026-12-10", "2026-12-28"),
        ] {
            assert_eq!(ordinary(start, 4).due(), day(due), "from {start}");
        }
    }

    #[test]
    fn an_unavoidable_event_is_filed_by_the_end_of_the_following_month() {
        assert_eq!(event(&["2027-01-05"], 1).due(), day("2027-03-01"));
        assert_eq!(event(&["2026-01-14"], 1).due(), day("2026-02-28"));
    }

    #[test]
    fn events_of_two_months_in_one_claim_follow_the_first() {
        assert_eq!(
            event(&["2017-10-31", "2017-11-02"], 1).due(),
            day("2017-11-30")
        );
        assert_eq!(event(&["2017-10-31"], 1).due(), day("2017-11-30"));
        // 31/12/2017 is a Sunday and 1/1/2018 a holiday.
        assert_eq!(event(&["2017-11-02"], 1).due(), day("2018-01-02"));
    }

    #[test]
    fn a_late_claim_is_recognised_from_the_monday_of_the_week_before() {
        let claim = ordinary("2026-09-07", 8);
        let on_time = claim.lateness(day("2026-09-22"));
        assert!(!on_time.filed_late && on_time.earliest_recognisable.is_none());
        let late = claim.lateness(day("2026-09-30"));
        assert!(late.filed_late);
        assert_eq!(late.earliest_recognisable, Some(day("2026-09-21")));
        assert_eq!(
            claim.lateness(day("2026-10-05")).earliest_recognisable,
            Some(day("2026-09-28"))
        );
    }

    #[test]
    fn nothing_is_recognisable_when_the_period_is_over_or_the_events_lie_in_two_months() {
        assert!(
            ordinary("2026-09-07", 2)
                .lateness(day("2026-10-05"))
                .nothing_recognisable
        );
        let two_months = event(&["2026-10-29", "2026-11-02"], 2);
        assert!(!two_months.lateness(day("2026-11-30")).nothing_recognisable);
        let late = two_months.lateness(day("2026-12-01"));
        assert!(
            late.filed_late && late.nothing_recognisable && late.earliest_recognisable.is_none()
        );
    }

    #[test]
    fn a_claim_may_be_filed_fifteen_days_ahead_and_an_event_not_before_it_happens() {
        assert_eq!(ordinary("2026-09-21", 2).not_before(), day("2026-09-06"));
        assert_eq!(
            event(&["2026-09-22", "2026-09-21"], 1).not_before(),
            day("2026-09-21")
        );
    }

    #[test]
    fn an_appeal_has_thirty_days_from_receipt_and_sixty_before_17_may_2023() {
        assert_eq!(appeal_due(day("2026-11-06")), day("2026-12-07"));
        assert_eq!(appeal_due(day("2023-05-16")), day("2023-07-15"));
        assert_eq!(appeal_due(day("2023-05-17")), day("2023-06-16"));
    }

    proptest! {
        #[test]
        fn a_term_never_ends_on_a_holiday_nor_before_its_days(offset in 0_i64..20_000) {
            let start = day("1990-01-01") + TimeDelta::days(offset);
            let due = ordinary(&start.to_string(), 1).due();
            prop_assert!(!holidays::is_public_holiday(due));
            prop_assert!((15..=18).contains(&(due - start).num_days()));
        }

        #[test]
        fn filing_later_never_recognises_more(offset in 0_i64..120, more in 0_i64..30) {
            let claim = ordinary("2026-03-02", 13);
            let early = claim.lateness(claim.start + TimeDelta::days(offset));
            let late = claim.lateness(claim.start + TimeDelta::days(offset + more));
            prop_assert!(early.earliest_recognisable <= late.earliest_recognisable || late.nothing_recognisable);
            prop_assert!(!early.nothing_recognisable || late.nothing_recognisable);
        }
    }
}
