//! Scheduled and background work that exactly one instance does at a time.

mod lease;
mod runner;
mod runs;
mod upkeep;

use std::sync::Arc;

use async_trait::async_trait;

use crate::failure::Failure;
use crate::lifecycle::Stop;

pub use runner::Runner;
pub use upkeep::Upkeep;

/// Work that runs on a schedule, by one instance at a time (a PostgreSQL advisory lock elects it).
#[async_trait]
pub trait Job: Send + Sync + 'static {
    /// Name, such as `dasmo-snapshot`; also the argument of `omnia job`.
    fn name(&self) -> &'static str;

    /// When it runs.
    fn schedule(&self) -> Schedule;

    /// Runs once. Must be repeatable: it may have been cut short before.
    async fn run(&self, stop: Stop) -> Result<(), Failure>;
}

/// When a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Every so often.
    Every(std::time::Duration),
    /// Once a day at this hour and minute in Rome, and at start when today's run is missing.
    DailyAt(u32, u32),
    /// Only by hand (`omnia job NAME`).
    Manual,
}

/// A job that can be handed around.
pub type SharedJob = Arc<dyn Job>;
