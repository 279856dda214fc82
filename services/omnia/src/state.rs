//! What a running `omnia up` tells the other commands: where it listens and where its data are.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

const FILE: &str = "run.json";

/// The platform that runs on a data folder. Readable by its owner alone, since it holds the databases' passwords.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Running {
    /// Process id.
    pub(crate) pid: u32,
    /// Address of the gateway.
    pub(crate) gateway: String,
    /// Address of health and metrics.
    pub(crate) admin: String,
    /// URL of the development issuer.
    pub(crate) issuer: String,
    /// URL of the portal.
    pub(crate) portal: String,
    /// URL of each service.
    pub(crate) services: BTreeMap<String, String>,
    /// URL of each service's database.
    pub(crate) databases: BTreeMap<String, String>,
    /// How far the platform's clock is ahead of the machine's, in milliseconds.
    pub(crate) clock_shift_ms: i64,
}

impl Running {
    /// Writes the file at once or not at all.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let fresh = folder.join(format!("{FILE}.new"));
        let mut out = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        out.write_all(&serde_json::to_vec_pretty(self)?)?;
        fs::rename(&fresh, folder.join(FILE)).context("write run.json")
    }

    /// The platform that runs on `folder`.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(FILE);
        let text = fs::read(&file).with_context(|| {
            format!(
                "no platform runs on {}: start one with `omnia up`, or name its folder with --data",
                folder.display()
            )
        })?;
        serde_json::from_slice(&text).with_context(|| format!("read {}", file.display()))
    }

    /// Forgets the platform that ran.
    pub(crate) fn remove(folder: &Path) {
        fs::remove_file(folder.join(FILE)).ok();
    }
}
