//! Employer positions.

use std::io::Read;

use chassis::Failure;
use chassis::db::Connection;
use kernel::{
    Ateco, AtecoVersion, AuthorizationCode, Csc, EmployerCode, IstatProvince, Matricola, OfficeCode,
};

use super::table::{Cells, Faults, Lines, keys_once, read};
use super::{App, Applied};
use crate::domain::employer::{Employer, ProductionUnit, ProtectionScheme, Sector};
use crate::domain::territory::{Territory, UnitPlace};
use crate::store;

const LAYOUT: [&str; 13] = [
    "matricola",
    "codice_fiscale",
    "name",
    "csc",
    "authorization_codes",
    "ateco",
    "ateco_version",
    "sector",
    "protection_scheme",
    "seat_province_istat",
    "registered_office",
    "active_from",
    "active_to",
];

pub(super) fn parse(
    file: impl Read,
    territory: &Territory,
    faults: &mut Faults,
) -> Result<(usize, Lines<Employer>), csv::Error> {
    let (count, lines) = read(file, &LAYOUT, faults, |cells| employer(cells, territory))?;
    keys_once(&lines, "matricola", faults, |employer| {
        employer.matricola.clone()
    });
    Ok((count, lines))
}

fn employer(cells: &mut Cells<'_>, territory: &Territory) -> Option<Employer> {
    let matricola = cells.parse::<Matricola>("matricola");
    let codice_fiscale = cells.parse::<EmployerCode>("codice_fiscale");
    let name = cells.sized("name", 1, 200);
    let csc = cells.parse::<Csc>("csc");
    let codes = cells.list::<AuthorizationCode>("authorization_codes");
    let ateco = cells.parse::<Ateco>("ateco");
    let ateco_version = cells.parse::<AtecoVersion>("ateco_version");
    let sector = cells.parse::<Sector>("sector");
    let scheme = cells.parse::<ProtectionScheme>("protection_scheme");
    let seat = province(cells, "seat_province_istat", territory);
    let office = registered_office(cells, territory);
    let days = cells.days("active_from", "active_to");
    let (active_from, active_to) = days?;
    Some(Employer {
        matricola: matricola?.to_string(),
        codice_fiscale: codice_fiscale?.to_string(),
        name: name?,
        csc: csc?.to_string(),
        authorization_codes: codes?.iter().map(ToString::to_string).collect(),
        ateco: ateco?.to_string(),
        ateco_version: ateco_version?.to_string(),
        sector: sector?.into(),
        protection_scheme: scheme?.into(),
        seat_province_istat: seat?,
        registered_office: office?,
        active_from,
        active_to,
    })
}

/// A province of the table.
pub(super) fn province(
    cells: &mut Cells<'_>,
    column: &'static str,
    territory: &Territory,
) -> Option<String> {
    let code = cells.parse::<IstatProvince>(column)?;
    match territory.province(code.as_str()) {
        Some(_) => Some(code.to_string()),
        None => cells.fault(column, "is not one of the 107 provinces (claims.md §2.5)"),
    }
}

fn registered_office(cells: &mut Cells<'_>, territory: &Territory) -> Option<String> {
    let column = "registered_office";
    let code = cells.parse::<OfficeCode>(column)?;
    match territory.sede(code.as_str()) {
        Some(_) => Some(code.to_string()),
        None => cells.fault(column, "is not the code of a Sede (claims.md §2.5)"),
    }
}

pub(super) async fn apply(
    app: &App,
    conn: &mut Connection,
    lines: &Lines<Employer>,
) -> Result<Applied, Failure> {
    let employers: Vec<Employer> = lines.iter().map(|(_, employer)| employer.clone()).collect();
    let matricole: Vec<String> = employers.iter().map(|one| one.matricola.clone()).collect();
    let before = store::employers::registered_offices(&mut *conn, &matricole).await?;
    let written = store::employers::upsert(conn, &employers).await?;
    let moved: Vec<&Employer> = employers
        .iter()
        .filter(|one| {
            before
                .get(&one.matricola)
                .is_some_and(|office| *office != one.registered_office)
        })
        .collect();
    let reassigned = assign_units_anew(app, conn, &moved).await?;
    let created = written.values().filter(|created| **created).count();
    let mut applied = Applied {
        created,
        updated: written.len() - created,
        ..Applied::default()
    };
    for matricola in written.into_keys() {
        applied.changes.employer(matricola);
    }
    for unit in reassigned {
        applied.changes.unit(unit);
    }
    Ok(applied)
}

/// The units of employers that moved to another office may have another competent office: those that have.
async fn assign_units_anew(
    app: &App,
    conn: &mut Connection,
    moved: &[&Employer],
) -> Result<Vec<(String, i32)>, Failure> {
    if moved.is_empty() {
        return Ok(Vec::new());
    }
    let matricole: Vec<String> = moved.iter().map(|one| one.matricola.clone()).collect();
    let offices: std::collections::HashMap<&str, &str> = moved
        .iter()
        .map(|one| (one.matricola.as_str(), one.registered_office.as_str()))
        .collect();
    let mut units = store::employers::units_of(&mut *conn, &matricole).await?;
    for unit in &mut units {
        if let Some(office) = offices.get(unit.matricola.as_str()) {
            unit.competent_office = competent_office(app.territory(), office, unit)?;
        }
    }
    let written = store::employers::upsert_units(conn, &units).await?;
    Ok(written.into_keys().collect())
}

/// Competent office of a unit of an employer registered at `registered`.
pub(super) fn competent_office(
    territory: &Territory,
    registered: &str,
    unit: &ProductionUnit,
) -> Result<String, Failure> {
    let place = UnitPlace {
        province_istat: &unit.province_istat,
        is_production_unit: unit.is_production_unit,
    };
    territory
        .office(registered)
        .and_then(|office| territory.competent_office(office, place))
        .map(|office| office.code.to_string())
        .ok_or_else(|| Failure::internal("an employer or unit lies outside the territory"))
}
