//! The periods that were authorised before the platform.

use std::collections::{BTreeSet, HashMap};

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Class, Failure, Tx};
use uuid::Uuid;

use crate::domain::ledger::{Entry, LedgerRefusal, UnitKey, Version};
use crate::store;

use super::registry::StaffDays;
use super::{App, record_many, refusals};

/// The service whose lines name units that it has looked at.
const CLAIMS: &str = "claims";

impl App {
    /// Adds authorised periods from before the platform, all or none, and returns how many are new. No limit is checked:
    /// history is what it is. The same line again changes nothing, even after a correction; another content under a
    /// known id is IDN-E12. A line that cannot be right names its field and the rule. A dry run only looks.
    pub async fn import_history(
        &self,
        caller: &Caller,
        history: &[Entry],
        dry_run: bool,
    ) -> Result<usize, Failure> {
        require_faultless(history)?;
        if caller.service.as_deref() != Some(CLAIMS) {
            self.require_known_units(history).await?;
        }
        let units = units_of(history);
        let units = &units;
        self.database
            .transaction("limits_import_history", |tx| {
                async move {
                    if dry_run {
                        return Ok(new_lines(tx, history, units).await?.len());
                    }
                    let at = self.lock(tx, units).await?;
                    let new: Vec<Version> = new_lines(tx, history, units)
                        .await?
                        .into_iter()
                        .map(|line| Version::first(line.clone(), at))
                        .collect();
                    self.write_all(tx, &new).await?;
                    let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
                    record_many(
                        tx,
                        caller,
                        "limits.import_history",
                        String::new(),
                        count,
                        at,
                    )
                    .await?;
                    Ok(new.len())
                }
                .scope_boxed()
            })
            .await
    }

    async fn require_known_units(&self, history: &[Entry]) -> Result<(), Failure> {
        let mut unknown = BTreeSet::new();
        let today = self.clock.today();
        let days = StaffDays {
            start: today,
            filed_on: today,
        };
        for unit in units_of(history) {
            match self.registry.unit(&unit, days).await {
                Ok(_) => {}
                Err(failure) if failure.class() == Class::NotFound => {
                    unknown.insert(unit);
                }
                Err(failure) => return Err(failure),
            }
        }
        let lines = history
            .iter()
            .enumerate()
            .filter(|(_, line)| unknown.contains(&line.booking.unit));
        refusals::lines(lines.map(|(index, _)| (index, "unit", "must be known to the anagrafe")))
    }
}

fn units_of(history: &[Entry]) -> Vec<UnitKey> {
    let units: BTreeSet<UnitKey> = history
        .iter()
        .map(|line| line.booking.unit.clone())
        .collect();
    units.into_iter().collect()
}

fn require_faultless(history: &[Entry]) -> Result<(), Failure> {
    let faults = history.iter().enumerate().flat_map(|(index, line)| {
        let faults = line.faults().into_iter();
        faults.map(move |fault| (index, fault.field, fault.rule))
    });
    refusals::lines(faults)
}

/// The lines that are not on the ledger yet, each id once. Refuses the batch when a line says something else than what
/// came first under its id, or tells days that another line tells.
async fn new_lines<'h>(
    tx: &mut Tx,
    history: &'h [Entry],
    units: &[UnitKey],
) -> Result<Vec<&'h Entry>, Failure> {
    let ids: Vec<Uuid> = history.iter().map(|line| line.id).collect();
    let now = store::find_many(tx, &ids).await?;
    let first = store::first_versions(tx, history).await?;
    let mut known: HashMap<Uuid, Entry> = HashMap::new();
    for version in now.into_iter().chain(first) {
        known.insert(version.entry.id, version.entry);
    }
    let mut new = Vec::new();
    for (index, line) in history.iter().enumerate() {
        match known.get(&line.id) {
            None => {
                known.insert(line.id, line.clone());
                new.push((index, line));
            }
            Some(entry) if entry.booking == line.booking && entry.usage == line.usage => {}
            Some(_) => return Err(other_content(index)),
        }
    }
    require_no_repeats(tx, &new, units).await?;
    Ok(new.into_iter().map(|(_, line)| line).collect())
}

async fn require_no_repeats(
    tx: &mut Tx,
    new: &[(usize, &Entry)],
    units: &[UnitKey],
) -> Result<(), Failure> {
    let authorised = store::authorised(tx, units).await?;
    let mut of_unit: HashMap<&UnitKey, Vec<&Entry>> = HashMap::new();
    for version in &authorised {
        let entry = &version.entry;
        of_unit.entry(&entry.booking.unit).or_default().push(entry);
    }
    let mut repeated = Vec::new();
    for (index, line) in new {
        let others = of_unit.entry(&line.booking.unit).or_default();
        if others.iter().any(|other| line.repeats(other)) {
            repeated.push(*index);
        }
        others.push(line);
    }
    refusals::lines(
        repeated
            .into_iter()
            .map(|index| (index, "first_day", refusals::REPEATS)),
    )
}

fn other_content(index: usize) -> Failure {
    refusals::ledger(LedgerRefusal::OtherContent).with_violation(
        format!("entries[{index}].entry_id"),
        "must be new for a new content",
    )
}
