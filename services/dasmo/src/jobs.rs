//! The jobs of this service.

use std::sync::Arc;

use async_trait::async_trait;
use chassis::Failure;
use chassis::jobs::{Job, Schedule};
use chassis::lifecycle::Stop;

use crate::app::digest::Digests;
use crate::app::snapshots::Snapshots;

/// Makes the pictures of the days that are over. Published by 06:00 (`claims.md` DAS-8), it begins at 01:00.
pub(crate) struct SnapshotJob(pub(crate) Arc<Snapshots>);

#[async_trait]
impl Job for SnapshotJob {
    fn name(&self) -> &'static str {
        "dasmo-snapshot"
    }

    fn schedule(&self) -> Schedule {
        Schedule::DailyAt(1, 0)
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        self.0.run(&stop).await
    }
}

/// Makes every published picture again from the steps, with the classes and thresholds in force now.
pub(crate) struct RebuildJob(pub(crate) Arc<Snapshots>);

#[async_trait]
impl Job for RebuildJob {
    fn name(&self) -> &'static str {
        "dasmo-rebuild"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Manual
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        self.0.rebuild(&stop).await
    }
}

/// Sends the digests of the week. It looks every morning, so that what could not be sent on Monday comes as soon as it can.
pub(crate) struct DigestJob(pub(crate) Digests);

#[async_trait]
impl Job for DigestJob {
    fn name(&self) -> &'static str {
        "dasmo-digest"
    }

    fn schedule(&self) -> Schedule {
        Schedule::DailyAt(7, 0)
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        self.0.send_due(&stop).await
    }
}
