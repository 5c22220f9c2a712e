//! The processes of a server: all that work in its directory.
//!
//! Neither the process group nor the parent tells which they are: PostgreSQL gives each of its processes a session of
//! its own, Erlang its helpers, and an orphan has another parent. They all keep a working directory at or below the
//! one they were started in.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, Signal, kill_process};

/// The processes whose working directory is `directory` or lies in it. One that has ended but was not waited for is
/// none of them.
pub(crate) fn working_in(directory: &Path) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(directory)))
        .filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
        .collect()
}

/// Whether a process has given up all it held: it is no more, or waits to be waited for. The first thread of a
/// process can end long before the others, and its working directory before its sockets.
pub(crate) fn is_gone(process: Pid) -> bool {
    let directory = PathBuf::from(format!("/proc/{}", process.as_raw_pid()));
    let Ok(status) = fs::read_to_string(directory.join("status")) else { return true };
    let ended = status.lines().any(|line| line.starts_with("State:\tZ"));
    ended && fs::read_dir(directory.join("task")).map_or(0, Iterator::count) <= 1
}

/// Sends `signal` to each of them. One that ended in the meantime needs none.
pub(crate) fn signal_all(processes: &[Pid], signal: Signal) {
    for process in processes {
        let _ = kill_process(*process, signal);
    }
}
