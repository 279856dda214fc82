//! Terms of filing and of appeal (`claims.md` §3, §4.7, §5, CLM-25; art. 15 D.Lgs. 148/2015). Which terms an instrument
//! and a reason follow is data: [`super::rules`].

use chrono::{Datelike, NaiveDate, TimeDelta};
use kernel::{Week, WeekPeriod, calendar, holidays};

use super::content::Content;
use super::rules::{Ahead, Dated, Late, Postponement, Rules, TermFrom, TermLength, TermRule};

/// Days from receipt within which a decision may be appealed (Circ. 48/2023).
const APPEAL_DAYS: i64 = 30;
/// The same, for acts notified before 17/5/2023.
const APPEAL_DAYS_BEFORE: i64 = 60;

/// The facts of a claim on which its terms depend, with the rule of its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// The weeks.
    pub period: WeekPeriod,
    /// First day of the suspension.
    pub start: NaiveDate,
    /// Days of the event, for an unavoidable event; empty for other reasons.
    pub event_days: Vec<NaiveDate>,
    /// The terms that it follows.
    pub rule: TermRule,
    /// Where the terms are written.
    pub source: String,
    /// Postponements that may move the term; only terms that end in forfeiture are moved.
    postponements: Vec<Dated<Postponement>>,
}

/// How a claim stands to its term on the day of filing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lateness {
    /// Last day to file in time; `None` where there is no term.
    pub due: Option<NaiveDate>,
    /// Filed after it.
    pub filed_late: bool,
    /// Days before this one cannot be granted; `None` in time, or when nothing can be.
    pub earliest_recognisable: Option<NaiveDate>,
    /// Nothing can be granted.
    pub nothing_recognisable: bool,
}

impl Filed {
    /// What the terms of a draft depend on; `None` while product, reason, weeks or event days are missing, or when the
    /// product did not exist yet.
    pub fn of(content: &Content, rules: &Rules) -> Option<Self> {
        let period = content.weeks()?;
        let start = content.start()?;
        let causale = rules.causale(content.causale?)?;
        let event_days = if causale.value.eone {
            content.event_days.clone()
        } else {
            Vec::new()
        };
        let needs_events = causale.value.eone && event_days.is_empty();
        if needs_events {
            return None;
        }
        let from = event_days.iter().min().copied().unwrap_or(start);
        let term = rules.term(content.product?, causale.value.term_class(), from)?;
        let postponements = match term.value.late {
            Late::Refused => rules.postponements().to_vec(),
            _ => Vec::new(),
        };
        Some(Self {
            period,
            start,
            event_days,
            rule: term.value,
            source: term.source.clone(),
            postponements,
        })
    }

    /// Last day to file in time, as it is seen on a day; `None` where there is no term. Holidays move it on (CAL-1,
    /// CAL-3), and a postponement that is in force on that day (COV-1).
    pub fn due(&self, seen: NaiveDate) -> Option<NaiveDate> {
        let ordinary = self.ordinary_due()?;
        let moved = self
            .postponements
            .iter()
            .filter(|row| row.holds(seen) && row.value.terms.contains(ordinary))
            .map(|row| row.value.moved_to)
            .max();
        Some(moved.map_or(ordinary, |moved| moved.max(ordinary)))
    }

    fn ordinary_due(&self) -> Option<NaiveDate> {
        let (from, length) = self.rule.term?;
        let day = match from {
            TermFrom::Start => self.start,
            TermFrom::Event => self.first_event().unwrap_or(self.start),
        };
        let term = match length {
            TermLength::Days(days) => holidays::term(day, days),
            TermLength::Months(months) => {
                holidays::term(calendar::end_of_month(calendar::add_months(day, months)), 0)
            }
        };
        Some(term.effective)
    }

    /// First day on which the claim may be filed; `None` when it is any day.
    pub fn not_before(&self) -> Option<NaiveDate> {
        match self.rule.ahead {
            Ahead::Days(days) => Some(self.start - TimeDelta::days(days)),
            Ahead::Event => self.first_event(),
            Ahead::Any => None,
        }
    }

    /// How the claim stands when it is filed on a day (art. 15 c. 3; `limits.md` §7).
    pub fn lateness(&self, filed: NaiveDate) -> Lateness {
        let due = self.due(filed);
        let filed_late = due.is_some_and(|due| filed > due);
        if !filed_late {
            return Lateness {
                due,
                filed_late,
                earliest_recognisable: None,
                nothing_recognisable: false,
            };
        }
        let monday_before = (Week::of(filed) - 1).monday();
        let earliest = self.start.max(monday_before);
        let nothing = self.is_forfeited(filed)
            || earliest > self.period.last_day()
            || self.events_lie_in_several_months();
        Lateness {
            due,
            filed_late,
            earliest_recognisable: (!nothing).then_some(earliest),
            nothing_recognisable: nothing,
        }
    }

    /// Whether the term is over and its lapse costs the right (COV-1).
    pub fn is_forfeited(&self, filed: NaiveDate) -> bool {
        self.rule.late == Late::Refused && self.due(filed).is_some_and(|due| filed > due)
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
    holidays::term(received, appeal_days(received)).effective
}

/// Days to appeal against an act received on a day (CLM-25).
pub fn appeal_days(received: NaiveDate) -> i64 {
    let since = NaiveDate::from_ymd_opt(2023, 5, 17).unwrap_or(received);
    if received < since {
        APPEAL_DAYS_BEFORE
    } else {
        APPEAL_DAYS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::product::{Causale, Product};
    use crate::domain::rules::IN_FORCE;
    use crate::domain::samples::{content, day};
    use proptest::prelude::*;

    /// A claim for a reason that starts on a day.
    fn starting(product: Product, causale: Causale, start: &str, count: u32) -> Filed {
        let start = day(start);
        let mut claim = content(&Week::of(start).monday().to_string(), count);
        claim.product = Some(product);
        claim.causale = Some(causale);
        claim.effective_start_date = Some(start);
        Filed::of(&claim, &IN_FORCE).unwrap()
    }

    fn ordinary(start: &str, count: u32) -> Filed {
        starting(Product::Cigo, Causale::LackOfWorkOrOrders, start, count)
    }

    fn event(days: &[&str], count: u32) -> Filed {
        let days: Vec<_> = days.iter().map(|text| day(text)).collect();
        let mut claim = content(&Week::of(days[0]).monday().to_string(), count);
        claim.causale = Some(Causale::WeatherIndustry);
        claim.event_days = days;
        Filed::of(&claim, &IN_FORCE).unwrap()
    }

    fn covid(start: &str) -> Filed {
        starting(Product::Cigo, Causale::CovidNazionale, start, 4)
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
            assert_eq!(
                ordinary(start, 4).due(day(start)),
                Some(day(due)),
                "from {start}"
            );
        }
    }

    #[test]
    fn an_unavoidable_event_is_filed_by_the_end_of_the_following_month() {
        assert_eq!(
            event(&["2027-01-05"], 1).due(day("2030-01-01")),
            Some(day("2027-03-01"))
        );
        assert_eq!(
            event(&["2026-01-14"], 1).due(day("2030-01-01")),
            Some(day("2026-02-28"))
        );
    }

    #[test]
    fn events_of_two_months_in_one_claim_follow_the_first() {
        assert_eq!(
            event(&["2017-10-31", "2017-11-02"], 1).due(day("2017-11-02")),
            Some(day("2017-11-30"))
        );
        assert_eq!(
            event(&["2017-10-31"], 1).due(day("2030-01-01")),
            Some(day("2017-11-30"))
        );
        // 31/12/2017 is a Sunday and 1/1/2018 a holiday.
        assert_eq!(
            event(&["2017-11-02"], 1).due(day("2030-01-01")),
            Some(day("2018-01-02"))
        );
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
        assert_eq!(
            ordinary("2026-09-21", 2).not_before(),
            Some(day("2026-09-06"))
        );
        assert_eq!(
            event(&["2026-09-22", "2026-09-21"], 1).not_before(),
            Some(day("2026-09-21"))
        );
    }

    #[test]
    fn a_claim_to_a_fund_may_be_filed_thirty_days_ahead_and_for_agriculture_from_its_first_day() {
        let reason = Causale::LackOfWorkOrOrders;
        for product in [Product::AisFis, Product::AisFund] {
            let claim = starting(product, reason, "2026-09-21", 2);
            assert_eq!(claim.not_before(), Some(day("2026-08-22")));
            assert_eq!(claim.due(day("2026-09-21")), Some(day("2026-10-06")));
        }
        let farm = starting(Product::Cisoa, Causale::SeasonalBadWeather, "2026-09-21", 2);
        assert_eq!(farm.not_before(), Some(day("2026-09-21")));
        assert_eq!(farm.due(day("2026-09-21")), Some(day("2026-10-06")));
    }

    #[test]
    fn a_claim_that_follows_a_decree_has_no_term() {
        let claim = starting(Product::Cigs, Causale::Reorganisation, "2026-09-21", 52);
        assert_eq!(
            (claim.due(day("2028-01-01")), claim.not_before()),
            (None, None)
        );
        assert!(!claim.lateness(day("2028-01-01")).filed_late);
    }

    #[test]
    fn a_covid_claim_has_four_months_at_first_and_then_one() {
        assert_eq!(
            covid("2020-03-09").due(day("2020-03-31")),
            Some(day("2020-07-31"))
        );
        assert_eq!(
            covid("2020-05-04").due(day("2020-05-04")),
            Some(day("2020-06-30"))
        );
    }

    #[test]
    fn a_postponement_moves_a_term_only_from_the_day_on_which_it_came_into_force() {
        let claim = covid("2020-03-09");
        assert!(
            claim.is_forfeited(day("2020-10-07")),
            "DL 125/2020 is not in force yet"
        );
        assert_eq!(claim.due(day("2020-10-08")), Some(day("2020-10-31")));
        assert!(claim.is_forfeited(day("2020-12-01")));
        assert_eq!(
            claim.due(day("2021-03-02")),
            Some(day("2021-03-31")),
            "the latest counts"
        );
        assert!(claim.is_forfeited(day("2021-04-01")));
    }

    #[test]
    fn a_covid_claim_after_its_term_recognises_nothing() {
        let late = covid("2020-05-04").lateness(day("2020-07-01"));
        assert!(late.filed_late && late.nothing_recognisable);
    }

    #[test]
    fn events_before_october_2016_were_filed_in_fifteen_days() {
        assert_eq!(
            event(&["2016-10-07"], 1).due(day("2016-10-07")),
            Some(day("2016-10-18"))
        );
        assert_eq!(
            event(&["2016-10-10"], 1).due(day("2016-10-10")),
            Some(day("2016-11-30"))
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
        fn a_term_never_ends_on_a_holiday_nor_before_its_days(offset in 0_i64..15_000) {
            let start = day("2015-10-01") + TimeDelta::days(offset);
            let due = ordinary(&start.to_string(), 1).due(start).unwrap();
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
