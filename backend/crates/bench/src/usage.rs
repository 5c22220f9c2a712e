//! What a process uses, as Linux tells it under `/proc`.

use std::{fs, time::Duration};

use anyhow::Context as _;

/// The kernel's unit of processor time towards programs, `USER_HZ`: a hundredth of a second on every architecture
/// that Rust's tier 1 knows.
const TICK: Duration = Duration::from_millis(10);

/// What a process has used up to one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Processor time since its start, of program and kernel, all threads.
    pub(crate) processor: Duration,
    /// Resident memory that belongs to no file.
    pub(crate) anonymous_bytes: u64,
    /// The most memory that was resident at any time, files included.
    pub(crate) peak_bytes: u64,
    /// Bytes handed to disks.
    pub(crate) written_bytes: u64,
}

impl Usage {
    /// What the process has used by now.
    ///
    /// # Errors
    /// When there is no such process, or it is another user's.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let read = |file: &str| {
            let path = format!("/proc/{pid}/{file}");
            fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
        };
        let status = read("status")?;
        let kibibytes = |name: &str| value(&status, name).unwrap_or(0) * 1_024;
        Ok(Self {
            processor: TICK * ticks(&read("stat")?),
            anonymous_bytes: kibibytes("RssAnon:"),
            peak_bytes: kibibytes("VmHWM:"),
            written_bytes: value(&read("io")?, "write_bytes:").unwrap_or(0),
        })
    }
}

/// utime and stime: the 12th and 13th fields after the name, which is in parentheses and may hold spaces
/// (proc_pid_stat(5)).
fn ticks(stat: &str) -> u32 {
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum()
}

impl Usage {
    /// What two processes use together; of the most memory of either, the sum of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            processor: self.processor + other.processor,
            anonymous_bytes: self.anonymous_bytes + other.anonymous_bytes,
            peak_bytes: self.peak_bytes + other.peak_bytes,
            written_bytes: self.written_bytes + other.written_bytes,
        }
    }
}

fn value(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_of_a_process_with_an_odd_name() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 17 25 3 4 20 0 1 0 100 1000 10";
        assert_eq!(ticks(stat), 42);
    }

    #[test]
    fn this_process_uses_memory() {
        assert!(Usage::of(std::process::id()).unwrap().anonymous_bytes > 0);
    }
}
