//! Counts and times what the history is asked.

use std::{ops::RangeInclusive, sync::Arc, time::Instant};

use async_trait::async_trait;
use kith_domain::{
    ConversationId, Entry, Seq,
    ports::{History, HistoryError},
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

/// A history whose calls are counted.
pub(super) struct Measured {
    history: Arc<dyn History>,
    seconds: Histogram,
    failures: Family<Failure, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failure {
    /// `unavailable`, `missing` or `internal`.
    reason: &'static str,
}

impl Measured {
    /// Registers `kith_history_read_seconds` and `kith_history_failures_total`.
    pub(super) fn new(history: Arc<dyn History>, registry: &mut Registry) -> Self {
        let (seconds, failures) = (Histogram::new(exponential_buckets(0.001, 2.0, 14)), Family::default());
        registry.register(
            "kith_history_read_seconds",
            "How long reading a range of the history takes",
            seconds.clone(),
        );
        registry.register(
            "kith_history_failures",
            "Calls of the history that failed, by reason: unavailable, missing or internal",
            failures.clone(),
        );
        Self { history, seconds, failures }
    }

    fn count<T>(&self, outcome: Result<T, HistoryError>) -> Result<T, HistoryError> {
        if let Err(error) = &outcome {
            let reason = match error {
                HistoryError::Unavailable(_) => "unavailable",
                HistoryError::Missing { .. } => "missing",
                HistoryError::Internal(_) => "internal",
            };
            self.failures.get_or_create(&Failure { reason }).inc();
        }
        outcome
    }
}

#[async_trait]
impl History for Measured {
    async fn put(&self, entries: &[Entry]) -> Result<(), HistoryError> {
        self.count(self.history.put(entries).await)
    }

    async fn range(
        &self,
        conversation: ConversationId,
        seqs: RangeInclusive<Seq>,
    ) -> Result<Vec<Entry>, HistoryError> {
        let begun = Instant::now();
        let outcome = self.history.range(conversation, seqs).await;
        self.seconds.observe(begun.elapsed().as_secs_f64());
        self.count(outcome)
    }

    async fn covers(&self, entries: &[Entry]) -> Result<bool, HistoryError> {
        self.count(self.history.covers(entries).await)
    }

    async fn check(&self) -> Result<(), HistoryError> {
        self.count(self.history.check().await)
    }
}
