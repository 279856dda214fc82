//! Direct payment of wage integration: the flows that employers send (SR41, SR43, UniEmens-CIG), what is checked of them, what
//! each worker is due, the orders to the bank, and the accounts behind them.
//!
//! Specification: `domain/claims.md` §7, §10.3; amounts and terms by `domain/limits.md` §8, §10. The pure rules are in
//! [`domain`]; the use cases in `app`.

pub mod domain;
pub mod load;
pub mod planted;
pub mod ports;

mod app;
mod feed;
mod grpc;
mod names;
mod store;
#[cfg(test)]
mod tests;
mod upstream;

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use chassis::client::Channels;
use chassis::config::ServiceUrl;
use chassis::feed::Consumer;
use chassis::{Context, Parts, Service};
use kernel::Iban;
use serde::Deserialize;
use sqlx::migrate::Migrator;
use tokio::sync::Semaphore;

use crate::app::{AT_A_TIME, App, CheckLines, Treasury, Upkeep};
use crate::feed::{CONSUMER, ClaimEvents, PRODUCER};
use crate::planted::{Planted, PlantedBug};
use crate::ports::Registers;
use crate::upstream::{Anagrafe, Claims, PayeesRegisters};

/// Schema of this service.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// The payments service.
#[derive(Debug, Clone, Copy, Default)]
pub struct Payments;

/// The service's own settings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// A bug to be seen by the checkers; development profile only.
    planted_bug: Option<PlantedBug>,
    /// Where the registers of persons, benefits and accounts answer (`proto/omnia/registers/v1`); without it `CF_UNKNOWN`, other
    /// benefits and holders of accounts are not checked.
    registers_url: Option<ServiceUrl>,
    /// Name of who pays, at the head of every file to the bank.
    debtor_name: String,
    /// Account that pays.
    debtor_iban: Iban,
    /// BIC of its bank.
    debtor_bic: String,
    /// BIC of the post, which pays bonifici domiciliati.
    post_bic: String,
    /// Days after the execution on which an order without an answer counts as unknown.
    answer_days: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            planted_bug: None,
            registers_url: None,
            debtor_name: "INPS".to_owned(),
            debtor_iban: EXAMPLE_IBAN
                .parse()
                .expect("the example of the specification is valid"),
            debtor_bic: "BITAITRRXXX".to_owned(),
            post_bic: "BPPIITRRXXX".to_owned(),
            answer_days: 5,
        }
    }
}

/// An account that is nobody's (`claims.md` §2.3), for a laptop.
const EXAMPLE_IBAN: &str = "IT60X0542811101000000123456";

#[async_trait]
impl Service for Payments {
    fn name(&self) -> &'static str {
        "payments"
    }

    fn migrations(&self) -> &'static Migrator {
        &MIGRATOR
    }

    async fn build(&self, context: Context) -> Result<Parts, Box<dyn Error + Send + Sync>> {
        let app = app(&context)?;
        let claims = Consumer::new(
            CONSUMER,
            PRODUCER,
            context.database,
            context.channels.to(PRODUCER),
            Arc::new(ClaimEvents),
            context.stop.clone(),
        );
        Ok(Parts {
            routes: grpc::routes(&app, &context.stop),
            grpc_services: grpc::SERVICES.to_vec(),
            jobs: vec![Arc::new(CheckLines(app.clone())), Arc::new(Upkeep(app))],
            tasks: vec![Box::pin(claims.run())],
        })
    }
}

/// The use cases over what the platform gives.
fn app(context: &Context) -> Result<App, Box<dyn Error + Send + Sync>> {
    let settings: Settings = match &context.settings {
        serde_json::Value::Null => Settings::default(),
        settings => serde_json::from_value(settings.clone())?,
    };
    let registers = settings.registers_url.map(|url| {
        let channels = Channels::to_urls([("registers", url)], None);
        Arc::new(PayeesRegisters::over(&channels)) as Arc<dyn Registers>
    });
    Ok(App {
        grants: Arc::new(Claims::over(&context.channels)),
        people: Arc::new(Anagrafe::over(&context.channels)),
        registers,
        database: context.database.clone(),
        clock: context.clock.clone(),
        ids: context.ids.clone(),
        rules: &rulebook::rules::IN_FORCE,
        treasury: Treasury {
            name: settings.debtor_name,
            iban: settings.debtor_iban,
            bic: settings.debtor_bic,
            post_bic: settings.post_bic,
            answer_days: settings.answer_days,
        },
        turns: Arc::new(Semaphore::new(AT_A_TIME)),
        planted: Planted::plant(settings.planted_bug, context.profile)?,
    })
}
