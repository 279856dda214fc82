//! Puts together what is no service of the platform: the gateway with the upkeep of its audit trail, and the portal.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chassis::audit::Sealer;
use chassis::client::Channels;
use chassis::config::Platform;
use chassis::identity::token::Signer;
use chassis::jobs::{Runner, SharedJob, Upkeep};
use chassis::lifecycle::Stop;
use chassis::server::health::{self, State};
use chassis::{Database, Ids, SharedClock};
use tokio::net::TcpListener;

use crate::services::GATEWAY;

/// How often it is asked again whether an open stream may go on.
const RECHECK: Duration = Duration::from_secs(1);

/// Serves the portal until told to stop.
pub(crate) async fn serve_portal(
    platform: Arc<Platform>,
    clock: SharedClock,
    ids: Ids,
    listener: TcpListener,
    stop: Stop,
) -> anyhow::Result<()> {
    let deps = portal::Deps {
        clock,
        ids,
        client: platform.client.clone(),
        drain: Duration::from_millis(platform.server.drain_ms),
    };
    Ok(portal::serve(platform.portal.clone(), deps, listener, stop).await?)
}

/// Serves the gateway until told to stop.
pub(crate) async fn serve(
    platform: Arc<Platform>,
    clock: SharedClock,
    ids: Ids,
    listener: TcpListener,
    stop: Stop,
) -> anyhow::Result<()> {
    let config = platform
        .gateway
        .database
        .resolved()
        .context("the gateway has no database for its audit trail")?;
    let database = Database::connect(&config)
        .await
        .context("open the database of the gateway")?;
    let signer = Signer::open(&platform.identity.keys_folder, GATEWAY, clock.clone())?;
    let channels = Channels::new(&platform, signer.clone());

    let anchor = chassis::service::anchor(&platform.audit)?;
    let jobs: Vec<SharedJob> = vec![
        Arc::new(Sealer::new(
            GATEWAY,
            database.clone(),
            anchor,
            clock.clone(),
        )),
        Arc::new(Upkeep::new(database.clone(), clock.clone())),
    ];
    // Sealing goes on while the last decisions are brought into the trail.
    let sealing = Stop::new();
    let runner =
        tokio::spawn(Runner::new(database.clone(), clock.clone(), jobs, sealing.clone()).run());

    let deps = gateway::Deps {
        clock,
        ids,
        database,
        signer,
        resolver: Arc::new(gateway::Anagrafe::over(channels.to("anagrafe"))),
        upstreams: platform
            .services
            .iter()
            .map(|(name, service)| (name.clone(), service.url.clone()))
            .collect(),
        journal_folder: platform.gateway.journal_folder.clone(),
        traces_exported: platform.telemetry.otlp_endpoint.is_some(),
        drain: Duration::from_millis(platform.server.drain_ms),
        recheck: RECHECK,
    };
    health::note(GATEWAY, State::Ready);
    let served = gateway::serve(platform.gateway.clone(), deps, listener, stop).await;
    health::forget(GATEWAY);
    sealing.cancel();
    runner
        .await
        .context("the upkeep of the gateway's audit trail panicked")?;
    Ok(served?)
}
