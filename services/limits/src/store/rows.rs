//! Rows of the ledger, and the way from there to the domain and back.

use chassis::Failure;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Hours, Period, ProductionUnitCode};
use uuid::Uuid;

use crate::domain::ledger::{Booking, Entry, State, UnitKey};
use crate::domain::{Facts, Flags, WorkingDays};

/// One row of `entry`.
#[derive(Debug)]
pub(super) struct EntryRow {
    pub(super) id: Uuid,
    pub(super) matricola: String,
    pub(super) production_unit_code: i32,
    pub(super) scheme: String,
    pub(super) cause: String,
    pub(super) first_day: NaiveDate,
    pub(super) last_day: NaiveDate,
    pub(super) hours_hundredths: i64,
    pub(super) flags: Vec<String>,
    pub(super) sector: Option<String>,
    pub(super) working_days: Option<i32>,
    pub(super) origin: String,
    pub(super) state: String,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

impl TryFrom<EntryRow> for Entry {
    type Error = Failure;

    fn try_from(row: EntryRow) -> Result<Self, Failure> {
        let booking = Booking {
            unit: unit_key(&row.matricola, row.production_unit_code)?,
            scheme: row.scheme.parse().map_err(Failure::internal)?,
            cause: row.cause.parse().map_err(Failure::internal)?,
            period: Period::new(row.first_day, row.last_day).map_err(Failure::internal)?,
            hours: Hours::from_hundredths(row.hours_hundredths),
            flags: Flags::from_names(row.flags.iter().map(String::as_str))
                .map_err(Failure::internal)?,
            origin: row.origin,
        };
        let facts = facts(row.sector.as_deref(), row.working_days)?;
        Ok(Self {
            id: row.id,
            booking,
            facts,
            state: state(&row.state, row.expires_at)?,
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

fn facts(sector: Option<&str>, working_days: Option<i32>) -> Result<Option<Facts>, Failure> {
    let Some((sector, working_days)) = sector.zip(working_days) else {
        return Ok(None);
    };
    let working_days = WorkingDays::from_number(working_days)
        .ok_or_else(|| Failure::internal("working days are neither 5 nor 6"))?;
    Ok(Some(Facts {
        sector: sector.parse().map_err(Failure::internal)?,
        working_days,
    }))
}

fn state(name: &str, expires_at: Option<DateTime<Utc>>) -> Result<State, Failure> {
    match (name, expires_at) {
        ("RESERVED", Some(expires_at)) => Ok(State::Reserved { expires_at }),
        ("AUTHORISED", None) => Ok(State::Authorised),
        ("RELEASED", None) => Ok(State::Released),
        ("EXPIRED", None) => Ok(State::Expired),
        _ => Err(Failure::internal(
            "the state of a ledger entry cannot be read",
        )),
    }
}

/// Columns of a state: its name, and when it lapses.
pub(super) fn state_columns(state: State) -> (&'static str, Option<DateTime<Utc>>) {
    match state {
        State::Reserved { expires_at } => ("RESERVED", Some(expires_at)),
        State::Authorised => ("AUTHORISED", None),
        State::Released => ("RELEASED", None),
        State::Expired => ("EXPIRED", None),
    }
}

/// Code of a unit as the table holds it.
pub(super) fn unit_code(unit: &UnitKey) -> i32 {
    unit.production_unit.get().cast_signed()
}

/// Entries from rows.
pub(super) fn entries(rows: Vec<EntryRow>) -> Result<Vec<Entry>, Failure> {
    rows.into_iter().map(Entry::try_from).collect()
}
