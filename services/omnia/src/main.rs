//! The one binary of Omnia: the whole platform on a laptop, each service alone in production, and the tools around
//! them.

mod cli;
mod commands;
mod demo;
mod edge;
mod import;
mod issuer;
mod migrate;
mod personas;
mod postgres;
mod seed;
mod services;
mod setup;
mod state;
mod up;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

/// The system's allocator costs the gateway a tenth of its core (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("omnia: start the runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("omnia: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let common = &cli.common;
    match cli.command {
        Command::Up { listen } => up::run(common, listen).await.map(|()| ExitCode::SUCCESS),
        Command::Run { services } => commands::run(common, &services)
            .await
            .map(|()| ExitCode::SUCCESS),
        Command::Migrate { services } => commands::migrate(common, &services)
            .await
            .map(|()| ExitCode::SUCCESS),
        Command::Job { name } => commands::job(common, name.as_deref())
            .await
            .map(|()| ExitCode::SUCCESS),
        Command::DemoData {
            employers,
            claims,
            seed,
        } => demo::run(
            common,
            &demo::Scale {
                employers,
                claims,
                seed,
            },
        )
        .await
        .map(|()| ExitCode::SUCCESS),
        Command::DemoFlow(cli::DemoFlow::Workers { workers, file }) => {
            demo::flows::write_list(&workers, &file).map(|()| ExitCode::SUCCESS)
        }
        Command::DemoFlow(cli::DemoFlow::Lines { wanted, file }) => {
            demo::flows::write_flow(&wanted, &file).map(|()| ExitCode::SUCCESS)
        }
        Command::DemoWave { scale, weeks, seed } => demo::wave::run(
            common,
            &demo::wave::Scale {
                share: scale,
                weeks,
                seed,
            },
        )
        .await
        .map(|()| ExitCode::SUCCESS),
        Command::Import {
            kind,
            file,
            dry_run,
        } => commands::import(common, kind, &file, dry_run).await,
        Command::Token { persona, level } => {
            commands::token(common, persona.as_deref(), level).map(|()| ExitCode::SUCCESS)
        }
        Command::Audit(cli::Audit::Verify { services }) => {
            commands::audit_verify(common, &services).await
        }
        Command::Limits(cli::Limits::Conformance { file, rules }) => {
            commands::limits_conformance(&file, rules.as_deref())
        }
    }
}
