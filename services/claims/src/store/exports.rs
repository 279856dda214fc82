//! The record of exports.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// An export that begins.
#[derive(Debug)]
pub(crate) struct Begun<'a> {
    /// Id.
    pub(crate) id: Uuid,
    /// Who takes the claims along.
    pub(crate) person: Uuid,
    /// In what role.
    pub(crate) role: &'a str,
    /// In what format.
    pub(crate) format: &'a str,
    /// What was asked for.
    pub(crate) filter: &'a serde_json::Value,
    /// Rows that there will be.
    pub(crate) rows_total: i64,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// Records that an export begins.
pub(crate) async fn begin(db: &mut PgConnection, begun: &Begun<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into claim_export (id, person_id, role, format, filter, rows_total, started_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        begun.id,
        begun.person,
        begun.role,
        begun.format,
        begun.filter,
        begun.rows_total,
        begun.at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Records how far an export came.
pub(crate) async fn end(
    db: &mut PgConnection,
    id: Uuid,
    rows_done: i64,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update claim_export set rows_done = $2, ended_at = $3 where id = $1",
        id,
        rows_done,
        at,
    )
    .execute(db)
    .await?;
    Ok(())
}
