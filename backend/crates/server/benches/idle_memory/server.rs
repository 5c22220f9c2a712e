//! The server as a process of its own, and what it uses.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The kernel's unit of processor time towards programs, `USER_HZ`: a hundredth of a second on every architecture
/// that Rust's tier 1 knows.
const TICK: Duration = Duration::from_millis(10);

/// A running server; killed when dropped.
pub(crate) struct Server {
    process: Child,
    /// Where it serves, `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
}

/// What a process uses at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Resident memory that belongs to no file.
    pub(crate) anonymous_bytes: u64,
    /// Processor time since the start, of program and kernel.
    pub(crate) processor: Duration,
}

impl Server {
    /// Starts the binary on a free port and waits until it accepts connections.
    pub(crate) fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_kith"))
            .args(["serve", "--dev", "--no-limits", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            // The benchmark opens its sockets as fast as it can.
            .env("KITH__GATEWAY__HANDSHAKES_PER_SECOND", "1000000")
            .env("KITH__LOG__LEVEL", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let origin =
            line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        // The pipe stays open to the end: the server writes to it again.
        std::thread::spawn(move || output.lines().for_each(drop));
        Self { process, origin }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.origin.strip_prefix("http://").unwrap().parse().unwrap()
    }

    pub(crate) fn usage(&self) -> Usage {
        let of = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).unwrap();
        let status = of("status");
        let resident = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        let kibibytes: u64 = resident.split_whitespace().next().unwrap().parse().unwrap();
        // proc_pid_stat(5): the name in parentheses may hold spaces; utime and stime are the 12th and 13th after it.
        let stat = of("stat");
        let ticks: u32 = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|n| n.parse::<u32>().unwrap())
            .sum();
        Usage { anonymous_bytes: kibibytes * 1_024, processor: TICK * ticks }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its data goes with the temporary directory: there is nothing to save.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
