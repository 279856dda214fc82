//! DASMO, the dashboard of workloads as of the previous day (`claims.md` §9).
//!
//! It follows the feeds of the claims and payments services ([`feed`]) and keeps facts and steps of every claim and of every
//! line of a payment flow. Each night a job makes
//! the picture of the day that is over ([`app::snapshots`]), checks that it adds up, and publishes it. Directors and
//! officers see the published pictures of their territory ([`app::dashboard`]), and nothing of today.

mod app;
mod directory;
pub mod domain;
mod feed;
mod grpc;
mod jobs;
mod mail;
mod metrics;
mod settings;
mod standings;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chassis::feed::{Consumer, Handler};
use chassis::lifecycle::Stop;
use chassis::{Context, Parts, Service};
use chrono::TimeDelta;
use proto::omnia::dasmo::v1::dasmo_digest_service_server::{self, DasmoDigestServiceServer};
use proto::omnia::dasmo::v1::dasmo_flows_service_server::{self, DasmoFlowsServiceServer};
use proto::omnia::dasmo::v1::dasmo_service_server::{self, DasmoServiceServer};
use proto::omnia::feed::v1::feed_service_client::FeedServiceClient;
use sqlx::migrate::Migrator;
use tokio::sync::Semaphore;
use tonic::service::Routes;

pub use crate::settings::{MailSettings, Settings, SettingsFault};

use crate::app::dashboard::Dashboard;
use crate::app::digest::Digests;
use crate::app::export;
use crate::app::snapshots::Snapshots;
use crate::app::territory::Territories;
use crate::directory::AnagrafeDirectory;
use crate::feed::{CLAIMS, ClaimEvents, FlowEvents, Follower, PAYMENTS, Source};
use crate::grpc::{DasmoApi, DigestApi, FlowsApi};
use crate::jobs::{DigestJob, RebuildJob, SnapshotJob};
use crate::metrics::Metrics;
use crate::standings::AnagrafeStandings;

/// The schema.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// How often an instance looks whether another has published.
const GAUGE_INTERVAL: Duration = Duration::from_mins(1);

/// The service.
#[derive(Debug, Clone, Copy)]
pub struct Dasmo;

#[async_trait]
impl Service for Dasmo {
    fn name(&self) -> &'static str {
        "dasmo"
    }

    fn migrations(&self) -> &'static Migrator {
        &MIGRATIONS
    }

    async fn build(
        &self,
        context: Context,
    ) -> Result<Parts, Box<dyn std::error::Error + Send + Sync>> {
        let settings = Settings::read(&context.settings)?;
        let claims = Arc::new(follower(&context, CLAIMS, Arc::new(ClaimEvents)));
        let payments = Arc::new(follower(&context, PAYMENTS, Arc::new(FlowEvents)));
        let snapshots = Arc::new(Snapshots {
            database: context.database.clone(),
            clock: context.clock.clone(),
            feeds: vec![claims.clone(), payments.clone()],
            settings: settings.clone(),
            metrics: Metrics::new(context.clock.clone()),
        });
        let dashboard = dashboard(&context, &settings);
        let claims_api = DasmoServiceServer::new(DasmoApi::new(dashboard.clone()));
        let flows_api = DasmoFlowsServiceServer::new(FlowsApi::new(dashboard.clone()));
        let digests = digests(&context, &settings, dashboard)?;
        let digest_api = DasmoDigestServiceServer::new(DigestApi::new(digests.clone()));
        Ok(Parts {
            routes: Routes::new(claims_api)
                .add_service(flows_api)
                .add_service(digest_api),
            grpc_services: vec![
                dasmo_service_server::SERVICE_NAME,
                dasmo_flows_service_server::SERVICE_NAME,
                dasmo_digest_service_server::SERVICE_NAME,
            ],
            jobs: vec![
                Arc::new(SnapshotJob(snapshots.clone())),
                Arc::new(RebuildJob(snapshots.clone())),
                Arc::new(DigestJob(digests)),
            ],
            tasks: vec![
                Box::pin(follow(claims, context.stop.clone())),
                Box::pin(follow(payments, context.stop.clone())),
                Box::pin(keep_gauge(snapshots, context.stop.clone())),
            ],
        })
    }
}

fn dashboard(context: &Context, settings: &Settings) -> Dashboard {
    let kept_for = TimeDelta::seconds(i64::from(settings.offices_kept_seconds));
    let directory = AnagrafeDirectory::new(
        context.channels.to("anagrafe"),
        context.clock.clone(),
        kept_for,
    );
    Dashboard {
        database: context.database.clone(),
        clock: context.clock.clone(),
        territories: Territories::new(Arc::new(directory), settings.profilo_regionale),
        exports: Arc::new(Semaphore::new(export::AT_A_TIME)),
    }
}

fn digests(
    context: &Context,
    settings: &Settings,
    dashboard: Dashboard,
) -> Result<Digests, SettingsFault> {
    let mail = settings.mail.as_ref();
    Ok(Digests {
        dashboard,
        ids: context.ids.clone(),
        standings: Arc::new(AnagrafeStandings::new(context.channels.to("anagrafe"))),
        mailing: mail.map(MailSettings::mailing).transpose()?,
        portal: context.portal_url.clone(),
    })
}

fn follower(context: &Context, source: Source, handler: Arc<dyn Handler>) -> Follower {
    let channel = context.channels.to(source.producer);
    let probe = FeedServiceClient::new(channel.clone());
    let types = handler.types();
    let consumer = Consumer::new(
        source.consumer,
        source.producer,
        context.database.clone(),
        channel,
        handler,
        context.stop.clone(),
    );
    Follower::new(
        source,
        context.database.clone(),
        Box::new(probe),
        types,
        Box::pin(consumer.run()),
    )
}

async fn follow(follower: Arc<Follower>, stop: Stop) {
    follower.follow(&stop).await;
}

/// Keeps the gauge of the published day right in instances that do not run the job themselves.
async fn keep_gauge(snapshots: Arc<Snapshots>, stop: Stop) {
    let mut ticks = tokio::time::interval(GAUGE_INTERVAL);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(failure) = snapshots.refresh_gauge().await {
            tracing::warn!(
                error = &failure as &dyn std::error::Error,
                "read the last published day"
            );
        }
    }
}
