//! What every command needs before it can work: configuration, clock, keys, channels.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use chassis::client::Channels;
use chassis::clock::SystemClock;
use chassis::config::{Platform, Profile, ServiceDatabaseConfig, Sources};
use chassis::identity::token::{Signer, create_keys};
use chassis::{Database, Ids, SharedClock};
use chrono::{DateTime, TimeDelta, Utc};

use crate::cli::Common;
use crate::services::{GATEWAY, NAMES, OPERATOR};
use crate::state::Running;

/// The configuration file that is read when none is named.
const USUAL_FILE: &str = "omnia.toml";

/// Configuration of this process, with the data folder's own places filled in.
pub(crate) fn platform(common: &Common) -> anyhow::Result<Platform> {
    let mut sources = Sources::defaults();
    let usual = Path::new(USUAL_FILE);
    if let Some(file) = common.config.as_deref().or(usual.exists().then_some(usual)) {
        sources = sources.file(file);
    }
    let mut platform = sources
        .environment()
        .load()
        .map_err(|faults| anyhow::anyhow!("{faults}"))?;
    settle(&mut platform, &common.data);
    if let Some(now) = common.now {
        ensure!(
            platform.profile == Profile::Development,
            "--now is for the development profile only"
        );
        platform.clock.now = Some(now.with_timezone(&Utc));
    }
    Ok(platform)
}

/// Places that the configuration leaves at their default lie in the data folder.
fn settle(platform: &mut Platform, data: &Path) {
    let defaults = Platform::defaults(platform.profile);
    if platform.identity.keys_folder == defaults.identity.keys_folder {
        platform.identity.keys_folder = data.join("keys");
    }
    if platform.audit.anchor == defaults.audit.anchor {
        platform.audit.anchor = data.join("anchors").display().to_string();
    }
    if platform.objects.store == defaults.objects.store {
        platform.objects.store = data.join("objects").display().to_string();
    }
    if platform.gateway.journal_folder == defaults.gateway.journal_folder {
        platform.gateway.journal_folder = data.join("journal");
    }
    if platform.database.data_folder == defaults.database.data_folder {
        platform.database.data_folder = data.join("postgres");
    }
}

/// The clock of this process.
pub(crate) fn clock(platform: &Platform) -> SharedClock {
    match platform.clock.now {
        Some(start) => Arc::new(SystemClock::starting_at(start)),
        None => Arc::new(SystemClock::real()),
    }
}

/// The clock of a running platform, unless this command was given one of its own.
pub(crate) fn clock_of(running: &Running, common: &Common) -> SharedClock {
    let real = SystemClock::real();
    let start: DateTime<Utc> = match common.now {
        Some(now) => now.with_timezone(&Utc),
        None => chassis::Clock::now(&real) + TimeDelta::milliseconds(running.clock_shift_ms),
    };
    Arc::new(SystemClock::starting_at(start))
}

/// Adds to the configuration what a running `omnia up` chose by itself: addresses and databases.
pub(crate) fn join(platform: &mut Platform, running: &Running) -> anyhow::Result<()> {
    for (name, url) in &running.services {
        let service = platform
            .services
            .get_mut(name)
            .with_context(|| format!("no service `{name}` is configured"))?;
        service.url = url.parse().with_context(|| format!("the URL of {name}"))?;
    }
    for (name, url) in &running.databases {
        database_of(platform, name)?.url = Some(url.clone().into());
    }
    Ok(())
}

/// The database section of a service, or of the gateway.
pub(crate) fn database_of<'a>(
    platform: &'a mut Platform,
    name: &str,
) -> anyhow::Result<&'a mut ServiceDatabaseConfig> {
    if name == GATEWAY {
        return Ok(&mut platform.gateway.database);
    }
    match platform.services.get_mut(name) {
        Some(service) => Ok(&mut service.database),
        None => bail!("no service `{name}` is configured"),
    }
}

/// Opens the database of a service.
pub(crate) async fn open(platform: &mut Platform, name: &str) -> anyhow::Result<Database> {
    let config = database_of(platform, name)?.resolved().with_context(|| {
        format!(
            "{name} has no database: set OMNIA__SERVICES__{}__DATABASE__URL, or start `omnia up`",
            name.to_uppercase()
        )
    })?;
    Database::connect(&config)
        .await
        .with_context(|| format!("open the database of {name}"))
}

/// Makes the keys that are missing: one for each service, for the gateway, and for the commands of this binary.
pub(crate) fn keys(folder: &Path) -> anyhow::Result<()> {
    let issuers: Vec<&str> = NAMES.into_iter().chain([OPERATOR]).collect();
    create_keys(folder, &issuers).context("make the keys of the internal tokens")
}

/// The portal's secret for sessions: the configured one, or one of this machine, made once.
pub(crate) fn session_keys(platform: &mut Platform, ids: &Ids) -> anyhow::Result<()> {
    if platform.portal.session_keys.is_some() {
        return Ok(());
    }
    let file = platform.identity.keys_folder.join("portal-sessions.key");
    let secret = if file.exists() {
        fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?
    } else {
        // 64 characters of 36 kinds: more than 256 bits.
        let secret = ids.code(64);
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&file)
            .and_then(|mut out| out.write_all(secret.as_bytes()))
            .with_context(|| format!("write {}", file.display()))?;
        secret
    };
    platform.portal.session_keys = Some(secret.into());
    Ok(())
}

/// Channels that carry the identity of the commands of this binary.
pub(crate) fn operator_channels(
    platform: &Platform,
    clock: SharedClock,
) -> anyhow::Result<Channels> {
    let signer = Signer::open(&platform.identity.keys_folder, OPERATOR, clock)?;
    Ok(Channels::new(platform, signer))
}

/// Identifiers of this process.
pub(crate) fn ids() -> Ids {
    Ids::random()
}
