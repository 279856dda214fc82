//! What the benchmarks need and no ready-made program does: a bare server to compare with, clients that file claims
//! and ask for counters, and both ends of a feed. `e2e/bench/run` puts them together and prints the ratios.

mod claims;
mod counters;
mod echo;
mod feed;
mod identity;
mod lists;
mod payments;
mod relay;

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};
use serde_json::Value;

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve `LimitsService/GetCounters` with tonic alone and a fixed answer, until killed.
    Echo {
        /// Address.
        #[arg(long)]
        listen: SocketAddr,
    },
    /// Pass bytes on from one address to another and back, and do nothing else, until killed.
    Relay {
        /// Address.
        #[arg(long)]
        listen: SocketAddr,
        /// Where the bytes go.
        #[arg(long)]
        to: SocketAddr,
    },
    /// Create the drafts of a file, and write a line `id etag` for each.
    Draft {
        #[command(flatten)]
        desks: Desks,
        /// `CreateDraftRequest`s, each behind its length.
        #[arg(long)]
        requests: PathBuf,
        /// Where the lines go.
        #[arg(long)]
        out: PathBuf,
    },
    /// Submit the drafts of a file of lines `id etag`, for some seconds at most.
    Submit {
        #[command(flatten)]
        desks: Desks,
        /// The lines.
        #[arg(long)]
        drafts: PathBuf,
        /// Longest time.
        #[arg(long)]
        seconds: u64,
    },
    /// Ask the limits for counters, one unit a call.
    Counters(Counters),
    /// Ask payments for a month of lines, one call at a time.
    Payments(Payments),
    /// Upload a list of workers into each draft of a file of lines `id etag`, one after the other.
    Upload {
        #[command(flatten)]
        desks: Desks,
        /// The lines.
        #[arg(long)]
        drafts: PathBuf,
        /// The list, as CSV.
        #[arg(long)]
        list: PathBuf,
    },
    /// Bring a database to the chassis' schema and publish events in it.
    Publish {
        /// URL.
        #[arg(long)]
        database: String,
        /// How many events.
        #[arg(long)]
        events: u32,
    },
    /// Follow the feed of a database over gRPC until so many events are applied.
    Follow {
        /// URL.
        #[arg(long)]
        database: String,
        /// How many events.
        #[arg(long)]
        events: u64,
    },
}

/// Those who file claims: each has a connection of its own and one call under way.
#[derive(Debug, Args)]
pub(crate) struct Desks {
    /// URL of the gateway.
    #[arg(long)]
    pub(crate) gateway: String,
    /// Token of the filer.
    #[arg(long)]
    pub(crate) token: String,
    /// How many.
    #[arg(long = "desks")]
    pub(crate) count: usize,
}

/// What is asked of the limits, and by whom.
#[derive(Debug, Args)]
pub(crate) struct Counters {
    /// URL of the limits service itself.
    #[arg(long)]
    pub(crate) limits: String,
    /// Folder of the keys that sign internal tokens.
    #[arg(long)]
    pub(crate) keys: PathBuf,
    /// What time it is on the platform.
    #[arg(long)]
    pub(crate) now: DateTime<Utc>,
    /// Office that is competent for the units.
    #[arg(long)]
    pub(crate) office: String,
    /// Matricola of the first unit; those of the others follow it.
    #[arg(long)]
    pub(crate) first_matricola: u64,
    /// How many units there are.
    #[arg(long)]
    pub(crate) units: u64,
    /// Calls under way, each on a connection of its own.
    #[arg(long)]
    pub(crate) callers: u64,
    /// For how long.
    #[arg(long)]
    pub(crate) seconds: u64,
}

/// What is asked of payments.
#[derive(Debug, Args)]
pub(crate) struct Payments {
    /// URL of the payments service itself.
    #[arg(long = "payments")]
    pub(crate) url: String,
    /// Folder of the keys that sign internal tokens.
    #[arg(long)]
    pub(crate) keys: PathBuf,
    /// What time it is on the platform.
    #[arg(long)]
    pub(crate) now: DateTime<Utc>,
    /// Office that is competent for the flows.
    #[arg(long)]
    pub(crate) office: String,
    /// By what.
    #[arg(long)]
    pub(crate) by: payments::By,
    /// Lines of the month.
    #[arg(long)]
    pub(crate) lines: u64,
    /// Lines of a flow.
    #[arg(long)]
    pub(crate) flow: u64,
    /// For how long.
    #[arg(long)]
    pub(crate) seconds: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let measured: Value = match Cli::parse().command {
        Command::Echo { listen } => return echo::serve(listen).await,
        Command::Relay { listen, to } => return relay::serve(listen, to).await,
        Command::Draft {
            desks,
            requests,
            out,
        } => claims::draft(&desks, &requests, &out).await?,
        Command::Submit {
            desks,
            drafts,
            seconds,
        } => claims::submit(&desks, &drafts, seconds).await?,
        Command::Counters(wanted) => counters::ask(&wanted).await?,
        Command::Payments(wanted) => payments::ask(&wanted).await?,
        Command::Upload {
            desks,
            drafts,
            list,
        } => lists::upload(&desks, &drafts, &list).await?,
        Command::Publish { database, events } => feed::publish(&database, events).await?,
        Command::Follow { database, events } => feed::follow(&database, events).await?,
    };
    println!("{measured}");
    Ok(())
}
