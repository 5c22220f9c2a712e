//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use kith_bench::{limit::LimitOptions, run::RunOptions, seed::SeedOptions};

/// Kith: chat with friends, one-to-one and in groups.
#[derive(Debug, Parser)]
#[command(name = "kith", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server.
    Serve(ServeFlags),
    /// Check the configuration and every dependency, and say what to fix.
    Doctor(ServeFlags),
    /// Bring the store to this version's layout.
    Migrate(ServeFlags),
    /// Back the data directory up, while the server runs or not.
    Backup(BackupFlags),
    /// Make a new data directory of a backup.
    Restore(RestoreFlags),
    /// Operators' rights.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// The index by which messages are found.
    #[command(subcommand)]
    Search(SearchCommand),
    /// Load tests: a seeded store, a load that checks what comes of it, and the ceiling to compare with.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Print the OpenAPI document.
    Openapi,
}

/// Flags that override the configuration.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct ServeFlags {
    /// For one's own machine: loopback only, plain HTTP, a built-in identity provider.
    #[arg(long)]
    pub(crate) dev: bool,
    /// The address to serve on; port 0 chooses a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where embedded storage lies.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// A TOML file with settings.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What this node does, of api, gateway and worker.
    #[arg(long, value_delimiter = ',', value_name = "ROLES")]
    pub(crate) roles: Option<Vec<String>>,
    /// Lift the limits per user and address, for load tests; needs --dev.
    #[arg(long)]
    pub(crate) no_limits: bool,
    /// A file with seconds to add to the clock, read again every second; needs --dev.
    #[arg(long, value_name = "FILE")]
    pub(crate) clock_offset_file: Option<PathBuf>,
}

/// What is backed up, and where to.
#[derive(Debug, Args)]
pub(crate) struct BackupFlags {
    /// A directory that does not exist yet. It will hold everything, the keys included: keep it as safe as the server.
    #[arg(value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// Where embedded storage lies.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// A TOML file with settings.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// What is restored, and where to.
#[derive(Debug, Args)]
pub(crate) struct RestoreFlags {
    /// A directory that `kith backup` made.
    #[arg(value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// The data directory to make: a new or an empty one.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
    /// The deletions.txt of the data directory that was lost, or copies of it: who was deleted since the backup is
    /// deleted again.
    #[arg(long, value_name = "FILE")]
    pub(crate) deletions: Vec<PathBuf>,
    /// A TOML file with settings.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Operators' rights.
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Grant the operator role to the owner of a verified address.
    Grant(GrantFlags),
    /// Take the operator role away.
    Revoke(GrantFlags),
}

/// Whose rights.
#[derive(Debug, Args)]
pub(crate) struct GrantFlags {
    /// The address, as the provider verified it.
    pub(crate) email: String,
    /// The provider that verified the address.
    #[arg(long, default_value = "google", value_parser = ["google", "dev"])]
    pub(crate) provider: String,
    /// Where embedded storage lies.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// A TOML file with settings.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// The index by which messages are found.
#[derive(Debug, Subcommand)]
pub(crate) enum SearchCommand {
    /// Empty the index and fill it from the stored messages; the server may run meanwhile.
    Rebuild(RebuildFlags),
}

/// Whose index.
#[derive(Debug, Args)]
pub(crate) struct RebuildFlags {
    /// Where embedded storage lies.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// A TOML file with settings.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Load tests.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Fill a store with accounts, friends and groups; the server must be stopped.
    Seed(SeedFlags),
    /// Load a server, check what comes, and report. Exit status 1: something was lost, doubled, out of order or leaked;
    /// 3: void, the load itself was late; 4: slower than --max-p99.
    Run(RunOptions),
    /// Serve the same load without storing or checking anything.
    Limit(LimitOptions),
    /// Set a report of `run` beside one against the limit server.
    Compare(CompareFlags),
    /// One process of `run`.
    #[command(hide = true)]
    Worker,
}

/// What is seeded, and where.
#[derive(Debug, Args)]
pub(crate) struct SeedFlags {
    #[command(flatten)]
    pub(crate) serve: ServeFlags,
    #[command(flatten)]
    pub(crate) options: SeedOptions,
    /// Where the accounts with their tokens are written, a JSON line each.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// How long the tokens are good, such as 90m or 12h; at most 24h.
    #[arg(long, default_value = "12h", value_name = "TIME", value_parser = token_ttl)]
    pub(crate) token_ttl: i64,
    /// Seed a store that is not served with --dev: whoever has the file is all of those people.
    #[arg(long)]
    pub(crate) allow_seeding: bool,
}

/// Reports to compare.
#[derive(Debug, Args)]
pub(crate) struct CompareFlags {
    /// The JSON report of a run.
    pub(crate) run: PathBuf,
    /// The JSON report of the same run against the limit server.
    pub(crate) limit: PathBuf,
}

/// Seconds of a time with a unit.
fn token_ttl(text: &str) -> Result<i64, String> {
    const MOST: i64 = 86_400;
    let (number, unit) = text.split_at(text.len() - usize::from(text.ends_with(['s', 'm', 'h'])));
    let factor = match unit {
        "m" => 60,
        "h" => 3_600,
        _ => 1,
    };
    let seconds = number.parse::<i64>().ok().and_then(|number| number.checked_mul(factor));
    seconds.filter(|seconds| (1..=MOST).contains(seconds)).ok_or_else(|| "1s to 24h, such as 90m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_times() {
        for (text, seconds) in [
            ("90m", Some(5_400)),
            ("24h", Some(86_400)),
            ("30s", Some(30)),
            ("45", Some(45)),
            ("25h", None),
            ("0m", None),
            ("-1h", None),
            ("h", None),
            ("", None),
            ("9223372036854775807h", None),
        ] {
            assert_eq!(token_ttl(text).ok(), seconds, "{text:?}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }
}
