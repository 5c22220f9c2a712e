//! Publishes the log of entries.

use std::sync::Arc;

use async_trait::async_trait;
use kith_domain::{
    Clock, ConversationId, Seq,
    ports::{
        EntryLog, Store, StoreError, StoreExt as _,
        outbox::{LOG, OutboxRow},
    },
};
use prometheus_client::{
    metrics::{
        counter::Counter,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::{
    Consumer,
    metric::{counter, register},
    relay::seconds_since,
};

/// Publishes committed entries to the log, in order within each conversation.
///
/// Entries are published as the ledger has them at that moment. A message that was unsent in the meantime has no content any
/// more, and its unsend follows; one that has left the ledger altogether is in the history already, which is why it
/// could, and is passed over.
pub struct LogPublisher {
    store: Arc<dyn Store>,
    log: Arc<dyn EntryLog>,
    clock: Arc<dyn Clock>,
    published: Counter,
    delay: Histogram,
}

impl LogPublisher {
    /// Registers `kith_log_entries_total` and `kith_log_delay_seconds`.
    pub fn new(
        store: Arc<dyn Store>,
        log: Arc<dyn EntryLog>,
        clock: Arc<dyn Clock>,
        registry: &mut Registry,
    ) -> Self {
        let help = "Entries that the log has confirmed; those that were published again count again";
        let published = counter(registry, "kith_log_entries", help);
        let help = "From an entry's time to its confirmation by the log";
        let delay = Histogram::new(exponential_buckets(0.015625, 2.0, 14));
        let delay = register(registry, "kith_log_delay_seconds", help, delay);
        Self { store, log, clock, published, delay }
    }
}

#[async_trait]
impl Consumer for LogPublisher {
    fn name(&self) -> &'static str {
        LOG
    }

    async fn handle(&self, rows: &[OutboxRow]) -> Result<(), StoreError> {
        let places: Vec<(ConversationId, Seq)> =
            rows.iter().map(|row| (row.conversation_id, row.seq)).collect();
        let mut entries =
            self.store.read(move |tx| Box::pin(async move { tx.find_entries_at(&places).await })).await?;
        entries.sort_unstable_by_key(|entry| (entry.conversation_id, entry.seq));
        self.log.publish(&entries).await.map_err(|error| StoreError::Unavailable(Arc::new(error)))?;
        self.published.inc_by(entries.len() as u64);
        for entry in entries {
            self.delay.observe(seconds_since(&*self.clock, entry.server_time));
        }
        Ok(())
    }
}
