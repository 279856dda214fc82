//! Rows of the ledger, and the way from there to the domain and back.

use std::collections::BTreeMap;

use chassis::Failure;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Hours, Period, ProductionUnitCode, Week};
use serde::Serialize;
use uuid::Uuid;

use crate::domain::ledger::{Booking, Entry, State, UnitKey, Usage, Version};
use crate::domain::{Facts, Flags, PeriodHours, WorkingDays};

use super::staff;

/// One row of `entry` or `entry_version`, named as its columns.
#[derive(Debug, Serialize)]
pub(super) struct VersionRow {
    pub(super) matricola: String,
    pub(super) production_unit_code: i32,
    pub(super) id: Uuid,
    pub(super) version: i32,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) scheme: String,
    pub(super) cause: String,
    pub(super) first_day: NaiveDate,
    pub(super) last_day: NaiveDate,
    pub(super) hours_hundredths: i64,
    pub(super) hours_weeks: Vec<NaiveDate>,
    pub(super) hours_by_week: Vec<i64>,
    pub(super) flags: Vec<String>,
    pub(super) zero_hours: bool,
    pub(super) sector: Option<String>,
    pub(super) working_days: Option<i32>,
    pub(super) used_dates: Option<Vec<NaiveDate>>,
    pub(super) used_weeks: Option<Vec<NaiveDate>>,
    pub(super) used_by_week: Option<Vec<i64>>,
    pub(super) origin: String,
    pub(super) state: String,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) reason: Option<String>,
    pub(super) source_version: Option<i64>,
    pub(super) staff: Option<serde_json::Value>,
}

impl TryFrom<VersionRow> for Version {
    type Error = Failure;

    fn try_from(row: VersionRow) -> Result<Self, Failure> {
        let working_days = row.working_days.map(working_days).transpose()?;
        let facts = facts(row.sector.as_deref(), working_days)?;
        let booking = Booking {
            unit: unit_key(&row.matricola, row.production_unit_code)?,
            scheme: row.scheme.parse().map_err(Failure::internal)?,
            cause: row.cause.parse().map_err(Failure::internal)?,
            period: Period::new(row.first_day, row.last_day).map_err(Failure::internal)?,
            hours: Hours::from_hundredths(row.hours_hundredths),
            hours_by_week: by_week(&row.hours_weeks, &row.hours_by_week),
            flags: Flags::from_names(row.flags.iter().map(String::as_str))
                .map_err(Failure::internal)?,
            working_days: working_days.filter(|_| facts.is_none()),
            zero_hours: row.zero_hours,
            origin: row.origin,
        };
        let usage = row.used_dates.map(|dates| Usage {
            dates: dates.into_iter().collect(),
            hours: by_week(
                &row.used_weeks.unwrap_or_default(),
                &row.used_by_week.unwrap_or_default(),
            ),
        });
        let entry = Entry {
            id: row.id,
            booking,
            facts,
            staff: row.staff.map(staff::of_column).transpose()?,
            state: state(&row.state, row.expires_at)?,
            usage,
        };
        Ok(Self {
            entry,
            number: row.version,
            recorded_at: row.recorded_at,
            reason: row.reason,
            source_version: row.source_version,
        })
    }
}

impl TryFrom<&Version> for VersionRow {
    type Error = Failure;

    fn try_from(version: &Version) -> Result<Self, Failure> {
        let entry = &version.entry;
        let booking = &entry.booking;
        let (state, expires_at) = state_columns(entry.state);
        let (hours_weeks, hours_by_week) = week_columns(&booking.hours_by_week);
        let used = entry.usage.as_ref().map(|usage| week_columns(&usage.hours));
        let (used_weeks, used_by_week) = used.unzip();
        let told = entry.facts.map(|facts| facts.working_days);
        Ok(Self {
            matricola: booking.unit.matricola.to_string(),
            production_unit_code: unit_code(&booking.unit),
            id: entry.id,
            version: version.number,
            recorded_at: version.recorded_at,
            scheme: booking.scheme.to_string(),
            cause: booking.cause.to_string(),
            first_day: booking.period.first_day(),
            last_day: booking.period.last_day(),
            hours_hundredths: booking.hours.hundredths(),
            hours_weeks,
            hours_by_week,
            flags: booking.flags.names(),
            zero_hours: booking.zero_hours,
            sector: entry.facts.map(|facts| facts.sector.to_string()),
            working_days: booking
                .working_days
                .or(told)
                .map(|days| i32::from(days.number())),
            used_dates: entry
                .usage
                .as_ref()
                .map(|usage| usage.dates.iter().copied().collect()),
            used_weeks,
            used_by_week,
            origin: booking.origin.clone(),
            state: state.to_owned(),
            expires_at,
            reason: version.reason.clone(),
            source_version: version.source_version,
            staff: entry.staff.as_ref().map(staff::column).transpose()?,
        })
    }
}

/// Unit of a row.
pub(super) fn unit_key(matricola: &str, production_unit_code: i32) -> Result<UnitKey, Failure> {
    let code = u32::try_from(production_unit_code).map_err(Failure::internal)?;
    Ok(UnitKey {
        matricola: matricola.parse().map_err(Failure::internal)?,
        production_unit: ProductionUnitCode::try_from(code).map_err(Failure::internal)?,
    })
}

/// Working days of a column.
pub(super) fn working_days(number: i32) -> Result<WorkingDays, Failure> {
    WorkingDays::from_number(number)
        .ok_or_else(|| Failure::internal("working days are neither 5 nor 6"))
}

/// Facts of two columns; `None` when they were not told.
pub(super) fn facts(
    sector: Option<&str>,
    working_days: Option<WorkingDays>,
) -> Result<Option<Facts>, Failure> {
    let Some((sector, working_days)) = sector.zip(working_days) else {
        return Ok(None);
    };
    Ok(Some(Facts {
        sector: sector.parse().map_err(Failure::internal)?,
        working_days,
    }))
}

fn state(name: &str, expires_at: Option<DateTime<Utc>>) -> Result<State, Failure> {
    match (name, expires_at) {
        ("REQUESTED", None) => Ok(State::Requested),
        ("RESERVED", Some(expires_at)) => Ok(State::Reserved { expires_at }),
        ("AUTHORISED", None) => Ok(State::Authorised),
        ("RELEASED", None) => Ok(State::Released),
        ("EXPIRED", None) => Ok(State::Expired),
        ("CONCLUDED", None) => Ok(State::Concluded),
        ("CANCELLED", None) => Ok(State::Cancelled),
        _ => Err(Failure::internal(
            "the state of a ledger entry cannot be read",
        )),
    }
}

/// Columns of a state: its name, and when it lapses.
fn state_columns(state: State) -> (&'static str, Option<DateTime<Utc>>) {
    match state {
        State::Requested => ("REQUESTED", None),
        State::Reserved { expires_at } => ("RESERVED", Some(expires_at)),
        State::Authorised => ("AUTHORISED", None),
        State::Released => ("RELEASED", None),
        State::Expired => ("EXPIRED", None),
        State::Concluded => ("CONCLUDED", None),
        State::Cancelled => ("CANCELLED", None),
    }
}

fn by_week(weeks: &[NaiveDate], hours: &[i64]) -> BTreeMap<Week, Hours> {
    let weeks = weeks.iter().map(|monday| Week::of(*monday));
    weeks
        .zip(hours.iter().map(|hours| Hours::from_hundredths(*hours)))
        .collect()
}

/// Hours week by week of two columns; `None` when they are empty.
pub(super) fn weekly(weeks: &[NaiveDate], hours: &[i64]) -> Option<PeriodHours> {
    let weeks = weeks.iter().map(|monday| Week::of(*monday));
    let hours = hours.iter().map(|hours| Hours::from_hundredths(*hours));
    let split: Vec<(Week, Hours)> = weeks.zip(hours).collect();
    (!split.is_empty()).then_some(PeriodHours::Weekly(split))
}

fn week_columns(hours: &BTreeMap<Week, Hours>) -> (Vec<NaiveDate>, Vec<i64>) {
    hours
        .iter()
        .map(|(week, hours)| (week.monday(), hours.hundredths()))
        .unzip()
}

/// Code of a unit as the table holds it.
pub(super) fn unit_code(unit: &UnitKey) -> i32 {
    unit.production_unit.get().cast_signed()
}

/// Matricole and codes of units, as parameters of a query.
pub(super) fn unit_columns<'u>(
    units: impl IntoIterator<Item = &'u UnitKey>,
) -> (Vec<String>, Vec<i32>) {
    units
        .into_iter()
        .map(|unit| (unit.matricola.to_string(), unit_code(unit)))
        .unzip()
}

/// Versions from rows.
pub(super) fn versions(rows: Vec<VersionRow>) -> Result<Vec<Version>, Failure> {
    rows.into_iter().map(Version::try_from).collect()
}
