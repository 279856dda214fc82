//! Brings databases to the schema of this version.

use anyhow::Context;
use chassis::config::Platform;

use crate::services::{self, GATEWAY};
use crate::setup;

/// Migrates the databases of the named services.
pub(crate) async fn all(platform: &mut Platform, names: &[&str]) -> anyhow::Result<()> {
    for name in names {
        let migrations = match services::named(name) {
            Some(service) => service.migrations(),
            None if *name == GATEWAY => &gateway::MIGRATOR,
            None => anyhow::bail!("no service is called `{name}`"),
        };
        let database = setup::open(platform, name).await?;
        chassis::db::migrate(database.pool(), migrations)
            .await
            .with_context(|| format!("migrate the database of {name}"))?;
        database.pool().close().await;
    }
    Ok(())
}
