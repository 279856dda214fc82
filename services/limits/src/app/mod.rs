//! Use cases: who may look at which unit, bookings in their transactions, and the events they leave.

mod counters;
mod expiry;
mod history;
mod refusals;
mod registry;
mod reservations;

use std::sync::Arc;

use chassis::audit;
use chassis::identity::Caller;
use chassis::{Database, Failure, Ids, SharedClock, Tx, outbox};
use chrono::{DateTime, Utc};
use proto::omnia::limits::v1 as pb;

use crate::domain::Rules;
use crate::domain::ledger::Entry;
use crate::planted::Planted;
use crate::wire;

pub use expiry::ExpireReservations;
pub use history::LedgerPage;
pub use registry::{UnitContext, UnitRegistry};
pub use reservations::ReserveCommand;

/// Kind of the aggregate that ledger events speak of.
const LEDGER_ENTRY: &str = "ledger_entry";

/// The use cases, over a database and a registry of units.
#[derive(Debug, Clone)]
pub struct App {
    database: Database,
    clock: SharedClock,
    ids: Ids,
    registry: Arc<dyn UnitRegistry>,
    rules: Arc<Rules>,
    planted: Planted,
}

impl App {
    /// The use cases of the service.
    pub fn new(
        database: Database,
        clock: SharedClock,
        ids: Ids,
        registry: Arc<dyn UnitRegistry>,
        rules: Arc<Rules>,
        planted: Planted,
    ) -> Self {
        Self {
            database,
            clock,
            ids,
            registry,
            rules,
            planted,
        }
    }

    /// Tells the other services what became of an entry.
    async fn publish(&self, tx: &mut Tx, entry: &Entry, now: DateTime<Utc>) -> Result<(), Failure> {
        let event = pb::LedgerEvent {
            entry: Some(wire::entry(entry)),
        };
        outbox::publish(
            tx,
            self.ids.at(now),
            LEDGER_ENTRY,
            &entry.id.to_string(),
            &event,
            now,
        )
        .await
    }
}

/// Leaves the trace of a change of one or many entries.
async fn record(
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
