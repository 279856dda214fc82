//! The territory that ships with the platform: `data/*.csv`.
//!
//! Offices, provinces and their codes are the table of `claims.md` §2.5 [S]. The DM 1986 codes of regions are those of
//! `casellario.md` §18 [K]. INPS does not publish codes for its coordinating directorates: `97rr00` (rr = ISTAT
//! region) and `9801..9803` are ours, outside the range of the province numbers [D]. Fermo and Carbonia have the code
//! of an agency (AA is not 00) and stand under the direction whose digits they share with the parent province [K].

use kernel::OfficeCode;

use crate::domain::territory::{
    Metro, Office, OfficeKind, Province, Region, Territory, TerritoryFault,
};

const REGIONS: &str = include_str!("../data/regions.csv");
const PROVINCES: &str = include_str!("../data/provinces.csv");
const OFFICES: &str = include_str!("../data/offices.csv");

/// The tables cannot be used: a defect of the release.
#[derive(Debug, thiserror::Error)]
pub enum DataFault {
    /// A line of a table is malformed.
    #[error("line {line} of {table}.csv is malformed")]
    Line {
        /// Which table.
        table: &'static str,
        /// Line, from 1.
        line: usize,
    },
    /// The tables contradict each other.
    #[error("the tables of the territory contradict each other")]
    Territory(#[from] TerritoryFault),
}

/// Reads the embedded tables.
pub fn territory() -> Result<Territory, DataFault> {
    let regions = read("regions", REGIONS, |[dm1986, istat, name]| {
        Some(Region {
            dm1986: dm1986.into(),
            istat: istat.into(),
            name: name.into(),
        })
    })?;
    let provinces = read(
        "provinces",
        PROVINCES,
        |[istat, sign, capital, region, office]| {
            Some(Province {
                istat: istat.into(),
                sign: sign.into(),
                capital: capital.into(),
                region_dm1986: region.into(),
                office: office.parse().ok()?,
            })
        },
    )?;
    let offices = read("offices", OFFICES, office)?;
    Ok(Territory::new(regions, provinces, offices)?)
}

fn office(cells: [&str; 8]) -> Option<Office> {
    let [
        code,
        name,
        kind,
        parent,
        region_istat,
        region_dm1986,
        province,
        metro,
    ] = cells;
    Some(Office {
        code: code.parse().ok()?,
        name: name.into(),
        kind: OfficeKind::of_name(kind)?,
        parent: optional(parent)
            .map(str::parse::<OfficeCode>)
            .transpose()
            .ok()?,
        region_istat: region_istat.into(),
        region_dm1986: optional(region_dm1986).map(Into::into),
        province_istat: optional(province).map(Into::into),
        metro: match optional(metro) {
            None => None,
            Some(name) => Some(Metro::of_name(name)?),
        },
    })
}

fn optional(cell: &str) -> Option<&str> {
    (!cell.is_empty()).then_some(cell)
}

fn read<const COLUMNS: usize, Row>(
    table: &'static str,
    text: &str,
    row: impl Fn([&str; COLUMNS]) -> Option<Row>,
) -> Result<Vec<Row>, DataFault> {
    text.lines()
        .enumerate()
        .skip(1)
        .map(|(index, line)| {
            let cells: Vec<&str> = line.split(',').collect();
            <[&str; COLUMNS]>::try_from(cells)
                .ok()
                .and_then(&row)
                .ok_or(DataFault::Line {
                    table,
                    line: index + 1,
                })
        })
        .collect()
}
