//! Ids of requests and traces.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// Makes ids that no two requests share, on any node: a counter under two keyed hashes whose keys are random per
/// process. They are names, not secrets.
#[derive(Debug, Default)]
pub(crate) struct TraceIds {
    keys: (RandomState, RandomState),
    counter: AtomicU64,
}

impl TraceIds {
    /// A fresh id: 32 digits of lower-case hex, as a trace id of W3C trace context.
    pub(crate) fn next(&self) -> String {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}{:016x}", self.keys.0.hash_one(count), self.keys.1.hash_one(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_between_requests_and_processes() {
        let (one, other) = (TraceIds::default(), TraceIds::default());
        let ids: std::collections::HashSet<String> =
            (0..1_000).flat_map(|_| [one.next(), other.next()]).collect();
        assert_eq!(ids.len(), 2_000);
        assert!(ids.iter().all(|id| id.len() == 32));
    }
}
