//! The limits of wage integration: how much a production unit has used, what it may still ask for, and the ledger in
//! which weeks are set aside and authorised so that no two decisions together exceed the law.
//!
//! Specification: `domain/limits.md`. The pure rules are the crate [`rulebook`], which [`domain`] takes over beside the
//! ledger's own; [`app`] holds the use cases.

pub mod app;
pub mod domain;
pub mod planted;
pub mod rule_files;

mod anagrafe;
mod feed;
mod grpc;
mod store;
mod wire;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use chassis::feed::Consumer;
use chassis::{Context, Parts, Service};
use proto::omnia::limits::v1::limits_service_server::{
    LimitsServiceServer, SERVICE_NAME as LIMITS,
};
use proto::omnia::limits::v1::reservation_service_server::{
    ReservationServiceServer, SERVICE_NAME as RESERVATIONS,
};
use serde::Deserialize;
use sqlx::migrate::Migrator;
use tonic::service::Routes;

use crate::anagrafe::Anagrafe;
use crate::app::{App, ExpireReservations, ExtendVersions, LawBook, RECOMPUTE_BATCH, Recompute};
use crate::domain::rules::Switches;
use crate::feed::{
    ANAGRAFE, CLAIMS, CLAIMS_CONSUMER, MASTER_CONSUMER, PAYMENTS, PAYMENTS_CONSUMER,
};
use crate::grpc::{LimitsApi, ReservationApi};
use crate::planted::{Planted, PlantedBug};

pub use crate::feed::{ClaimEvents, FlowEvents, MasterEvents};

/// Schema of the ledger.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// The limits service.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits;

/// The service's own settings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// A bug to be seen by the checkers; development profile only.
    planted_bug: Option<PlantedBug>,
    /// Folder whose rule files stand in for the embedded ones of the same name.
    rules_folder: Option<PathBuf>,
    /// Raised to take up again rules and readings that others had superseded.
    law_edition: u32,
    /// Readings chosen where the sources are silent.
    switches: Switches,
}

#[async_trait]
impl Service for Limits {
    fn name(&self) -> &'static str {
        "limits"
    }

    fn migrations(&self) -> &'static Migrator {
        &MIGRATIONS
    }

    async fn build(&self, context: Context) -> Result<Parts, Box<dyn Error + Send + Sync>> {
        let settings: Settings = serde_json::from_value(context.settings)?;
        let planted = Planted::plant(settings.planted_bug, context.profile)?;
        let rules = rule_files::load(settings.rules_folder.as_deref(), settings.switches)?;
        let laws = LawBook::open(
            &context.database,
            &context.clock,
            &rules,
            settings.law_edition,
        );
        let laws = laws.await?;
        let registry = Arc::new(Anagrafe::over(context.channels.to(ANAGRAFE)));
        let master_data = Consumer::new(
            MASTER_CONSUMER,
            ANAGRAFE,
            context.database.clone(),
            context.channels.to(ANAGRAFE),
            Arc::new(MasterEvents),
            context.stop.clone(),
        );
        let app = App::new(
            context.database.clone(),
            context.clock,
            context.ids,
            registry,
            Arc::new(master_data.freshness()),
            Arc::new(laws),
            planted,
        );
        let claims = Consumer::new(
            CLAIMS_CONSUMER,
            CLAIMS,
            context.database.clone(),
            context.channels.to(CLAIMS),
            Arc::new(ClaimEvents(app.clone())),
            context.stop.clone(),
        );
        let payments = Consumer::new(
            PAYMENTS_CONSUMER,
            PAYMENTS,
            context.database,
            context.channels.to(PAYMENTS),
            Arc::new(FlowEvents(app.clone())),
            context.stop,
        );
        Ok(Parts {
            routes: routes(&app),
            grpc_services: vec![LIMITS, RESERVATIONS],
            jobs: vec![
                Arc::new(ExpireReservations(app.clone())),
                Arc::new(ExtendVersions(app.clone())),
                Arc::new(Recompute {
                    app,
                    batch: RECOMPUTE_BATCH,
                }),
            ],
            tasks: vec![
                Box::pin(claims.run()),
                Box::pin(payments.run()),
                Box::pin(master_data.run()),
            ],
        })
    }
}

/// The gRPC services over the use cases. The access layer, which puts the caller into each request, stands before them.
pub fn routes(app: &App) -> Routes {
    Routes::new(LimitsServiceServer::new(LimitsApi(app.clone())))
        .add_service(ReservationServiceServer::new(ReservationApi(app.clone())))
}
