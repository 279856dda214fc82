//! Sends CSV files of master data to the anagrafe.

use anyhow::{Context, bail};
use chassis::client::Channels;
use proto::omnia::anagrafe::v1::import_service_client::ImportServiceClient;
use proto::omnia::anagrafe::v1::{ImportKind, ImportMasterDataRequest, ImportMasterDataResponse};

/// Bytes sent in one message; the contract allows 1 MiB.
const CHUNK: usize = 512 * 1024;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Employer positions.
    Employers,
    /// Production units, with their headcount.
    ProductionUnits,
    /// Roles of people.
    Roles,
    /// Mandates of intermediaries.
    Mandates,
}

impl Kind {
    fn wire(self) -> ImportKind {
        match self {
            Self::Employers => ImportKind::Employers,
            Self::ProductionUnits => ImportKind::ProductionUnits,
            Self::Roles => ImportKind::Roles,
            Self::Mandates => ImportKind::Mandates,
        }
    }
}

/// Sends a file and returns the report.
pub(crate) async fn send(
    channels: &Channels,
    kind: Kind,
    file: Vec<u8>,
    dry_run: bool,
) -> anyhow::Result<ImportMasterDataResponse> {
    let bytes = bytes::Bytes::from(file);
    let pieces: Vec<ImportMasterDataRequest> = (0..bytes.len().div_ceil(CHUNK).max(1))
        .map(|piece| ImportMasterDataRequest {
            kind: kind.wire().into(),
            chunk: bytes.slice(piece * CHUNK..bytes.len().min((piece + 1) * CHUNK)),
            dry_run,
        })
        .collect();
    let mut client = ImportServiceClient::new(channels.to("anagrafe"));
    let answer = client
        .import_master_data(tokio_stream::iter(pieces))
        .await
        .context("import master data")?;
    Ok(answer.into_inner())
}

/// Sends a file that must be right.
pub(crate) async fn apply(channels: &Channels, kind: Kind, file: Vec<u8>) -> anyhow::Result<()> {
    let report = send(channels, kind, file, false).await?;
    match report.faults.first() {
        None => Ok(()),
        Some(fault) => bail!(
            "line {} of the {kind:?}: {}: {}",
            fault.line,
            fault.column,
            fault.message
        ),
    }
}

/// Prints a report; the answer says whether the file was taken.
pub(crate) fn print(report: &ImportMasterDataResponse, dry_run: bool) -> bool {
    for fault in &report.faults {
        println!("line {}: {}: {}", fault.line, fault.column, fault.message);
    }
    if !report.faults.is_empty() {
        println!(
            "{} faults in {} lines: nothing was written",
            report.faults.len(),
            report.lines
        );
        return false;
    }
    println!(
        "{} lines: {} new, {} changed, {} already known{}",
        report.lines,
        report.created,
        report.updated,
        report.unchanged,
        if dry_run {
            " (nothing was written)"
        } else {
            ""
        }
    );
    true
}
