//! Puts the log of entries into the history.

use std::sync::Arc;

use async_trait::async_trait;
use kith_domain::{
    Entry,
    ports::{EntrySink, EntrySinkError, History},
};
use prometheus_client::{metrics::counter::Counter, registry::Registry};

use crate::metric::counter;

/// Follows the log for the history. What comes twice or late changes nothing there.
pub struct Archiver {
    history: Arc<dyn History>,
    archived: Counter,
}

impl Archiver {
    /// Registers `kith_history_entries_total`.
    pub fn new(history: Arc<dyn History>, registry: &mut Registry) -> Self {
        let help = "Entries that the archiver put into the history; those that came again count again";
        Self { history, archived: counter(registry, "kith_history_entries", help) }
    }
}

#[async_trait]
impl EntrySink for Archiver {
    fn name(&self) -> &'static str {
        "archiver"
    }

    async fn take(&self, entries: Vec<Entry>) -> Result<(), EntrySinkError> {
        self.history.put(&entries).await.map_err(|error| EntrySinkError(Arc::new(error)))?;
        self.archived.inc_by(entries.len() as u64);
        Ok(())
    }
}
