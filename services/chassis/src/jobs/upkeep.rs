//! What the chassis' own tables need from time to time.

use std::time::Duration;

use async_trait::async_trait;
use scoped_futures::ScopedFutureExt;

use super::{Job, Schedule};
use crate::clock::SharedClock;
use crate::db::Database;
use crate::failure::Failure;
use crate::lifecycle::Stop;

/// Request ids forgotten in one statement.
const AT_A_TIME: i64 = 1000;

/// Makes the next partitions of outbox and audit trail, and forgets request ids older than thirty days.
#[derive(Debug)]
pub struct Upkeep {
    database: Database,
    clock: SharedClock,
}

impl Upkeep {
    /// Looks after the database of a service.
    pub fn new(database: Database, clock: SharedClock) -> Self {
        Self { database, clock }
    }

    /// Without its partitions a table goes on in the default one, so a lock that is not free is not waited for long.
    async fn extend(&self) -> Result<(), Failure> {
        let today = self.clock.today();
        self.database
            .transaction("upkeep_partitions", |tx| {
                async move {
                    sqlx::query!("select set_config('lock_timeout', '1s', true)")
                        .fetch_one(&mut **tx)
                        .await?;
                    sqlx::query!("call extend_outbox()")
                        .execute(&mut **tx)
                        .await?;
                    sqlx::query!("call extend_audit($1)", today)
                        .execute(&mut **tx)
                        .await?;
                    Ok(())
                }
                .scope_boxed()
            })
            .await
    }

    async fn forget_requests(&self, stop: &Stop) -> Result<(), Failure> {
        while !stop.is_cancelled() {
            let forgotten = sqlx::query!(
                "delete from idempotency where (caller, method, request_id) in (
                     select caller, method, request_id from idempotency
                     where claimed_at < now() - interval '30 days'
                     limit $1
                 )",
                AT_A_TIME,
            )
            .execute(self.database.pool())
            .await?;
            if forgotten.rows_affected() == 0 {
                break;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Job for Upkeep {
    fn name(&self) -> &'static str {
        "upkeep"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_hours(1))
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        self.extend().await?;
        self.forget_requests(&stop).await
    }
}
