//! What a run is asked to do.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
};

use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::stamp::Stamp;

/// Sockets that one process holds: each takes a descriptor, of which a process commonly has 20,000.
const SOCKETS_PER_WORKER: u32 = 15_000;
/// The longest text of a message that Kith takes.
const LONGEST_MESSAGE: usize = 8_000;

/// What a run is asked to do.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct RunOptions {
    /// The accounts, as `kith bench seed` wrote them.
    #[arg(long, value_name = "FILE")]
    pub users_file: PathBuf,
    /// The server; several times for the nodes of a cluster, over which people are spread in turn.
    #[arg(long = "url", default_value = "ws://127.0.0.1:8080", value_name = "WS-URL")]
    pub urls: Vec<String>,
    /// Sockets, one for each of the first accounts of the file.
    #[arg(long, default_value_t = 1_000)]
    pub connections: u32,
    /// Only the first so many people send; by default all.
    #[arg(long, value_name = "N")]
    pub senders: Option<u32>,
    /// One-to-one messages per second, of all people together.
    #[arg(long, default_value_t = 0.0, value_name = "PER-SECOND")]
    pub direct_rate: f64,
    /// Messages to groups per second, of all people together.
    #[arg(long, default_value_t = 0.0, value_name = "PER-SECOND")]
    pub group_rate: f64,
    /// Seconds of load before anything is measured.
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS")]
    pub warmup: f64,
    /// Seconds that are measured.
    #[arg(long, default_value_t = 30.0, value_name = "SECONDS")]
    pub duration: f64,
    /// Seconds that deliveries may take after the last message.
    #[arg(long, default_value_t = 30.0, value_name = "SECONDS")]
    pub drain: f64,
    /// Bytes of a message's text.
    #[arg(long, default_value_t = 1_024, value_name = "BYTES")]
    pub message_bytes: usize,
    /// Sockets opened per second.
    #[arg(long, default_value_t = 800.0, value_name = "PER-SECOND")]
    pub connect_rate: f64,
    /// Processes that make the load; by default two, or one for each 15,000 sockets if that is more.
    #[arg(long)]
    pub processes: Option<u32>,
    /// The share of sockets that hardly read, in percent. They are left out of the checks.
    #[arg(long, default_value_t = 0.0, value_name = "PERCENT")]
    pub slow_readers: f64,
    /// The kernel's congestion control for the sockets, such as `reno`; by default the system's own.
    #[arg(long, value_name = "NAME")]
    pub tcp_congestion: Option<String>,
    /// Open closed sockets again at once and catch up, and report how long that took.
    #[arg(long)]
    pub reconnect: bool,
    /// The process of the server, to report what it uses; several times for nodes, whose use is added up.
    #[arg(long = "server-pid", value_name = "PID")]
    pub server_pids: Vec<u32>,
    /// Decides who sends what when: the same seed gives the same load.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Exit with status 4 when the 99th percentile of delivery is not below this, or messages were not carried.
    #[arg(long, value_name = "MILLISECONDS")]
    pub max_p99: Option<f64>,
    /// Write the report as JSON too.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// A node, as clients reach it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// `host:port` of the URL, for the handshake.
    pub(crate) host: String,
    pub(crate) address: SocketAddr,
}

impl Target {
    /// # Errors
    /// A URL without a port or with an unknown host.
    fn parse(url: &str) -> anyhow::Result<Self> {
        let rest = url.strip_prefix("ws://").or_else(|| url.strip_prefix("http://"));
        let rest = rest.context("--url: ws://host:port is expected; the load is made without TLS")?;
        let host = rest.split('/').next().unwrap_or(rest);
        let mut addresses = host.to_socket_addrs().with_context(|| format!("--url: {host}"))?;
        let address = addresses.next().with_context(|| format!("--url: {host} has no address"))?;
        Ok(Self { host: host.to_owned(), address })
    }
}

impl RunOptions {
    /// Finds faults before anything is started.
    ///
    /// # Errors
    /// The first one.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.connections > 0, "--connections: at least one socket is needed");
        anyhow::ensure!(self.connect_rate > 0.0, "--connect-rate: above zero");
        anyhow::ensure!(
            self.duration > 0.0 && self.warmup >= 0.0 && self.drain >= 0.0,
            "times are not negative"
        );
        anyhow::ensure!(
            (Stamp::BYTES..=LONGEST_MESSAGE).contains(&self.message_bytes),
            "--message-bytes: {} to {LONGEST_MESSAGE}",
            Stamp::BYTES
        );
        let workers = self.workers();
        anyhow::ensure!(
            self.connections.div_ceil(workers) <= SOCKETS_PER_WORKER,
            "--processes: at most {SOCKETS_PER_WORKER} sockets each"
        );
        anyhow::ensure!(
            self.senders.is_none_or(|senders| (1..=self.connections).contains(&senders)),
            "--senders: 1 to {}, as many as have a socket",
            self.connections
        );
        self.targets().map(drop)
    }

    /// How many processes make the load.
    pub(crate) fn workers(&self) -> u32 {
        let needed = self.connections.div_ceil(SOCKETS_PER_WORKER);
        self.processes.unwrap_or(needed.max(2)).clamp(1, self.connections)
    }

    /// Where the nodes are.
    ///
    /// # Errors
    /// A URL without a port or with an unknown host.
    pub(crate) fn targets(&self) -> anyhow::Result<Vec<Target>> {
        anyhow::ensure!(!self.urls.is_empty(), "--url: at least one");
        self.urls.iter().map(|url| Target::parse(url)).collect()
    }
}
