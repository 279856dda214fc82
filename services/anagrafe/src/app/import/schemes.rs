//! Protection schemes of employers, month by month.

use std::io::Read;

use chassis::Failure;
use chassis::db::Connection;
use kernel::Matricola;

use super::Applied;
use super::table::{Cells, Faults, Lines, keys_once, month, read};
use crate::domain::employer::{ProtectionScheme, SchemeFrom};
use crate::store;

const LAYOUT: [&str; 3] = ["matricola", "month", "protection_scheme"];

pub(super) fn parse(
    file: impl Read,
    faults: &mut Faults,
) -> Result<(usize, Lines<SchemeFrom>), csv::Error> {
    let (count, lines) = read(file, &LAYOUT, faults, scheme)?;
    keys_once(&lines, "month", faults, |one| {
        (one.matricola.clone(), one.month)
    });
    Ok((count, lines))
}

fn scheme(cells: &mut Cells<'_>) -> Option<SchemeFrom> {
    let matricola = cells.parse::<Matricola>("matricola");
    let from = month(cells.text("month"));
    let from = from.or_else(|| cells.fault("month", "must be a month YYYY-MM"));
    let scheme = cells.parse::<ProtectionScheme>("protection_scheme");
    Some(SchemeFrom {
        matricola: matricola?.to_string(),
        month: from?,
        protection_scheme: scheme?.into(),
    })
}

pub(super) async fn apply(
    conn: &mut Connection,
    lines: &Lines<SchemeFrom>,
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
    let schemes: Vec<SchemeFrom> = lines.iter().map(|(_, one)| one.clone()).collect();
    let (created, updated) = store::employers::upsert_schemes(conn, &schemes).await?;
    (applied.created, applied.updated) = (created, updated);
    Ok(applied)
}
