//! Heads of employers, month by month.

use std::io::Read;

use chassis::Failure;
use chassis::db::Connection;
use kernel::Matricola;

use super::Applied;
use super::table::{Cells, Faults, Lines, hundredths, keys_once, month, read};
use crate::domain::headcount::EmployerHeads;
use crate::store;

const LAYOUT: [&str; 3] = ["matricola", "month", "heads"];

/// Most heads of an employer in a month, in hundredths.
const MOST_HEADS: i64 = 100_000_000;

pub(super) fn parse(
    file: impl Read,
    faults: &mut Faults,
) -> Result<(usize, Lines<EmployerHeads>), csv::Error> {
    let (count, lines) = read(file, &LAYOUT, faults, heads)?;
    keys_once(&lines, "month", faults, |one| {
        (one.matricola.clone(), one.month)
    });
    Ok((count, lines))
}

fn heads(cells: &mut Cells<'_>) -> Option<EmployerHeads> {
    let matricola = cells.parse::<Matricola>("matricola");
    let of = month(cells.text("month"));
    let of = of.or_else(|| cells.fault("month", "must be a month YYYY-MM"));
    let heads = hundredths(cells.text("heads")).filter(|heads| *heads <= MOST_HEADS);
    let heads = heads.or_else(|| {
        cells.fault(
            "heads",
            "must be a number up to 1000000 with at most two decimals after a point",
        )
    });
    Some(EmployerHeads {
        matricola: matricola?.to_string(),
        month: of?,
        heads: heads?,
    })
}

pub(super) async fn apply(
    conn: &mut Connection,
    lines: &Lines<EmployerHeads>,
) -> Result<Applied, Failure> {
    let matricole: Vec<String> = lines.iter().map(|(_, one)| one.matricola.clone()).collect();
    let known = store::employers::registered_offices(&mut *conn, &matricole).await?;
    let mut applied = Applied::default();
    for (number, line) in lines {
        if !known.contains_key(&line.matricola) {
            let rule = "is not known: import its employer first";
            applied.faults.add(*number, "matricola", rule);
        }
    }
    if !applied.faults.is_empty() {
        return Ok(applied);
    }
    let heads: Vec<EmployerHeads> = lines.iter().map(|(_, one)| one.clone()).collect();
    let written = store::headcount::upsert_of_employers(conn, &heads).await?;
    applied.created = written.values().filter(|created| **created).count();
    applied.updated = written.len() - applied.created;
    for (matricola, month) in written.into_keys() {
        applied.changes.employer_month(matricola, month);
    }
    Ok(applied)
}
