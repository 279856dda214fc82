//! The job that marks reservations whose day has passed.
//!
//! Nothing depends on it: a lapsed reservation stops counting by its own time. It keeps the ledger readable, and tells
//! the other services.

use std::time::Duration;

use async_trait::async_trait;
use chassis::Failure;
use chassis::db::ScopedFutureExt;
use chassis::jobs::{Job, Schedule};
use chassis::lifecycle::Stop;

use crate::store;

use super::App;

/// Reservations marked in one transaction.
const BATCH: usize = 200;

/// How often it looks.
const PERIOD: Duration = Duration::from_mins(1);

/// Job `limits-expire`.
#[derive(Debug)]
pub struct ExpireReservations(pub App);

#[async_trait]
impl Job for ExpireReservations {
    fn name(&self) -> &'static str {
        "limits-expire"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(PERIOD)
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        let mut marked = BATCH;
        while marked == BATCH && !stop.is_cancelled() {
            marked = self.0.expire_batch().await?;
        }
        Ok(())
    }
}

impl App {
    async fn expire_batch(&self) -> Result<usize, Failure> {
        let now = self.clock.now();
        self.database
            .transaction("limits_expire", |tx| {
                async move {
                    let lapsed =
                        store::expire(tx, now, i64::try_from(BATCH).unwrap_or(i64::MAX)).await?;
                    for entry in &lapsed {
                        self.publish(tx, entry, now).await?;
                    }
                    Ok(lapsed.len())
                }
                .scope_boxed()
            })
            .await
    }
}
