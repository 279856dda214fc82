//! What serialises changes, and the instants from which they are known.

use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::ledger::UnitKey;

use super::rows::unit_columns;

/// Waits for whoever else is at work on this reservation, known or not, and keeps others waiting until the end of the
/// transaction.
pub(crate) async fn lock_reservation(tx: &mut Tx, id: Uuid) -> Result<(), Failure> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('limits.reservation:' || $1::text, 0))",
        id.to_string()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Waits for whoever else changes these units or reads them as they are now, and keeps others waiting until the end of
/// the transaction; so long the law stays what it is. Locks are taken in one order.
pub(crate) async fn lock_units(tx: &mut Tx, units: &[UnitKey]) -> Result<(), Failure> {
    let (matricole, codes) = unit_columns(units);
    sqlx::query!(
        "with law as materialized (select pg_advisory_xact_lock_shared(14821, 0))
         select pg_advisory_xact_lock(14820, shard)
         from law, (
             select distinct unit_shard(matricola, code) as shard
             from unnest($1::text[], $2::integer[]) as wanted (matricola, code)
             order by shard
         ) as shards",
        &matricole,
        &codes,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// When these units last changed, or the law did: what is known next is known later. `None` when neither ever did.
pub(crate) async fn last_recorded(
    tx: &mut Tx,
    units: &[UnitKey],
) -> Result<Option<DateTime<Utc>>, Failure> {
    let (matricole, codes) = unit_columns(units);
    let last = sqlx::query_scalar!(
        "select greatest(max(last_recorded_at), (select max(recorded_at) from law_version where version > 1)) from unit
         where (matricola, production_unit_code) in (
             select matricola, code from unnest($1::text[], $2::integer[]) as wanted (matricola, code)
         )",
        &matricole,
        &codes,
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(last)
}

/// Makes the rows of units that have none, and stamps them all with the instant of their change.
pub(crate) async fn stamp_units(
    tx: &mut Tx,
    units: &[UnitKey],
    recorded_at: DateTime<Utc>,
) -> Result<(), Failure> {
    let (matricole, codes) = unit_columns(units);
    sqlx::query!(
        "insert into unit (matricola, production_unit_code, created_at, last_recorded_at)
         select distinct matricola, code, $3::timestamptz, $3::timestamptz
         from unnest($1::text[], $2::integer[]) as wanted (matricola, code)
         order by matricola, code
         on conflict (matricola, production_unit_code) do update set last_recorded_at = excluded.last_recorded_at",
        &matricole,
        &codes,
        recorded_at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Makes the row of a unit, if there is none, and stamps nothing.
pub(crate) async fn ensure_unit(
    tx: &mut Tx,
    unit: &UnitKey,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into unit (matricola, production_unit_code, created_at, last_recorded_at) values ($1, $2, $3, $3)
         on conflict (matricola, production_unit_code) do nothing",
        unit.matricola.as_str(),
        super::rows::unit_code(unit),
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
