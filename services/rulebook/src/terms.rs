//! Terms of filing and of payment (`limits.md` §7, §10).

use chrono::{NaiveDate, TimeDelta};
use kernel::Week;
use kernel::calendar::{add_months, end_of_month};
use kernel::holidays::{Term, end_of_following_month, term};

use super::rules::{Key, LateRule, OutOfRange, Rules};

/// Terms by the rules of the day from which each is counted.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    rules: &'a Rules,
}

/// The two terms of the data of direct payment; the later one is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectPayment {
    /// End of the second month after that of the integration.
    pub by_month_rule: NaiveDate,
    /// Sixty days from the communication of the authorisation.
    pub by_60_days_rule: NaiveDate,
}

impl DirectPayment {
    /// The later of the two. Holidays do not move it.
    pub fn due(&self) -> NaiveDate {
        self.by_month_rule.max(self.by_60_days_rule)
    }
}

impl<'a> Terms<'a> {
    /// Terms by these rules.
    pub fn new(rules: &'a Rules) -> Self {
        Self { rules }
    }

    /// CIGO for an ordinary causale: fifteen days from the start (art. 15 c. 2).
    pub fn cigo(&self, start: NaiveDate) -> Result<Term, OutOfRange> {
        Ok(term(
            start,
            self.value(Key::CigoFilingDays, start, "start")?,
        ))
    }

    /// CIGO for EONE: the end of the month after that of the earliest event of the application; `None` without events.
    pub fn eone(&self, events: &[NaiveDate]) -> Result<Option<Term>, OutOfRange> {
        let Some(first) = events.iter().min() else {
            return Ok(None);
        };
        let months = self.months(Key::EoneFilingMonths, *first, "events")?;
        // The kernel knows the month that follows; a rule of more months is counted from a later event.
        let month = add_months(first.with_day_one(), months - 1);
        Ok(Some(end_of_following_month(month)))
    }

    /// First day on which AIS may be filed (art. 30 c. 2).
    pub fn ais_earliest(&self, start: NaiveDate) -> Result<NaiveDate, OutOfRange> {
        Ok(start - self.days(Key::AisEarliestDays, start, "start")?)
    }

    /// Last day on which AIS may be filed (art. 30 c. 2).
    pub fn ais_latest(&self, start: NaiveDate) -> Result<Term, OutOfRange> {
        Ok(term(start, self.value(Key::AisFilingDays, start, "start")?))
    }

    /// First day that a late CIGO or AIS still covers (art. 15 c. 3).
    pub fn late_coverage(
        &self,
        start: NaiveDate,
        submitted: NaiveDate,
    ) -> Result<NaiveDate, OutOfRange> {
        let days = self.days(Key::LateCoverageDays, submitted, "submitted")?;
        let counted_from = match self.rules.switches.late_rule {
            LateRule::Monday => Week::of(submitted).monday(),
            LateRule::SevenDays => submitted,
        };
        Ok(start.max(counted_from - days))
    }

    /// CIGS: seven days from the agreement or the end of the consultation (art. 25 c. 1).
    pub fn cigs(&self, agreement: NaiveDate) -> Result<Term, OutOfRange> {
        let days = self.value(Key::CigsFilingDays, agreement, "agreement")?;
        Ok(term(agreement, days))
    }

    /// First day that a late CIGS covers (art. 25 c. 3).
    pub fn cigs_late_coverage(&self, submitted: NaiveDate) -> Result<NaiveDate, OutOfRange> {
        Ok(submitted + self.days(Key::CigsLateDays, submitted, "submitted")?)
    }

    /// Data of direct payment for a month (art. 7 c. 5-bis).
    pub fn direct_payment(
        &self,
        month: NaiveDate,
        communicated: NaiveDate,
    ) -> Result<DirectPayment, OutOfRange> {
        let months = self.months(Key::DirectMonths, month, "month")?;
        Ok(DirectPayment {
            by_month_rule: end_of_month(add_months(month.with_day_one(), months)),
            by_60_days_rule: communicated
                + self.days(Key::DirectDays, communicated, "communicated")?,
        })
    }

    /// Conguaglio: six months from the end of the pay period in which the authorisation ends, or from the day of the
    /// authorisation if that is later (art. 7 c. 3). The pay period is the calendar month.
    pub fn conguaglio(
        &self,
        last_day: NaiveDate,
        authorised: NaiveDate,
    ) -> Result<NaiveDate, OutOfRange> {
        let months = self.months(Key::ConguaglioMonths, authorised, "authorised")?;
        let pay_period_end = end_of_month(last_day);
        if authorised > pay_period_end {
            return Ok(add_months(authorised, months));
        }
        Ok(end_of_month(add_months(pay_period_end, months)))
    }

    fn value(self, key: Key, on: NaiveDate, field: &'static str) -> Result<i64, OutOfRange> {
        self.rules.covering(key, on, field).map(|row| row.value)
    }

    fn days(self, key: Key, on: NaiveDate, field: &'static str) -> Result<TimeDelta, OutOfRange> {
        self.value(key, on, field).map(TimeDelta::days)
    }

    fn months(self, key: Key, on: NaiveDate, field: &'static str) -> Result<i32, OutOfRange> {
        let months = self.value(key, on, field)?;
        Ok(i32::try_from(months).unwrap_or(i32::MAX))
    }
}

/// The first day of the month of a day.
trait MonthStart {
    fn with_day_one(self) -> NaiveDate;
}

impl MonthStart for NaiveDate {
    fn with_day_one(self) -> NaiveDate {
        chrono::Datelike::with_day(&self, 1).unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::{IN_FORCE, day};
    use super::*;

    fn terms() -> Terms<'static> {
        Terms::new(&IN_FORCE)
    }

    #[test]
    fn one_application_for_several_events_is_due_after_the_first() {
        let events = [day(2026, 10, 3), day(2026, 9, 28)];
        assert_eq!(
            terms().eone(&events).unwrap().unwrap().nominal,
            day(2026, 10, 31)
        );
        assert_eq!(terms().eone(&[]).unwrap(), None);
        let refused = terms().eone(&[day(2016, 10, 7)]).unwrap_err();
        assert_eq!(
            (refused.field, refused.rule),
            ("events", "eone_filing_months")
        );
    }

    #[test]
    fn a_late_application_covers_from_the_monday_of_the_week_before_filing() {
        let (start, filed) = (day(2026, 11, 2), day(2026, 11, 26));
        assert_eq!(
            terms().late_coverage(start, filed).unwrap(),
            day(2026, 11, 16)
        );
        assert_eq!(
            terms().late_coverage(day(2026, 11, 20), filed).unwrap(),
            day(2026, 11, 20)
        );
        let mut switches = IN_FORCE.switches;
        switches.late_rule = LateRule::SevenDays;
        let rules = IN_FORCE.with(switches);
        assert_eq!(
            Terms::new(&rules).late_coverage(start, filed).unwrap(),
            day(2026, 11, 19)
        );
    }

    #[test]
    fn ais_is_filed_between_thirty_days_before_and_fifteen_after() {
        assert_eq!(
            terms().ais_earliest(day(2026, 12, 1)).unwrap(),
            day(2026, 11, 1)
        );
        assert_eq!(
            terms().ais_latest(day(2026, 12, 11)).unwrap().effective,
            day(2026, 12, 28)
        );
    }

    #[test]
    fn cigs_is_filed_in_seven_days_and_late_runs_from_the_thirtieth_after() {
        assert_eq!(
            terms().cigs(day(2026, 11, 22)).unwrap().effective,
            day(2026, 11, 30)
        );
        assert_eq!(
            terms().cigs_late_coverage(day(2026, 11, 2)).unwrap(),
            day(2026, 12, 2)
        );
    }

    #[test]
    fn no_holiday_moves_the_data_of_direct_payment() {
        let direct = terms()
            .direct_payment(day(2026, 3, 15), day(2026, 3, 20))
            .unwrap();
        assert_eq!(direct.due(), day(2026, 5, 31), "a Sunday");
    }

    #[test]
    fn the_conguaglio_runs_from_the_later_of_pay_period_and_authorisation() {
        let end = |last, authorised| terms().conguaglio(last, authorised).unwrap();
        assert_eq!(end(day(2026, 8, 16), day(2026, 8, 1)), day(2027, 2, 28));
        assert_eq!(end(day(2026, 8, 16), day(2026, 10, 15)), day(2027, 4, 15));
        assert_eq!(
            end(day(2026, 2, 16), day(2026, 2, 28)),
            day(2026, 8, 31),
            "authorised on the last day of the pay period: six whole months from its end"
        );
    }
}
