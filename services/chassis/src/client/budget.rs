//! How many retries are allowed: a share of the calls, so that retries never multiply an overload.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// What a retry costs; a call pays in its percentage of it.
const COST: u64 = 100;
/// Retries a second that are allowed besides, for callers that call rarely.
const FREE_PER_SECOND: u64 = 10;
/// Retries that can be saved up.
const SAVED_MAX: u64 = 100;

/// A bucket of retries that calls fill and retries empty.
#[derive(Debug)]
pub(super) struct Budget {
    percent: u64,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    credit: u64,
    filled: Instant,
}

impl Budget {
    pub(super) fn new(percent: u32, now: Instant) -> Self {
        let bucket = Bucket {
            credit: FREE_PER_SECOND * COST,
            filled: now,
        };
        Self {
            percent: u64::from(percent),
            bucket: Mutex::new(bucket),
        }
    }

    /// Notes a call.
    pub(super) fn deposit(&self) {
        self.with_bucket(|bucket| bucket.add(self.percent));
    }

    /// Takes a retry, if one is left.
    pub(super) fn withdraw(&self, now: Instant) -> bool {
        self.with_bucket(|bucket| {
            bucket.refill(now);
            let Some(rest) = bucket.credit.checked_sub(COST) else {
                return false;
            };
            bucket.credit = rest;
            true
        })
    }

    fn with_bucket<T>(&self, work: impl FnOnce(&mut Bucket) -> T) -> T {
        work(&mut self.bucket.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Bucket {
    fn add(&mut self, credit: u64) {
        self.credit = (self.credit + credit).min(SAVED_MAX * COST);
    }

    fn refill(&mut self, now: Instant) {
        let millis = u64::try_from(now.duration_since(self.filled).as_millis()).unwrap_or(u64::MAX);
        let credit = millis.saturating_mul(FREE_PER_SECOND * COST) / 1_000;
        // A fraction too small to count is left for the next time.
        if credit > 0 {
            self.filled = now;
            self.add(credit.min(SAVED_MAX * COST));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn exhausted(percent: u32, now: Instant) -> Budget {
        let budget = Budget::new(percent, now);
        while budget.withdraw(now) {}
        budget
    }

    fn allowed(budget: &Budget, now: Instant) -> usize {
        (0..1_000).filter(|_| budget.withdraw(now)).count()
    }

    #[test]
    fn five_calls_pay_for_one_retry_at_twenty_percent() {
        let now = Instant::now();
        let budget = exhausted(20, now);
        for _ in 0..4 {
            budget.deposit();
        }
        assert!(!budget.withdraw(now));
        budget.deposit();
        assert_eq!(allowed(&budget, now), 1);
    }

    #[test]
    fn a_few_retries_come_back_every_second() {
        let now = Instant::now();
        let budget = exhausted(0, now);
        assert_eq!(allowed(&budget, now + Duration::from_millis(50)), 0);
        assert_eq!(allowed(&budget, now + Duration::from_secs(1)), 10);
    }

    #[test]
    fn a_quiet_night_does_not_save_up_a_storm() {
        let now = Instant::now();
        let budget = Budget::new(20, now);
        assert_eq!(allowed(&budget, now + Duration::from_hours(8)), 100);
    }
}
