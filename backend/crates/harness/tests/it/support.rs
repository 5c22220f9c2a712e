//! What all tests use.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// How long a condition may take to come true on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Waits until `condition` holds.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {} s: {what}", LIMIT.as_secs());
        thread::sleep(Duration::from_millis(5));
    }
}

/// The `127.0.0.1:PORT` in an address.
pub(crate) fn socket_address(url: &str) -> SocketAddr {
    let authority = url.split_once("://").unwrap().1.split('/').next().unwrap();
    authority.rsplit('@').next().unwrap().parse().unwrap()
}

/// Whether somebody listens there.
pub(crate) fn listens(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok()
}

/// The state letter of a process; `None` when there is none.
pub(crate) fn state(process: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// A process and all that descend from it, by their parents: another view than the harness has of them.
pub(crate) fn family(root: u32) -> Vec<u32> {
    let listing = Command::new("ps").args(["-e", "-o", "pid=,ppid="]).output().unwrap();
    let pairs: Vec<(u32, u32)> = String::from_utf8(listing.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let mut numbers = line.split_whitespace().map(|number| number.parse().unwrap());
            (numbers.next().unwrap(), numbers.next().unwrap())
        })
        .collect();
    let mut family = vec![root];
    let mut next = 0;
    while let Some(of) = family.get(next).copied() {
        family.extend(pairs.iter().filter(|(_, parent)| *parent == of).map(|(child, _)| *child));
        next += 1;
    }
    family
}

/// What was seen of a running server, to look whether it is gone.
pub(crate) struct Traces {
    pub(crate) directory: PathBuf,
    pub(crate) address: SocketAddr,
    pub(crate) processes: Vec<u32>,
}

impl Traces {
    /// Of a server of this process whose first process has the number `process`.
    pub(crate) fn new(directory: &Path, url: &str, process: u32) -> Self {
        let address = socket_address(url);
        assert!(listens(address) && directory.is_dir(), "{} runs", directory.display());
        Self { directory: directory.to_owned(), address, processes: family(process) }
    }

    /// Whether nothing is left.
    pub(crate) fn are_gone(&self) -> bool {
        !self.directory.exists()
            && !listens(self.address)
            && self.processes.iter().all(|process| matches!(state(*process), None | Some('Z')))
    }
}
