//! Production units and their headcount.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::str::FromStr;

use chassis::Failure;
use chassis::db::Connection;
use chrono::NaiveDate;
use kernel::{Belfiore, Matricola, ProductionUnitCode};

use super::employers::{competent_office, province};
use super::table::{Cells, Faults, Lines, hundredths, keys_once, month as month_of, read};
use super::{App, Applied};
use crate::domain::employer::ProductionUnit;
use crate::domain::headcount::MonthHeads;
use crate::domain::territory::Territory;
use crate::store;
use crate::store::employers::UnitHeads;

const LAYOUT: [&str; 11] = [
    "matricola",
    "production_unit_code",
    "name",
    "address",
    "municipality_belfiore",
    "province_istat",
    "working_days",
    "is_production_unit",
    "active_from",
    "active_to",
    "headcount",
];

/// Units whose headcount is written together.
const HEADCOUNT_BATCH: usize = 1_000;

/// A line: the unit, its competent office still open, and its heads.
#[derive(Clone)]
pub(super) struct UnitLine {
    unit: ProductionUnit,
    heads: Vec<MonthHeads>,
}

impl UnitLine {
    fn key(&self) -> (String, i32) {
        (self.unit.matricola.clone(), self.unit.code)
    }
}

pub(super) fn parse(
    file: impl Read,
    territory: &Territory,
    faults: &mut Faults,
) -> Result<(usize, Lines<UnitLine>), csv::Error> {
    let (count, lines) = read(file, &LAYOUT, faults, |cells| unit(cells, territory))?;
    keys_once(&lines, "production_unit_code", faults, UnitLine::key);
    Ok((count, lines))
}

fn unit(cells: &mut Cells<'_>, territory: &Territory) -> Option<UnitLine> {
    let matricola = cells.parse::<Matricola>("matricola");
    let code = cells.parse::<ProductionUnitCode>("production_unit_code");
    let name = cells.sized("name", 1, 200);
    let address = cells.sized("address", 0, 200);
    let municipality = cells.parse::<Belfiore>("municipality_belfiore");
    let province = province(cells, "province_istat", territory);
    let working_days = working_days(cells);
    let is_production_unit = cells.flag("is_production_unit");
    let days = cells.days("active_from", "active_to");
    let heads = heads(cells);
    let (active_from, active_to) = days?;
    let unit = ProductionUnit {
        matricola: matricola?.to_string(),
        code: i32::try_from(code?.get()).ok()?,
        name: name?,
        address: address?,
        municipality_belfiore: municipality?.to_string(),
        province_istat: province?,
        working_days: working_days?,
        is_production_unit: is_production_unit?,
        competent_office: String::new(),
        active_from,
        active_to,
    };
    Some(UnitLine {
        unit,
        heads: heads?,
    })
}

fn working_days(cells: &mut Cells<'_>) -> Option<i16> {
    match cells.text("working_days") {
        "5" => Some(5),
        "6" => Some(6),
        _ => cells.fault("working_days", "must be 5 or 6"),
    }
}

fn heads(cells: &mut Cells<'_>) -> Option<Vec<MonthHeads>> {
    let heads: Vec<MonthHeads> = cells
        .list::<HeadsItem>("headcount")?
        .into_iter()
        .map(|item| item.0)
        .collect();
    let mut groups = HashSet::new();
    if heads
        .iter()
        .all(|one| groups.insert((one.month, one.weekly_hours)))
    {
        return Some(heads);
    }
    cells.fault("headcount", "must name each month and weekly hours once")
}

/// One item of a headcount cell, `YYYY-MM/hours/heads`.
struct HeadsItem(MonthHeads);

#[derive(Debug, thiserror::Error)]
#[error("must be items YYYY-MM/weekly hours/heads with a bar between, such as 2022-11/40/12.5")]
struct NotHeads;

impl FromStr for HeadsItem {
    type Err = NotHeads;

    fn from_str(text: &str) -> Result<Self, NotHeads> {
        let mut parts = text.split('/');
        let (Some(month), Some(hours), Some(heads), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotHeads);
        };
        let month = month_of(month);
        let hours = hundredths(hours).filter(|hours| (1..=16_800).contains(hours));
        let heads = hundredths(heads);
        match (month, hours, heads) {
            (Some(month), Some(weekly_hours), Some(heads)) => Ok(Self(MonthHeads {
                month,
                weekly_hours,
                heads,
            })),
            _ => Err(NotHeads),
        }
    }
}

pub(super) async fn apply(
    app: &App,
    conn: &mut Connection,
    lines: &Lines<UnitLine>,
) -> Result<Applied, Failure> {
    let matricole: Vec<String> = lines
        .iter()
        .map(|(_, line)| line.unit.matricola.clone())
        .collect();
    let registered = store::employers::registered_offices(&mut *conn, &matricole).await?;
    let mut applied = Applied::default();
    let mut units = Vec::with_capacity(lines.len());
    for (number, line) in lines {
        let Some(office) = registered.get(&line.unit.matricola) else {
            applied.faults.add(
                *number,
                "matricola",
                "is not known: import its employer first",
            );
            continue;
        };
        let competent_office = competent_office(app.territory(), office, &line.unit)?;
        units.push(ProductionUnit {
            competent_office,
            ..line.unit.clone()
        });
    }
    if !applied.faults.is_empty() {
        return Ok(applied);
    }
    let written = store::employers::upsert_units(conn, &units).await?;
    let changed = write_heads(conn, lines).await?;
    count(&mut applied, lines, &written, &changed);
    for unit in written.into_keys() {
        applied.changes.unit(unit);
    }
    for (unit, months) in changed {
        for month in months {
            applied.changes.unit_month(unit.clone(), month);
        }
    }
    Ok(applied)
}

/// Months of units.
type ChangedHeads = HashMap<(String, i32), HashSet<NaiveDate>>;

/// Writes the heads of the months that are named; returns the units of which something changed, with the months.
async fn write_heads(
    conn: &mut Connection,
    lines: &Lines<UnitLine>,
) -> Result<ChangedHeads, Failure> {
    let mut changed = ChangedHeads::new();
    for batch in lines.chunks(HEADCOUNT_BATCH) {
        let matricole: Vec<String> = batch
            .iter()
            .map(|(_, line)| line.unit.matricola.clone())
            .collect();
        let known = store::employers::headcount_of(&mut *conn, &matricole).await?;
        let (gone, written) = heads_to_change(batch, known);
        store::employers::delete_headcount(conn, &gone).await?;
        store::employers::upsert_headcount(conn, &written).await?;
        for one in gone.into_iter().chain(written) {
            let months = changed.entry((one.matricola, one.code)).or_default();
            months.insert(one.heads.month);
        }
    }
    Ok(changed)
}

/// The heads that are no longer there, and those that are new or other than known: within a month that a line names,
/// its groups replace all groups.
fn heads_to_change(
    lines: &[(u64, UnitLine)],
    known: Vec<UnitHeads>,
) -> (Vec<UnitHeads>, Vec<UnitHeads>) {
    let mut known_by_month: HashMap<(String, i32, NaiveDate), HashMap<i64, i64>> = HashMap::new();
    for one in known {
        let month = known_by_month
            .entry((one.matricola, one.code, one.heads.month))
            .or_default();
        month.insert(one.heads.weekly_hours, one.heads.heads);
    }
    let (mut gone, mut written) = (Vec::new(), Vec::new());
    for (_, line) in lines {
        let (matricola, code) = line.key();
        let row = |heads| UnitHeads {
            matricola: matricola.clone(),
            code,
            heads,
        };
        let mut left: HashMap<NaiveDate, HashMap<i64, i64>> = HashMap::new();
        for heads in &line.heads {
            let groups = left.entry(heads.month).or_insert_with(|| {
                known_by_month
                    .remove(&(matricola.clone(), code, heads.month))
                    .unwrap_or_default()
            });
            if groups.remove(&heads.weekly_hours) != Some(heads.heads) {
                written.push(row(*heads));
            }
        }
        for (month, groups) in left {
            gone.extend(groups.into_iter().map(|(weekly_hours, heads)| {
                row(MonthHeads {
                    month,
                    weekly_hours,
                    heads,
                })
            }));
        }
    }
    (gone, written)
}

fn count(
    applied: &mut Applied,
    lines: &Lines<UnitLine>,
    written: &HashMap<(String, i32), bool>,
    heads_changed: &ChangedHeads,
) {
    for (_, line) in lines {
        let key = line.key();
        match written.get(&key) {
            Some(true) => applied.created += 1,
            Some(false) => applied.updated += 1,
            None if heads_changed.contains_key(&key) => applied.updated += 1,
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headcount_item_names_month_hours_and_heads() {
        let item = "2022-11/38.5/12.25".parse::<HeadsItem>().unwrap().0;
        assert_eq!(item.month, "2022-11-01".parse().unwrap());
        assert_eq!((item.weekly_hours, item.heads), (3_850, 1_225));
        for bad in [
            "2022-13/40/1",
            "2022-1/40/1",
            "2022-11/0/1",
            "2022-11/169/1",
            "2022-11/40",
            "2022-11/40/1/2",
        ] {
            assert!(bad.parse::<HeadsItem>().is_err(), "{bad}");
        }
    }
}
