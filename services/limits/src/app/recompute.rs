//! The job that computes the counters of every unit anew: after a change of the rules, or before a question about all.
//!
//! Units are read in the order of their key, a batch at a time; while one batch is computed and written, the next is
//! read. Counters and progress are written in one transaction, so that a run that was cut short goes on exactly where it
//! stands. Never more than two batches are in memory.

use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use chassis::Failure;
use chassis::db::ScopedFutureExt;
use chassis::jobs::{Job, Schedule};
use chassis::lifecycle::Stop;
use kernel::Week;

use crate::domain::{Counter, Evaluator, Rules};
use crate::store::{self, Batch, CountedUnit, Place, RawBatch, Run};
use crate::wire;

use super::App;
use super::counters::reference_week;

/// Units of a batch: enough to pay for its statements, few enough for the memory of a small machine.
pub const RECOMPUTE_BATCH: i64 = 4_000;

/// Job `limits-recompute`.
#[derive(Debug)]
pub struct Recompute {
    /// The use cases.
    pub app: App,
    /// Units of a batch.
    pub batch: i64,
}

#[async_trait]
impl Job for Recompute {
    fn name(&self) -> &'static str {
        "limits-recompute"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Manual
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        let run = self.app.open_run().await?;
        let mut batch = self.app.batch_after(&run.place, self.batch).await?;
        while let Some(last) = batch.last() {
            if stop.is_cancelled() {
                return Ok(());
            }
            let (next, settled) = tokio::join!(
                self.app.batch_after(&last, self.batch),
                self.app.settle(&run, batch, &last),
            );
            settled?;
            batch = next?;
        }
        self.app.finish_run(&run).await
    }
}

impl App {
    async fn open_run(&self) -> Result<Run, Failure> {
        let now = self.clock.now();
        let (id, week) = (self.ids.at(now), reference_week(None, now).monday());
        self.database
            .transaction("limits_recompute_open", |tx| {
                async move { store::open_run(tx, id, week, now).await }.scope_boxed()
            })
            .await
    }

    async fn batch_after(&self, place: &Place, at_most: i64) -> Result<RawBatch, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        store::batch_after(&mut connection, place, at_most, self.clock.now()).await
    }

    /// Computes a batch beside the tasks that wait for the network, and writes it.
    async fn settle(&self, run: &Run, raw: RawBatch, last: &Place) -> Result<(), Failure> {
        let (rules, week) = (Arc::clone(&self.rules), Week::of(run.reference_week));
        let computed = tokio::task::spawn_blocking(move || compute(raw, &rules, week)).await;
        let batch = &Batch {
            last: last.clone(),
            ..computed.map_err(Failure::internal)??
        };
        let now = self.clock.now();
        self.database
            .transaction("limits_recompute_batch", |tx| {
                async move { store::write_batch(tx, run, batch, now).await }.scope_boxed()
            })
            .await
    }

    async fn finish_run(&self, run: &Run) -> Result<(), Failure> {
        let now = self.clock.now();
        self.database
            .transaction("limits_recompute_finish", |tx| {
                async move { store::finish_run(tx, run.id, now).await }.scope_boxed()
            })
            .await
    }
}

fn compute(raw: RawBatch, rules: &Rules, week: Week) -> Result<Batch, Failure> {
    let mut evaluator = Evaluator::default();
    let mut batch = Batch::default();
    for unit in raw.units() {
        let (place, unit) = unit?;
        match unit {
            None => batch.unknown += 1,
            Some(unit) => {
                let counters = evaluator.assess(&unit, rules).counters(week);
                batch.counted.push(columns(place, &counters));
            }
        }
    }
    Ok(batch)
}

fn columns(place: Place, counters: &[Counter]) -> CountedUnit {
    let number = |of: fn(&Counter) -> i64| array(counters, |text, one| write!(text, "{}", of(one)));
    CountedUnit {
        place,
        kinds: array(counters, |text, one| {
            text.write_str(wire::counter_name(one.kind))
        }),
        limits: number(|one| one.limit_units),
        used: number(|one| one.used_units),
        weeks: number(|one| one.residual_weeks),
        first_available: array(counters, |text, one| match one.first_available {
            Some(day) => write!(text, "{day}"),
            None => text.write_str("NULL"),
        }),
    }
}

/// A literal of an array, of elements that need no quotes.
fn array(
    counters: &[Counter],
    element: impl Fn(&mut String, &Counter) -> std::fmt::Result,
) -> String {
    let mut text = String::from("{");
    for (place, counter) in counters.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        // A string takes whatever is written to it.
        let _written = element(&mut text, counter);
    }
    text.push('}');
    text
}
