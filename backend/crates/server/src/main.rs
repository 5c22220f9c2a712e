//! The binary `kith`: serves the whole system, and looks after it from the command line.

mod admin;
#[cfg(all(target_env = "gnu", not(feature = "mimalloc")))]
mod allocator;
mod assembly;
mod backup;
mod bench;
mod commands;
mod config;
mod control;
mod deletions_file;
mod doctor;
mod file_host;
mod listener;
mod logging;
mod metrics;
mod search;
mod serve;
mod web;

use clap::Parser;
use commands::{Cli, Command};

/// Messages cost a twentieth less processor time with it, an idle socket half as much memory again.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    #[cfg(all(target_env = "gnu", not(feature = "mimalloc")))]
    allocator::keep_little();
    // With two TLS providers linked rustls would refuse to choose; one is named before anything else runs.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let outcome = match Cli::parse().command {
        Command::Serve(flags) => serve::run(&flags),
        Command::Doctor(flags) => doctor::run(&flags),
        Command::Migrate(flags) => admin::migrate(&flags),
        Command::Backup(flags) => backup::run_backup(&flags),
        Command::Restore(flags) => backup::run_restore(&flags),
        Command::Admin(command) => admin::run(&command),
        Command::Search(command) => search::run(&command),
        Command::Bench(command) => match bench::run(&command) {
            Ok(status) => return status,
            Err(error) => Err(error),
        },
        Command::Openapi => {
            print!("{}", kith_rest::openapi_json());
            Ok(())
        }
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kith: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
