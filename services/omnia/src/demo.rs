//! `omnia demo-data`.

use crate::cli::Common;

/// How much.
#[derive(Debug)]
pub(crate) struct Scale {
    pub(crate) employers: u32,
    pub(crate) claims: u32,
    pub(crate) seed: u64,
}

pub(crate) async fn run(_common: &Common, _scale: &Scale) -> anyhow::Result<()> {
    Ok(())
}
