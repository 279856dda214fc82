//! Heads of employers as a whole.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::{PgConnection, PgExecutor};

use super::BATCH;
use crate::domain::headcount::EmployerHeads;

/// A month of an employer.
pub type Month = (String, NaiveDate);

/// Heads of an employer from one month to another, both included, oldest first; months that are not known are left out.
pub async fn of_employer(
    db: impl PgExecutor<'_>,
    matricola: &str,
    months: (NaiveDate, NaiveDate),
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT heads_hundredths FROM employer_headcount
         WHERE matricola = $1 AND month BETWEEN $2 AND $3 ORDER BY month",
        matricola,
        months.0,
        months.1,
    )
    .fetch_all(db)
    .await
}

/// Creates or updates months of employers; tells for each that was written whether it was created.
pub async fn upsert_of_employers(
    conn: &mut PgConnection,
    rows: &[EmployerHeads],
) -> Result<HashMap<Month, bool>, sqlx::Error> {
    let mut written = HashMap::new();
    for batch in rows.chunks(BATCH) {
        let matricola: Vec<String> = batch.iter().map(|one| one.matricola.clone()).collect();
        let month: Vec<NaiveDate> = batch.iter().map(|one| one.month).collect();
        let heads: Vec<i64> = batch.iter().map(|one| one.heads).collect();
        let rows = sqlx::query!(
            r#"INSERT INTO employer_headcount AS known (matricola, month, heads_hundredths)
               SELECT * FROM unnest($1::text[], $2::date[], $3::bigint[])
               ON CONFLICT (matricola, month) DO UPDATE SET heads_hundredths = excluded.heads_hundredths
               WHERE known IS DISTINCT FROM excluded
               RETURNING known.matricola, known.month, known.xmax = 0 AS "created!""#,
            &matricola,
            &month,
            &heads,
        )
        .fetch_all(&mut *conn)
        .await?;
        let rows = rows
            .into_iter()
            .map(|row| ((row.matricola, row.month), row.created));
        written.extend(rows);
    }
    Ok(written)
}
