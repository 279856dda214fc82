//! The gateway: who are you, may you call this method, how often; then straight through.
//!
//! One port takes gRPC over HTTP/2 and gRPC-Web. Every call passes the same stations, in the order of `identity.md` §7:
//! rate limit, authentication, level, effectiveness, capability, mandate. The decision is written to a journal, an
//! internal token takes the place of the caller's, and the bytes go on as they came.
//!
//! | what | where |
//! |---|---|
//! | a request from its arrival to its answer | `edge` |
//! | the stations | `gate`, with `limits`, `token`, `principal` |
//! | which methods there are, and who answers | `routes`, `upstream` |
//! | bodies on their way | `relay` |
//! | refusals | `answer` |
//! | the journal and its way into the audit trail | `journal`, `store` |
//! | connections, certificates | `server`, `tls` |
//!
//! What is absent on purpose: no message is decoded, no row is known, nothing is retried that a service may have seen.

mod anagrafe;
mod answer;
mod cache;
mod cors;
mod edge;
mod gate;
mod journal;
mod limits;
mod metrics;
mod principal;
mod relay;
mod routes;
mod server;
mod store;
mod tls;
mod token;
mod trace;
mod upstream;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chassis::access::Rules;
use chassis::config::{GatewayConfig, ServiceUrl};
use chassis::identity::token::Signer;
use chassis::ids::Ids;
use chassis::lifecycle::Stop;
use chassis::{Database, SharedClock};
use sqlx::migrate::Migrator;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

pub use anagrafe::Anagrafe;
pub use journal::JournalError;
pub use principal::{Ask, PrincipalResolver, Unreachable};
pub use routes::UnknownUpstream;
pub use tls::TlsError;
pub use token::Subject;

/// The gateway's own tables.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// How long the journal may still be brought into the audit trail when the gateway stops.
const LAST_LINES: Duration = Duration::from_secs(5);

/// What the gateway stands on.
#[derive(Debug, Clone)]
pub struct Deps {
    /// The clock.
    pub clock: SharedClock,
    /// Identifiers of requests.
    pub ids: Ids,
    /// The gateway's own database, for the audit trail.
    pub database: Database,
    /// Signs internal tokens with the key of `gateway`.
    pub signer: Signer,
    /// Says what identities may act as: [`Anagrafe`].
    pub resolver: Arc<dyn PrincipalResolver>,
    /// Where the services are, by the names that the routes lead to.
    pub upstreams: BTreeMap<String, ServiceUrl>,
    /// Folder of the journal of decisions; it belongs to this gateway alone and survives its restarts.
    pub journal_folder: PathBuf,
    /// Whether traces are exported, so that the gateway's own span is worth its cost.
    pub traces_exported: bool,
    /// How long requests under way may still run when the gateway stops.
    pub drain: Duration,
    /// How often it is asked again whether an open stream may go on.
    pub recheck: Duration,
}

/// The gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A route leads nowhere.
    #[error("read the routes")]
    Routes(#[from] UnknownUpstream),
    /// Certificate or key cannot be used.
    #[error("prepare TLS")]
    Tls(#[from] TlsError),
    /// The journal cannot be written.
    #[error("prepare the journal")]
    Journal(#[from] JournalError),
    /// The HTTP client for key sets cannot be made.
    #[error("prepare the fetching of keys")]
    Keys(#[from] reqwest::Error),
}

/// Serves `listener` until `stop`; what is under way then ends within the drain budget, streams with a hint to come
/// again, and the journal is brought into the audit trail.
pub async fn serve(
    config: GatewayConfig,
    deps: Deps,
    listener: TcpListener,
    stop: Stop,
) -> Result<(), GatewayError> {
    let upstreams: BTreeMap<String, Arc<upstream::Upstream>> = deps
        .upstreams
        .iter()
        .map(|(name, url)| {
            (
                name.clone(),
                Arc::new(upstream::Upstream::new(name, url.clone())),
            )
        })
        .collect();
    let certificate = tls::Certificate::of(&config.tls)?;
    let acceptor = certificate
        .as_ref()
        .map(tls::Certificate::acceptor)
        .transpose()?;
    let edge = Arc::new(build(&config, &deps, &upstreams)?);

    let tasks = TaskTracker::new();
    for upstream in upstreams.into_values() {
        tasks.spawn(upstream.tend(stop.clone()));
    }
    if let Some(certificate) = certificate {
        tasks.spawn(certificate.follow(stop.clone()));
    }
    let (edge_leaving, stopping) = (Arc::clone(&edge), stop.clone());
    tasks.spawn(async move {
        stopping.cancelled().await;
        edge_leaving.draining.store(true, Ordering::Relaxed);
    });
    let drained = Stop::new();
    let shipper = journal::Shipper::new(Arc::clone(&edge.journal), deps.database, deps.clock);
    let shipping = tokio::spawn(shipper.run(drained.clone()));

    server::serve(edge, listener, acceptor, stop, deps.drain).await;

    drained.cancel();
    if tokio::time::timeout(LAST_LINES, shipping).await.is_err() {
        tracing::warn!("the last decisions wait in the journal for the next start");
    }
    tasks.close();
    tasks.wait().await;
    Ok(())
}

fn build(
    config: &GatewayConfig,
    deps: &Deps,
    upstreams: &BTreeMap<String, Arc<upstream::Upstream>>,
) -> Result<edge::Edge, GatewayError> {
    let windows = Arc::new(limits::Windows::default());
    let metrics = Arc::new(metrics::Metrics::default());
    let seconds = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let authenticator = token::Authenticator::new(
        config.issuers.values().cloned(),
        seconds(config.jwks_cache_s),
        Arc::clone(&windows),
        &deps.clock,
    )?;
    let principals = principal::Principals::new(
        Arc::clone(&deps.resolver),
        Arc::clone(&deps.clock),
        seconds(config.principal_cache_ms),
    );
    Ok(edge::Edge {
        gate: gate::Gate {
            authenticator,
            principals,
            signer: deps.signer.clone(),
            windows,
            limits: config.limits.clone(),
            clock: Arc::clone(&deps.clock),
            metrics: Arc::clone(&metrics),
            decisions: gate::Decisions::default(),
        },
        routes: routes::Routes::new(Rules::embedded(), &config.routes, upstreams)?,
        journal: Arc::new(journal::Journal::open(
            &deps.journal_folder,
            &deps.ids,
            deps.clock.now(),
        )?),
        cors: cors::Cors::new(&config.cors_origins),
        metrics,
        ids: deps.ids.clone(),
        clock: Arc::clone(&deps.clock),
        load: edge::Load::new(config.max_concurrent_requests),
        max_body_bytes: config.max_body_bytes,
        max_header_bytes: config.max_header_bytes,
        trusted_proxies: config.trusted_proxies.clone(),
        recheck: deps.recheck,
        traces_exported: deps.traces_exported,
        draining: AtomicBool::new(false),
    })
}
