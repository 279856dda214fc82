//! The portal: the web face of the platform, rendered on the server. It is a relying party of an OpenID provider and a
//! client of the gateway; it has no database, and keeps nothing between two requests but what the browser brings back.

mod assets;
mod fields;
mod frame;
mod gateway;
mod metrics;
mod oidc;
mod pages;
mod problem;
mod session;
#[cfg(test)]
mod tests;
mod text;
mod web;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use chassis::config::{ClientConfig, PortalConfig};
use chassis::lifecycle::Stop;
use chassis::server::health::{self, State};
use chassis::{Ids, SharedClock};
use http::HeaderValue;
use tokio::net::TcpListener;

use crate::gateway::{Directory, Gateway};
use crate::metrics::Metrics;
use crate::oidc::RelyingParty;
use crate::session::{Keeper, Seal};

/// Name in logs, spans, health and on the command line.
pub const NAME: &str = "portal";

/// What the portal stands on.
#[derive(Debug, Clone)]
pub struct Deps {
    /// The clock.
    pub clock: SharedClock,
    /// Identifiers.
    pub ids: Ids,
    /// How calls to the gateway are limited.
    pub client: ClientConfig,
    /// How long requests under way may still run when the portal stops.
    pub drain: Duration,
}

/// What every handler knows.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: PortalConfig,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) gateway: Gateway,
    pub(crate) directory: Directory,
    pub(crate) provider: RelyingParty,
    pub(crate) seal: Seal,
    pub(crate) keeper: Keeper,
    pub(crate) metrics: Metrics,
    pub(crate) policy: HeaderValue,
}

impl App {
    fn new(config: PortalConfig, deps: &Deps) -> Result<Self, PortalError> {
        let keys = config
            .session_keys
            .clone()
            .ok_or(PortalError::NoSessionKeys)?;
        let seal = Seal::new(&keys, config.public_url.starts_with("https://"));
        let http = oidc::http_client().map_err(PortalError::HttpClient)?;
        let provider = RelyingParty::new(
            config.oidc.clone(),
            &config.public_url,
            http,
            deps.clock.clone(),
        )
        .map_err(PortalError::PublicUrl)?;
        Ok(Self {
            clock: deps.clock.clone(),
            ids: deps.ids.clone(),
            gateway: Gateway::at(config.gateway_url.clone(), deps.client.clone()),
            directory: Directory::default(),
            provider,
            keeper: Keeper(seal.clone()),
            seal,
            metrics: Metrics::new(),
            policy: web::policy(&config.oidc.issuer),
            config,
        })
    }

    /// Seconds after which an idle session ends.
    pub(crate) fn idle_seconds(&self) -> i64 {
        i64::try_from(self.config.session_idle_s).unwrap_or(i64::MAX / 2)
    }

    /// Whether browsers come over TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.config.public_url.starts_with("https://")
    }
}

/// The portal cannot start, or ended otherwise than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// There is nothing to seal sessions with.
    #[error("the portal has nothing to seal sessions with: set OMNIA__PORTAL__SESSION_KEYS")]
    NoSessionKeys,
    /// `portal.public_url` is not an address.
    #[error("read portal.public_url")]
    PublicUrl(#[source] url::ParseError),
    /// The client of the provider cannot be made.
    #[error("prepare the client of the OpenID provider")]
    HttpClient(#[source] reqwest::Error),
    /// The listener failed.
    #[error("serve the portal")]
    Serve(#[source] std::io::Error),
}

/// Serves the portal on `listener` until `stop`; then what runs may finish within `deps.drain`.
pub async fn serve(
    config: PortalConfig,
    deps: Deps,
    listener: TcpListener,
    stop: Stop,
) -> Result<(), PortalError> {
    let drain = deps.drain;
    let app = Arc::new(App::new(config, &deps)?);
    health::note(NAME, State::Ready);
    let service = routes(app).into_make_service_with_connect_info::<SocketAddr>();
    let stopping = stop.clone();
    let served = axum::serve(listener, service).with_graceful_shutdown(async move {
        stopping.cancelled().await;
        health::note(NAME, State::Draining);
    });
    let outcome = within(served.into_future(), stop, drain).await;
    health::forget(NAME);
    outcome.map_err(PortalError::Serve)
}

/// Browsers keep connections open: after the budget they are cut.
async fn within(
    served: impl Future<Output = std::io::Result<()>>,
    stop: Stop,
    drain: Duration,
) -> std::io::Result<()> {
    tokio::select! {
        ended = served => ended,
        () = async { stop.cancelled().await; tokio::time::sleep(drain).await } => Ok(()),
    }
}

fn routes(app: Arc<App>) -> Router {
    pages::routes()
        .layer(from_fn_with_state(Arc::clone(&app), web::enter))
        .with_state(app)
}
