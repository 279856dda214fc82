//! Master data in bulk from CSV: all or none, a report by line, harmless when repeated. Layouts: `docs/import.md`.

mod employers;
mod headcount;
mod mandates;
mod roles;
mod schemes;
mod table;
mod units;

use std::io::Read;

use chassis::audit::{self, Entry};
use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, Tx};
use proto::omnia::anagrafe::v1::entitlement_event::Kind as EventKind;
use uuid::Uuid;

use super::App;
use super::told::Changes;
use crate::domain::employer::{Employer, SchemeFrom};
use crate::domain::headcount::EmployerHeads;
use crate::domain::territory::Territory;
use table::{Faults, Lines};

pub use table::Fault;

/// Content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Employer positions.
    Employers,
    /// Production units and their headcount.
    ProductionUnits,
    /// Roles of people and clients.
    Roles,
    /// Mandates of intermediaries.
    Mandates,
    /// Heads of employers, month by month.
    EmployerHeadcount,
    /// Protection schemes of employers, month by month.
    ProtectionSchemes,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Employers => "employers",
            Self::ProductionUnits => "production_units",
            Self::Roles => "roles",
            Self::Mandates => "mandates",
            Self::EmployerHeadcount => "employer_headcount",
            Self::ProtectionSchemes => "protection_schemes",
        }
    }
}

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Data lines read.
    pub lines: usize,
    /// Lines that created a row.
    pub created: usize,
    /// Lines that changed a row.
    pub updated: usize,
    /// Lines that said what was known.
    pub unchanged: usize,
    /// What is wrong, in line order; when not empty, nothing was applied.
    pub faults: Vec<Fault>,
}

/// A file whose every line was understood.
enum Parsed {
    Employers(Lines<Employer>),
    ProductionUnits(Lines<units::UnitLine>),
    Roles(Lines<roles::RoleLine>),
    Mandates(Lines<mandates::MandateLine>),
    EmployerHeadcount(Lines<EmployerHeads>),
    ProtectionSchemes(Lines<SchemeFrom>),
}

/// What applying did.
#[derive(Default)]
struct Applied {
    created: usize,
    updated: usize,
    faults: Faults,
    events: Vec<(Uuid, EventKind)>,
    changes: Changes,
}

impl App {
    /// Imports a file. Faults of the file are in the report; a failure means that it could not be judged.
    pub async fn import(
        &self,
        caller: &Caller,
        file: impl Read + Send + 'static,
        kind: Kind,
        dry_run: bool,
    ) -> Result<Report, Failure> {
        let territory = self.territory.clone();
        let parsing = tokio::task::spawn_blocking(move || parse(file, kind, &territory));
        let read = parsing.await.map_err(Failure::internal)?;
        let (lines, parsed, faults) = read.map_err(Failure::internal)?;
        if !faults.is_empty() {
            return Ok(report(
                lines,
                Applied {
                    faults,
                    ..Applied::default()
                },
            ));
        }
        let parsed = &parsed;
        let applied = self
            .database
            .transaction("import", |tx| {
                self.apply(tx, caller, kind, parsed, dry_run).scope_boxed()
            })
            .await?;
        Ok(report(lines, applied))
    }

    /// Applies within a savepoint, so that a fault or a dry run leaves nothing behind and the figures are true.
    async fn apply(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        kind: Kind,
        parsed: &Parsed,
        dry_run: bool,
    ) -> Result<Applied, Failure> {
        crate::store::employers::lock_imports(tx).await?;
        let mut savepoint = tx.savepoint().await?;
        let mut applied = match parsed {
            Parsed::Employers(lines) => employers::apply(self, &mut savepoint, lines).await?,
            Parsed::ProductionUnits(lines) => units::apply(self, &mut savepoint, lines).await?,
            Parsed::Roles(lines) => roles::apply(self, &mut savepoint, lines).await?,
            Parsed::Mandates(lines) => mandates::apply(self, &mut savepoint, lines).await?,
            Parsed::EmployerHeadcount(lines) => headcount::apply(&mut savepoint, lines).await?,
            Parsed::ProtectionSchemes(lines) => schemes::apply(&mut savepoint, lines).await?,
        };
        if dry_run || !applied.faults.is_empty() {
            savepoint.rollback().await?;
            return Ok(applied);
        }
        savepoint.commit().await?;
        for (person, kind) in &applied.events {
            self.announce(tx, *person, *kind).await?;
        }
        self.tell_changes(tx, std::mem::take(&mut applied.changes))
            .await?;
        let entry = Entry {
            action: "anagrafe.import",
            resource_type: kind.name(),
            resource_id: String::new(),
            result_count: i64::try_from(applied.created + applied.updated).unwrap_or(i64::MAX),
        };
        audit::record(tx, caller, entry, self.clock.now()).await?;
        Ok(applied)
    }
}

/// The number of data lines, those that are understood, and the faults of the others.
fn parse(
    file: impl Read,
    kind: Kind,
    territory: &Territory,
) -> Result<(usize, Parsed, Faults), csv::Error> {
    let mut faults = Faults::default();
    let (lines, parsed) = match kind {
        Kind::Employers => {
            let (count, lines) = employers::parse(file, territory, &mut faults)?;
            (count, Parsed::Employers(lines))
        }
        Kind::ProductionUnits => {
            let (count, lines) = units::parse(file, territory, &mut faults)?;
            (count, Parsed::ProductionUnits(lines))
        }
        Kind::Roles => {
            let (count, lines) = roles::parse(file, territory, &mut faults)?;
            (count, Parsed::Roles(lines))
        }
        Kind::Mandates => {
            let (count, lines) = mandates::parse(file, &mut faults)?;
            (count, Parsed::Mandates(lines))
        }
        Kind::EmployerHeadcount => {
            let (count, lines) = headcount::parse(file, &mut faults)?;
            (count, Parsed::EmployerHeadcount(lines))
        }
        Kind::ProtectionSchemes => {
            let (count, lines) = schemes::parse(file, &mut faults)?;
            (count, Parsed::ProtectionSchemes(lines))
        }
    };
    Ok((lines, parsed, faults))
}

fn report(lines: usize, applied: Applied) -> Report {
    if !applied.faults.is_empty() {
        return Report {
            lines,
            faults: applied.faults.in_order(),
            ..Report::default()
        };
    }
    Report {
        lines,
        created: applied.created,
        updated: applied.updated,
        unchanged: lines - applied.created - applied.updated,
        faults: Vec::new(),
    }
}
