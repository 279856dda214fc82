//! What the anagrafe said of units in answers that were given.

use chassis::Failure;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::domain::Facts;
use crate::domain::exact::{floor, hundredths, whole};
use crate::domain::ledger::UnitKey;
use crate::domain::staff::{Average, HoursGroup};

use super::rows::{unit_code, working_days};

/// What the anagrafe says of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownFacts {
    /// Facts.
    pub(crate) facts: Facts,
    /// Workers by contractual hours.
    pub(crate) groups: Vec<HoursGroup>,
}

/// Remembers the facts of a unit, when they are not those remembered last.
pub(crate) async fn remember_facts(
    connection: &mut PgConnection,
    unit: &UnitKey,
    known: &KnownFacts,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let (hours, heads) = group_columns(&known.groups);
    sqlx::query!(
        "insert into unit_facts (matricola, production_unit_code, recorded_at, sector, working_days, group_hours,
                                 group_heads)
         select $1, $2, $3::timestamptz, $4, $5, $6, $7
         where (
             select (sector, working_days, group_hours, group_heads) from unit_facts
             where matricola = $1 and production_unit_code = $2
             order by recorded_at desc limit 1
         ) is distinct from ($4::text, $5::integer, $6::bigint[], $7::bigint[])
         on conflict do nothing",
        unit.matricola.as_str(),
        unit_code(unit),
        now,
        known.facts.sector.as_str(),
        i32::from(known.facts.working_days.number()),
        &hours,
        &heads,
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
) -> Result<Option<KnownFacts>, Failure> {
    let row = sqlx::query!(
        "select sector, working_days, group_hours, group_heads from unit_facts
         where matricola = $1 and production_unit_code = $2 and recorded_at <= $3
         order by recorded_at desc limit 1",
        unit.matricola.as_str(),
        unit_code(unit),
        at,
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(KnownFacts {
            facts: Facts {
                sector: row.sector.parse().map_err(Failure::internal)?,
                working_days: working_days(row.working_days)?,
            },
            groups: groups(&row.group_hours, &row.group_heads),
        })
    })
    .transpose()
}

/// Groups of two columns.
pub(super) fn groups(hours: &[i64], heads: &[i64]) -> Vec<HoursGroup> {
    let group = |(hours, heads): (&i64, &i64)| HoursGroup {
        weekly_hours: hundredths(*hours),
        heads: Average::known(hundredths(*heads)),
    };
    hours.iter().zip(heads).map(group).collect()
}

fn group_columns(groups: &[HoursGroup]) -> (Vec<i64>, Vec<i64>) {
    let columns = groups.iter().map(|group| {
        let hours = floor(&(group.weekly_hours * whole(100)));
        let heads = floor(&(group.heads.heads() * whole(100)));
        (hours, heads)
    });
    columns.unzip()
}
