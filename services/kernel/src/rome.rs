//! The civil time zone: Europe/Rome.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Rome;

/// Civil date in Rome of an instant (`claims.md` CAL-4).
pub fn date_of(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&Rome).date_naive()
}

/// Civil date and time in Rome of an instant.
pub fn local(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.with_timezone(&Rome).naive_local()
}

/// The instant at which a civil day starts in Rome.
pub fn start_of_day(day: NaiveDate) -> DateTime<Utc> {
    resolve(day.and_time(NaiveTime::MIN))
}

/// The instant of an hour and minute of a civil day in Rome. In the hour that is skipped in spring, an hour later; in
/// the hour that comes twice in autumn, the first time. Hours and minutes that do not exist count as midnight.
pub fn at(day: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    resolve(day.and_time(NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or(NaiveTime::MIN)))
}

fn resolve(local: NaiveDateTime) -> DateTime<Utc> {
    let found = Rome.from_local_datetime(&local).earliest();
    let found = found.or_else(|| {
        Rome.from_local_datetime(&(local + TimeDelta::hours(1)))
            .earliest()
    });
    found.map_or_else(|| local.and_utc(), |instant| instant.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_clock_change_moves_the_start_of_the_day() {
        assert_eq!(start_of_day(day(2026, 3, 29)), utc("2026-03-28T23:00:00Z"));
        assert_eq!(start_of_day(day(2026, 3, 30)), utc("2026-03-29T22:00:00Z"));
    }

    #[test]
    fn the_hour_that_is_skipped_is_an_hour_later_and_the_hour_that_comes_twice_is_the_first() {
        assert_eq!(at(day(2026, 3, 29), 2, 30), utc("2026-03-29T01:30:00Z"));
        assert_eq!(at(day(2026, 10, 25), 2, 30), utc("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn the_year_ends_at_midnight_in_rome() {
        assert_eq!(date_of(utc("2026-12-31T22:59:59Z")), day(2026, 12, 31));
        assert_eq!(date_of(utc("2026-12-31T23:00:00Z")), day(2027, 1, 1));
    }

    proptest! {
        #[test]
        fn a_day_starts_at_its_first_instant(offset in 0_i64..44_000) {
            let any = day(1980, 1, 1) + TimeDelta::days(offset);
            let start = start_of_day(any);
            prop_assert_eq!(date_of(start), any);
            prop_assert_eq!(date_of(start - TimeDelta::seconds(1)), any.pred_opt().unwrap());
        }
    }
}
