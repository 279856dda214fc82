//! Use cases: who may do what to which flow, in one transaction each, and what is told to the others.
//!
//! Whatever changes lines locks in one order: the grants, the flows, the orders (each by key). So flows of one grant are received
//! one at a time (PAY-6), and no two changes wait for each other.

mod checking;
mod curing;
mod events;
mod grants;
mod jobs;
mod moving;
mod reading;
mod receiving;
mod recoveries;
mod refusals;
mod treasury;
mod uploads;

use std::sync::Arc;

use chassis::identity::Caller;
use chassis::{Database, Failure, Ids, SharedClock, Tx, audit};
use chrono::{DateTime, Utc};
use kernel::Iban;
use rulebook::Rules;
use tokio::sync::Semaphore;
use uuid::Uuid;

pub(crate) use self::curing::Cure;
pub(crate) use self::grants::{Told, take_in};
pub(crate) use self::jobs::{CheckLines, Upkeep};
pub(crate) use self::reading::{Explained, ListCommand, MyPayment, Seen};
pub(crate) use self::recoveries::{OpenCommand, RecoveriesCommand, RecoveryStep, Repayment};
pub(crate) use self::treasury::BatchCommand;
#[cfg(test)]
pub(crate) use self::treasury::Ingested;
pub(crate) use self::uploads::Shown;
use crate::domain::pain001::Debtor;
use crate::planted::Planted;
use crate::ports::{Grants, People, Registers};
pub(crate) use crate::store::flows::{Filter, Flow};
pub(crate) use crate::store::lines::Kept;
pub(crate) use crate::store::orders::{Balances, Batch};
pub(crate) use crate::store::recoveries::{
    Filter as RecoveryFilter, Recovery, Shown as ShownRecovery, Step as KeptStep,
};

/// Files that are received at a time.
pub(crate) const AT_A_TIME: usize = 3;

/// Everything that the use cases stand on.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) database: Database,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) grants: Arc<dyn Grants>,
    pub(crate) people: Arc<dyn People>,
    /// Registers of persons, benefits and accounts; `None` when the platform is not connected to them.
    pub(crate) registers: Option<Arc<dyn Registers>>,
    pub(crate) rules: &'static Rules,
    pub(crate) treasury: Treasury,
    /// Turns in which files are received: each needs a connection to read beside the one that stores.
    pub(crate) turns: Arc<Semaphore>,
    pub(crate) planted: Planted,
}

/// Whose money is paid, and how long the bank has to answer.
#[derive(Debug, Clone)]
pub(crate) struct Treasury {
    /// Name at the head of every file.
    pub(crate) name: String,
    /// Account.
    pub(crate) iban: Iban,
    /// BIC of its bank.
    pub(crate) bic: String,
    /// BIC of the post.
    pub(crate) post_bic: String,
    /// Days after the execution on which an order without an answer counts as unknown.
    pub(crate) answer_days: i64,
}

impl Treasury {
    fn debtor(&self) -> Debtor {
        Debtor {
            name: self.name.clone(),
            iban: self.iban.clone(),
            bic: self.bic.clone(),
            post_bic: self.post_bic.clone(),
        }
    }
}

/// Records one access or change.
async fn audited(
    tx: &mut Tx,
    caller: &Caller,
    action: &'static str,
    resource: (&'static str, Uuid),
    result_count: usize,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let entry = audit::Entry {
        action,
        resource_type: resource.0,
        resource_id: resource.1.to_string(),
        result_count: i64::try_from(result_count).unwrap_or(i64::MAX),
    };
    audit::record(tx, caller, entry, at).await
}
