//! The permission matrix: capability × role → cell, one table in one file, read by a jurist and by the platform.
//!
//! `permissions/matrix.csv` is `identity.md` §5, a row for each capability and a column for each role. A cell is `-`
//! (forbidden), or alternatives separated by `|` of which the first that the caller satisfies counts:
//!
//! ```text
//! LETTER[(REACH)][@AREA][!LEVEL][:condition]
//! ```
//!
//! `LETTER` is that of the page. `REACH` says over which territory aggregates or de-identified data go (`*`: that of the
//! role). `AREA` is a subject area that the role must hold. `LEVEL` replaces the level of the row. The condition is the
//! page's own remark, such as `own-chats`; it is a duty of the service, which alone knows the row.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::role::Role;
use crate::identity::Level;

static EMBEDDED: LazyLock<Matrix> = LazyLock::new(|| {
    Matrix::parse(include_str!("../../../../permissions/matrix.csv"))
        .unwrap_or_else(|error| panic!("permissions/matrix.csv cannot be used: {error}"))
});

/// Reach of a cell of the matrix (`identity.md` §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScopeKind {
    /// O: own.
    Own,
    /// D: delegators' under an active mandate.
    Mandate,
    /// E: own body.
    Body,
    /// S: own Sede.
    Office,
    /// M: metropolitan area.
    Metro,
    /// R: own region.
    Region,
    /// N: national.
    National,
    /// X: de-identified.
    DeIdentified,
    /// A: aggregates.
    Aggregates,
    /// T: technical data without personal data.
    Technical,
}

impl ScopeKind {
    /// Every kind, in the order of the page.
    pub const ALL: [Self; 10] = [
        Self::Own,
        Self::Mandate,
        Self::Body,
        Self::Office,
        Self::Metro,
        Self::Region,
        Self::National,
        Self::DeIdentified,
        Self::Aggregates,
        Self::Technical,
    ];

    /// The letter of the page.
    pub fn letter(self) -> char {
        match self {
            Self::Own => 'O',
            Self::Mandate => 'D',
            Self::Body => 'E',
            Self::Office => 'S',
            Self::Metro => 'M',
            Self::Region => 'R',
            Self::National => 'N',
            Self::DeIdentified => 'X',
            Self::Aggregates => 'A',
            Self::Technical => 'T',
        }
    }

    fn of_letter(letter: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| letter.chars().eq([kind.letter()]))
    }
}

/// One alternative of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What may be seen.
    pub kind: ScopeKind,
    /// Territory of aggregates and de-identified data, where the page names one other than that of the role.
    pub reach: Option<ScopeKind>,
    /// Subject area that the role must hold.
    pub area: Option<String>,
    /// Level that replaces that of the row.
    pub level: Option<Level>,
    /// Remark of the page, for the service to enforce.
    pub condition: Option<String>,
    text: String,
}

impl Cell {
    /// The kind that decides the rows: the reach where there is one.
    pub fn territory(&self) -> ScopeKind {
        self.reach.unwrap_or(self.kind)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let fault = || format!("`{text}` is not a cell");
        let (rest, condition) = split_at(text, ':');
        let (rest, level) = split_at(rest, '!');
        let (rest, area) = split_at(rest, '@');
        let (letter, reach) = split_at(rest, '(');
        let reach = match reach
            .map(|reach| reach.strip_suffix(')').ok_or_else(fault))
            .transpose()?
        {
            None | Some("*") => None,
            Some(letter) => Some(ScopeKind::of_letter(letter).ok_or_else(fault)?),
        };
        Ok(Self {
            kind: ScopeKind::of_letter(letter).ok_or_else(fault)?,
            reach,
            area: area.map(str::to_owned),
            level: level
                .map(|level| level.parse().map_err(|_| fault()))
                .transpose()?,
            condition: condition.map(str::to_owned),
            text: text.to_owned(),
        })
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn split_at(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark)
        .map_or((text, None), |(before, after)| (before, Some(after)))
}

#[derive(Debug)]
struct Row {
    title: String,
    level: Option<Level>,
    cells: BTreeMap<Role, Vec<Cell>>,
}

/// The matrix as loaded and checked at start.
#[derive(Debug)]
pub struct Matrix {
    rows: BTreeMap<String, Row>,
}

impl Matrix {
    /// The table that ships with the platform. Panics at first use when the file is not well formed.
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads a table. Every role must have a column and every capability one row.
    pub fn parse(text: &str) -> Result<Self, MatrixError> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns = columns(
            reader
                .headers()
                .map_err(|error| MatrixError(error.to_string()))?,
        )?;
        let mut rows = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(|error| MatrixError(error.to_string()))?;
            let capability = record[0].to_owned();
            let row = row(&record, &columns)
                .map_err(|error| MatrixError(format!("{capability}: {error}")))?;
            if rows.insert(capability.clone(), row).is_some() {
                return Err(MatrixError(format!("{capability} has two rows")));
            }
        }
        Ok(Self { rows })
    }

    /// What a role may do under a capability; `None` is a refusal. `areas` are the subject areas of staff: where the
    /// matrix names an area, a missing one counts as a missing capability.
    pub fn cell(&self, capability: &str, role: Role, areas: &[String]) -> Option<ScopeKind> {
        self.grant(capability, role, areas).map(|cell| cell.kind)
    }

    /// The whole cell behind [`Self::cell`], with its territory, level and condition.
    pub fn grant(&self, capability: &str, role: Role, areas: &[String]) -> Option<&Cell> {
        self.alternatives(capability, role).iter().find(|cell| {
            cell.area
                .as_ref()
                .is_none_or(|needed| areas.contains(needed))
        })
    }

    /// Every alternative of a cell; empty for a refusal.
    pub fn alternatives(&self, capability: &str, role: Role) -> &[Cell] {
        self.rows
            .get(capability)
            .and_then(|row| row.cells.get(&role))
            .map_or(&[], Vec::as_slice)
    }

    /// Level that the page asks for a capability, where it asks for one.
    pub fn level(&self, capability: &str) -> Option<Level> {
        self.rows.get(capability)?.level
    }

    /// Whether the table has a row for a capability.
    pub fn has(&self, capability: &str) -> bool {
        self.rows.contains_key(capability)
    }

    /// Every capability with the words of the page, ordered.
    pub fn capabilities(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rows
            .iter()
            .map(|(capability, row)| (capability.as_str(), row.title.as_str()))
    }
}

fn columns(headers: &csv::StringRecord) -> Result<Vec<Role>, MatrixError> {
    let fixed: Vec<&str> = headers.iter().take(3).collect();
    if fixed != ["capability", "title", "level"] {
        return Err(MatrixError(
            "the first columns must be capability, title, level".to_owned(),
        ));
    }
    let roles: Vec<Role> = headers
        .iter()
        .skip(3)
        .map(|id| {
            id.parse()
                .map_err(|error| MatrixError(format!("{id}: {error}")))
        })
        .collect::<Result<_, _>>()?;
    match Role::ALL
        .into_iter()
        .find(|role| roles.iter().filter(|one| *one == role).count() != 1)
    {
        Some(role) => Err(MatrixError(format!("{role} must have one column"))),
        None => Ok(roles),
    }
}

fn row(record: &csv::StringRecord, columns: &[Role]) -> Result<Row, String> {
    let level = match &record[2] {
        "" => None,
        text => Some(
            text.parse()
                .map_err(|_| format!("`{text}` is not a level"))?,
        ),
    };
    let mut cells = BTreeMap::new();
    for (role, text) in columns.iter().zip(record.iter().skip(3)) {
        if text != "-" {
            let alternatives: Vec<Cell> =
                text.split('|').map(Cell::parse).collect::<Result<_, _>>()?;
            cells.insert(*role, alternatives);
        }
    }
    Ok(Row {
        title: record[1].to_owned(),
        level,
        cells,
    })
}

/// The table is not well formed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MatrixError(String);

#[cfg(test)]
mod tests {
    use super::*;

    fn areas(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_director_of_sede_sees_the_sede_and_a_regional_director_the_region() {
        let matrix = Matrix::embedded();
        assert_eq!(
            matrix.cell("DAS-1", Role::Dsede, &[]),
            Some(ScopeKind::Office)
        );
        assert_eq!(
            matrix.cell("DAS-1", Role::Dreg, &[]),
            Some(ScopeKind::Region)
        );
        assert_eq!(matrix.cell("DAS-1", Role::Dcm, &[]), Some(ScopeKind::Metro));
        assert_eq!(matrix.cell("DAS-1", Role::Sede, &[]), None);
    }

    #[test]
    fn a_missing_area_counts_as_a_missing_capability() {
        let matrix = Matrix::embedded();
        assert_eq!(matrix.cell("DAS-1", Role::Po, &[]), None);
        assert_eq!(
            matrix.cell("DAS-1", Role::Po, &areas(&["ASSISTENZA"])),
            None
        );
        assert_eq!(
            matrix.cell("DAS-1", Role::Po, &areas(&["ASSISTENZA", "AMMORTIZZATORI"])),
            Some(ScopeKind::Office)
        );
    }

    #[test]
    fn the_central_directorate_of_the_casellario_sees_the_nation_and_other_directors_their_sede() {
        let matrix = Matrix::embedded();
        assert_eq!(
            matrix.cell("CAS-8", Role::Dir, &[]),
            Some(ScopeKind::Office)
        );
        assert_eq!(
            matrix.cell("CAS-8", Role::Dir, &areas(&["CASELLARIO_CENTRALE"])),
            Some(ScopeKind::National)
        );
        assert_eq!(matrix.cell("CAS-12", Role::Dir, &[]), None);
    }

    #[test]
    fn internal_services_hold_no_capability_of_their_own() {
        let matrix = Matrix::embedded();
        assert!(
            matrix
                .capabilities()
                .all(|(id, _)| matrix.alternatives(id, Role::SysI).is_empty())
        );
    }

    #[test]
    fn a_table_that_lacks_a_role_or_repeats_a_capability_is_refused() {
        let text = include_str!("../../../../permissions/matrix.csv");
        let without_role: String = text.replacen(",GDF,", ",", 1);
        assert!(Matrix::parse(&without_role).is_err());
        let last = text.lines().last().unwrap();
        assert_eq!(
            Matrix::parse(&format!("{text}{last}\n")).unwrap_err(),
            MatrixError("PLT-8 has two rows".to_owned())
        );
        let odd = text.replacen(",T,", ",Z,", 1);
        assert!(
            Matrix::parse(&odd)
                .unwrap_err()
                .to_string()
                .contains("`Z` is not a cell")
        );
    }
}
