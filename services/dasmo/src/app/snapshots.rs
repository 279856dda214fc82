//! Making the picture of each day (`claims.md` §9.3).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use async_trait::async_trait;
use chassis::db::ScopedFutureExt;
use chassis::lifecycle::Stop;
use chassis::{Database, Failure, SharedClock, Tx};
use chrono::{Days, NaiveDate, TimeDelta};

use super::lines::drawing as lines;
use crate::domain::lines::LineMeasures;
use crate::domain::{CellKey, Classes, Figures, Holding, Measures, Moved, Picture, advance};
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::store::cells::{Changed, Shown};
use crate::store::corrections::Noted;
use crate::store::lines::{cells as line_cells, pictures as line_pictures};
use crate::store::{cells, classes, ledger, listed, pictures, runs};

/// How long after midnight a day is over: longer than any request or transaction of another service that began on it
/// can still take to commit.
const SETTLING: TimeDelta = TimeDelta::minutes(1);

/// What another service tells.
#[async_trait]
pub(crate) trait Feed: Send + Sync + 'static {
    /// The service.
    fn producer(&self) -> &'static str;

    /// Returns when everything that the service had committed at the time of the call is taken in.
    async fn catch_up(&self) -> Result<(), Failure>;
}

/// Makes pictures.
pub(crate) struct Snapshots {
    pub(crate) database: Database,
    pub(crate) clock: SharedClock,
    pub(crate) feeds: Vec<Arc<dyn Feed>>,
    pub(crate) settings: Settings,
    pub(crate) metrics: Metrics,
}

/// Why a run was left.
#[derive(Debug, thiserror::Error)]
enum Interruption {
    #[error("the feed of {0} did not catch up in time")]
    FeedBehind(&'static str),
    #[error("the service stops")]
    Stopping,
    #[error("another run published the day meanwhile")]
    Overtaken,
    #[error("the list behind the stock holds {listed} {what}, the cells {stock}")]
    ListDisagrees {
        what: &'static str,
        listed: i64,
        stock: i64,
    },
}

impl Snapshots {
    /// Publishes every day up to yesterday that is not published, or must be made again, in order, each by itself. What
    /// is published stays published whatever happens to the days after it.
    pub(crate) async fn run(&self, stop: &Stop) -> Result<(), Failure> {
        let Some(last) = self.last_day_over() else {
            return Ok(());
        };
        let Some(first) = self.next_due(last).await? else {
            return Ok(());
        };
        if let Err(failure) = self.catch_up(stop).await {
            let run = self.open_run(first).await?;
            self.close_failed(run, &failure).await?;
            return Err(failure);
        }
        while let Some(day) = self.next_due(last).await? {
            if stop.is_cancelled() {
                return Err(Failure::unavailable(Interruption::Stopping));
            }
            self.run_day(day, last).await?;
        }
        Ok(())
    }

    /// Orders every published day to be made again from the steps, and makes them.
    pub(crate) async fn rebuild(&self, stop: &Stop) -> Result<(), Failure> {
        self.database
            .transaction("order_rebuild", |tx| {
                async move {
                    if let Some(first) = pictures::first_published(tx).await? {
                        ledger::redo_from(tx, first).await?;
                    }
                    Ok(())
                }
                .scope_boxed()
            })
            .await?;
        self.run(stop).await
    }

    /// The last published day, for the gauge of its age.
    pub(crate) async fn refresh_gauge(&self) -> Result<(), Failure> {
        let read = self
            .database
            .transaction("read_progress", |tx| pictures::progress(tx).scope_boxed());
        self.metrics.published(read.await?.last_day);
        Ok(())
    }

    fn last_day_over(&self) -> Option<NaiveDate> {
        kernel::rome::date_of(self.clock.now() - SETTLING).checked_sub_days(Days::new(1))
    }

    async fn next_due(&self, last: NaiveDate) -> Result<Option<NaiveDate>, Failure> {
        let progress = self
            .database
            .transaction("read_progress", |tx| pictures::progress(tx).scope_boxed())
            .await?;
        Ok(due(progress, last))
    }

    async fn catch_up(&self, stop: &Stop) -> Result<(), Failure> {
        for feed in &self.feeds {
            let waited = tokio::time::timeout(self.settings.feed_wait(), feed.catch_up());
            match stop.run_until_cancelled(waited).await {
                None => return Err(Failure::unavailable(Interruption::Stopping)),
                Some(Err(_)) => {
                    let behind = Interruption::FeedBehind(feed.producer());
                    return Err(Failure::unavailable(behind));
                }
                Some(Ok(caught_up)) => caught_up?,
            }
        }
        Ok(())
    }

    async fn run_day(&self, day: NaiveDate, last: NaiveDate) -> Result<(), Failure> {
        let began = Instant::now();
        let run = self.open_run(day).await?;
        let published = self.publish(run, day, last).await;
        self.metrics.ran(began.elapsed(), published.is_ok());
        match published {
            Ok(cells) => {
                self.metrics.published(Some(day));
                tracing::info!(%day, cells, "picture published");
                Ok(())
            }
            Err(failure) => {
                self.close_failed(run, &failure).await?;
                Err(failure)
            }
        }
    }

    async fn open_run(&self, day: NaiveDate) -> Result<i64, Failure> {
        self.database
            .transaction("open_run", |tx| {
                runs::open(tx, day, self.clock.now()).scope_boxed()
            })
            .await
    }

    /// The sentence kept in the run says what went wrong; ids and causes at length go to the log.
    async fn close_failed(&self, run: i64, failure: &Failure) -> Result<(), Failure> {
        let sentence = &sentence(failure);
        self.database
            .transaction("close_run", |tx| {
                async move { runs::failed(tx, run, sentence, self.clock.now()).await }.scope_boxed()
            })
            .await
    }

    /// Everything of a day in one transaction: cells, cases, publication and the end of the run, or nothing.
    async fn publish(&self, run: i64, day: NaiveDate, last: NaiveDate) -> Result<i32, Failure> {
        self.database
            .transaction("publish_day", |tx| {
                async move {
                    pictures::hold_steps_still(tx).await?;
                    let before = pictures::progress(tx).await?;
                    if due(before, last) != Some(day) {
                        return Err(Failure::internal(Interruption::Overtaken));
                    }
                    let classes = classes::in_force(tx).await?;
                    let last_batch = pictures::last_batch(tx).await?;
                    let drawn = Drawn {
                        claims: draw(tx, day, &classes).await?,
                        lines: lines::draw(tx, day, last_batch, &classes.ageing).await?,
                        classes,
                        last_batch,
                    };
                    self.write(tx, day, &drawn).await?;
                    if before.last_day <= Some(day) {
                        self.list(tx, day, last, &drawn).await?;
                    }
                    let count = drawn.cells()?;
                    runs::published(tx, run, count, self.clock.now()).await?;
                    Ok(count)
                }
                .scope_boxed()
            })
            .await
    }

    async fn write(&self, tx: &mut Tx, day: NaiveDate, drawn: &Drawn) -> Result<(), Failure> {
        let (claims, lines) = (
            cells::shown(tx, day).await?,
            line_cells::shown(tx, day).await?,
        );
        let (at, count) = (self.clock.now(), drawn.cells()?);
        let revision =
            pictures::publish(tx, day, at, count, &drawn.classes, drawn.last_batch).await?;
        cells::replace(tx, day, &drawn.claims).await?;
        line_cells::replace(tx, day, &drawn.lines).await?;
        if revision > 1 {
            for (noted, before, after) in [
                (Noted::Claims, claims, cells::shown(tx, day).await?),
                (Noted::Lines, lines, line_cells::shown(tx, day).await?),
            ] {
                let changed = changed(&before, &after);
                cells::note_corrections(tx, noted, day, revision, at, &changed).await?;
            }
        }
        Ok(())
    }

    /// The lists behind the stock, of the last published day and of some days before, for those who page through them. They
    /// are counted apart from the cells. A day made again behind the last one gets none: when the last one is made again
    /// too, nobody pages through an earlier list any more.
    async fn list(
        &self,
        tx: &mut Tx,
        day: NaiveDate,
        last: NaiveDate,
        drawn: &Drawn,
    ) -> Result<(), Failure> {
        let first_kept = last - Days::new(u64::from(self.settings.cases_kept_days) - 1);
        if listed::last_listed(tx).await? == day.pred_opt() {
            listed::carry_on(tx, day).await?;
        } else {
            listed::begin(tx, day).await?;
        }
        listed::forget_before(tx, first_kept).await?;
        let cases = listed::count_on(tx, day).await?;
        agree("claims", cases, stock_of(&drawn.claims))?;

        line_pictures::drop_flows_before(tx, first_kept).await?;
        if day < first_kept {
            return Ok(());
        }
        let ageing = &drawn.classes.ageing;
        let lines = line_pictures::replace_flows(tx, day, drawn.last_batch, ageing).await?;
        agree("lines", lines, stock_of(&drawn.lines))
    }
}

/// The cells of a day, and what they were made with.
struct Drawn {
    claims: BTreeMap<CellKey, Measures>,
    lines: BTreeMap<CellKey, LineMeasures>,
    classes: Classes,
    last_batch: i64,
}

impl Drawn {
    fn cells(&self) -> Result<i32, Failure> {
        i32::try_from(self.claims.len() + self.lines.len()).map_err(Failure::internal)
    }
}

fn stock_of<F: Figures>(cells: &BTreeMap<CellKey, F>) -> i64 {
    let offices = cells.iter().filter(|(key, _)| cells::is_compared(key));
    offices.map(|(_, cell)| cell.stock()).sum()
}

fn agree(what: &'static str, listed: i64, stock: i64) -> Result<(), Failure> {
    if listed == stock {
        return Ok(());
    }
    Err(Failure::internal(Interruption::ListDisagrees {
        what,
        listed,
        stock,
    }))
}

/// The next day to make: one to be made again before all others, then the one after the last published; at the very
/// beginning the day of the first step, or the last day that is over when no step was told up to it.
fn due(progress: pictures::Progress, last: NaiveDate) -> Option<NaiveDate> {
    let next = match (progress.redo_from, progress.last_day) {
        (Some(again), _) => again,
        (None, Some(published)) => published + Days::new(1),
        (None, None) => progress.first_step.unwrap_or(last).min(last),
    };
    (next <= last).then_some(next)
}

async fn draw(
    tx: &mut Tx,
    day: NaiveDate,
    classes: &Classes,
) -> Result<BTreeMap<CellKey, Measures>, Failure> {
    let regions = pictures::regions(tx).await?;
    let mut picture = Picture::new(&classes.ageing, &regions);
    for step in pictures::steps_of(tx, day, &classes.sizes).await? {
        let (after, movements) =
            advance(step.before.as_ref(), &step.step).map_err(Failure::internal)?;
        for (office, movement) in movements {
            picture.moved(&Moved {
                office,
                attributes: &step.attributes,
                movement,
                day,
                waited_days: after.waited_days,
                workers: step.workers,
                hours_hundredths: step.hours_hundredths,
            });
        }
    }
    let hold = |holding: &Holding| picture.hold(holding);
    pictures::each_holding(tx, day, &classes.sizes, hold).await?;
    for waiting in pictures::waiting(tx, day, &classes.sizes).await? {
        picture.waiting(&waiting);
    }
    let opening = pictures::opening(tx, day - Days::new(1)).await?;
    picture.close(&opening).map_err(Failure::internal)
}

/// Where a day made again shows other figures than before.
fn changed<'a>(
    before: &'a BTreeMap<CellKey, Shown>,
    after: &'a BTreeMap<CellKey, Shown>,
) -> Vec<Changed<'a>> {
    let keys: BTreeSet<&CellKey> = after.keys().chain(before.keys()).collect();
    keys.into_iter()
        .map(|key| {
            let (before, after) = (of(before, key), of(after, key));
            Changed {
                key,
                before,
                after,
                figures: after.changed_since(before),
            }
        })
        .filter(|change| !change.figures.is_empty())
        .collect()
}

/// What a cell shows; nothing where there is none.
fn of<'a>(cells: &'a BTreeMap<CellKey, Shown>, key: &CellKey) -> &'a Shown {
    static NOTHING: LazyLock<Shown> = LazyLock::new(Shown::default);
    cells.get(key).unwrap_or(&NOTHING)
}

/// The deepest cause: it is the one that says something, and it is ours, about offices and counts.
fn sentence(failure: &Failure) -> String {
    let mut cause: &dyn std::error::Error = failure;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn progress(last: Option<u32>, redo: Option<u32>, first: Option<u32>) -> pictures::Progress {
        pictures::Progress {
            last_day: last.map(day),
            redo_from: redo.map(day),
            first_step: first.map(day),
        }
    }

    #[test]
    fn days_are_made_from_the_first_step_to_yesterday() {
        assert_eq!(due(progress(None, None, Some(3)), day(9)), Some(day(3)));
        assert_eq!(due(progress(Some(3), None, Some(3)), day(9)), Some(day(4)));
        assert_eq!(due(progress(Some(9), None, Some(3)), day(9)), None);
    }

    #[test]
    fn a_platform_without_claims_publishes_an_empty_yesterday() {
        assert_eq!(due(progress(None, None, None), day(9)), Some(day(9)));
    }

    #[test]
    fn a_step_of_today_makes_no_picture_of_today() {
        assert_eq!(due(progress(None, None, Some(10)), day(9)), Some(day(9)));
        assert_eq!(due(progress(Some(9), None, Some(10)), day(9)), None);
    }

    #[test]
    fn a_day_to_be_made_again_comes_first() {
        assert_eq!(
            due(progress(Some(8), Some(5), Some(3)), day(9)),
            Some(day(5))
        );
    }
}
