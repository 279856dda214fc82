//! The table of runs.

use std::error::Error;

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use crate::failure::Failure;

/// Notes that a job began; returns the run.
pub(super) async fn began(pool: &PgPool, job: &str, at: DateTime<Utc>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into job_run (job, started_at) values ($1, $2) returning id",
        job,
        at
    )
    .fetch_one(pool)
    .await
}

/// Notes how a run ended.
pub(super) async fn ended(
    pool: &PgPool,
    run: i64,
    at: DateTime<Utc>,
    result: &Result<(), Failure>,
) -> Result<(), sqlx::Error> {
    let failure = result.as_ref().err().map(told_with_causes);
    sqlx::query!(
        "update job_run set finished_at = $2, failure = $3 where id = $1",
        run,
        at,
        failure
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Whether a job ran to its end since `instant`.
pub(super) async fn succeeded_since(
    pool: &PgPool,
    job: &str,
    instant: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from job_run
               where job = $1 and started_at >= $2 and finished_at is not null and failure is null
           ) as "succeeded!""#,
        job,
        instant,
    )
    .fetch_one(pool)
    .await
}

fn told_with_causes(failure: &Failure) -> String {
    let mut told = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}
