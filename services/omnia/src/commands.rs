//! The commands besides `up`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use chassis::SharedClock;
use chassis::lifecycle::Stop;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::cli::Common;
use crate::import::{self, Kind};
use crate::issuer::Issuer;
use crate::services::{self, GATEWAY, NAMES, PORTAL};
use crate::state::Running;
use crate::{edge, migrate as migrations, personas, setup};

/// `omnia run NAME…`: some services, as on Kubernetes.
pub(crate) async fn run(common: &Common, names: &[String]) -> anyhow::Result<()> {
    let platform = Arc::new(setup::platform(common)?);
    let guard = chassis::telemetry::init(
        &platform.telemetry,
        &names.join("+"),
        &std::process::id().to_string(),
    )?;
    let (clock, ids, stop) = (setup::clock(&platform), setup::ids(), Stop::new());
    let mut parts: JoinSet<anyhow::Result<()>> = JoinSet::new();
    let admin = TcpListener::bind(platform.admin.listen)
        .await
        .with_context(|| format!("listen on {} for health and metrics", platform.admin.listen))?;
    let admin = chassis::server::admin::serve(admin, stop.clone());
    parts.spawn(async move { Ok(admin.await?) });
    for name in names {
        if name == GATEWAY {
            let listener = TcpListener::bind(platform.gateway.listen)
                .await
                .context("listen for the gateway")?;
            parts.spawn(edge::serve(
                platform.clone(),
                clock.clone(),
                ids.clone(),
                listener,
                stop.clone(),
            ));
            continue;
        }
        if name == PORTAL {
            let listener = TcpListener::bind(platform.portal.listen)
                .await
                .context("listen for the portal")?;
            parts.spawn(edge::serve_portal(
                platform.clone(),
                clock.clone(),
                ids.clone(),
                listener,
                stop.clone(),
            ));
            continue;
        }
        let service =
            services::named(name).with_context(|| format!("no service is called `{name}`"))?;
        let listen = platform
            .service(name)
            .with_context(|| format!("no service `{name}` is configured"))?
            .listen;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("listen on {listen} for {name}"))?;
        let served = chassis::service::run(
            service,
            platform.clone(),
            clock.clone(),
            ids.clone(),
            listener,
            stop.clone(),
        );
        parts.spawn(async move { Ok(served.await?) });
    }
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let outcome = tokio::select! {
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        _ = terminate.recv() => Ok(()),
        Some(ended) = parts.join_next() => ended?.and_then(|()| bail!("a service ended by itself")),
    };
    stop.cancel();
    while let Some(ended) = parts.join_next().await {
        ended??;
    }
    guard.shutdown();
    outcome
}

/// `omnia migrate`.
pub(crate) async fn migrate(common: &Common, names: &[String]) -> anyhow::Result<()> {
    let mut platform = setup::platform(common)?;
    if let Ok(running) = Running::read(&common.data) {
        setup::join(&mut platform, &running)?;
    }
    let names = or_all(names);
    migrations::all(&mut platform, &names).await?;
    println!("up to date: {}", names.join(", "));
    Ok(())
}

/// `omnia job`.
pub(crate) async fn job(common: &Common, name: Option<&str>) -> anyhow::Result<()> {
    let mut platform = setup::platform(common)?;
    let clock = match Running::read(&common.data) {
        Ok(running) => {
            setup::join(&mut platform, &running)?;
            setup::clock_of(&running, common)
        }
        Err(_) => setup::clock(&platform),
    };
    let platform = Arc::new(platform);
    let Some(name) = name else {
        return list_jobs(&platform, &clock).await;
    };
    for service in services::all() {
        let prepared = chassis::service::prepare(
            &*service,
            &platform,
            clock.clone(),
            setup::ids(),
            Stop::new(),
        )
        .await?;
        if prepared.job(name).is_some() {
            prepared
                .run_job(name)
                .await
                .map_err(|failure| anyhow::anyhow!("{name}: {failure}"))?;
            println!("{name}: done, as of {}", clock.today());
            return Ok(());
        }
    }
    bail!("no job is called `{name}`: `omnia job` lists them")
}

async fn list_jobs(
    platform: &Arc<chassis::config::Platform>,
    clock: &SharedClock,
) -> anyhow::Result<()> {
    for service in services::all() {
        let prepared = chassis::service::prepare(
            &*service,
            platform,
            clock.clone(),
            setup::ids(),
            Stop::new(),
        )
        .await?;
        for job in prepared.jobs() {
            println!(
                "{:<24} {:<10} {:?}",
                job.name(),
                service.name(),
                job.schedule()
            );
        }
    }
    Ok(())
}

/// `omnia import`.
pub(crate) async fn import(
    common: &Common,
    kind: Kind,
    file: &Path,
    dry_run: bool,
) -> anyhow::Result<ExitCode> {
    let mut platform = setup::platform(common)?;
    let clock = match Running::read(&common.data) {
        Ok(running) => {
            setup::join(&mut platform, &running)?;
            setup::clock_of(&running, common)
        }
        Err(_) => setup::clock(&platform),
    };
    let channels = setup::operator_channels(&platform, clock)?;
    let content = std::fs::read(file).with_context(|| format!("read {}", file.display()))?;
    let report = import::send(&channels, kind, content, dry_run).await?;
    Ok(if import::print(&report, dry_run) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// `omnia token`.
pub(crate) fn token(
    common: &Common,
    persona: Option<&str>,
    level: Option<u8>,
) -> anyhow::Result<()> {
    let Some(name) = persona else {
        for persona in personas::ALL {
            println!("{:<22} {:<7} {}", persona.name, persona.role, persona.about);
        }
        return Ok(());
    };
    let persona = personas::named(name)
        .with_context(|| format!("no persona is called `{name}`: `omnia token` lists them"))?;
    let running = Running::read(&common.data)?;
    let platform = setup::platform(common)?;
    let issuer = Issuer::open(
        &platform.identity.keys_folder,
        running.issuer.clone(),
        setup::clock_of(&running, common),
        setup::ids(),
    )?;
    println!("{}", issuer.token(persona, level)?);
    Ok(())
}

/// `omnia audit verify`.
pub(crate) async fn audit_verify(common: &Common, names: &[String]) -> anyhow::Result<ExitCode> {
    let mut platform = setup::platform(common)?;
    if let Ok(running) = Running::read(&common.data) {
        setup::join(&mut platform, &running)?;
    }
    let anchor = chassis::service::anchor(&platform.audit)?;
    let mut intact = true;
    for name in or_all(names) {
        let database = setup::open(&mut platform, name).await?;
        let report = chassis::audit::verify(database.pool(), &anchor, name).await?;
        println!(
            "{name:<10} sealed {}, unsealed {}{}",
            report.sealed,
            report.unsealed,
            if report.is_intact() { ": intact" } else { "" }
        );
        for finding in &report.findings {
            println!("{:<10} {finding}", "");
        }
        intact &= report.is_intact();
    }
    Ok(if intact {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// `omnia limits conformance`.
pub(crate) fn limits_conformance(file: &Path, rules: Option<&Path>) -> anyhow::Result<ExitCode> {
    let rules = limits::rule_files::load(rules, limits::domain::rules::Switches::default())?;
    let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    let outcomes = limits::domain::conformance::run(&text, &rules)
        .with_context(|| format!("read the cases of {}", file.display()))?;
    let mut out = std::io::stdout().lock();
    for outcome in &outcomes {
        writeln!(out, "{outcome}").context("print the outcome")?;
    }
    let agreeing = outcomes.iter().filter(|outcome| outcome.agrees()).count();
    writeln!(out, "{agreeing} of {} cases agree", outcomes.len()).context("print the outcome")?;
    Ok(if agreeing == outcomes.len() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn or_all(names: &[String]) -> Vec<&str> {
    if names.is_empty() {
        NAMES.to_vec()
    } else {
        names.iter().map(String::as_str).collect()
    }
}
