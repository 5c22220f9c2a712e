//! What a process counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::histogram::{Micros, Pairs};

/// Numbers of things that happened. "Measured" are those of the measured part of the run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// Messages that were due.
    pub(crate) due: u64,
    /// Messages that were sent.
    pub(crate) sent: u64,
    /// Messages that were due in the measured part and sent.
    pub(crate) measured_sent: u64,
    /// Messages that were due while their sender's socket was not open.
    pub(crate) unsent: u64,
    /// Receipts of messages.
    pub(crate) receipts: u64,
    /// Receipts that came in the measured part.
    pub(crate) measured_receipts: u64,
    /// Other people's messages of this run.
    pub(crate) deliveries: u64,
    /// Those of them that came in the measured part.
    pub(crate) measured_deliveries: u64,
    /// The senders' own copies.
    pub(crate) echoes: u64,
    /// Reads of sockets in the measured part.
    pub(crate) measured_reads: u64,
    /// Entries that others came after but that did not come.
    pub(crate) lost: u64,
    /// Entries that came again.
    pub(crate) doubled: u64,
    /// Entries that came after later ones.
    pub(crate) disordered: u64,
    /// Entries of conversations that the receiver is not in.
    pub(crate) leaked: u64,
    /// Bytes that no server of ours sends.
    pub(crate) malformed: u64,
    /// Sends that were refused, by code.
    pub(crate) refused: BTreeMap<String, u64>,
    /// ERROR frames, by code.
    pub(crate) errors: BTreeMap<String, u64>,
    /// Sockets that were closed before the end, by close code, or the reason why there is none.
    pub(crate) closed: BTreeMap<String, u64>,
    /// Handshakes that were tried again.
    pub(crate) retried_handshakes: u64,
    /// Entries that came by catching up.
    pub(crate) caught_up: u64,
}

impl Counts {
    /// Adds another process's.
    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.due, other.due),
            (&mut self.sent, other.sent),
            (&mut self.measured_sent, other.measured_sent),
            (&mut self.unsent, other.unsent),
            (&mut self.receipts, other.receipts),
            (&mut self.measured_receipts, other.measured_receipts),
            (&mut self.deliveries, other.deliveries),
            (&mut self.measured_deliveries, other.measured_deliveries),
            (&mut self.echoes, other.echoes),
            (&mut self.measured_reads, other.measured_reads),
            (&mut self.lost, other.lost),
            (&mut self.doubled, other.doubled),
            (&mut self.disordered, other.disordered),
            (&mut self.leaked, other.leaked),
            (&mut self.malformed, other.malformed),
            (&mut self.retried_handshakes, other.retried_handshakes),
            (&mut self.caught_up, other.caught_up),
        ] {
            *mine += theirs;
        }
        for (mine, theirs) in [
            (&mut self.refused, &other.refused),
            (&mut self.errors, &other.errors),
            (&mut self.closed, &other.closed),
        ] {
            for (code, count) in theirs {
                *mine.entry(code.clone()).or_default() += count;
            }
        }
    }

    /// Sends that were refused, whatever the code.
    pub(crate) fn all_refused(&self) -> u64 {
        self.refused.values().sum()
    }
}

/// Counts one more under `code`.
pub(crate) fn note(map: &mut BTreeMap<String, u64>, code: &str) {
    match map.get_mut(code) {
        Some(count) => *count += 1,
        None => {
            map.insert(code.to_owned(), 1);
        }
    }
}

/// The times of a process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies {
    /// From when a message was due to when somebody else had it.
    pub(crate) delivery: Micros,
    /// Those of one-to-one messages alone: what a large group does to everybody else.
    pub(crate) direct: Micros,
    /// From when a message was due to when its sender had the receipt.
    pub(crate) receipt: Micros,
    /// From when a message was due to when it was sent.
    pub(crate) lateness: Micros,
}

/// [`Latencies`] on their way between processes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct LatencyPairs {
    delivery: Pairs,
    direct: Pairs,
    receipt: Pairs,
    lateness: Pairs,
}

impl Latencies {
    /// For the way to another process.
    pub(crate) fn pairs(&self) -> LatencyPairs {
        LatencyPairs {
            delivery: self.delivery.pairs(),
            direct: self.direct.pairs(),
            receipt: self.receipt.pairs(),
            lateness: self.lateness.pairs(),
        }
    }

    /// Adds another process's.
    pub(crate) fn add(&mut self, pairs: &LatencyPairs) {
        self.delivery.add_pairs(&pairs.delivery);
        self.direct.add_pairs(&pairs.direct);
        self.receipt.add_pairs(&pairs.receipt);
        self.lateness.add_pairs(&pairs.lateness);
    }
}
