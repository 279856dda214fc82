//! Wage-integration claims (OMNIA IS): from the draft of a filer to the decision of an office.
//!
//! Specification: `domain/claims.md` §1–§4, §10. The pure rules are in [`domain`]; the use cases in `app`. Served is the
//! whole CIGO claim for the ordinary reasons of DM 95442/2016. For the other products the check answers, blocking, that
//! they are not served yet. Not here yet: COVID reasons, transfer to another office, interlocutions (no supplement can be
//! open), payment lines (none can exist), the outcome of an appeal, and checks S7 and S8, whose registers do not exist.

pub mod domain;
pub mod planted;
pub mod ports;

mod app;
mod grpc;
mod metrics;
mod names;
mod store;
#[cfg(test)]
mod tests;
mod upstream;

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use chassis::antivirus::Antivirus;
use chassis::{Context, Objects, Parts, Service};
use serde::Deserialize;
use sqlx::migrate::Migrator;

use crate::app::{App, Files, FilesJob};
use crate::metrics::Metrics;
use crate::planted::{Planted, PlantedBug};
use crate::upstream::{Anagrafe, LimitsService};

/// Many claims at once, each with its whole life.
pub mod load {
    pub use crate::app::load::{Act, Loaded, Loader, Scripted, ScriptedStep};
}

/// Schema of this service.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// The claims service.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claims;

/// The service's own settings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// A bug to be seen by the checkers; development profile only.
    planted_bug: Option<PlantedBug>,
}

#[async_trait]
impl Service for Claims {
    fn name(&self) -> &'static str {
        "claims"
    }

    fn migrations(&self) -> &'static Migrator {
        &MIGRATOR
    }

    async fn build(&self, context: Context) -> Result<Parts, Box<dyn Error + Send + Sync>> {
        let settings: Settings = match context.settings {
            serde_json::Value::Null => Settings::default(),
            settings => serde_json::from_value(settings)?,
        };
        let app = App {
            registry: Arc::new(Anagrafe::over(&context.channels)),
            limits: Arc::new(LimitsService::over(&context.channels)),
            database: context.database,
            clock: context.clock,
            ids: context.ids,
            metrics: Metrics::new(),
            files: Files::new(
                Objects::open(&context.objects, self.name())?,
                Antivirus::of(&context.antivirus),
            ),
            planted: Planted::plant(settings.planted_bug, context.profile)?,
        };
        Ok(Parts {
            routes: grpc::routes(&app, &context.stop),
            grpc_services: grpc::SERVICES.to_vec(),
            jobs: vec![Arc::new(FilesJob(app.clone()))],
            tasks: vec![Box::pin(app.keep_watch(context.stop))],
        })
    }
}
