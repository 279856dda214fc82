//! The job that computes the counters of every unit anew: after a change of the rules, or before a question about all.
//!
//! Three at work side by side: one reads units in the order of their key, a batch at a time, one computes, one writes.
//! Counters and progress are written in one transaction, so that a run that was cut short goes on exactly where it
//! stands. No more than five batches are in memory.

use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use chassis::Failure;
use chassis::db::ScopedFutureExt;
use chassis::jobs::{Job, Schedule};
use chassis::lifecycle::Stop;
use kernel::Week;
use tokio::sync::mpsc;

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
        let (read, to_compute) = mpsc::channel(1);
        let (computed, mut to_write) = mpsc::channel(1);
        let reader = read_all(self.app.clone(), run.place.clone(), self.batch, read);
        let reader = tokio::spawn(reader);
        let (rules, week) = (Arc::clone(&self.app.rules), Week::of(run.reference_week));
        let arithmetic =
            tokio::task::spawn_blocking(move || compute_all(to_compute, &computed, &rules, week));
        while let Some(batch) = to_write.recv().await {
            if stop.is_cancelled() {
                return Ok(());
            }
            self.app.settle(&run, &batch?).await?;
        }
        // Neither ends before its work without saying so, unless it died.
        reader.await.map_err(Failure::internal)?;
        arithmetic.await.map_err(Failure::internal)?;
        self.app.finish_run(&run).await
    }
}

/// Reads batch after batch, until there are no more units or nobody wants them.
async fn read_all(
    app: App,
    mut place: Place,
    at_most: i64,
    batches: mpsc::Sender<Result<(RawBatch, Place), Failure>>,
) {
    loop {
        let batch = app.batch_after(&place, at_most).await;
        let named = batch.map(|batch| batch.last().map(|last| (batch, last)));
        let Some(batch) = named.transpose() else {
            return;
        };
        if let Ok((_, last)) = &batch {
            place.clone_from(last);
        }
        let failed = batch.is_err();
        if batches.send(batch).await.is_err() || failed {
            return;
        }
    }
}

/// Computes batch after batch, until there are no more or nobody wants them.
fn compute_all(
    mut raw: mpsc::Receiver<Result<(RawBatch, Place), Failure>>,
    batches: &mpsc::Sender<Result<Batch, Failure>>,
    rules: &Rules,
    week: Week,
) {
    let mut evaluator = Evaluator::default();
    while let Some(batch) = raw.blocking_recv() {
        let batch = batch.and_then(|(raw, last)| compute(&mut evaluator, raw, last, rules, week));
        if batches.blocking_send(batch).is_err() {
            return;
        }
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

    async fn settle(&self, run: &Run, batch: &Batch) -> Result<(), Failure> {
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

fn compute(
    evaluator: &mut Evaluator,
    raw: RawBatch,
    last: Place,
    rules: &Rules,
    week: Week,
) -> Result<Batch, Failure> {
    let mut batch = Batch {
        last,
        ..Batch::default()
    };
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
