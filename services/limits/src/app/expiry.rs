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

use crate::domain::ledger::UnitKey;
use crate::store;

use super::App;

/// Reservations looked for at once.
const BATCH: i64 = 200;

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
        loop {
            let units = self.0.units_with_lapsed().await?;
            if units.is_empty() {
                return Ok(());
            }
            for unit in &units {
                if stop.is_cancelled() {
                    return Ok(());
                }
                self.0.expire(unit).await?;
            }
        }
    }
}

impl App {
    async fn units_with_lapsed(&self) -> Result<Vec<UnitKey>, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        store::units_with_lapsed(&mut connection, self.clock.now(), BATCH).await
    }

    async fn expire(&self, unit: &UnitKey) -> Result<(), Failure> {
        self.database
            .transaction("limits_expire", |tx| {
                async move {
                    let at = self.lock(tx, std::slice::from_ref(unit)).await?;
                    self.expire_unit(tx, unit, at).await?;
                    Ok(())
                }
                .scope_boxed()
            })
            .await
    }
}
