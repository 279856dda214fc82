//! What the anagrafe said of units in answers that were given.

use chassis::Failure;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::domain::Facts;
use crate::domain::ledger::UnitKey;

use super::rows::{unit_code, working_days};

/// Remembers the facts of a unit, when they are not those remembered last.
pub(crate) async fn remember_facts(
    connection: &mut PgConnection,
    unit: &UnitKey,
    facts: Facts,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into unit_facts (matricola, production_unit_code, recorded_at, sector, working_days)
         select $1, $2, $3::timestamptz, $4, $5
         where (
             select (sector, working_days) from unit_facts
             where matricola = $1 and production_unit_code = $2
             order by recorded_at desc limit 1
         ) is distinct from ($4::text, $5::integer)
         on conflict do nothing",
        unit.matricola.as_str(),
        unit_code(unit),
        now,
        facts.sector.as_str(),
        i32::from(facts.working_days.number()),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The facts of a unit with which answers were given at an instant; `None` when none had been given yet.
pub(crate) async fn facts_known(
    connection: &mut PgConnection,
    unit: &UnitKey,
    at: DateTime<Utc>,
) -> Result<Option<Facts>, Failure> {
    let row = sqlx::query!(
        "select sector, working_days from unit_facts
         where matricola = $1 and production_unit_code = $2 and recorded_at <= $3
         order by recorded_at desc limit 1",
        unit.matricola.as_str(),
        unit_code(unit),
        at,
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(Facts {
            sector: row.sector.parse().map_err(Failure::internal)?,
            working_days: working_days(row.working_days)?,
        })
    })
    .transpose()
}
