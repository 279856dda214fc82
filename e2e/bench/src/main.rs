//! What the benchmarks need and no ready-made program does: a bare server to compare with, a client that files claims,
//! and both ends of a feed. `e2e/bench/run` puts them together and prints the ratios.

mod claims;
mod echo;
mod feed;
mod relay;

use std::net::SocketAddr;
use std::path::PathBuf;

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
        Command::Publish { database, events } => feed::publish(&database, events).await?,
        Command::Follow { database, events } => feed::follow(&database, events).await?,
    };
    println!("{measured}");
    Ok(())
}
