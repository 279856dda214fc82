//! The units as plain arrays, for whoever is not Rust.

use std::fs;
use std::io;
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use rulebook::{Authorisation, Cause, Unit};
use serde_json::json;

use crate::histories::{ASKED, reference};
use crate::questions::{biennium_by_table, week_units};

/// Writes `meta.json`, `weeks.u8` (a row of week values a unit), `periods.i32` (a row a period) and `answers.i32` (used,
/// residual and grantable weeks a unit), little-endian.
pub(crate) fn write(units: &[Unit], folder: &Path) -> io::Result<()> {
    let weeks: Vec<u8> = units.iter().flat_map(week_units).collect();
    let periods = units.iter().enumerate().flat_map(|(place, unit)| {
        let row = move |one| period_row(place, unit, one);
        unit.authorisations.iter().flat_map(row)
    });
    let answers = units.iter().map(biennium_by_table).flat_map(|answer| {
        let narrow = |units: i64| i32::try_from(units).unwrap_or(i32::MAX);
        [
            narrow(answer.used),
            narrow(answer.residual),
            answer.grantable,
        ]
    });
    let meta = json!({
        "units": units.len(),
        "asked_weeks": ASKED,
        "reference": reference().monday().to_string(),
        "reference_day": number_of(reference().monday()),
    });
    fs::write(folder.join("meta.json"), meta.to_string())?;
    fs::write(folder.join("weeks.u8"), weeks)?;
    fs::write(folder.join("periods.i32"), bytes(periods))?;
    fs::write(folder.join("answers.i32"), bytes(answers))
}

/// Place of the unit, its working days, first and last day, declared weekdays (-1 when none were declared), and how EONE
/// counts: 0 not at all, 1 always, 2 outside climate windows.
fn period_row(place: usize, unit: &Unit, one: &Authorisation) -> [i32; 6] {
    let counts = match (one.cause, unit.facts.sector.is_construction_or_stone()) {
        (Cause::Eone, false) => 0,
        (Cause::Eone, true) => 2,
        _ => 1,
    };
    [
        i32::try_from(place).unwrap_or(i32::MAX),
        i32::from(unit.facts.working_days.number()),
        number_of(one.period.first_day()),
        number_of(one.period.last_day()),
        declared_weekdays(one),
        counts,
    ]
}

/// The weekdays declared, Monday in the lowest bit: the same in each week of a period.
fn declared_weekdays(one: &Authorisation) -> i32 {
    let Some(dates) = &one.used_dates else {
        return -1;
    };
    let weeks = dates.declared().weeks.iter();
    weeks.fold(0, |all, days| all | i32::from(*days))
}

/// Days since the beginning of the calendar.
fn number_of(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

fn bytes(numbers: impl Iterator<Item = i32>) -> Vec<u8> {
    numbers.flat_map(i32::to_le_bytes).collect()
}
