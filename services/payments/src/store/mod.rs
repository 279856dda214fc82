//! SQL: one function a question. What returns rows for people takes the scope of the caller.

pub(crate) mod authorisations;
pub(crate) mod flows;
pub(crate) mod lines;
pub(crate) mod orders;
pub(crate) mod recoveries;
mod rows;
pub(crate) mod uploads;

use chrono::NaiveDate;
use sqlx::PgConnection;

/// Makes the partitions of the months whose flows can come now.
pub(crate) async fn extend_months(
    db: &mut PgConnection,
    today: NaiveDate,
) -> Result<(), sqlx::Error> {
    sqlx::query!("call extend_months($1)", today)
        .execute(db)
        .await?;
    Ok(())
}
