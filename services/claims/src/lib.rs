//! Wage-integration claims (OMNIA IS): from the draft of a filer to the decision of an office.
//!
//! Specification: `domain/claims.md` §1–§4, §10. The pure rules are in [`domain`]; the use cases in `app`.
//! Served is every instrument of §4.2 for the reasons of §4.5 and §5.2; which reasons, terms and maxima hold when is
//! data (`data/`, read at start).

pub mod domain;
pub mod planted;
pub mod ports;

mod app;
mod feed;
mod grpc;
mod metrics;
mod names;
mod store;
#[cfg(test)]
mod tests;
mod upstream;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chassis::antivirus::Antivirus;
use chassis::client::Channels;
use chassis::config::ServiceUrl;
use chassis::feed::Consumer;
use chassis::{Context, Objects, Parts, Service};
use serde::Deserialize;
use sqlx::migrate::Migrator;
use tokio::sync::Semaphore;

use crate::app::completion::CompleteClaims;
use crate::app::export::AT_A_TIME;
use crate::app::{App, Files, FilesJob};
use crate::domain::rules::{Faults, IN_FORCE, Rules};
use crate::feed::{CONSUMER, FlowEvents, PRODUCER};
use crate::metrics::Metrics;
use crate::planted::{Planted, PlantedBug};
use crate::ports::{Persons, Uniemens};
use crate::upstream::{Anagrafe, LimitsService, Registers};

/// Many claims at once, each with its whole life; or day by day.
pub mod load {
    pub use crate::app::load::{Act, Loaded, Loader, Scripted, ScriptedStep};
    pub use crate::app::replay::{Granted, Replay};
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
    /// How long an outside source is waited for before a claim goes on without it.
    source_patience_ms: Option<u64>,
    /// Where the registers of workers answer (`proto/omnia/registers/v1`); without it S7 and S8 are not checked.
    registers_url: Option<ServiceUrl>,
}

/// Waited for a source when the settings do not say.
const PATIENCE: Duration = Duration::from_secs(2);

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
        let registers = settings.registers_url.map(|url| {
            Arc::new(Registers::over(&Channels::to_urls(
                [("registers", url)],
                None,
            )))
        });
        let payments = Consumer::new(
            CONSUMER,
            PRODUCER,
            context.database.clone(),
            context.channels.to(PRODUCER),
            Arc::new(FlowEvents),
            context.stop.clone(),
        );
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
            rules: rules()?,
            persons: registers.clone().map(|it| it as Arc<dyn Persons>),
            uniemens: registers.map(|it| it as Arc<dyn Uniemens>),
            patience: settings
                .source_patience_ms
                .map_or(PATIENCE, Duration::from_millis),
            verification_page: format!("{}/verifica", context.portal_url),
            exports: Arc::new(Semaphore::new(AT_A_TIME)),
            planted: Planted::plant(settings.planted_bug, context.profile)?,
        };
        Ok(Parts {
            routes: grpc::routes(&app, &context.stop),
            grpc_services: grpc::SERVICES.to_vec(),
            jobs: vec![
                Arc::new(FilesJob(app.clone())),
                Arc::new(CompleteClaims(app.clone())),
            ],
            tasks: vec![
                Box::pin(app.keep_watch(context.stop)),
                Box::pin(payments.run()),
            ],
        })
    }
}

/// The rules of filing, or everything that is wrong with them: a service with faulty rules does not start.
fn rules() -> Result<&'static Rules, Faults> {
    Rules::embedded()?;
    Ok(&IN_FORCE)
}
