//! What the recomputation of every unit reads and writes: units in the order of their key, in batches.

use std::collections::HashMap;

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt;
use kernel::{Hours, Period};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::staff::Average;
use crate::domain::{
    Authorisation, AuthorisationId, Counter, Facts, Flags, PeriodHours, Staff, Unit,
};
use crate::wire::counter_name;

use super::copied::{CopiedRows, Malformed};
use super::facts::GroupColumns;
use super::rows::{facts, weekly, working_days};
use super::staff::exact;

/// The entries of a batch that count. The text is that of a checked query too (see the tests), so that the columns and
/// their types are known when this is compiled.
const ENTRIES: &str = include_str!("recompute_entries.sql");

/// Columns of [`ENTRIES`].
const ENTRY_COLUMNS: i16 = 15;

/// No counter names the periods that it counts.
const UNNAMED: AuthorisationId = AuthorisationId::Entry(Uuid::nil());

/// Where a run stands: matricola and code of the last unit done, in the order of the primary key.
pub(crate) type Place = (String, i32);

/// A run that is not finished.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// Id.
    pub(crate) id: Uuid,
    /// Monday of the week from which the counters are seen.
    pub(crate) reference_week: NaiveDate,
    /// Where it stands.
    pub(crate) place: Place,
}

/// What a batch came to.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Units whose counters are not those that the table holds.
    pub(crate) changed: Vec<UnitCounters>,
    /// Units whose counters are.
    pub(crate) unchanged: i64,
    /// Units that could not be counted.
    pub(crate) unknown: i64,
    /// The last unit before it.
    pub(crate) after: Place,
    /// Its last unit.
    pub(crate) last: Place,
}

/// A row of `unit_counter`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "unit_counter")]
pub(crate) struct UnitCounters {
    matricola: String,
    production_unit_code: i32,
    reference_week: NaiveDate,
    computed_at: DateTime<Utc>,
    kinds: Vec<String>,
    limit_units: Vec<i64>,
    used_units: Vec<i64>,
    residual_weeks: Vec<i64>,
    first_available: Vec<Option<NaiveDate>>,
}

/// A unit as it is read: what is known of it, and the counters that the table holds.
#[derive(Debug)]
pub(crate) struct UnitRow {
    matricola: String,
    production_unit_code: i32,
    sector: Option<String>,
    working_days: Option<i32>,
    employer_heads_numerator: Option<i64>,
    employer_heads_denominator: Option<i64>,
    group_hours: Option<Vec<i64>>,
    group_heads: Option<Vec<i64>>,
    group_heads_numerators: Option<Vec<i64>>,
    group_heads_denominators: Option<Vec<i64>>,
    kinds: Option<Vec<String>>,
    limit_units: Option<Vec<i64>>,
    used_units: Option<Vec<i64>>,
    residual_weeks: Option<Vec<i64>>,
    first_available: Option<Vec<Option<NaiveDate>>>,
}

/// A batch as it was read, not yet taken apart.
#[derive(Debug)]
pub(crate) struct RawBatch {
    /// Units in order.
    pub(crate) units: Vec<UnitRow>,
    /// Their entries that count, in any order, as they were copied.
    pub(crate) entries: Vec<u8>,
    /// The last unit before it.
    pub(crate) after: Place,
    /// Its last unit.
    pub(crate) last: Place,
}

/// A batch of units: those after a place, as far as another and with it.
#[derive(Debug)]
pub(crate) struct Stretch<'a> {
    /// The last unit before.
    pub(crate) after: &'a Place,
    /// The last unit.
    pub(crate) last: &'a Place,
    /// When entries must not have lapsed.
    pub(crate) now: DateTime<Utc>,
}

/// The run that was cut short, taken over; or a new one. One that looked from another week or counted by another law is
/// closed where it stands: its counters are no longer those that are asked for.
pub(crate) async fn open_run(
    tx: &mut Tx,
    id: Uuid,
    reference_week: NaiveDate,
    law_version: i32,
    now: DateTime<Utc>,
) -> Result<Run, Failure> {
    sqlx::query!(
        "update recompute_run set finished_at = $2
         where finished_at is null and (reference_week <> $1 or law_version is distinct from $3)",
        reference_week,
        now,
        law_version,
    )
    .execute(&mut **tx)
    .await?;
    let row = sqlx::query!(
        "insert into recompute_run (id, reference_week, law_version, started_at, resumed_at, updated_at, units_total)
         select $1, $2, $4, $3, $3, $3, (select count(*) from unit)
         on conflict ((true)) where finished_at is null do update set
             resumed_at = excluded.resumed_at, resumed_with = recompute_run.units_done
         returning id, reference_week, last_matricola, last_production_unit_code",
        id,
        reference_week,
        now,
        law_version,
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Run {
        id: row.id,
        reference_week: row.reference_week,
        place: (row.last_matricola, row.last_production_unit_code),
    })
}

/// The last of the units after a place, of at most so many; `None` when there are no more.
pub(crate) async fn last_after(
    connection: &mut PgConnection,
    place: &Place,
    at_most: i64,
) -> Result<Option<Place>, Failure> {
    let last = sqlx::query!(
        "select matricola, production_unit_code
         from (
             select matricola, production_unit_code from unit
             where (matricola, production_unit_code) > ($1, $2)
             order by matricola, production_unit_code
             limit $3
         ) as batch
         order by matricola desc, production_unit_code desc
         limit 1",
        place.0,
        place.1,
        at_most,
    )
    .fetch_optional(connection)
    .await?;
    Ok(last.map(|last| (last.matricola, last.production_unit_code)))
}

/// Makes a connection one for reading batches, which is closed when it has been used: PostgreSQL guesses the rows of a
/// batch so badly that it would take the statements of some for the same one with a worse plan.
pub(crate) async fn prepare_reading(connection: &mut PgConnection) -> Result<(), Failure> {
    sqlx::query!(
        "select set_config('plan_cache_mode', 'force_custom_plan', false) as plan_cache_mode"
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// The units of a batch: with the facts of the last answer, else of the last booking that counts. The bounds on the matricola
/// alone are for the planner, as in `recompute_entries.sql`.
pub(crate) async fn units_of(
    connection: &mut PgConnection,
    batch: &Stretch<'_>,
) -> Result<Vec<UnitRow>, Failure> {
    let mut units = sqlx::query_as!(
        UnitRow,
        r#"select matricola, production_unit_code, known.sector as "sector?", known.working_days as "working_days?",
                  known.employer_heads_numerator as "employer_heads_numerator?",
                  known.employer_heads_denominator as "employer_heads_denominator?",
                  known.group_hours as "group_hours?", known.group_heads as "group_heads?",
                  known.group_heads_numerators as "group_heads_numerators?",
                  known.group_heads_denominators as "group_heads_denominators?", counter.kinds as "kinds?",
                  counter.limit_units as "limit_units?", counter.used_units as "used_units?",
                  counter.residual_weeks as "residual_weeks?",
                  counter.first_available as "first_available?: Vec<Option<NaiveDate>>"
           from unit
           left join (
               select distinct on (matricola, production_unit_code) * from unit_facts
               where (matricola, production_unit_code) > ($1, $2) and (matricola, production_unit_code) <= ($3, $4)
                 and matricola >= $1 and matricola <= $3
               order by matricola, production_unit_code, recorded_at desc, staff_month desc nulls last
           ) as known using (matricola, production_unit_code)
           left join (
               select * from unit_counter
               where (matricola, production_unit_code) > ($1, $2) and (matricola, production_unit_code) <= ($3, $4)
                 and matricola >= $1 and matricola <= $3
           ) as counter using (matricola, production_unit_code)
           where (matricola, production_unit_code) > ($1, $2) and (matricola, production_unit_code) <= ($3, $4)
             and matricola >= $1 and matricola <= $3
           order by matricola, production_unit_code"#,
        batch.after.0,
        batch.after.1,
        batch.last.0,
        batch.last.1,
    )
    .fetch_all(&mut *connection)
    .await?;
    take_booked_facts(connection, &mut units, batch.now).await?;
    Ok(units)
}

/// Gives units without facts those of their last booking.
async fn take_booked_facts(
    connection: &mut PgConnection,
    units: &mut [UnitRow],
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let untold: Vec<&mut UnitRow> = units
        .iter_mut()
        .filter(|unit| unit.sector.is_none())
        .collect();
    if untold.is_empty() {
        return Ok(());
    }
    let (matricole, codes): (Vec<String>, Vec<i32>) = untold
        .iter()
        .map(|unit| (unit.matricola.clone(), unit.production_unit_code))
        .unzip();
    let booked = sqlx::query!(
        "select distinct on (place) place as \"place!\", sector, working_days
         from unnest($1::text[], $2::integer[]) with ordinality as untold (matricola, production_unit_code, place)
         join entry using (matricola, production_unit_code)
         where sector is not null and (state = 'AUTHORISED' or (state = 'RESERVED' and expires_at > $3))
         order by place, recorded_at desc",
        &matricole,
        &codes,
        now,
    )
    .fetch_all(connection)
    .await?;
    let mut booked = booked.into_iter().peekable();
    for (place, unit) in (1..).zip(untold) {
        if let Some(facts) = booked.next_if(|facts| facts.place == place) {
            (unit.sector, unit.working_days) = (facts.sector, facts.working_days);
        }
    }
    Ok(())
}

/// The entries of a batch that count. A copy that is dropped halfway leaves the connection of no use.
pub(crate) async fn entries_of(
    connection: &mut PgConnection,
    batch: &Stretch<'_>,
) -> Result<Vec<u8>, Failure> {
    let mut copy = Vec::new();
    let mut parts = connection.copy_out_raw(&copy_statement(batch)).await?;
    while let Some(part) = parts.try_next().await? {
        copy.extend_from_slice(&part);
    }
    Ok(copy)
}

/// The question for the entries as a statement of its own, since `COPY` takes no parameters.
fn copy_statement(batch: &Stretch<'_>) -> String {
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let question = ENTRIES
        .replace("$1", &literal(&batch.after.0))
        .replace("$2", &batch.after.1.to_string())
        .replace("$3", &literal(&batch.last.0))
        .replace("$4", &batch.last.1.to_string())
        .replace("$5", &literal(&batch.now.to_rfc3339()));
    format!("copy ({question}) to stdout with (format binary)")
}

/// Writes the counters that changed, and where the run stands. Fails when it stands elsewhere: the counters were compared
/// with those that the table held at this place, and only who moves on from it writes them.
pub(crate) async fn write_batch(
    tx: &mut Tx,
    run: &Run,
    batch: &Batch,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let changed = i64::try_from(batch.changed.len()).map_err(Failure::internal)?;
    let moved = sqlx::query!(
        "update recompute_run set
             units_done = units_done + $2, units_changed = units_changed + $3, units_unknown = units_unknown + $4,
             last_matricola = $5, last_production_unit_code = $6, updated_at = $7,
             units_per_second = (units_done + $2 - resumed_with)
                 / nullif(extract(epoch from $7 - resumed_at)::bigint, 0)
         where id = $1 and finished_at is null
           and (last_matricola, last_production_unit_code) = ($8, $9)",
        run.id,
        changed + batch.unchanged + batch.unknown,
        changed,
        batch.unknown,
        batch.last.0,
        batch.last.1,
        now,
        batch.after.0,
        batch.after.1,
    )
    .execute(&mut **tx)
    .await?;
    if moved.rows_affected() == 0 {
        return Err(Failure::internal(
            "another instance has taken over the recomputation",
        ));
    }
    write_counters(tx, &batch.changed).await
}

async fn write_counters(tx: &mut Tx, changed: &[UnitCounters]) -> Result<(), Failure> {
    if changed.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into unit_counter
         select * from unnest($1::unit_counter[])
         on conflict (matricola, production_unit_code) do update set
             (reference_week, computed_at, kinds, limit_units, used_units, residual_weeks, first_available)
             = (excluded.reference_week, excluded.computed_at, excluded.kinds, excluded.limit_units,
                excluded.used_units, excluded.residual_weeks, excluded.first_available)",
        changed as &[UnitCounters],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Says that a run is done.
pub(crate) async fn finish_run(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<(), Failure> {
    sqlx::query!(
        "update recompute_run set finished_at = $2, updated_at = $2 where id = $1",
        id,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl RawBatch {
    /// The units one by one, with their periods; `None` in the place of a unit whose sector nobody told.
    pub(crate) fn units(
        self,
    ) -> Result<impl Iterator<Item = Result<(UnitRow, Option<Unit>), Failure>>, Failure> {
        let periods = periods(&self.units, &self.entries)?;
        let units = self.units.into_iter().zip(periods);
        Ok(units.map(|(mut row, authorisations)| {
            let staff = row.staff()?;
            let unit = row.facts()?.map(|facts| Unit {
                facts,
                staff,
                authorisations,
            });
            Ok((row, unit))
        }))
    }
}

/// The periods of each unit. An entry that was booked since the units were read is left to the next run.
fn periods(units: &[UnitRow], entries: &[u8]) -> Result<Vec<Vec<Authorisation>>, Failure> {
    let places: HashMap<(&str, i32), usize> = (units.iter().map(UnitRow::place)).zip(0..).collect();
    let mut periods = vec![Vec::new(); units.len()];
    let mut rows = CopiedRows::of(entries).map_err(Failure::internal)?;
    while rows.next(ENTRY_COLUMNS).map_err(Failure::internal)? {
        let (place, period) = read_entry(&mut rows)?;
        if let Some(position) = places.get(&place) {
            periods[*position].push(period);
        }
    }
    Ok(periods)
}

/// A row of [`ENTRIES`]: the unit, and the period.
fn read_entry<'a>(rows: &mut CopiedRows<'a>) -> Result<((&'a str, i32), Authorisation), Failure> {
    let entry = CountedEntry::read(rows).map_err(Failure::internal)?;
    let period = entry.authorisation()?;
    Ok(((entry.matricola, entry.production_unit_code), period))
}

/// What a counter needs of an entry; arrays are absent when they are empty, but for the days used.
#[derive(Debug)]
struct CountedEntry<'a> {
    matricola: &'a str,
    production_unit_code: i32,
    scheme: &'a str,
    cause: &'a str,
    first_day: NaiveDate,
    last_day: NaiveDate,
    hours_hundredths: i64,
    hours_weeks: Option<Vec<NaiveDate>>,
    hours_by_week: Option<Vec<i64>>,
    flags: Option<Vec<&'a str>>,
    zero_hours: bool,
    working_days: Option<i32>,
    used_dates: Option<Vec<NaiveDate>>,
    used_weeks: Option<Vec<NaiveDate>>,
    used_by_week: Option<Vec<i64>>,
}

impl<'a> CountedEntry<'a> {
    /// The fields in the order of the columns.
    fn read(rows: &mut CopiedRows<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            matricola: rows.field()?,
            production_unit_code: rows.field()?,
            scheme: rows.field()?,
            cause: rows.field()?,
            first_day: rows.field()?,
            last_day: rows.field()?,
            hours_hundredths: rows.field()?,
            hours_weeks: rows.field()?,
            hours_by_week: rows.field()?,
            flags: rows.field()?,
            zero_hours: rows.field()?,
            working_days: rows.field()?,
            used_dates: rows.field()?,
            used_weeks: rows.field()?,
            used_by_week: rows.field()?,
        })
    }

    fn authorisation(&self) -> Result<Authorisation, Failure> {
        let period = Period::new(self.first_day, self.last_day).map_err(Failure::internal)?;
        let scheme = self.scheme.parse().map_err(Failure::internal)?;
        let cause = self.cause.parse().map_err(Failure::internal)?;
        let flags = self.flags.iter().flatten().copied();
        let hours = Hours::from_hundredths(self.hours_hundredths);
        let used_dates = self.used_dates.as_ref();
        Ok(Authorisation {
            working_days: self.working_days.map(working_days).transpose()?,
            hours: by_week(self.hours_weeks.as_deref(), self.hours_by_week.as_deref())
                .or((hours > Hours::default()).then_some(PeriodHours::Total(hours))),
            used_hours: by_week(self.used_weeks.as_deref(), self.used_by_week.as_deref()),
            used_dates: used_dates.map(|dates| dates.iter().copied().collect()),
            flags: Flags::from_names(flags).map_err(Failure::internal)?,
            zero_hours: self.zero_hours,
            ..Authorisation::new(UNNAMED, scheme, cause, period)
        })
    }
}

fn by_week(weeks: Option<&[NaiveDate]>, hours: Option<&[i64]>) -> Option<PeriodHours> {
    let (weeks, hours) = weeks.zip(hours)?;
    weekly(weeks, hours)
}

impl UnitRow {
    fn place(&self) -> (&str, i32) {
        (&self.matricola, self.production_unit_code)
    }

    fn facts(&self) -> Result<Option<Facts>, Failure> {
        let days = self.working_days.map(working_days).transpose()?;
        facts(self.sector.as_deref(), days)
    }

    /// Who works there, as far as the last answer was told.
    fn staff(&mut self) -> Result<Staff, Failure> {
        let employer = self
            .employer_heads_numerator
            .zip(self.employer_heads_denominator);
        let columns = GroupColumns {
            hours: self.group_hours.take().unwrap_or_default(),
            heads: self.group_heads.take().unwrap_or_default(),
            numerators: self.group_heads_numerators.take().unwrap_or_default(),
            denominators: self.group_heads_denominators.take().unwrap_or_default(),
        };
        Ok(Staff {
            headcount: employer
                .map(|heads| exact(heads).map(Average::known))
                .transpose()?,
            groups: columns.groups()?,
        })
    }

    /// The row of the table with these counters; `None` when it holds them already.
    pub(crate) fn counted(
        self,
        counters: &[Counter],
        reference_week: NaiveDate,
        computed_at: DateTime<Utc>,
    ) -> Option<UnitCounters> {
        if self.holds(counters) {
            return None;
        }
        let number = |of: fn(&Counter) -> i64| counters.iter().map(of).collect();
        let name = |one: &Counter| counter_name(one.kind).to_owned();
        Some(UnitCounters {
            matricola: self.matricola,
            production_unit_code: self.production_unit_code,
            reference_week,
            computed_at,
            kinds: counters.iter().map(name).collect(),
            limit_units: number(|one| one.limit_units),
            used_units: number(|one| one.used_units),
            residual_weeks: number(|one| one.residual_weeks),
            first_available: counters.iter().map(|one| one.first_available).collect(),
        })
    }

    fn holds(&self, counters: &[Counter]) -> bool {
        fn same<C: PartialEq<V>, V>(
            column: Option<&[C]>,
            counters: &[Counter],
            of: fn(&Counter) -> V,
        ) -> bool {
            column.is_some_and(|column| {
                column.len() == counters.len()
                    && column
                        .iter()
                        .zip(counters)
                        .all(|(held, one)| *held == of(one))
            })
        }
        same(self.kinds.as_deref(), counters, |one| {
            counter_name(one.kind)
        }) && same(self.limit_units.as_deref(), counters, |one| one.limit_units)
            && same(self.used_units.as_deref(), counters, |one| one.used_units)
            && same(self.residual_weeks.as_deref(), counters, |one| {
                one.residual_weeks
            })
            && same(self.first_available.as_deref(), counters, |one| {
                one.first_available
            })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use testkit::TestDatabase;

    use super::*;

    /// An entry as the checked query reads it: this fixes the columns of [`ENTRIES`] and their types.
    #[derive(Debug)]
    struct CheckedEntry {
        matricola: String,
        production_unit_code: i32,
        scheme: String,
        cause: String,
        first_day: NaiveDate,
        last_day: NaiveDate,
        hours_hundredths: i64,
        hours_weeks: Option<Vec<NaiveDate>>,
        hours_by_week: Option<Vec<i64>>,
        flags: Option<Vec<String>>,
        zero_hours: bool,
        working_days: Option<i32>,
        used_dates: Option<Vec<NaiveDate>>,
        used_weeks: Option<Vec<NaiveDate>>,
        used_by_week: Option<Vec<i64>>,
    }

    impl CheckedEntry {
        fn as_copied(&self) -> CountedEntry<'_> {
            CountedEntry {
                matricola: &self.matricola,
                production_unit_code: self.production_unit_code,
                scheme: &self.scheme,
                cause: &self.cause,
                first_day: self.first_day,
                last_day: self.last_day,
                hours_hundredths: self.hours_hundredths,
                hours_weeks: self.hours_weeks.clone(),
                hours_by_week: self.hours_by_week.clone(),
                flags: self
                    .flags
                    .as_ref()
                    .map(|flags| flags.iter().map(String::as_str).collect()),
                zero_hours: self.zero_hours,
                working_days: self.working_days,
                used_dates: self.used_dates.clone(),
                used_weeks: self.used_weeks.clone(),
                used_by_week: self.used_by_week.clone(),
            }
        }
    }

    /// Five units with every value and every absence that a column may have, in every combination, and in every state.
    const EVERY_VARIATION: [&str; 2] = [
        "insert into unit select '000000000' || place, place, now(), now() from generate_series(1, 5) as place",
        "insert into entry
         select '000000000' || place, place, gen_random_uuid(), 1, now(), scheme, cause, first_day, last_day,
                hours, hours_weeks, hours_by_week, flags, scheme = 'CIGS' and place % 2 = 0, sector, working_days,
                used_dates, used_weeks, used_by_week, 'history:1', state, expires_at, 'why', null
         from generate_series(1, 5) as place,
              (values ('CIGO', 'ORD'), ('CIGO', 'EONE'), ('AIS', 'ORD'), ('AIS', 'EONE'), ('CIGS', 'RIORG'),
                      ('CIGS', 'CRISI'), ('CIGS', 'CDS')) as ground (scheme, cause),
              (values ('1999-12-31'::date, '2000-01-01'::date), ('2026-11-23', '2026-12-06'),
                      ('0001-01-01', '5000-12-31')) as period (first_day, last_day),
              (values (0::bigint, '{}'::date[], '{}'::bigint[]), (9223372036854775807, '{}', '{}'),
                      (100, '{2026-11-23,2026-11-30}', '{60,40}')) as worked (hours, hours_weeks, hours_by_week),
              (values ('{}'::text[]), ('{covid}'), ('{covid,dl21_2022,deroga_art4}')) as marked (flags),
              (values (null, null::integer), (null, 6), ('fis', 5)) as told (sector, working_days),
              (values (null::date[], null::date[], null::bigint[]), ('{}', '{}', '{}'),
                      ('{1999-12-31,2026-11-24}', '{2026-11-23}', '{-1}')) as declared (used_dates, used_weeks,
                                                                                    used_by_week),
              (values ('AUTHORISED', null::timestamptz), ('RESERVED', '2026-11-22 11:00:00.000001+00'),
                      ('RESERVED', '2026-11-22 11:00:00+00'), ('REQUESTED', null), ('RELEASED', null),
                      ('EXPIRED', null), ('CONCLUDED', null), ('CANCELLED', null)) as stage (state, expires_at)",
    ];

    #[tokio::test]
    async fn a_copied_entry_is_what_the_checked_query_reads_whatever_its_columns_hold() {
        let database = TestDatabase::create(&crate::MIGRATIONS).await;
        let mut connection = database.database.pool().acquire().await.unwrap();
        for statement in EVERY_VARIATION {
            sqlx::query(statement)
                .execute(&mut *connection)
                .await
                .unwrap();
        }
        let batch = Stretch {
            after: &("0000000001".to_owned(), 1),
            last: &("0000000004".to_owned(), 4),
            now: DateTime::from_timestamp(1_795_345_200, 0).unwrap(),
        };
        let checked = sqlx::query_file_as!(
            CheckedEntry,
            "src/store/recompute_entries.sql",
            batch.after.0,
            batch.after.1,
            batch.last.0,
            batch.last.1,
            batch.now,
        )
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        let copy = entries_of(&mut connection, &batch).await.unwrap();
        let mut rows = CopiedRows::of(&copy).unwrap();
        let mut copied = Vec::new();
        while rows.next(ENTRY_COLUMNS).unwrap() {
            copied.push(format!("{:?}", CountedEntry::read(&mut rows).unwrap()));
        }
        let mut checked: Vec<String> = checked
            .iter()
            .map(|entry| format!("{:?}", entry.as_copied()))
            .collect();
        copied.sort_unstable();
        checked.sort_unstable();
        assert_eq!(copied, checked);
        let variations = 7 * 3 * 3 * 3 * 3 * 3;
        assert_eq!(
            copied.len(),
            3 * variations * 2,
            "three units, authorised or reserved"
        );
    }

    #[test]
    fn a_place_cannot_say_anything_but_itself() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::microseconds(1);
        let statement = copy_statement(&Stretch {
            after: &(String::new(), -1),
            last: &("' or ''='".to_owned(), 7),
            now,
        });
        assert!(statement.contains("> ('', -1)"));
        assert!(statement.contains("<= (''' or ''''=''', 7)"));
        assert!(statement.contains("> '1970-01-01T00:00:00.000001+00:00')"));
        assert!(!statement.contains('$'));
    }
}
