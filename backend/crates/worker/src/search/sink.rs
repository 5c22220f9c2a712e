//! New messages, from the log of entries into the index.

use std::sync::Arc;

use async_trait::async_trait;
use kith_domain::{
    Clock, Entry,
    ports::{EntrySink, EntrySinkError, Search},
};

use super::{
    documents::documents,
    metrics::{Metrics, times},
};
use crate::relay::seconds_since;

/// Follows the log of entries for the index. It takes nothing while the index has no mark of this ledger: then
/// [`super::SearchIndexer`] is about to make it anew, and what was put before that would be lost.
pub struct SearchSink {
    epoch: String,
    search: Arc<dyn Search>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
}

/// The index is not one that follows the log of this ledger.
#[derive(Debug, thiserror::Error)]
#[error("the search index has yet to be made for the log of this ledger")]
struct NotReady;

impl SearchSink {
    pub(super) fn new(
        epoch: String,
        search: Arc<dyn Search>,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Self {
        Self { epoch, search, clock, metrics }
    }

    async fn index(&self, entries: Vec<Entry>) -> Result<(), EntrySinkError> {
        let mark = self.search.mark().await.map_err(failed)?;
        if !mark.is_some_and(|mark| mark.epoch == self.epoch && mark.outbox_pos.is_none()) {
            return Err(failed(NotReady));
        }
        let documents = documents(entries).await.map_err(failed)?;
        if documents.is_empty() {
            return Ok(());
        }
        let (times, count) = (times(&documents), documents.len());
        self.search.put(documents, None).await.map_err(failed)?;
        self.metrics.documents.inc_by(count as u64);
        self.metrics.found(&times, &*self.clock);
        Ok(())
    }
}

#[async_trait]
impl EntrySink for SearchSink {
    fn name(&self) -> &'static str {
        "indexer"
    }

    async fn take(&self, entries: Vec<Entry>) -> Result<(), EntrySinkError> {
        let oldest = entries.iter().map(|entry| entry.server_time).min();
        self.metrics.lag.set(oldest.map_or(0.0, |time| seconds_since(&*self.clock, time)));
        self.index(entries).await?;
        self.metrics.lag.set(0.0);
        Ok(())
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> EntrySinkError {
    EntrySinkError(Arc::new(error))
}
