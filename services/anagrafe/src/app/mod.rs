//! Use cases: whose rows, in which transaction, with which events and audit records.

mod employers;
mod events;
pub mod import;
mod mandates;
mod persons;
mod principal;
mod roles;
mod told;
pub mod watch;

use std::sync::Arc;

use chassis::db::ScopedFutureExt;
use chassis::lifecycle::Stop;
use chassis::{Database, Failure, Ids, SharedClock};

pub use employers::HeadcountDays;
pub use mandates::{GrantMandate, MandateView};
pub use principal::Subject;
pub(crate) use principal::no_codice_fiscale;
pub use roles::{GrantRole, RoleView};
pub use told::TellUntold;

use crate::domain::territory::Territory;
use watch::Watch;

/// The use cases of the anagrafe and what they stand on.
#[derive(Debug, Clone)]
pub struct App {
    database: Database,
    clock: SharedClock,
    ids: Ids,
    stop: Stop,
    territory: Arc<Territory>,
    watch: Arc<Watch>,
}

impl App {
    /// Stands on these parts. The tables of the territory are brought up to this release's.
    pub async fn start(
        database: Database,
        clock: SharedClock,
        ids: Ids,
        stop: Stop,
        territory: Territory,
    ) -> Result<Self, Failure> {
        let territory = Arc::new(territory);
        let loaded = &territory;
        database
            .transaction("load_territory", |tx| {
                async move { Ok(crate::store::territory::load(tx, loaded).await?) }.scope_boxed()
            })
            .await?;
        let watch = Arc::new(Watch::default());
        Ok(Self {
            database,
            clock,
            ids,
            stop,
            territory,
            watch,
        })
    }

    /// Offices, provinces and regions.
    pub fn territory(&self) -> &Territory {
        &self.territory
    }

    /// Looks after the streams that watch mandates, until told to stop.
    pub async fn keep_watch(self) {
        self.watch
            .run(&self.database, &self.clock, &self.stop)
            .await;
    }
}
