//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

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
    /// Operators' rights.
    #[command(subcommand)]
    Admin(AdminCommand),
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
