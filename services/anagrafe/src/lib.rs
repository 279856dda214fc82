//! The anagrafe: employers and their production units, the territory of INPS and its calendar, people's roles and
//! mandates, and what an identity may act as at an instant.
//!
//! The only place of the platform where an opaque person id meets a codice fiscale.

pub mod app;
pub mod data;
pub mod domain;
pub mod grpc;
pub mod store;

use std::sync::Arc;

use async_trait::async_trait;
use chassis::{Context, Parts, Service};
use sqlx::migrate::Migrator;

/// The schema of this service.
pub static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// The service.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anagrafe;

#[async_trait]
impl Service for Anagrafe {
    fn name(&self) -> &'static str {
        "anagrafe"
    }

    fn migrations(&self) -> &'static Migrator {
        &MIGRATOR
    }

    async fn build(
        &self,
        context: Context,
    ) -> Result<Parts, Box<dyn std::error::Error + Send + Sync>> {
        let Context {
            database,
            clock,
            ids,
            stop,
            ..
        } = context;
        let app = app::App::start(database, clock, ids, stop, data::territory()?).await?;
        Ok(Parts {
            routes: grpc::routes(&app),
            grpc_services: grpc::SERVICES.to_vec(),
            jobs: vec![Arc::new(app::TellUntold(app.clone()))],
            tasks: vec![Box::pin(app.keep_watch())],
        })
    }
}
