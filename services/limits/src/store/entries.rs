//! Questions about entries, and the one way of writing them.

use chassis::identity::Scope;
use chassis::paging::Page;
use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::error::DatabaseError;
use sqlx::types::Json;
use uuid::Uuid;

use crate::domain::ledger::{Entry, UnitKey, Version};

use super::rows::{VersionRow, unit_code, unit_columns, unit_key, versions};

/// Where an entry stands in the list of its unit, newest first day first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LedgerKey {
    /// First day.
    pub(crate) first_day: NaiveDate,
    /// Id.
    pub(crate) id: Uuid,
}

/// The entries of a unit in any state, newest first day first: as they are now, or as they were known at an instant.
pub(crate) async fn entries(
    connection: &mut PgConnection,
    scope: &Scope,
    unit: &UnitKey,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<Version>, Failure> {
    versions(unit_entries(connection, scope, unit, known_at, None).await?)
}

/// The entries of a unit as they are now, while the law is that of a number; `None` when it is no longer.
pub(crate) async fn entries_under(
    connection: &mut PgConnection,
    scope: &Scope,
    unit: &UnitKey,
    law: i32,
) -> Result<Option<Vec<Version>>, Failure> {
    match unit_entries(connection, scope, unit, None, Some(law)).await {
        Ok(rows) => versions(rows).map(Some),
        Err(error) if is_of_another_law(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether the database says that the law has changed.
pub(super) fn is_of_another_law(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code == "OL001")
}

async fn unit_entries(
    connection: &mut PgConnection,
    scope: &Scope,
    unit: &UnitKey,
    known_at: Option<DateTime<Utc>>,
    law: Option<i32>,
) -> Result<Vec<VersionRow>, sqlx::Error> {
    let matricole = scope.matricole();
    sqlx::query_as!(
        VersionRow,
        r#"select matricola as "matricola!", production_unit_code as "production_unit_code!", id as "id!",
                  version as "version!", recorded_at as "recorded_at!", scheme as "scheme!", cause as "cause!",
                  first_day as "first_day!", last_day as "last_day!", hours_hundredths as "hours_hundredths!",
                  hours_weeks as "hours_weeks!", hours_by_week as "hours_by_week!", flags as "flags!",
                  zero_hours as "zero_hours!", sector, working_days, used_dates, used_weeks, used_by_week,
                  origin as "origin!", state as "state!", expires_at, reason, source_version, staff
           from unit_entries($1, $2, $3, $4)
           where $5::text[] is null or matricola = any($5)
           order by first_day desc, id desc"#,
        unit.matricola.as_str(),
        unit_code(unit),
        known_at,
        law,
        matricole.as_deref(),
    )
    .fetch_all(connection)
    .await
}

/// The versions of an entry of a unit, oldest first; one more than the page when there are more.
pub(crate) async fn entry_versions(
    connection: &mut PgConnection,
    scope: &Scope,
    unit: &UnitKey,
    id: Uuid,
    page: &Page<i32>,
) -> Result<Vec<Version>, Failure> {
    let matricole = scope.matricole();
    let rows = sqlx::query_as!(
        VersionRow,
        "select * from entry_version
         where matricola = $1 and production_unit_code = $2 and id = $3
           and ($4::text[] is null or matricola = any($4))
           and version > $5
         order by version
         limit $6",
        unit.matricola.as_str(),
        unit_code(unit),
        id,
        matricole.as_deref(),
        page.after.unwrap_or_default(),
        page.size + 1,
    )
    .fetch_all(connection)
    .await?;
    versions(rows)
}

/// One version of an entry.
pub(crate) async fn version(
    tx: &mut Tx,
    unit: &UnitKey,
    id: Uuid,
    number: i32,
) -> Result<Option<Version>, Failure> {
    let page = Page {
        size: 1,
        after: Some(number - 1),
    };
    let from_it = entry_versions(tx, &Scope::System, unit, id, &page).await?;
    Ok(from_it.into_iter().find(|version| version.number == number))
}

/// The entry of an id as it is now, locked until the end of the transaction.
pub(crate) async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Version>, Failure> {
    Ok(find_many(tx, &[id]).await?.pop())
}

/// The entries that exist among many ids, locked until the end of the transaction.
pub(crate) async fn find_many(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Version>, Failure> {
    let rows = sqlx::query_as!(
        VersionRow,
        "select * from entry where id = any($1) order by id for update",
        ids
    )
    .fetch_all(&mut **tx)
    .await?;
    versions(rows)
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

/// What these entries said when they were first written.
pub(crate) async fn first_versions(
    tx: &mut Tx,
    entries: &[Entry],
) -> Result<Vec<Version>, Failure> {
    let (matricole, codes) = unit_columns(entries.iter().map(|entry| &entry.booking.unit));
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let rows = sqlx::query_as!(
        VersionRow,
        "select * from entry_version
         where version = 1 and (matricola, production_unit_code, id) in (
             select matricola, code, id from unnest($1::text[], $2::integer[], $3::uuid[]) as line (matricola, code, id)
         )",
        &matricole,
        &codes,
        &ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    versions(rows)
}

/// The authorised entries of many units.
pub(crate) async fn authorised(tx: &mut Tx, units: &[UnitKey]) -> Result<Vec<Version>, Failure> {
    let (matricole, codes) = unit_columns(units);
    let rows = sqlx::query_as!(
        VersionRow,
        "select * from entry
         where state = 'AUTHORISED' and (matricola, production_unit_code) in (
             select matricola, code from unnest($1::text[], $2::integer[]) as wanted (matricola, code)
         )
         order by id",
        &matricole,
        &codes,
    )
    .fetch_all(&mut **tx)
    .await?;
    versions(rows)
}

/// Writes versions: what is known from now on, and the line that remembers it. Each must follow the version that is
/// there, else the change lost a race.
pub(crate) async fn write(tx: &mut Tx, versions: &[Version]) -> Result<(), Failure> {
    let rows = versions.iter().map(VersionRow::try_from);
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let written = sqlx::query!(
        "with written as (
             insert into entry
             select * from jsonb_populate_recordset(null::entry, $1)
             on conflict (matricola, production_unit_code, id) do update set
                 (version, recorded_at, cause, first_day, last_day, hours_hundredths, hours_weeks, hours_by_week, flags,
                  zero_hours, sector, working_days, used_dates, used_weeks, used_by_week, state, expires_at, reason,
                  source_version, staff)
                 = (excluded.version, excluded.recorded_at, excluded.cause, excluded.first_day, excluded.last_day,
                    excluded.hours_hundredths, excluded.hours_weeks, excluded.hours_by_week, excluded.flags,
                    excluded.zero_hours, excluded.sector, excluded.working_days, excluded.used_dates,
                    excluded.used_weeks, excluded.used_by_week, excluded.state, excluded.expires_at, excluded.reason,
                    excluded.source_version, excluded.staff)
             where entry.version = excluded.version - 1
             returning *
         )
         insert into entry_version select * from written",
        Json(rows) as _,
    )
    .execute(&mut **tx)
    .await?;
    if usize::try_from(written.rows_affected()).ok() == Some(versions.len()) {
        Ok(())
    } else {
        Err(Failure::etag_mismatch())
    }
}

/// Some of the units that have reservations which have lapsed and are not marked yet.
pub(crate) async fn units_with_lapsed(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    at_most: i64,
) -> Result<Vec<UnitKey>, Failure> {
    let rows = sqlx::query!(
        "select distinct matricola, production_unit_code
         from (
             select matricola, production_unit_code from entry
             where state = 'RESERVED' and expires_at <= $1
             order by expires_at
             limit $2
         ) as lapsed",
        now,
        at_most,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| unit_key(&row.matricola, row.production_unit_code))
        .collect()
}

/// Makes the partitions of the versions for this year and the next.
pub(crate) async fn extend_versions(tx: &mut Tx, today: NaiveDate) -> Result<(), Failure> {
    sqlx::query!("call extend_entry_version($1)", today)
        .execute(&mut **tx)
        .await?;
    Ok(())
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
