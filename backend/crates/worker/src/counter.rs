//! Counts what the ledger took, for the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use kith_domain::ports::{StoreError, outbox::OutboxRow};
use prometheus_client::{metrics::counter::Counter, registry::Registry};

use crate::{Consumer, metric::counter};

/// The name of the counter as a consumer of the outbox.
pub const COUNTER: &str = "counter";

/// Counts committed entries as they pass the relay; a row that comes again is not counted again.
#[derive(Debug)]
pub struct EntryCounter {
    entries: Counter,
    last_pos: AtomicU64,
}

impl EntryCounter {
    /// Registers `kith_entries_relayed_total`.
    pub fn new(registry: &mut Registry) -> Self {
        let entries = counter(registry, "kith_entries_relayed", "Entries that passed the outbox relay");
        Self { entries, last_pos: AtomicU64::new(0) }
    }
}

#[async_trait]
impl Consumer for EntryCounter {
    fn name(&self) -> &'static str {
        COUNTER
    }

    async fn handle(&self, rows: &[OutboxRow]) -> Result<(), StoreError> {
        let last = self.last_pos.load(Ordering::Relaxed);
        let new = rows.iter().filter(|row| row.pos > last).count();
        self.entries.inc_by(new as u64);
        if let Some(row) = rows.last() {
            self.last_pos.fetch_max(row.pos, Ordering::Relaxed);
        }
        Ok(())
    }
}
