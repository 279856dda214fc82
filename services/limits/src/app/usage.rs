//! What was really used of an authorised period.

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, Tx};
use uuid::Uuid;

use crate::domain::ledger::{Entry, Usage, Version};
use crate::store;

use super::{App, record, refusals};

/// A declaration as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The entry, on basis FRUITO.
    pub version: Version,
    /// What lay outside the authorised period and was thrown away.
    pub discarded: Usage,
}

impl App {
    /// Records a declaration of days and hours used. The same one again gives the same answer.
    ///
    /// IDN-E06 when there is no such entry, `RESERVATION_STATE` when it is not authorised, `USAGE_ALREADY_DECLARED` when
    /// something else was declared before.
    pub async fn declare_usage(
        &self,
        caller: &Caller,
        id: Uuid,
        usage: &Usage,
    ) -> Result<Declared, Failure> {
        self.database
            .transaction("limits_declare_usage", |tx| {
                async move {
                    let declared = self.declare_in(tx, id, usage).await?;
                    record(tx, caller, "limits.declare_usage", &declared.version).await?;
                    Ok(declared)
                }
                .scope_boxed()
            })
            .await
    }

    /// The same within a transaction of the caller's.
    pub async fn declare_in(
        &self,
        tx: &mut Tx,
        id: Uuid,
        usage: &Usage,
    ) -> Result<Declared, Failure> {
        let (known, at) = self.lock_entry(tx, id).await?;
        let declaration = known.entry.declare(usage).map_err(refusals::ledger)?;
        let entry = Entry {
            usage: Some(declaration.kept),
            ..known.entry.clone()
        };
        refusals::entry_faults(&entry)?;
        let version = if entry == known.entry {
            known
        } else {
            self.write(tx, known.next(entry, at, None)).await?
        };
        Ok(Declared {
            version,
            discarded: declaration.discarded,
        })
    }

    /// The entry of an id, whose unit nobody else changes until the end of the transaction; IDN-E06 when there is none.
    pub(super) async fn lock_entry(
        &self,
        tx: &mut Tx,
        id: Uuid,
    ) -> Result<(Version, chrono::DateTime<chrono::Utc>), Failure> {
        let unit = store::unit_of_entry(tx, id)
            .await?
            .ok_or_else(Failure::not_found)?;
        let at = self.lock(tx, &[unit]).await?;
        let known = store::find(tx, id).await?;
        Ok((known.ok_or_else(Failure::not_found)?, at))
    }
}
