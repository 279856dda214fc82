//! What serialises bookings.

use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::ledger::UnitKey;

use super::rows::unit_code;

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

/// Waits for whoever else books weeks of the unit, and keeps others waiting until the end of the transaction.
pub(crate) async fn lock_unit(
    tx: &mut Tx,
    unit: &UnitKey,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    if !try_lock_unit(tx, unit).await? {
        ensure_unit(tx, unit, now).await?;
        try_lock_unit(tx, unit).await?;
    }
    Ok(())
}

/// Makes the row of a unit, if there is none.
pub(crate) async fn ensure_unit(
    tx: &mut Tx,
    unit: &UnitKey,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into unit (matricola, production_unit_code, created_at) values ($1, $2, $3)
         on conflict (matricola, production_unit_code) do nothing",
        unit.matricola.as_str(),
        unit_code(unit),
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn try_lock_unit(tx: &mut Tx, unit: &UnitKey) -> Result<bool, Failure> {
    let found = sqlx::query_scalar!(
        r#"select 1 as "one!" from unit where matricola = $1 and production_unit_code = $2 for update"#,
        unit.matricola.as_str(),
        unit_code(unit),
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.is_some())
}

/// Makes and locks the rows of many units, always in the same order.
pub(crate) async fn lock_units(
    tx: &mut Tx,
    units: &[UnitKey],
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let matricole: Vec<String> = units
        .iter()
        .map(|unit| unit.matricola.as_str().to_owned())
        .collect();
    let codes: Vec<i32> = units.iter().map(unit_code).collect();
    sqlx::query!(
        "insert into unit (matricola, production_unit_code, created_at)
         select distinct matricola, code, $3::timestamptz
         from unnest($1::text[], $2::integer[]) as wanted (matricola, code)
         order by matricola, code
         on conflict (matricola, production_unit_code) do nothing",
        &matricole,
        &codes,
        now,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "select from unit
         where (matricola, production_unit_code) in (
             select matricola, code from unnest($1::text[], $2::integer[]) as wanted (matricola, code)
         )
         order by matricola, production_unit_code
         for update",
        &matricole,
        &codes,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
