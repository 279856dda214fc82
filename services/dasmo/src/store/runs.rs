//! Executions of the nightly job.

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};

/// An execution, for one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunRow {
    pub(crate) as_of: NaiveDate,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
    pub(crate) published: bool,
    pub(crate) cells: i32,
    pub(crate) failure: String,
}

/// Notes that a run begins; returns its number.
pub(crate) async fn open(tx: &mut Tx, as_of: NaiveDate, at: DateTime<Utc>) -> Result<i64, Failure> {
    Ok(sqlx::query_scalar!(
        "insert into run (as_of, started_at) values ($1, $2) returning run_id",
        as_of,
        at
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Notes that a run has published its day.
pub(crate) async fn published(
    tx: &mut Tx,
    run: i64,
    cells: i32,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "update run set finished_at = $3, published = true, cells = $2 where run_id = $1",
        run,
        cells,
        at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that a run has failed, and why.
pub(crate) async fn failed(
    tx: &mut Tx,
    run: i64,
    failure: &str,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "update run set finished_at = $3, failure = $2 where run_id = $1",
        run,
        failure,
        at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The last runs, newest first.
pub(crate) async fn last(tx: &mut Tx, limit: i64) -> Result<Vec<RunRow>, Failure> {
    Ok(sqlx::query_as!(
        RunRow,
        "select as_of, started_at, finished_at, published, cells, failure from run order by run_id desc limit $1",
        limit
    )
    .fetch_all(&mut **tx)
    .await?)
}
