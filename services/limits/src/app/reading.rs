//! The ledger as it is read: its entries, and the versions of one.

use chassis::Failure;
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::ledger::{UnitKey, Version};
use crate::store::{self, LedgerKey};

use super::App;

/// Entries or versions a page when the caller does not say.
const DEFAULT_PAGE: i64 = 50;

/// One page of a ledger.
#[derive(Debug)]
pub struct LedgerPage {
    /// Entries, newest first day first.
    pub entries: Vec<Version>,
    /// Token of the next page; empty when this is the last.
    pub next_page_token: String,
    /// Instant as of which this is the ledger.
    pub known_at: DateTime<Utc>,
}

/// One page of the versions of an entry.
#[derive(Debug)]
pub struct VersionsPage {
    /// Versions, oldest first, each with the instant from which the next one is known.
    pub versions: Vec<(Version, Option<DateTime<Utc>>)>,
    /// Token of the next page; empty when this is the last.
    pub next_page_token: String,
}

impl App {
    /// The entries of a unit that the caller may see, in any state: as they are, or as they were known at an instant.
    pub async fn ledger(
        &self,
        caller: &Caller,
        unit: &UnitKey,
        as_known_at: Option<DateTime<Utc>>,
        page_size: i32,
        page_token: &str,
    ) -> Result<LedgerPage, Failure> {
        self.visible_unit(caller, unit, self.clock.today()).await?;
        let page: Page<LedgerKey> = Page::read(page_size, page_token, DEFAULT_PAGE)?;
        let mut connection = self.database.pool().acquire().await?;
        let known = self
            .known_ledger(&mut connection, &caller.scope, unit, as_known_at)
            .await?;
        let rest = known
            .answer
            .into_iter()
            .filter(|version| {
                let place = (version.entry.booking.period.first_day(), version.entry.id);
                page.after
                    .as_ref()
                    .is_none_or(|after| place < (after.first_day, after.id))
            })
            .collect();
        let (entries, next_page_token) = cut(rest, page.size, |version: &Version| LedgerKey {
            first_day: version.entry.booking.period.first_day(),
            id: version.entry.id,
        });
        Ok(LedgerPage {
            entries,
            next_page_token,
            known_at: known.known_at,
        })
    }

    /// Every version of an entry of a unit that the caller may see. IDN-E06 when the unit has no such entry.
    pub async fn entry_versions(
        &self,
        caller: &Caller,
        unit: &UnitKey,
        id: Uuid,
        page_size: i32,
        page_token: &str,
    ) -> Result<VersionsPage, Failure> {
        self.visible_unit(caller, unit, self.clock.today()).await?;
        let page: Page<i32> = Page::read(page_size, page_token, DEFAULT_PAGE)?;
        let mut connection = self.database.pool().acquire().await?;
        let rows = store::entry_versions(&mut connection, &caller.scope, unit, id, &page).await?;
        if rows.is_empty() {
            return Err(Failure::not_found());
        }
        let superseded = rows.iter().skip(1).map(|next| Some(next.recorded_at));
        let superseded: Vec<_> = superseded.chain([None]).collect();
        let rows = rows.into_iter().zip(superseded).collect();
        let (versions, next_page_token) = cut(rows, page.size, |row: &(Version, _)| row.0.number);
        Ok(VersionsPage {
            versions,
            next_page_token,
        })
    }
}
