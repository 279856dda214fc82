//! Sends CSV files: of master data to the anagrafe, of past periods to the limits.

mod history;

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
    /// Heads of employers, month by month.
    EmployerHeadcount,
    /// Protection schemes of employers, month by month.
    ProtectionSchemes,
    /// Periods of wage integration authorised before the platform.
    LimitsHistory,
}

impl Kind {
    /// Kind of master data; `None` for what is not the anagrafe's.
    fn wire(self) -> Option<ImportKind> {
        match self {
            Self::Employers => Some(ImportKind::Employers),
            Self::ProductionUnits => Some(ImportKind::ProductionUnits),
            Self::Roles => Some(ImportKind::Roles),
            Self::Mandates => Some(ImportKind::Mandates),
            Self::EmployerHeadcount => Some(ImportKind::EmployerHeadcount),
            Self::ProtectionSchemes => Some(ImportKind::ProtectionSchemes),
            Self::LimitsHistory => None,
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
    let Some(kind) = kind.wire() else {
        return history::send(channels, &file, dry_run).await;
    };
    let bytes = bytes::Bytes::from(file);
    let pieces: Vec<ImportMasterDataRequest> = (0..bytes.len().div_ceil(CHUNK).max(1))
        .map(|piece| ImportMasterDataRequest {
            kind: kind.into(),
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
