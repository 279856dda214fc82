//! `omnia up`: the whole platform in one process, on embedded defaults.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use chassis::config::{Platform, Profile};
use chassis::lifecycle::Stop;
use chassis::server::health::{self, State};
use chassis::{Clock, Ids, SharedClock};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::cli::Common;
use crate::issuer::{Issuer, ensure_loopback};
use crate::postgres::Cluster;
use crate::services::{self, GATEWAY, NAMES, PORTAL};
use crate::state::Running;
use crate::{edge, migrate, personas, seed, setup};

/// Runs until Ctrl-C, SIGTERM, or the failure of a part.
pub(crate) async fn run(common: &Common, listen: Option<SocketAddr>) -> anyhow::Result<()> {
    let mut platform = setup::platform(common)?;
    if let Some(listen) = listen {
        platform.gateway.listen = listen;
    }
    fs::create_dir_all(&common.data)
        .with_context(|| format!("create {}", common.data.display()))?;
    let _lock = lock(&common.data)?;
    let clock = setup::clock(&platform);
    let ids = setup::ids();
    let listeners = Listeners::bind(&mut platform).await?;

    let cluster = databases(&mut platform, &ids).await?;
    let outcome = serve(platform, listeners, clock, ids, &common.data).await;
    Running::remove(&common.data);
    if let Some(cluster) = cluster {
        say("stopping PostgreSQL");
        cluster.stop()?;
    }
    outcome
}

/// One platform a folder.
fn lock(data: &Path) -> anyhow::Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => bail!(
            "a platform already runs on {}: stop it, or run another with --data FOLDER and --listen ADDRESS",
            data.display()
        ),
        Err(fs::TryLockError::Error(error)) => Err(error).context("lock the data folder"),
    }
}

/// Every listener, bound before anything is started, so that a taken port is known at once.
struct Listeners {
    gateway: TcpListener,
    admin: TcpListener,
    issuer: Option<TcpListener>,
    portal: TcpListener,
    services: BTreeMap<String, TcpListener>,
}

impl Listeners {
    async fn bind(platform: &mut Platform) -> anyhow::Result<Self> {
        let gateway = bind(platform.gateway.listen, "gateway", "--listen ADDRESS").await?;
        let beside = gateway.local_addr()?.port()
            != chassis::config::Platform::default().gateway.listen.port();
        // A second platform on this machine moved its gateway: its side doors move too.
        let side = |address: SocketAddr| {
            if beside {
                SocketAddr::new(address.ip(), 0)
            } else {
                address
            }
        };
        let admin = bind(
            side(platform.admin.listen),
            "health and metrics",
            "OMNIA__ADMIN__LISTEN=ADDRESS",
        )
        .await?;
        let issuer = if platform.development_issuer.enabled {
            ensure_loopback(platform.development_issuer.listen)?;
            let address = side(platform.development_issuer.listen);
            Some(
                bind(
                    address,
                    "development issuer",
                    "OMNIA__DEVELOPMENT_ISSUER__LISTEN=ADDRESS",
                )
                .await?,
            )
        } else {
            None
        };
        let usual = Platform::default().portal.listen;
        let portal = bind(
            if platform.portal.listen == usual {
                side(usual)
            } else {
                platform.portal.listen
            },
            "portal",
            "OMNIA__PORTAL__LISTEN=ADDRESS",
        )
        .await?;
        let mut services = BTreeMap::new();
        for (name, service) in &mut platform.services {
            let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
            service.listen = listener.local_addr()?;
            service.url = service.listen.into();
            services.insert(name.clone(), listener);
        }
        if let Some(issuer) = &issuer {
            trust(platform, issuer.local_addr()?);
        }
        place(platform, gateway.local_addr()?, portal.local_addr()?);
        Ok(Self {
            gateway,
            admin,
            issuer,
            portal,
            services,
        })
    }
}

async fn bind(address: SocketAddr, what: &str, instead: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "{address}, the address of the {what}, is taken by another program: stop that program, or choose another \
             address with {instead}"
        ),
        _ => anyhow::Error::new(error).context(format!("listen on {address} for the {what}")),
    })
}

/// The gateway and the portal believe the development issuer where it really listens.
fn trust(platform: &mut Platform, address: SocketAddr) {
    if let Some(issuer) = platform.gateway.issuers.get_mut("development") {
        issuer.issuer = format!("http://{address}");
        issuer.jwks_url = Some(format!("http://{address}/jwks.json"));
    }
    let usual = Platform::default().portal.oidc.issuer;
    if platform.portal.oidc.issuer == usual {
        platform.portal.oidc.issuer = format!("http://{address}");
    }
}

/// The portal finds the gateway, and browsers the portal, where they really listen, unless the configuration says where.
fn place(platform: &mut Platform, gateway: SocketAddr, portal: SocketAddr) {
    let usual = Platform::default().portal;
    if platform.portal.gateway_url == usual.gateway_url {
        platform.portal.gateway_url = gateway.into();
    }
    if platform.portal.public_url == usual.public_url {
        platform.portal.public_url = format!("http://{portal}");
    }
}

/// A database for each service: on the configured server, or on a private cluster.
async fn databases(platform: &mut Platform, ids: &Ids) -> anyhow::Result<Option<Cluster>> {
    if let Some(url) = platform.database.url.clone() {
        for name in NAMES {
            let database =
                crate::postgres::on_server(&url, name, &platform.database.data_folder, ids).await?;
            setup::database_of(platform, name)?.url = Some(database);
        }
        return Ok(None);
    }
    let cluster = Cluster::start(&platform.database.data_folder, ids, say)?;
    for name in NAMES {
        setup::database_of(platform, name)?.url = Some(cluster.database(name, ids).await?);
    }
    Ok(Some(cluster))
}

async fn serve(
    mut platform: Platform,
    listeners: Listeners,
    clock: SharedClock,
    ids: Ids,
    data: &Path,
) -> anyhow::Result<()> {
    setup::keys(&platform.identity.keys_folder)?;
    setup::session_keys(&mut platform, &ids)?;
    say("bringing the databases up to date");
    migrate::all(&mut platform, &NAMES).await?;
    let guard = chassis::telemetry::init(
        &platform.telemetry,
        "omnia",
        &std::process::id().to_string(),
    )?;

    let running = running(&platform, &listeners, &clock)?;
    let platform = Arc::new(platform);
    let stop = Stop::new();
    let mut parts = JoinSet::new();
    start(&mut parts, &platform, listeners, &clock, &ids, &stop)?;

    let outcome = tokio::select! {
        ended = first_to_end(&mut parts) => ended,
        never = get_ready(&platform, &clock, &running, data) => never,
    };

    say("stopping: requests under way may finish");
    stop.cancel();
    let budget = Duration::from_millis(
        platform.server.settle_ms + platform.server.drain_ms + platform.server.tasks_ms + 1_000,
    );
    let drained =
        tokio::time::timeout(budget, async { while parts.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        say("some requests did not finish in time and were cut");
    }
    guard.shutdown();
    outcome
}

/// Makes the platform ready to be used, says so, and waits to be cut short.
async fn get_ready(
    platform: &Platform,
    clock: &SharedClock,
    running: &Running,
    data: &Path,
) -> anyhow::Result<()> {
    all_ready(platform).await;
    if platform.profile == Profile::Development {
        say("making the personas known");
        let channels = setup::operator_channels(platform, clock.clone())?;
        seed::personas(&channels, clock.today())
            .await
            .context("make the personas known")?;
    }
    running.write(data)?;
    announce(running, platform.profile);
    std::future::pending().await
}

/// Returns once the gateway and every service say that they are ready.
async fn all_ready(platform: &Platform) {
    loop {
        let board = health::board();
        if platform
            .services
            .keys()
            .map(String::as_str)
            .chain([GATEWAY, PORTAL])
            .all(|name| board.get(name) == Some(&State::Ready))
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

type Part = (&'static str, anyhow::Result<()>);

fn start(
    parts: &mut JoinSet<Part>,
    platform: &Arc<Platform>,
    mut listeners: Listeners,
    clock: &SharedClock,
    ids: &Ids,
    stop: &Stop,
) -> anyhow::Result<()> {
    for service in services::all() {
        let name = service.name();
        let listener = listeners
            .services
            .remove(name)
            .with_context(|| format!("{name} has no listener"))?;
        let served = chassis::service::run(
            service,
            platform.clone(),
            clock.clone(),
            ids.clone(),
            listener,
            stop.clone(),
        );
        parts.spawn(async move { (name, served.await.map_err(anyhow::Error::new)) });
    }
    if let Some(listener) = listeners.issuer {
        let url = format!("http://{}", listener.local_addr()?);
        let issuer = Issuer::open(
            &platform.identity.keys_folder,
            url,
            clock.clone(),
            ids.clone(),
        )?;
        let stop = stop.clone();
        parts.spawn(async move { ("development issuer", issuer.serve(listener, stop).await) });
    }
    let admin = chassis::server::admin::serve(listeners.admin, stop.clone());
    parts.spawn(async move {
        (
            "health and metrics",
            admin.await.map_err(anyhow::Error::new),
        )
    });
    let gateway = edge::serve(
        platform.clone(),
        clock.clone(),
        ids.clone(),
        listeners.gateway,
        stop.clone(),
    );
    parts.spawn(async move { (GATEWAY, gateway.await) });
    let portal = edge::serve_portal(
        platform.clone(),
        clock.clone(),
        ids.clone(),
        listeners.portal,
        stop.clone(),
    );
    parts.spawn(async move { (PORTAL, portal.await) });
    Ok(())
}

/// Waits for a signal, or for the first part that ends before one.
async fn first_to_end(parts: &mut JoinSet<Part>) -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        _ = terminate.recv() => Ok(()),
        Some(ended) = parts.join_next() => match ended {
            Ok((name, Ok(()))) => bail!("the {name} ended by itself"),
            Ok((name, Err(error))) => Err(error.context(format!("the {name} failed"))),
            Err(error) => Err(error).context("a part of the platform panicked"),
        },
    }
}

fn running(
    platform: &Platform,
    listeners: &Listeners,
    clock: &SharedClock,
) -> anyhow::Result<Running> {
    let mut databases = BTreeMap::new();
    let named = platform
        .services
        .iter()
        .map(|(name, service)| (name.as_str(), &service.database));
    for (name, database) in named.chain([(GATEWAY, &platform.gateway.database)]) {
        let url = database
            .url
            .as_ref()
            .with_context(|| format!("{name} has no database"))?;
        databases.insert(name.to_owned(), url.expose_secret().to_owned());
    }
    let machine = chassis::clock::SystemClock::real().now();
    Ok(Running {
        pid: std::process::id(),
        gateway: listeners.gateway.local_addr()?.to_string(),
        admin: listeners.admin.local_addr()?.to_string(),
        issuer: listeners
            .issuer
            .as_ref()
            .map_or(Ok(String::new()), |issuer| {
                issuer.local_addr().map(|at| format!("http://{at}"))
            })?,
        portal: platform.portal.public_url.clone(),
        services: platform
            .services
            .iter()
            .map(|(name, service)| (name.clone(), service.url.to_string()))
            .collect(),
        databases,
        clock_shift_ms: (clock.now() - machine).num_milliseconds(),
    })
}

/// Progress, for whoever looks at the terminal.
pub(crate) fn say(text: &str) {
    let mark = if std::io::stderr().is_terminal() {
        "\u{1b}[1m·\u{1b}[0m"
    } else {
        "·"
    };
    eprintln!("{mark} {text}");
}

fn announce(running: &Running, profile: Profile) {
    println!("\nOmnia is ready.\n");
    println!(
        "  portal    {}   log in by a click on a persona",
        running.portal
    );
    println!("  gateway   {}   gRPC and gRPC-Web", running.gateway);
    println!(
        "  health    http://{}/readyz   metrics at /metrics",
        running.admin
    );
    if profile == Profile::Development {
        println!("  issuer    {}   development only", running.issuer);
        println!("\nPersonas (`omnia token NAME` prints a token):\n");
        for persona in personas::ALL {
            println!(
                "  {:<22} {:<7} {}",
                persona.name, persona.role, persona.about
            );
        }
    }
    println!("\nCtrl-C stops it. The journey, step by step: README.md.");
}
