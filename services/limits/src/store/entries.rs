//! Questions about entries.

use chassis::identity::Scope;
use chassis::paging::Page;
use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::ledger::{Entry, State, UnitKey};

use super::rows::{EntryRow, entries, state_columns, unit_code, unit_key};

/// Where an entry stands in the list of its unit, newest first day first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LedgerKey {
    /// First day.
    pub(crate) first_day: NaiveDate,
    /// Id.
    pub(crate) id: Uuid,
}

/// The entries of a unit that count at an instant.
pub(crate) async fn counting(
    connection: &mut PgConnection,
    scope: &Scope,
    unit: &UnitKey,
    now: DateTime<Utc>,
) -> Result<Vec<Entry>, Failure> {
    let matricole = scope.matricole();
    let rows = sqlx::query_as!(
        EntryRow,
        "select id, matricola, production_unit_code, scheme, cause, first_day, last_day, hours_hundredths, flags,
                sector, working_days, origin, state, expires_at
         from entry
         where matricola = $1 and production_unit_code = $2
           and (state = 'AUTHORISED' or (state = 'RESERVED' and expires_at > $3))
           and ($4::text[] is null or matricola = any($4))
         order by first_day, id",
        unit.matricola.as_str(),
        unit_code(unit),
        now,
        matricole.as_deref(),
    )
    .fetch_all(connection)
    .await?;
    entries(rows)
}

/// A page of the entries of a unit in any state, newest first day first; one more than the page when there are more.
pub(crate) async fn page(
    connection: &mut PgConnection,
    scope: &Scope,
    unit: &UnitKey,
    page: &Page<LedgerKey>,
) -> Result<Vec<Entry>, Failure> {
    let after = page.after.as_ref();
    let matricole = scope.matricole();
    let rows = sqlx::query_as!(
        EntryRow,
        "select id, matricola, production_unit_code, scheme, cause, first_day, last_day, hours_hundredths, flags,
                sector, working_days, origin, state, expires_at
         from entry
         where matricola = $1 and production_unit_code = $2
           and ($3::text[] is null or matricola = any($3))
           and ($4::date is null or (first_day, id) < ($4, $5::uuid))
         order by first_day desc, id desc
         limit $6",
        unit.matricola.as_str(),
        unit_code(unit),
        matricole.as_deref(),
        after.map(|key| key.first_day),
        after.map(|key| key.id),
        page.size + 1,
    )
    .fetch_all(connection)
    .await?;
    entries(rows)
}

/// The entry of an id, locked until the end of the transaction.
pub(crate) async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Entry>, Failure> {
    let row = sqlx::query_as!(
        EntryRow,
        "select id, matricola, production_unit_code, scheme, cause, first_day, last_day, hours_hundredths, flags,
                sector, working_days, origin, state, expires_at
         from entry where id = $1 for update",
        id,
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Entry::try_from).transpose()
}

/// The unit of an entry, which never changes.
pub(crate) async fn unit_of_entry(tx: &mut Tx, id: Uuid) -> Result<Option<UnitKey>, Failure> {
    let row = sqlx::query!(
        "select matricola, production_unit_code from entry where id = $1",
        id
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| unit_key(&row.matricola, row.production_unit_code))
        .transpose()
}

/// The entries that exist among many ids.
pub(crate) async fn find_many(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Entry>, Failure> {
    let rows = sqlx::query_as!(
        EntryRow,
        "select id, matricola, production_unit_code, scheme, cause, first_day, last_day, hours_hundredths, flags,
                sector, working_days, origin, state, expires_at
         from entry where id = any($1)",
        ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    entries(rows)
}

/// Writes a new entry.
pub(crate) async fn insert(tx: &mut Tx, entry: &Entry, now: DateTime<Utc>) -> Result<(), Failure> {
    let booking = &entry.booking;
    let (state, expires_at) = state_columns(entry.state);
    sqlx::query!(
        "insert into entry
             (id, matricola, production_unit_code, scheme, cause, first_day, last_day, hours_hundredths, flags, sector,
              working_days, origin, state, expires_at, created_at, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)",
        entry.id,
        booking.unit.matricola.as_str(),
        unit_code(&booking.unit),
        booking.scheme.as_str(),
        booking.cause.as_str(),
        booking.period.first_day(),
        booking.period.last_day(),
        booking.hours.hundredths(),
        &booking.flags.names(),
        entry.facts.map(|facts| facts.sector.as_str()),
        entry.facts.map(|facts| i32::from(facts.working_days.number())),
        booking.origin,
        state,
        expires_at,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes authorised entries, many at once; those whose id exists stay as they are. Returns the ids written.
pub(crate) async fn insert_history(
    tx: &mut Tx,
    history: &[Entry],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, Failure> {
    let column = |text: fn(&Entry) -> String| history.iter().map(text).collect::<Vec<_>>();
    let ids: Vec<Uuid> = history.iter().map(|entry| entry.id).collect();
    let codes: Vec<i32> = history
        .iter()
        .map(|entry| unit_code(&entry.booking.unit))
        .collect();
    let first_days: Vec<NaiveDate> = history
        .iter()
        .map(|entry| entry.booking.period.first_day())
        .collect();
    let last_days: Vec<NaiveDate> = history
        .iter()
        .map(|entry| entry.booking.period.last_day())
        .collect();
    let hours: Vec<i64> = history
        .iter()
        .map(|entry| entry.booking.hours.hundredths())
        .collect();
    let written = sqlx::query_scalar!(
        "insert into entry
             (id, matricola, production_unit_code, scheme, cause, first_day, last_day, hours_hundredths, flags, origin,
              state, created_at, changed_at)
         select id, matricola, code, scheme, cause, first_day, last_day, hours, string_to_array(flags, ','), origin,
                'AUTHORISED', $11::timestamptz, $11
         from unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::date[], $7::date[],
                     $8::bigint[], $9::text[], $10::text[])
              as history (id, matricola, code, scheme, cause, first_day, last_day, hours, flags, origin)
         on conflict (id) do nothing
         returning id",
        &ids,
        &column(|entry| entry.booking.unit.matricola.as_str().to_owned()),
        &codes,
        &column(|entry| entry.booking.scheme.to_string()),
        &column(|entry| entry.booking.cause.to_string()),
        &first_days,
        &last_days,
        &hours,
        &column(|entry| entry.booking.flags.names().join(",")),
        &column(|entry| entry.booking.origin.clone()),
        now,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(written)
}

/// Moves an entry to a state other than released.
pub(crate) async fn set_state(
    tx: &mut Tx,
    id: Uuid,
    state: State,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let (state, expires_at) = state_columns(state);
    sqlx::query!(
        "update entry set state = $2, expires_at = $3, changed_at = $4 where id = $1",
        id,
        state,
        expires_at,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Moves an entry to released.
pub(crate) async fn release(
    tx: &mut Tx,
    id: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "update entry set state = 'RELEASED', expires_at = null, release_reason = $2, changed_at = $3 where id = $1",
        id,
        reason,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Marks the reservations of a unit that have lapsed, and returns them.
pub(crate) async fn expire_of_unit(
    tx: &mut Tx,
    unit: &UnitKey,
    now: DateTime<Utc>,
) -> Result<Vec<Entry>, Failure> {
    let rows = sqlx::query_as!(
        EntryRow,
        "update entry set state = 'EXPIRED', expires_at = null, changed_at = $3
         where matricola = $1 and production_unit_code = $2 and state = 'RESERVED' and expires_at <= $3
         returning id, matricola, production_unit_code, scheme, cause, first_day, last_day, hours_hundredths, flags,
                   sector, working_days, origin, state, expires_at",
        unit.matricola.as_str(),
        unit_code(unit),
        now,
    )
    .fetch_all(&mut **tx)
    .await?;
    entries(rows)
}

/// Marks some of the reservations that have lapsed, of any unit, and returns them. Passes over those in use.
pub(crate) async fn expire(
    tx: &mut Tx,
    now: DateTime<Utc>,
    at_most: i64,
) -> Result<Vec<Entry>, Failure> {
    let rows = sqlx::query_as!(
        EntryRow,
        "update entry set state = 'EXPIRED', expires_at = null, changed_at = $1
         where id in (
             select id from entry
             where state = 'RESERVED' and expires_at <= $1
             order by expires_at
             limit $2
             for update skip locked
         )
         returning id, matricola, production_unit_code, scheme, cause, first_day, last_day, hours_hundredths, flags,
                   sector, working_days, origin, state, expires_at",
        now,
        at_most,
    )
    .fetch_all(&mut **tx)
    .await?;
    entries(rows)
}

/// Whether a reservation was released before it came.
pub(crate) async fn is_released_unseen(tx: &mut Tx, id: Uuid) -> Result<bool, Failure> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from released_unseen where id = $1) as "found!""#,
        id
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(found)
}

/// Remembers that a reservation was released before it came.
pub(crate) async fn remember_release(
    tx: &mut Tx,
    id: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into released_unseen (id, reason, released_at) values ($1, $2, $3) on conflict (id) do nothing",
        id,
        reason,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
