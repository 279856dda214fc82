//! The job that computes the counters of every unit anew: after a change of the rules, or before a question about all.
//!
//! Three at work side by side: one reads units in the order of their key, a batch at a time, one computes, one writes.
//! Counters and progress are written in one transaction, so that a run that was cut short goes on exactly where it
//! stands, as long as the law by which it counts is in force; else all is counted anew. No more than five batches are in memory.

use std::ops::DerefMut;

use async_trait::async_trait;
use chassis::Failure;
use chassis::clock::Clock;
use chassis::db::{Connection, ScopedFutureExt};
use chassis::jobs::{Job, Schedule};
use chassis::lifecycle::Stop;
use chrono::{DateTime, Utc};
use kernel::Week;
use tokio::sync::mpsc;

use crate::domain::{Evaluator, Rules};
use crate::store::{self, Batch, Place, RawBatch, Run, Stretch};

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
        let (law, number) = self.app.law_in_force().await?;
        let run = self.app.open_run(number).await?;
        let (read, to_compute) = mpsc::channel(1);
        let (computed, mut to_write) = mpsc::channel(1);
        let reader = read_all(self.app.clone(), run.place.clone(), self.batch, read);
        let reader = tokio::spawn(reader);
        let week = Week::of(run.reference_week);
        let clock = self.app.clock.clone();
        let arithmetic = tokio::task::spawn_blocking(move || {
            compute_all(to_compute, &computed, &law.rules, week, &*clock);
        });
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
    place: Place,
    at_most: i64,
    batches: mpsc::Sender<Result<RawBatch, Failure>>,
) {
    if let Err(failure) = app.read_all(place, at_most, &batches).await {
        // Nobody wants it any more when the job has ended, which it did for a reason of its own.
        let _ended = batches.send(Err(failure)).await;
    }
}

/// Computes batch after batch, until there are no more or nobody wants them.
fn compute_all(
    mut raw: mpsc::Receiver<Result<RawBatch, Failure>>,
    batches: &mpsc::Sender<Result<Batch, Failure>>,
    rules: &Rules,
    week: Week,
    clock: &dyn Clock,
) {
    let mut evaluator = Evaluator::new(rules, week);
    while let Some(batch) = raw.blocking_recv() {
        let batch = batch.and_then(|raw| compute(&mut evaluator, raw, week, clock.now()));
        if batches.blocking_send(batch).is_err() {
            return;
        }
    }
}

impl App {
    async fn open_run(&self, law: i32) -> Result<Run, Failure> {
        let now = self.clock.now();
        let (id, week) = (self.ids.at(now), reference_week(None, now).monday());
        self.database
            .transaction("limits_recompute_open", |tx| {
                async move { store::open_run(tx, id, week, law, now).await }.scope_boxed()
            })
            .await
    }

    async fn read_all(
        &self,
        mut place: Place,
        at_most: i64,
        batches: &mpsc::Sender<Result<RawBatch, Failure>>,
    ) -> Result<(), Failure> {
        let (mut reader, mut copier) = tokio::try_join!(self.reader(), self.reader())?;
        while let Some(batch) = self
            .batch_after(&mut reader, &mut copier, &place, at_most)
            .await?
        {
            place.clone_from(&batch.last);
            if batches.send(Ok(batch)).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// A connection that is closed when it is dropped: perhaps in the middle of a copy.
    async fn reader(&self) -> Result<impl DerefMut<Target = Connection>, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        connection.close_on_drop();
        store::prepare_reading(&mut connection).await?;
        Ok(connection)
    }

    /// The next batch; `None` when there are no more units. Units and entries are read side by side, so that two
    /// processes of the server share the work.
    async fn batch_after(
        &self,
        reader: &mut Connection,
        copier: &mut Connection,
        after: &Place,
        at_most: i64,
    ) -> Result<Option<RawBatch>, Failure> {
        let last = store::last_after(reader, after, at_most).await?;
        let Some(last) = last else {
            return Ok(None);
        };
        let stretch = Stretch {
            after,
            last: &last,
            now: self.clock.now(),
        };
        let (units, entries) = tokio::try_join!(
            store::units_of(reader, &stretch),
            store::entries_of(copier, &stretch),
        )?;
        Ok(Some(RawBatch {
            units,
            entries,
            after: after.clone(),
            last,
        }))
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
    evaluator: &mut Evaluator<'_>,
    raw: RawBatch,
    week: Week,
    now: DateTime<Utc>,
) -> Result<Batch, Failure> {
    let mut batch = Batch {
        after: raw.after.clone(),
        last: raw.last.clone(),
        ..Batch::default()
    };
    for unit in raw.units()? {
        let (row, unit) = unit?;
        let Some(unit) = unit else {
            batch.unknown += 1;
            continue;
        };
        let counters = evaluator.counters(&unit);
        match row.counted(&counters, week.monday(), now) {
            Some(changed) => batch.changed.push(changed),
            None => batch.unchanged += 1,
        }
    }
    Ok(batch)
}
