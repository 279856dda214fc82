//! What claims ask for, as their feed tells it: shown on the ledger, and never counted.
//!
//! Reserve, confirm and release stay the one way in which weeks come to count; a request is an entry of its own, under
//! the id of the claim.

use std::collections::HashMap;

use chassis::{Failure, Tx};
use uuid::Uuid;

use crate::domain::ledger::{Entry, UnitKey, Version};
use crate::store;

use super::App;

/// What one step of a claim tells.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What is asked for, under the id of the claim; REQUESTED while a decision is awaited, else CONCLUDED.
    pub entry: Entry,
    /// Version of the claim after the step.
    pub claim_version: i64,
    /// How the request ended; `None` while a decision is awaited.
    pub outcome: Option<String>,
}

impl App {
    /// Takes steps of claims in, in the order in which they happened. A step that was taken in before changes nothing, so
    /// the feed can be read from its start again. Of several steps of one claim the last is written: the ledger learns
    /// of them at one instant.
    pub async fn take_in(&self, tx: &mut Tx, steps: &[Asked]) -> Result<(), Failure> {
        let last: HashMap<Uuid, &Asked> = steps.iter().map(|step| (step.entry.id, step)).collect();
        let units: Vec<UnitKey> = last
            .values()
            .map(|step| step.entry.booking.unit.clone())
            .collect();
        if units.is_empty() {
            return Ok(());
        }
        let at = self.lock(tx, &units).await?;
        let ids: Vec<Uuid> = last.keys().copied().collect();
        let known: HashMap<Uuid, Version> = store::find_many(tx, &ids)
            .await?
            .into_iter()
            .map(|version| (version.entry.id, version))
            .collect();
        let mut news: Vec<Version> = last
            .values()
            .filter_map(|step| step.follows(known.get(&step.entry.id), at))
            .collect();
        news.sort_by_key(|version| version.entry.id);
        self.write_all(tx, &news).await
    }
}

impl Asked {
    /// The version that the step makes; `None` when it tells nothing new.
    fn follows(
        &self,
        known: Option<&Version>,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Option<Version> {
        let version = match known {
            None => Version::first(self.entry.clone(), at),
            Some(known) if known.source_version >= Some(self.claim_version) => return None,
            Some(known) if known.entry == self.entry && known.reason == self.outcome => {
                return None;
            }
            Some(known) => known.next(self.entry.clone(), at, None),
        };
        Some(Version {
            reason: self.outcome.clone(),
            source_version: Some(self.claim_version),
            ..version
        })
    }
}
