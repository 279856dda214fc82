//! Use cases: who may look at which unit, changes in their transactions, and the events they leave.

mod corrections;
mod counters;
mod expiry;
mod explain;
mod history;
mod law;
mod paid;
mod reading;
mod recompute;
mod refusals;
mod registry;
mod requests;
mod reservations;
mod upkeep;
mod usage;

use std::sync::Arc;

use chassis::audit;
use chassis::identity::Caller;
use chassis::{Database, Failure, Ids, SharedClock, Tx, outbox};
use chrono::{DateTime, TimeDelta, Utc};
use proto::omnia::limits::v1 as pb;

use crate::domain::ledger::{UnitKey, Version};
use crate::planted::Planted;
use crate::{store, wire};

pub use corrections::{Cancellation, Correction};
pub use counters::{Answer, Fit, Inverse, Known, Subject, Told, Wish};
pub use expiry::ExpireReservations;
pub use explain::{CounterChange, Difference, EntryChange, Explained, LawDifference, SeenFrom};
pub use law::{LawBook, LawLine, LawPage, RulesOfDay};
pub use paid::LineTold;
pub use reading::{LedgerPage, VersionsPage};
pub use recompute::{RECOMPUTE_BATCH, Recompute};
pub use registry::{CopyAge, StaffDays, TOLERATED_AGE, UnitContext, UnitRegistry};
pub use requests::Asked;
pub use reservations::ReserveCommand;
pub use upkeep::ExtendVersions;
pub use usage::Declared;

/// Kind of the aggregate that ledger events speak of.
const LEDGER_ENTRY: &str = "ledger_entry";

/// The use cases, over a database, which holds a copy of the master data, and the master data themselves.
#[derive(Debug, Clone)]
pub struct App {
    database: Database,
    clock: SharedClock,
    ids: Ids,
    registry: Arc<dyn UnitRegistry>,
    copy_age: Arc<dyn CopyAge>,
    laws: Arc<LawBook>,
    planted: Planted,
}

impl App {
    /// The use cases of the service.
    pub fn new(
        database: Database,
        clock: SharedClock,
        ids: Ids,
        registry: Arc<dyn UnitRegistry>,
        copy_age: Arc<dyn CopyAge>,
        laws: Arc<LawBook>,
        planted: Planted,
    ) -> Self {
        Self {
            database,
            clock,
            ids,
            registry,
            copy_age,
            laws,
            planted,
        }
    }

    /// Waits for whoever else changes these units, and says from which instant on this change will be known: later than
    /// every change of theirs before it, than every answer given about them, and than the law in force, which stays so
    /// until the end of the transaction.
    async fn lock(&self, tx: &mut Tx, units: &[UnitKey]) -> Result<DateTime<Utc>, Failure> {
        store::lock_units(tx, units).await?;
        let last = store::last_recorded(tx, units).await?;
        let now = self.clock.now();
        let recorded_at = last.map_or(now, |last| now.max(last + TimeDelta::microseconds(1)));
        store::stamp_units(tx, units, recorded_at).await?;
        Ok(recorded_at)
    }

    /// Writes a version, and tells the other services.
    async fn write(&self, tx: &mut Tx, version: Version) -> Result<Version, Failure> {
        self.write_all(tx, std::slice::from_ref(&version)).await?;
        Ok(version)
    }

    /// Writes versions of different entries, and tells the other services.
    async fn write_all(&self, tx: &mut Tx, versions: &[Version]) -> Result<(), Failure> {
        if versions.is_empty() {
            return Ok(());
        }
        store::write(tx, versions).await?;
        for version in versions {
            self.publish(tx, version).await?;
        }
        Ok(())
    }

    async fn publish(&self, tx: &mut Tx, version: &Version) -> Result<(), Failure> {
        let event = pb::LedgerEvent {
            entry: Some(wire::entry(version)),
        };
        outbox::publish(
            tx,
            self.ids.at(version.recorded_at),
            LEDGER_ENTRY,
            &version.entry.id.to_string(),
            &event,
            version.recorded_at,
        )
        .await
    }
}

/// Leaves the trace of a change of one entry.
async fn record(
    tx: &mut Tx,
    caller: &Caller,
    action: &'static str,
    version: &Version,
) -> Result<(), Failure> {
    let id = version.entry.id.to_string();
    record_many(tx, caller, action, id, 1, version.recorded_at).await
}

/// Leaves the trace of a change of many entries.
async fn record_many(
    tx: &mut Tx,
    caller: &Caller,
    action: &'static str,
    resource_id: String,
    count: i64,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let entry = audit::Entry {
        action,
        resource_type: LEDGER_ENTRY,
        resource_id,
        result_count: count,
    };
    audit::record(tx, caller, entry, now).await
}
