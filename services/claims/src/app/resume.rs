//! Going on with sagas that were cut short: by a crash, a caller who left, limits that did not answer.

use std::error::Error;
use std::time::Duration;

use chassis::Failure;
use chassis::lifecycle::Stop;
use chrono::TimeDelta;
use uuid::Uuid;

use super::App;
use crate::store;

/// How long a saga belongs to who works on it; afterwards the next one may take it.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(5);
/// How often unfinished sagas are looked for.
const EVERY: Duration = Duration::from_secs(1);
/// How often claims are counted by state.
const COUNT_EVERY: u32 = 15;

impl App {
    /// Resumes unfinished sagas and counts claims by state until told to stop.
    pub(crate) async fn keep_watch(self, stop: Stop) {
        let mut rounds = 0_u32;
        while !stop.is_cancelled() {
            self.resume_adoptions().await;
            if rounds.is_multiple_of(COUNT_EVERY) {
                self.count_claims().await;
            }
            rounds = rounds.wrapping_add(1);
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Takes every unfinished saga that nobody works on as far as it goes.
    pub(crate) async fn resume_adoptions(&self) {
        loop {
            match self.lease_next().await {
                Ok(Some(saga)) => self.finish_later(saga).await,
                Ok(None) => return,
                Err(failure) => {
                    tracing::warn!(
                        error = &failure as &dyn Error,
                        "unfinished adoptions cannot be read"
                    );
                    return;
                }
            }
        }
    }

    async fn lease_next(&self) -> Result<Option<Uuid>, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        let now = self.clock.now();
        Ok(store::adoptions::lease_next(&mut connection, now, now + LEASE).await?)
    }

    /// Takes a saga as far as it goes; what fails is noted on it and tried again when its lease is over.
    pub(super) async fn finish_later(&self, saga: Uuid) {
        let Err(failure) = self.drive(saga).await else {
            return;
        };
        tracing::warn!(saga = %saga, error = &failure as &dyn Error, "an adoption is not finished yet");
        let reason = chassis::failure::reason_code(failure.reason());
        if let Err(failure) = self.note_error(saga, &reason).await {
            tracing::warn!(error = &failure as &dyn Error, "the reason cannot be noted");
        }
    }

    async fn note_error(&self, saga: Uuid, reason: &str) -> Result<(), Failure> {
        let mut connection = self.database.pool().acquire().await?;
        Ok(store::adoptions::note_error(&mut connection, saga, reason).await?)
    }

    async fn count_claims(&self) {
        let counted = match self.database.pool().acquire().await {
            Ok(mut connection) => store::claims::count_by_state(&mut connection).await,
            Err(error) => Err(error),
        };
        match counted {
            Ok(counts) => self.metrics.counted(&counts),
            Err(error) => tracing::debug!(error = &error as &dyn Error, "claims cannot be counted"),
        }
    }
}
