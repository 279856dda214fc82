//! The job that makes the partitions of the versions ahead of time. Without them a table goes on in its default one.

use std::time::Duration;

use async_trait::async_trait;
use chassis::Failure;
use chassis::db::ScopedFutureExt;
use chassis::jobs::{Job, Schedule};
use chassis::lifecycle::Stop;

use crate::store;

use super::App;

/// How often it looks.
const PERIOD: Duration = Duration::from_hours(1);

/// Job `limits-partitions`.
#[derive(Debug)]
pub struct ExtendVersions(pub App);

#[async_trait]
impl Job for ExtendVersions {
    fn name(&self) -> &'static str {
        "limits-partitions"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(PERIOD)
    }

    async fn run(&self, _stop: Stop) -> Result<(), Failure> {
        let app = &self.0;
        let today = app.clock.today();
        app.database
            .transaction("limits_partitions", |tx| {
                async move { store::extend_versions(tx, today).await }.scope_boxed()
            })
            .await
    }
}
