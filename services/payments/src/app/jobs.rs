//! What runs by itself.

use std::time::Duration;

use async_trait::async_trait;
use chassis::Failure;
use chassis::db::ScopedFutureExt;
use chassis::jobs::{Job, Schedule};
use chassis::lifecycle::Stop;

use super::App;
use crate::domain::upload::FORGOTTEN_AFTER;
use crate::store;

/// How often lines that wait for the answers of others are looked for.
const CHECKING: Duration = Duration::from_secs(2);
/// How often the rest is looked after.
const UPKEEP: Duration = Duration::from_mins(10);

/// Job `payments-check`: asks others about lines that wait for it.
#[derive(Clone)]
pub(crate) struct CheckLines(pub(crate) App);

#[async_trait]
impl Job for CheckLines {
    fn name(&self) -> &'static str {
        "payments-check"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(CHECKING)
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        while !stop.is_cancelled() && self.0.check_some().await? {}
        Ok(())
    }
}

/// Job `payments-upkeep`: orders whose answer is overdue become unknown, uploads that nobody goes on with are forgotten, the
/// partitions of the next months are made, what was paid under grants annulled meanwhile is asked back, and accounts are held against
/// orders and recoveries.
#[derive(Clone)]
pub(crate) struct Upkeep(pub(crate) App);

#[async_trait]
impl Job for Upkeep {
    fn name(&self) -> &'static str {
        "payments-upkeep"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(UPKEEP)
    }

    async fn run(&self, _stop: Stop) -> Result<(), Failure> {
        let app = &self.0;
        let (now, today) = (app.clock.now(), app.clock.today());
        app.database
            .transaction("payments_upkeep", |tx| {
                async move {
                    store::extend_months(tx, today).await?;
                    store::uploads::forget_abandoned(tx, now - FORGOTTEN_AFTER).await?;
                    store::orders::overdue(tx, today, now).await?;
                    Ok(())
                }
                .scope_boxed()
            })
            .await?;
        app.recover_annulled().await?;
        app.reconcile().await
    }
}

impl App {
    /// Holds the accounts of all offices against orders and recoveries, and says loudly when they differ.
    pub(crate) async fn reconcile(&self) -> Result<(), Failure> {
        let caller = chassis::identity::Caller::service("payments");
        let balances = self.ledger(&caller).await?;
        if balances.agree() {
            return Ok(());
        }
        let differ = "accounts differ from payment orders and recoveries";
        tracing::error!(?balances, "{differ}");
        Err(Failure::internal(differ))
    }
}
