//! The clock: time is a value that is passed in, since terms, opening hours and counters all depend on the day.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};

/// Tells the time.
pub trait Clock: Send + Sync + Debug {
    /// This instant.
    fn now(&self) -> DateTime<Utc>;

    /// Today's civil date in Rome.
    fn today(&self) -> NaiveDate {
        kernel::rome::date_of(self.now())
    }
}

/// A clock that can be handed around.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock, moved by a fixed amount: `--now` starts the platform as if it were then.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    shift: TimeDelta,
}

impl SystemClock {
    /// The machine's own time.
    pub fn real() -> Self {
        Self {
            shift: TimeDelta::zero(),
        }
    }

    /// Starts at `start` and runs on from there.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self {
            shift: start - machine_now(),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        // Microseconds, as PostgreSQL keeps them: an instant reads back as it was first answered.
        (machine_now() + self.shift).trunc_subsecs(6)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the machine for the time"
)]
fn machine_now() -> DateTime<Utc> {
    Utc::now()
}

/// A clock that stands still until it is moved, for tests and for replaying days.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// Stands at `start`.
    pub fn at(start: DateTime<Utc>) -> Self {
        Self(Mutex::new(start))
    }

    /// Moves to `instant`.
    pub fn set(&self, instant: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = instant;
    }

    /// Moves on by `by`.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn today_is_the_day_in_rome() {
        let clock = ManualClock::at(instant("2026-07-01T22:30:00Z"));
        assert_eq!(clock.today(), "2026-07-02".parse().unwrap());
        clock.set(instant("2026-12-31T22:59:59Z"));
        assert_eq!(clock.today(), "2026-12-31".parse().unwrap());
        clock.advance(TimeDelta::seconds(1));
        assert_eq!(clock.today(), "2027-01-01".parse().unwrap());
    }

    #[test]
    fn a_platform_started_in_another_time_goes_on_from_there() {
        let start = instant("2022-12-15T14:30:00Z");
        let clock = SystemClock::starting_at(start);
        let (first, second) = (clock.now(), clock.now());
        assert!(first >= start && second >= first);
        assert!(first < start + TimeDelta::hours(1));
    }
}
