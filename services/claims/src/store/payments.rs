//! Payments of claims, as the feed tells them.

use sqlx::PgConnection;
use uuid::Uuid;

/// Lines of a claim that are ordered or paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Payments {
    /// How many.
    pub(crate) lines: i64,
    /// Their hours, in hundredths.
    pub(crate) hours: i64,
}

/// What is ordered or paid of a claim.
pub(crate) async fn of_claim(db: &mut PgConnection, claim: Uuid) -> Result<Payments, sqlx::Error> {
    let found = sqlx::query_as!(
        Payments,
        "select lines, hours from claim_payments where claim_id = $1",
        claim,
    )
    .fetch_optional(db)
    .await?;
    Ok(found.unwrap_or_default())
}

/// Adds lines and hours to those of a claim, or takes them away.
pub(crate) async fn add(
    db: &mut PgConnection,
    claim: Uuid,
    moved: Payments,
) -> Result<(), sqlx::Error> {
    // A row to insert is held against the constraints before it is known to be there.
    sqlx::query!(
        "insert into claim_payments (claim_id, lines, hours) values ($1, 0, 0) on conflict (claim_id) do nothing",
        claim,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update claim_payments set lines = lines + $2, hours = hours + $3 where claim_id = $1",
        claim,
        moved.lines,
        moved.hours,
    )
    .execute(db)
    .await?;
    Ok(())
}
