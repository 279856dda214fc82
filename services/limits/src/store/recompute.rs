//! What the recomputation of every unit reads and writes: units in the order of their key, in batches.

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Hours, Period};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::staff::HoursGroup;
use crate::domain::{
    Authorisation, AuthorisationId, Facts, Flags, PeriodHours, Staff, Unit, WorkingDays,
};

use super::facts::groups;
use super::rows::{facts, weekly, working_days};

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
    /// Units with their counters.
    pub(crate) counted: Vec<CountedUnit>,
    /// Units that could not be counted.
    pub(crate) unknown: i64,
    /// The last unit of the batch.
    pub(crate) last: Place,
}

/// A unit with its counters as literals of arrays.
#[derive(Debug)]
pub(crate) struct CountedUnit {
    /// Matricola and code.
    pub(crate) place: Place,
    /// Names.
    pub(crate) kinds: String,
    /// Limits.
    pub(crate) limits: String,
    /// What is used.
    pub(crate) used: String,
    /// Whole weeks left.
    pub(crate) weeks: String,
    /// First days.
    pub(crate) first_available: String,
}

/// A unit as it is read.
#[derive(Debug)]
pub(crate) struct UnitRow {
    matricola: String,
    production_unit_code: i32,
    sector: Option<String>,
    working_days: Option<i32>,
    group_hours: Option<Vec<i64>>,
    group_heads: Option<Vec<i64>>,
}

/// What a counter needs of an entry.
#[derive(Debug)]
pub(crate) struct CountedRow {
    matricola: String,
    production_unit_code: i32,
    id: Uuid,
    scheme: String,
    cause: String,
    first_day: NaiveDate,
    last_day: NaiveDate,
    hours_hundredths: i64,
    hours_weeks: Vec<NaiveDate>,
    hours_by_week: Vec<i64>,
    flags: Vec<String>,
    zero_hours: bool,
    sector: Option<String>,
    working_days: Option<i32>,
    used_dates: Option<Vec<NaiveDate>>,
    used_weeks: Option<Vec<NaiveDate>>,
    used_by_week: Option<Vec<i64>>,
}

/// A batch as it was read, not yet taken apart.
#[derive(Debug)]
pub(crate) struct RawBatch {
    units: Vec<UnitRow>,
    entries: Vec<CountedRow>,
}

/// The run that was cut short, taken over; or a new one. One that looked from another week is closed where it stands:
/// its counters are no longer those that are asked for.
pub(crate) async fn open_run(
    tx: &mut Tx,
    id: Uuid,
    reference_week: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Run, Failure> {
    sqlx::query!(
        "update recompute_run set finished_at = $2 where finished_at is null and reference_week <> $1",
        reference_week,
        now,
    )
    .execute(&mut **tx)
    .await?;
    let row = sqlx::query!(
        "insert into recompute_run (id, reference_week, started_at, resumed_at, updated_at, units_total)
         select $1, $2, $3, $3, $3, (select count(*) from unit)
         on conflict ((true)) where finished_at is null do update set
             resumed_at = excluded.resumed_at, resumed_with = recompute_run.units_done
         returning id, reference_week, last_matricola, last_production_unit_code",
        id,
        reference_week,
        now,
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Run {
        id: row.id,
        reference_week: row.reference_week,
        place: (row.last_matricola, row.last_production_unit_code),
    })
}

/// The units after a place, at most so many, with the entries that count at an instant.
pub(crate) async fn batch_after(
    connection: &mut PgConnection,
    place: &Place,
    at_most: i64,
    now: DateTime<Utc>,
) -> Result<RawBatch, Failure> {
    let units = sqlx::query_as!(
        UnitRow,
        r#"select unit.matricola, unit.production_unit_code, known.sector as "sector?",
                  known.working_days as "working_days?", known.group_hours as "group_hours?",
                  known.group_heads as "group_heads?"
           from (
               select matricola, production_unit_code from unit
               where (matricola, production_unit_code) > ($1, $2)
               order by matricola, production_unit_code
               limit $3
           ) as unit
           left join lateral (
               select * from unit_facts
               where unit_facts.matricola = unit.matricola
                 and unit_facts.production_unit_code = unit.production_unit_code
               order by recorded_at desc limit 1
           ) as known on true
           order by unit.matricola, unit.production_unit_code"#,
        place.0,
        place.1,
        at_most,
    )
    .fetch_all(&mut *connection)
    .await?;
    let Some(last) = units.last() else {
        return Ok(RawBatch {
            units,
            entries: Vec::new(),
        });
    };
    let entries = sqlx::query_as!(
        CountedRow,
        "select matricola, production_unit_code, id, scheme, cause, first_day, last_day, hours_hundredths, hours_weeks,
                hours_by_week, flags, zero_hours, sector, working_days, used_dates, used_weeks, used_by_week
         from entry
         where (matricola, production_unit_code) > ($1, $2) and (matricola, production_unit_code) <= ($3, $4)
           and (state = 'AUTHORISED' or (state = 'RESERVED' and expires_at > $5))
         order by matricola, production_unit_code, id",
        place.0,
        place.1,
        last.matricola,
        last.production_unit_code,
        now,
    )
    .fetch_all(connection)
    .await?;
    Ok(RawBatch { units, entries })
}

/// Writes the counters that changed, and where the run stands.
pub(crate) async fn write_batch(
    tx: &mut Tx,
    run: &Run,
    batch: &Batch,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let changed = write_counters(tx, run, batch, now).await?;
    let counted = i64::try_from(batch.counted.len()).map_err(Failure::internal)?;
    sqlx::query!(
        "update recompute_run set
             units_done = units_done + $2, units_changed = units_changed + $3, units_unknown = units_unknown + $4,
             last_matricola = $5, last_production_unit_code = $6, updated_at = $7,
             units_per_second = (units_done + $2 - resumed_with)
                 / nullif(extract(epoch from $7 - resumed_at)::bigint, 0)
         where id = $1",
        run.id,
        counted + batch.unknown,
        changed,
        batch.unknown,
        batch.last.0,
        batch.last.1,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn write_counters(
    tx: &mut Tx,
    run: &Run,
    batch: &Batch,
    now: DateTime<Utc>,
) -> Result<i64, Failure> {
    let column = |of: fn(&CountedUnit) -> &String| -> Vec<String> {
        batch.counted.iter().map(of).cloned().collect()
    };
    let codes: Vec<i32> = batch.counted.iter().map(|unit| unit.place.1).collect();
    let written = sqlx::query!(
        "insert into unit_counter
         select matricola, code, $1::date, $2::timestamptz, kinds::text[], limits::bigint[], used::bigint[],
                weeks::bigint[], first_available::date[]
         from unnest($3::text[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
              as line (matricola, code, kinds, limits, used, weeks, first_available)
         on conflict (matricola, production_unit_code) do update set
             (reference_week, computed_at, kinds, limit_units, used_units, residual_weeks, first_available)
             = (excluded.reference_week, excluded.computed_at, excluded.kinds, excluded.limit_units,
                excluded.used_units, excluded.residual_weeks, excluded.first_available)
         where (unit_counter.kinds, unit_counter.limit_units, unit_counter.used_units, unit_counter.residual_weeks,
                unit_counter.first_available)
             is distinct from (excluded.kinds, excluded.limit_units, excluded.used_units, excluded.residual_weeks,
                excluded.first_available)",
        run.reference_week,
        now,
        &column(|unit| &unit.place.0),
        &codes,
        &column(|unit| &unit.kinds),
        &column(|unit| &unit.limits),
        &column(|unit| &unit.used),
        &column(|unit| &unit.weeks),
        &column(|unit| &unit.first_available),
    )
    .execute(&mut **tx)
    .await?;
    i64::try_from(written.rows_affected()).map_err(Failure::internal)
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
    /// The last unit; `None` when there was none.
    pub(crate) fn last(&self) -> Option<Place> {
        let last = self.units.last()?;
        Some((last.matricola.clone(), last.production_unit_code))
    }

    /// The units one by one, with their periods; `None` in the place of a unit whose sector nobody told.
    pub(crate) fn units(self) -> impl Iterator<Item = Result<(Place, Option<Unit>), Failure>> {
        let mut entries = self.entries.into_iter().peekable();
        self.units.into_iter().map(move |row| {
            let mut told = row.facts()?;
            let mut authorisations = Vec::new();
            while let Some(entry) = entries.next_if(|entry| entry.is_of(&row)) {
                told = told.or(entry.facts()?);
                authorisations.push(entry.authorisation()?);
            }
            let staff = Staff {
                headcount: None,
                groups: row.groups(),
            };
            let unit = told.map(|facts| Unit {
                facts,
                staff,
                authorisations,
            });
            Ok(((row.matricola, row.production_unit_code), unit))
        })
    }
}

impl UnitRow {
    fn facts(&self) -> Result<Option<Facts>, Failure> {
        let days = self.working_days.map(working_days).transpose()?;
        facts(self.sector.as_deref(), days)
    }

    fn groups(&self) -> Vec<HoursGroup> {
        let columns = self.group_hours.as_ref().zip(self.group_heads.as_ref());
        columns.map_or_else(Vec::new, |(hours, heads)| groups(hours, heads))
    }
}

impl CountedRow {
    fn is_of(&self, unit: &UnitRow) -> bool {
        self.production_unit_code == unit.production_unit_code && self.matricola == unit.matricola
    }

    fn days(&self) -> Result<Option<WorkingDays>, Failure> {
        self.working_days.map(working_days).transpose()
    }

    /// The facts with which it was booked.
    fn facts(&self) -> Result<Option<Facts>, Failure> {
        facts(self.sector.as_deref(), self.days()?)
    }

    fn authorisation(self) -> Result<Authorisation, Failure> {
        let period = Period::new(self.first_day, self.last_day).map_err(Failure::internal)?;
        let scheme = self.scheme.parse().map_err(Failure::internal)?;
        let cause = self.cause.parse().map_err(Failure::internal)?;
        let flags = self.flags.iter().map(String::as_str);
        let hours = Hours::from_hundredths(self.hours_hundredths);
        let used = self.used_weeks.as_deref().zip(self.used_by_week.as_deref());
        Ok(Authorisation {
            working_days: self.days()?,
            hours: weekly(&self.hours_weeks, &self.hours_by_week)
                .or((hours > Hours::default()).then_some(PeriodHours::Total(hours))),
            used_hours: used.and_then(|(weeks, hours)| weekly(weeks, hours)),
            used_dates: self.used_dates.map(|dates| dates.into_iter().collect()),
            flags: Flags::from_names(flags).map_err(Failure::internal)?,
            zero_hours: self.zero_hours,
            ..Authorisation::new(AuthorisationId::Entry(self.id), scheme, cause, period)
        })
    }
}
