//! The ledger as it is read, and the periods that were authorised before the platform.

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

use crate::domain::ledger::{Entry, UnitKey};
use crate::store::{self, LedgerKey};

use super::{App, record, refusals};

/// Entries a page when the caller does not say.
const DEFAULT_PAGE: i64 = 50;

/// One page of a ledger.
#[derive(Debug)]
pub struct LedgerPage {
    /// Entries, newest first day first.
    pub entries: Vec<Entry>,
    /// Token of the next page; empty when this is the last.
    pub next_page_token: String,
}

impl App {
    /// The entries of a unit that the caller may see, in any state.
    pub async fn ledger(
        &self,
        caller: &Caller,
        unit: &UnitKey,
        page_size: i32,
        page_token: &str,
    ) -> Result<LedgerPage, Failure> {
        self.visible_unit(caller, unit).await?;
        let page: Page<LedgerKey> = Page::read(page_size, page_token, DEFAULT_PAGE)?;
        let mut connection = self.database.pool().acquire().await?;
        let rows = store::page(&mut connection, &caller.scope, unit, &page).await?;
        let (entries, next_page_token) = cut(rows, page.size, |entry| LedgerKey {
            first_day: entry.booking.period.first_day(),
            id: entry.id,
        });
        Ok(LedgerPage {
            entries,
            next_page_token,
        })
    }

    /// Adds authorised periods from before the platform, and returns how many were new. History is what it is: no limit
    /// is checked. The same line again changes nothing; another content under a known id is IDN-E12, and nothing of the
    /// batch is written.
    pub async fn import_history(
        &self,
        caller: &Caller,
        history: &[Entry],
    ) -> Result<usize, Failure> {
        let now = self.clock.now();
        self.database
            .transaction("limits_import_history", |tx| {
                async move {
                    let created = self.import_in(tx, history, now).await?;
                    let count = i64::try_from(created).unwrap_or(i64::MAX);
                    record(
                        tx,
                        caller,
                        "limits.import_history",
                        String::new(),
                        count,
                        now,
                    )
                    .await?;
                    Ok(created)
                }
                .scope_boxed()
            })
            .await
    }

    async fn import_in(
        &self,
        tx: &mut Tx,
        history: &[Entry],
        now: DateTime<Utc>,
    ) -> Result<usize, Failure> {
        let units: Vec<UnitKey> = history
            .iter()
            .map(|entry| entry.booking.unit.clone())
            .collect();
        store::lock_units(tx, &units, now).await?;
        let written: HashSet<Uuid> = store::insert_history(tx, history, now)
            .await?
            .into_iter()
            .collect();
        require_same_content(tx, history).await?;
        let mut told = HashSet::new();
        for entry in history
            .iter()
            .filter(|entry| written.contains(&entry.id) && told.insert(entry.id))
        {
            self.publish(tx, entry, now).await?;
        }
        Ok(written.len())
    }
}

/// Refuses the batch when a line says something else than what is on the ledger under its id.
async fn require_same_content(tx: &mut Tx, history: &[Entry]) -> Result<(), Failure> {
    let ids: Vec<Uuid> = history.iter().map(|entry| entry.id).collect();
    let known: HashMap<Uuid, Entry> = store::find_many(tx, &ids)
        .await?
        .into_iter()
        .map(|entry| (entry.id, entry))
        .collect();
    let other = history.iter().position(|line| {
        known
            .get(&line.id)
            .is_some_and(|entry| entry.booking != line.booking)
    });
    match other {
        None => Ok(()),
        Some(index) => Err(
            refusals::ledger(crate::domain::ledger::LedgerRefusal::OtherContent).with_violation(
                format!("entries[{index}].entry_id"),
                "must be new for a new content",
            ),
        ),
    }
}
