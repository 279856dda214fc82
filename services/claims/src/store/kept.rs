//! What is left of grants that gave way (CLM-11), as it stands in the limits.

use chrono::NaiveDate;
use kernel::{Week, WeekPeriod};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{corrupt, integer, unsigned};

/// Weeks without a gap of a grant that gave way on others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Their id in the limits.
    pub(crate) id: Uuid,
    /// The weeks.
    pub(crate) period: WeekPeriod,
    /// Their share of the hours granted, in hundredths.
    pub(crate) hours_hundredths: i64,
}

/// Notes weeks of a claim that stay.
pub(crate) async fn insert(
    db: &mut PgConnection,
    claim: Uuid,
    kept: &Kept,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into kept_weeks (id, claim_id, first_day, weeks, hours_hundredths) values ($1, $2, $3, $4, $5)",
        kept.id,
        claim,
        kept.period.first_day(),
        integer(kept.period.count())?,
        kept.hours_hundredths,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Weeks that stay, by their id; `None` when they were given back.
pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> Result<Option<Kept>, sqlx::Error> {
    let row = sqlx::query!(
        "select first_day, weeks, hours_hundredths from kept_weeks where id = $1",
        id,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Kept {
            id,
            period: weeks(row.first_day, row.weeks)?,
            hours_hundredths: row.hours_hundredths,
        })
    })
    .transpose()
}

fn weeks(first_day: NaiveDate, count: i32) -> Result<WeekPeriod, sqlx::Error> {
    let count = unsigned(count, "kept_weeks.weeks")?;
    let first = Week::from_monday(first_day).map_err(|_| corrupt("kept_weeks.first_day"))?;
    WeekPeriod::new(first, count).map_err(|_| corrupt("kept_weeks.weeks"))
}

/// Forgets what stays of a claim, since it is given back; returns the ids in the limits.
pub(crate) async fn forget(db: &mut PgConnection, claim: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "delete from kept_weeks where claim_id = $1 returning id",
        claim
    )
    .fetch_all(db)
    .await
}
