//! Conversions between wire messages and kernel values that every service needs.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::{Week, WeekPeriod};
use prost_types::Timestamp;
use proto::google::r#type::Date;
use proto::omnia::common::v1 as common;

use crate::failure::Failure;

/// Instant to wire.
pub fn timestamp(instant: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: instant.timestamp(),
        nanos: i32::try_from(instant.timestamp_subsec_nanos()).unwrap_or(0),
    }
}

/// Instant from wire.
pub fn instant(wire: &Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(wire.seconds, u32::try_from(wire.nanos).ok()?)
}

/// Day to wire.
pub fn date(day: NaiveDate) -> Date {
    Date {
        year: day.year(),
        month: i32::try_from(day.month()).unwrap_or(0),
        day: i32::try_from(day.day()).unwrap_or(0),
    }
}

/// Day from wire; `field` names it in the refusal.
pub fn day(wire: &Date, field: &str) -> Result<NaiveDate, Failure> {
    let parts = u32::try_from(wire.month)
        .ok()
        .zip(u32::try_from(wire.day).ok());
    parts
        .and_then(|(month, day)| NaiveDate::from_ymd_opt(wire.year, month, day))
        .filter(|day| (1900..2200).contains(&day.year()))
        .ok_or_else(|| Failure::field(field, "must be a day of the calendar between 1900 and 2199"))
}

/// Optional day from wire.
pub fn optional_day(wire: Option<&Date>, field: &str) -> Result<Option<NaiveDate>, Failure> {
    wire.map(|wire| day(wire, field)).transpose()
}

/// Weeks to wire.
pub fn week_period(period: WeekPeriod) -> common::WeekPeriod {
    common::WeekPeriod {
        first_week: Some(date(period.first_day())),
        weeks: i32::try_from(period.count()).unwrap_or(i32::MAX),
    }
}

/// Weeks from wire; the first day must be a Monday.
pub fn weeks(wire: &common::WeekPeriod, field: &str) -> Result<WeekPeriod, Failure> {
    let first = wire
        .first_week
        .as_ref()
        .ok_or_else(|| Failure::field(format!("{field}.first_week"), "is required"))?;
    let monday = day(first, &format!("{field}.first_week"))?;
    let week = Week::from_monday(monday)
        .map_err(|_| Failure::field(format!("{field}.first_week"), "must be a Monday (CAL-5)"))?;
    u32::try_from(wire.weeks)
        .ok()
        .and_then(|count| WeekPeriod::new(week, count).ok())
        .ok_or_else(|| Failure::field(format!("{field}.weeks"), "must be at least 1"))
}

/// Parses a text field into a kernel value; the refusal names field and rule, never the value.
pub fn parse<T>(text: &str, field: &str) -> Result<T, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error: T::Err| Failure::field(field, error.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field_of<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
        result.unwrap_err().violations()[0].field.clone()
    }

    fn weeks_from(year: i32, month: i32, day: i32, count: i32) -> common::WeekPeriod {
        common::WeekPeriod {
            first_week: Some(Date { year, month, day }),
            weeks: count,
        }
    }

    #[test]
    fn a_day_that_the_calendar_does_not_have_is_refused_by_its_field() {
        for (year, month, day_of_month) in [
            (2026, 2, 29),
            (2026, 13, 1),
            (2026, 0, 1),
            (2026, 1, -1),
            (1899, 1, 1),
        ] {
            let wire = Date {
                year,
                month,
                day: day_of_month,
            };
            assert_eq!(field_of(day(&wire, "born_on")), "born_on");
        }
        assert_eq!(optional_day(None, "born_on").unwrap(), None);
    }

    #[test]
    fn a_period_of_weeks_begins_on_a_monday() {
        let period = weeks(&weeks_from(2026, 9, 7, 13), "period").unwrap();
        assert_eq!(period.count(), 13);
        assert_eq!(week_period(period), weeks_from(2026, 9, 7, 13));
        assert_eq!(
            field_of(weeks(&weeks_from(2026, 9, 8, 13), "period")),
            "period.first_week"
        );
    }

    #[test]
    fn a_period_has_a_first_week_and_at_least_one() {
        let without = common::WeekPeriod {
            first_week: None,
            weeks: 1,
        };
        assert_eq!(field_of(weeks(&without, "period")), "period.first_week");
        for count in [0, -1] {
            assert_eq!(
                field_of(weeks(&weeks_from(2026, 9, 7, count), "period")),
                "period.weeks"
            );
        }
    }

    #[test]
    fn the_refusal_of_a_text_never_repeats_it() {
        let failure = parse::<kernel::CodiceFiscale>("RSSMRA85T10A562T", "worker.codice_fiscale")
            .unwrap_err();
        assert_eq!(failure.violations()[0].field, "worker.codice_fiscale");
        assert!(!format!("{failure:?}").contains("RSSMRA"));
    }

    proptest! {
        #[test]
        fn instants_come_back_as_they_went(seconds in -2_000_000_000_i64..9_000_000_000, nanos in 0_u32..1_000_000_000) {
            let original = DateTime::from_timestamp(seconds, nanos).unwrap();
            prop_assert_eq!(instant(&timestamp(original)), Some(original));
        }

        #[test]
        fn days_come_back_as_they_went(days in 0_u64..100_000) {
            let original = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::Days::new(days);
            prop_assert_eq!(day(&date(original), "day").unwrap(), original);
        }
    }
}
