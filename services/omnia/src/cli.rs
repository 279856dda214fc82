//! The command line.

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset};
use clap::{Args, Parser, Subcommand};

use crate::demo::flows::{Wanted, Workers};

/// Omnia: wage-integration claims, the limits behind them, decisions and dashboards, in one binary.
///
/// `omnia up` runs the whole platform on this machine: it brings its own PostgreSQL, a development issuer and named
/// personas. In production each service runs alone with `omnia run NAME`.
#[derive(Debug, Parser)]
#[command(name = "omnia", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub(crate) common: Common,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  omnia up                                     the whole platform, until Ctrl-C
  omnia up --now 2026-11-24T06:00:00+01:00     the same, as if it were then
  omnia token direttore                        a token to call it as the director of Milano
  omnia job dasmo-snapshot                     close yesterday in DASMO
  omnia demo-data --employers 500 --claims 20000
  omnia demo-flow workers --workers 500 workers.csv
  omnia demo-wave --scale 0.001                two years of a thousandth of a nation, day by day
  omnia audit verify                           is the audit trail whole?
  omnia limits conformance cases.json          does the limits engine answer as these cases expect?

Every setting is in omnia.example.toml; OMNIA__SECTION__KEY overrides the file.";

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Configuration file (TOML); `omnia.toml` in the working folder when there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the local platform's data, keys and logs.
    #[arg(long, global = true, value_name = "FOLDER", default_value = ".omnia")]
    pub(crate) data: PathBuf,
    /// Pretend that it is this instant now, and run on from there (development profile only).
    #[arg(long, global = true, value_name = "RFC3339")]
    pub(crate) now: Option<DateTime<FixedOffset>>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole platform in one process, on embedded defaults.
    Up {
        /// Address of the gateway.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<std::net::SocketAddr>,
    },
    /// Run some services of the platform: gateway, anagrafe, limits, claims, payments, dasmo, portal.
    Run {
        /// Names.
        #[arg(required = true, value_parser = crate::services::RUNNABLE.to_vec())]
        services: Vec<String>,
    },
    /// Bring the databases of all services, or of some, to the schema of this version.
    Migrate {
        /// Names; all without any.
        #[arg(value_parser = crate::services::NAMES.to_vec())]
        services: Vec<String>,
    },
    /// Run one scheduled job now, such as `dasmo-snapshot`. Without a name, list them.
    Job {
        /// Name of the job.
        name: Option<String>,
    },
    /// Fill the running platform with invented data: the same for the same seed.
    ///
    /// Employers and units at every provincial office, their people, and claims of the last two years up to the
    /// platform's own now. Best on a fresh platform: protocol numbers of past days follow those that were given
    /// already. A second run with the same seed adds nothing; one that broke off is taken up again.
    DemoData {
        /// Employers, each with one to four production units.
        #[arg(long, default_value_t = 500)]
        employers: u32,
        /// Claims over two years, in every state but `SUPPLEMENT_PENDING`, which needs interlocutions.
        #[arg(long, default_value_t = 20_000)]
        claims: u32,
        /// Seed of the generator.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Invent flows of direct payment, and the workers of a claim for them. Needs no platform.
    #[command(subcommand)]
    DemoFlow(DemoFlow),
    /// Play two years of claims with a COVID-like wave on a running platform, day by day.
    ///
    /// Every day is written as the claims service writes it and told on its feed, and DASMO makes its picture the night after.
    /// The days begin on 24 February 2020: start a fresh platform with `--now 2020-02-24T00:30:00+01:00`. Afterwards start it
    /// on the day after the last one. Claims are held in memory, some 20 kB each.
    DemoWave {
        /// Part of the nation, whose highest week has 400,000 claims.
        #[arg(long, default_value = "0.0003")]
        scale: crate::demo::wave::Share,
        /// Weeks from the first.
        #[arg(long, default_value_t = 104, value_parser = clap::value_parser!(u32).range(1..=104))]
        weeks: u32,
        /// Seed of the generator.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Import master data, or the history of the limits, from a CSV file (layouts: docs/import.md).
    Import {
        /// What the file holds.
        kind: crate::import::Kind,
        /// The file.
        file: PathBuf,
        /// Only report, write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Print a persona's token (development profile). Without a name, list the personas.
    Token {
        /// Name of the persona.
        persona: Option<String>,
        /// Assurance level, 1 to 3; the persona's own when absent.
        #[arg(long, value_parser = clap::value_parser!(u8).range(1..=3))]
        level: Option<u8>,
    },
    /// The audit trail.
    #[command(subcommand)]
    Audit(Audit),
    /// The limits engine, without a platform.
    #[command(subcommand)]
    Limits(Limits),
}

/// What to invent of a flow.
#[derive(Debug, Subcommand)]
pub(crate) enum DemoFlow {
    /// Write the list of workers that the claim is to name (CSV).
    Workers {
        /// Which.
        #[command(flatten)]
        workers: Workers,
        /// The file.
        file: PathBuf,
    },
    /// Write a flow of these workers, and print its header as `UploadFlow` wants it.
    Lines {
        /// Which.
        #[command(flatten)]
        wanted: Wanted,
        /// The file.
        file: PathBuf,
    },
}

/// What to ask of the limits engine.
#[derive(Debug, Subcommand)]
pub(crate) enum Limits {
    /// Answer a file of cases in the conformance format (docs/conformance.md), and fail on any difference.
    Conformance {
        /// The file.
        file: PathBuf,
        /// Folder whose rule files stand in for the embedded ones.
        #[arg(long, value_name = "FOLDER")]
        rules: Option<PathBuf>,
    },
}

/// What to do with the audit trail.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Recompute the chain of each service and compare it with its anchor.
    Verify {
        /// Names; all without any.
        #[arg(value_parser = crate::services::NAMES.to_vec())]
        services: Vec<String>,
    },
}
