//! The copy of the master data that the feed of the anagrafe keeps, and a unit read with all that an answer needs.

use std::collections::BTreeMap;

use chassis::identity::Scope;
use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::headcount::{MonthHeads, groups, semester_before};
use kernel::{Matricola, OfficeCode};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::ledger::{UnitKey, Version};
use crate::domain::{Facts, Sector, Staff, WorkingDays};

use super::entries::is_of_another_law;
use super::facts::{FactsColumns, GroupColumns, KnownFacts, RememberedFacts};
use super::rows::{VersionRow, unit_code, unit_columns, versions, working_days};

/// The months before which lie the semesters of the staff, as first days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StaffMonths {
    /// Of the groups by contractual hours.
    pub(crate) groups: NaiveDate,
    /// Of the heads of the employer.
    pub(crate) employer: NaiveDate,
}

/// A unit as the copy has it.
#[derive(Debug)]
pub(crate) struct MasterUnit {
    /// Facts and staff.
    pub(crate) known: KnownFacts,
    /// Office competent for its claims.
    pub(crate) competent_office: OfficeCode,
}

/// All that an answer about a unit as it is now needs.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The unit in the copy; `None` when the copy does not have it.
    pub(crate) master: Option<MasterUnit>,
    /// With what answers were given last, and since when.
    pub(crate) told: Option<(RememberedFacts, DateTime<Utc>)>,
    /// Its entries.
    pub(crate) entries: Vec<Version>,
}

/// Reads a unit while the law is that of a number; `None` when it is no longer.
pub(crate) async fn reading(
    connection: &mut PgConnection,
    scope: &Scope,
    unit: &UnitKey,
    law: i32,
    months: StaffMonths,
) -> Result<Option<Reading>, Failure> {
    let matricole = scope.matricole();
    let rows = sqlx::query_as!(
        ReadingRow,
        "select * from unit_reading($1, $2, $3, $4) where $5::text[] is null or $1 = any($5)",
        unit.matricola.as_str(),
        unit_code(unit),
        law,
        months.groups,
        matricole.as_deref(),
    )
    .fetch_all(connection)
    .await;
    let mut rows = match rows {
        Err(error) if is_of_another_law(&error) => return Ok(None),
        rows => rows?.into_iter(),
    };
    let first = rows.next().ok_or_else(Failure::not_found)?;
    let entries = rows.filter_map(ReadingRow::version).collect();
    Ok(Some(Reading {
        told: first.told()?,
        master: first.master(months)?,
        entries: versions(entries)?,
    }))
}

/// A unit in the copy; `None` when the copy does not have it.
pub(crate) async fn master_unit(
    connection: &mut PgConnection,
    unit: &UnitKey,
    months: StaffMonths,
) -> Result<Option<MasterUnit>, Failure> {
    let row = sqlx::query_as!(
        MasterRow,
        "select sector, working_days, competent_office, group_months, group_hours, group_heads,
                months as employer_months, heads as employer_heads
         from master_unit join master_employer using (matricola)
         where matricola = $1 and production_unit_code = $2",
        unit.matricola.as_str(),
        unit_code(unit),
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| row.unit(months)).transpose()
}

/// A row of `unit_reading`: in the first one there is no entry, in the others nothing else.
struct ReadingRow {
    master_sector: Option<String>,
    master_working_days: Option<i32>,
    competent_office: Option<String>,
    group_months: Option<Vec<NaiveDate>>,
    group_hours: Option<Vec<i64>>,
    group_heads: Option<Vec<i64>>,
    employer_months: Option<Vec<NaiveDate>>,
    employer_heads: Option<Vec<i64>>,
    told_at: Option<DateTime<Utc>>,
    told_of_month: Option<bool>,
    told_sector: Option<String>,
    told_working_days: Option<i32>,
    told_group_hours: Option<Vec<i64>>,
    told_group_heads: Option<Vec<i64>>,
    told_group_heads_numerators: Option<Vec<i64>>,
    told_group_heads_denominators: Option<Vec<i64>>,
    told_employer_heads_numerator: Option<i64>,
    told_employer_heads_denominator: Option<i64>,
    matricola: Option<String>,
    production_unit_code: Option<i32>,
    id: Option<Uuid>,
    version: Option<i32>,
    recorded_at: Option<DateTime<Utc>>,
    scheme: Option<String>,
    cause: Option<String>,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    hours_hundredths: Option<i64>,
    hours_weeks: Option<Vec<NaiveDate>>,
    hours_by_week: Option<Vec<i64>>,
    flags: Option<Vec<String>>,
    zero_hours: Option<bool>,
    sector: Option<String>,
    working_days: Option<i32>,
    used_dates: Option<Vec<NaiveDate>>,
    used_weeks: Option<Vec<NaiveDate>>,
    used_by_week: Option<Vec<i64>>,
    origin: Option<String>,
    state: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    reason: Option<String>,
    source_version: Option<i64>,
    staff: Option<serde_json::Value>,
}

impl ReadingRow {
    /// The entry of the row.
    fn version(self) -> Option<VersionRow> {
        Some(VersionRow {
            matricola: self.matricola?,
            production_unit_code: self.production_unit_code?,
            id: self.id?,
            version: self.version?,
            recorded_at: self.recorded_at?,
            scheme: self.scheme?,
            cause: self.cause?,
            first_day: self.first_day?,
            last_day: self.last_day?,
            hours_hundredths: self.hours_hundredths?,
            hours_weeks: self.hours_weeks?,
            hours_by_week: self.hours_by_week?,
            flags: self.flags?,
            zero_hours: self.zero_hours?,
            sector: self.sector,
            working_days: self.working_days,
            used_dates: self.used_dates,
            used_weeks: self.used_weeks,
            used_by_week: self.used_by_week,
            origin: self.origin?,
            state: self.state?,
            expires_at: self.expires_at,
            reason: self.reason,
            source_version: self.source_version,
            staff: self.staff,
        })
    }

    fn told(&self) -> Result<Option<(RememberedFacts, DateTime<Utc>)>, Failure> {
        let Some((at, sector)) = self.told_at.zip(self.told_sector.clone()) else {
            return Ok(None);
        };
        let columns = FactsColumns {
            sector,
            working_days: self.told_working_days.unwrap_or_default(),
            employer_heads: self
                .told_employer_heads_numerator
                .zip(self.told_employer_heads_denominator),
            groups: GroupColumns {
                hours: self.told_group_hours.clone().unwrap_or_default(),
                heads: self.told_group_heads.clone().unwrap_or_default(),
                numerators: self.told_group_heads_numerators.clone().unwrap_or_default(),
                denominators: self
                    .told_group_heads_denominators
                    .clone()
                    .unwrap_or_default(),
            },
        };
        let remembered = RememberedFacts {
            known: columns.known()?,
            is_of_month: self.told_of_month.unwrap_or_default(),
        };
        Ok(Some((remembered, at)))
    }

    fn master(self, months: StaffMonths) -> Result<Option<MasterUnit>, Failure> {
        let Some(sector) = self.master_sector else {
            return Ok(None);
        };
        let row = MasterRow {
            sector,
            working_days: self.master_working_days.unwrap_or_default(),
            competent_office: self.competent_office.unwrap_or_default(),
            group_months: self.group_months.unwrap_or_default(),
            group_hours: self.group_hours.unwrap_or_default(),
            group_heads: self.group_heads.unwrap_or_default(),
            employer_months: self.employer_months.unwrap_or_default(),
            employer_heads: self.employer_heads.unwrap_or_default(),
        };
        row.unit(months).map(Some)
    }
}

/// A unit with its employer, and every month that was told of them.
struct MasterRow {
    sector: String,
    working_days: i32,
    competent_office: String,
    group_months: Vec<NaiveDate>,
    group_hours: Vec<i64>,
    group_heads: Vec<i64>,
    employer_months: Vec<NaiveDate>,
    employer_heads: Vec<i64>,
}

impl MasterRow {
    /// The unit, with the staff of the semesters before these months.
    fn unit(self, months: StaffMonths) -> Result<MasterUnit, Failure> {
        let (of_groups, of_employer) = (
            semester_before(months.groups),
            semester_before(months.employer),
        );
        let lies_in = |(first, last): (NaiveDate, NaiveDate), month: NaiveDate| {
            first <= month && month <= last
        };
        let heads = self.group_months.iter().zip(&self.group_hours);
        let heads: Vec<MonthHeads> = heads
            .zip(&self.group_heads)
            .map(|((month, weekly_hours), heads)| MonthHeads {
                month: *month,
                weekly_hours: *weekly_hours,
                heads: *heads,
            })
            .filter(|one| lies_in(of_groups, one.month))
            .collect();
        let employer = self.employer_months.iter().zip(&self.employer_heads);
        let employer: Vec<i64> = employer
            .filter(|(month, _)| lies_in(of_employer, **month))
            .map(|(_, heads)| *heads)
            .collect();
        let staff = Staff::of_months(&employer, &groups(&heads));
        Ok(MasterUnit {
            known: KnownFacts {
                facts: Facts {
                    sector: self.sector.parse().map_err(Failure::internal)?,
                    working_days: working_days(self.working_days)?,
                },
                staff: staff.map_err(Failure::internal)?,
            },
            competent_office: self.competent_office.parse().map_err(Failure::internal)?,
        })
    }
}

/// What a stretch of the feed tells, the last word on each thing.
#[derive(Debug, Default)]
pub(crate) struct MasterNews {
    /// Sector of employers.
    pub(crate) employers: BTreeMap<Matricola, Sector>,
    /// Heads of employers in a month, in hundredths.
    pub(crate) employer_months: BTreeMap<(Matricola, NaiveDate), i64>,
    /// Working days and competent office of units.
    pub(crate) units: BTreeMap<UnitKey, (WorkingDays, OfficeCode)>,
    /// Groups of units in a month: weekly hours and heads, in hundredths.
    pub(crate) unit_months: BTreeMap<(UnitKey, NaiveDate), Vec<(i64, i64)>>,
}

/// Takes news into the copy. The same news again change nothing.
pub(crate) async fn take_master_news(tx: &mut Tx, news: &MasterNews) -> Result<(), Failure> {
    if !news.employers.is_empty() {
        write_employers(tx, news).await?;
    }
    if !news.units.is_empty() {
        write_units(tx, news).await?;
    }
    Ok(())
}

async fn write_employers(tx: &mut Tx, news: &MasterNews) -> Result<(), Failure> {
    let (matricole, sectors): (Vec<String>, Vec<String>) = news
        .employers
        .iter()
        .map(|(matricola, sector)| (matricola.to_string(), sector.to_string()))
        .unzip();
    let (keys, heads): (Vec<_>, Vec<i64>) = news
        .employer_months
        .iter()
        .map(|((matricola, month), heads)| ((matricola.to_string(), *month), *heads))
        .unzip();
    let (of, months): (Vec<String>, Vec<NaiveDate>) = keys.into_iter().unzip();
    sqlx::query!(
        "insert into master_employer as known (matricola, sector, months, heads)
         select told.matricola, told.sector,
                coalesce(array_agg(month order by month) filter (where month is not null), '{}'),
                coalesce(array_agg(heads order by month) filter (where month is not null), '{}')
         from unnest($1::text[], $2::text[]) as told (matricola, sector)
         left join unnest($3::text[], $4::date[], $5::bigint[]) as one (matricola, month, heads) using (matricola)
         group by told.matricola, told.sector
         on conflict (matricola) do update set
             sector = excluded.sector,
             (months, heads) = (
                 select coalesce(array_agg(month order by month), '{}'), coalesce(array_agg(heads order by month), '{}')
                 from (
                     select * from unnest(known.months, known.heads) as old (month, heads)
                     where month <> all (excluded.months)
                     union all
                     select * from unnest(excluded.months, excluded.heads)
                 ) as merged
             )",
        &matricole,
        &sectors,
        &of,
        &months,
        &heads,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn write_units(tx: &mut Tx, news: &MasterNews) -> Result<(), Failure> {
    let (matricole, codes) = unit_columns(news.units.keys());
    let (days, offices): (Vec<i32>, Vec<String>) = news
        .units
        .values()
        .map(|(days, office)| (i32::from(days.number()), office.to_string()))
        .unzip();
    let mut months = UnitMonthColumns::default();
    for ((unit, month), groups) in &news.unit_months {
        // A month without a group is told by a row without one.
        let groups = groups
            .iter()
            .map(|(hours, heads)| (Some(*hours), Some(*heads)));
        let absent = groups.len() == 0;
        for (hours, heads) in groups.chain(absent.then_some((None, None))) {
            months.matricola.push(unit.matricola.to_string());
            months.code.push(unit_code(unit));
            months.month.push(*month);
            months.hours.push(hours);
            months.heads.push(heads);
        }
    }
    sqlx::query!(
        "with one as (
             select * from unnest($5::text[], $6::integer[], $7::date[], $8::bigint[], $9::bigint[])
                 as one (matricola, code, month, hours, heads)
         ), told as (
             select matricola, code, days, office,
                    coalesce(array_agg(month order by month, hours) filter (where hours is not null), '{}') as months,
                    coalesce(array_agg(hours order by month, hours) filter (where hours is not null), '{}') as hours,
                    coalesce(array_agg(heads order by month, hours) filter (where hours is not null), '{}') as heads
             from unnest($1::text[], $2::integer[], $3::integer[], $4::text[]) as told (matricola, code, days, office)
             left join one using (matricola, code)
             group by matricola, code, days, office
         )
         insert into master_unit as known
             (matricola, production_unit_code, working_days, competent_office, group_months, group_hours, group_heads)
         select * from told
         on conflict (matricola, production_unit_code) do update set
             working_days = excluded.working_days,
             competent_office = excluded.competent_office,
             (group_months, group_hours, group_heads) = (
                 select coalesce(array_agg(month order by month, hours), '{}'),
                        coalesce(array_agg(hours order by month, hours), '{}'),
                        coalesce(array_agg(heads order by month, hours), '{}')
                 from (
                     select * from unnest(known.group_months, known.group_hours, known.group_heads)
                         as old (month, hours, heads)
                     where not exists (
                         select from one
                         where one.matricola = known.matricola and one.code = known.production_unit_code
                           and one.month = old.month
                     )
                     union all
                     select * from unnest(excluded.group_months, excluded.group_hours, excluded.group_heads)
                 ) as merged
             )",
        &matricole,
        &codes,
        &days,
        &offices,
        &months.matricola,
        &months.code,
        &months.month,
        &months.hours as &[Option<i64>],
        &months.heads as &[Option<i64>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Groups of units by month, column by column.
#[derive(Default)]
struct UnitMonthColumns {
    matricola: Vec<String>,
    code: Vec<i32>,
    month: Vec<NaiveDate>,
    hours: Vec<Option<i64>>,
    heads: Vec<Option<i64>>,
}
