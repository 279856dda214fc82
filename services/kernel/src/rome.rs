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
