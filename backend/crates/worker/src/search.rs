//! Keeps the search index abreast of the ledger, and builds it anew where it is not.

use std::sync::{Arc, atomic::AtomicU64};

use async_trait::async_trait;
use kith_domain::{
    Clock, ConversationId, Entry, EntryBody, EntryId, Seq,
    ports::{
        Search, SearchError, Store, StoreError, StoreExt as _,
        outbox::OutboxRow,
        search::{SearchBody, SearchDocument, SearchMark},
    },
    search::index_terms,
};
use prometheus_client::{
    metrics::{
        counter::Counter,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use tokio::sync::Mutex;

use crate::{Consumer, relay::catch_up};

/// Messages that one read of a rebuild takes: a read transaction is to stay below 100 ms.
const PAGE: u32 = 1_000;
/// A rebuild commits after so many messages, or so many bytes of terms.
const BATCH_MESSAGES: usize = 20_000;
const BATCH_BYTES: usize = 8 << 20;

/// Why the index is not abreast.
#[derive(Debug, thiserror::Error)]
pub enum IndexingError {
    /// The ledger did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index did not take it.
    #[error(transparent)]
    Search(#[from] SearchError),
}

/// Follows the ledger: what is committed is found about a second later. An index that has no mark, one of another
/// ledger, or one that is behind what was confirmed, is emptied and filled from the ledger, while new messages go on being
/// indexed.
pub struct SearchIndexer {
    store: Arc<dyn Store>,
    search: Arc<dyn Search>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    /// One step at a time: each goes on from the mark of the one before.
    turn: Mutex<()>,
}

struct Metrics {
    lag: Gauge<f64, AtomicU64>,
    delay: Histogram,
    documents: Counter,
    rebuilding: Gauge,
}

impl Metrics {
    fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            lag: Gauge::default(),
            delay: Histogram::new(exponential_buckets(0.03125, 2.0, 12)),
            documents: Counter::default(),
            rebuilding: Gauge::default(),
        };
        registry.register(
            "kith_search_lag_seconds",
            "Age of the oldest entry that the search index has not taken yet",
            metrics.lag.clone(),
        );
        registry.register(
            "kith_search_delay_seconds",
            "From a message's time to when it is found",
            metrics.delay.clone(),
        );
        registry.register(
            "kith_search_documents",
            "Documents put into the search index",
            metrics.documents.clone(),
        );
        registry.register(
            "kith_search_rebuilding",
            "1 while the search index is being filled from the ledger",
            metrics.rebuilding.clone(),
        );
        metrics
    }
}

impl SearchIndexer {
    /// An indexer of `store`'s messages; registers `kith_search_…`.
    pub fn new(
        store: Arc<dyn Store>,
        search: Arc<dyn Search>,
        clock: Arc<dyn Clock>,
        registry: &mut Registry,
    ) -> Self {
        Self { store, search, clock, metrics: Metrics::new(registry), turn: Mutex::default() }
    }

    /// Takes what is new and a part of what is missing; whether more is missing.
    ///
    /// # Errors
    /// The first failure. What was taken stays taken, and the next step goes on from there.
    pub async fn step(&self) -> Result<bool, IndexingError> {
        let _turn = self.turn.lock().await;
        self.begin().await?;
        self.note_lag().await?;
        catch_up(&*self.store, &*self.clock, self).await?;
        self.metrics.lag.set(0.0);
        let more = self.rebuild_some().await?;
        self.metrics.rebuilding.set(more.into());
        Ok(more)
    }

    /// Empties the index and fills it from the ledger.
    ///
    /// # Errors
    /// The first failure. The index is then filled by later steps.
    pub async fn rebuild(&self) -> Result<(), IndexingError> {
        {
            let _turn = self.turn.lock().await;
            self.start_anew().await?;
        }
        while self.step().await? {}
        Ok(())
    }

    /// Sees to it that the index goes with the ledger.
    async fn begin(&self) -> Result<(), IndexingError> {
        let confirmed = self.confirmed().await?;
        let fits = self.search.mark().await?.is_some_and(|mark| {
            // An index that is behind what it confirmed is an old copy.
            mark.epoch == self.store.epoch() && mark.outbox_pos >= confirmed
        });
        if !fits {
            tracing::info!("the search index is filled from the ledger");
            self.start_anew().await?;
        }
        Ok(())
    }

    async fn start_anew(&self) -> Result<(), IndexingError> {
        let (name, now) = (self.name(), self.clock.now());
        // From here on rows wait for this consumer, so that what is committed while older messages are read is not
        // missed: it comes by the outbox.
        self.store.write(move |tx| Box::pin(async move { tx.confirm_outbox(name, 0, now).await })).await?;
        let mark = SearchMark {
            epoch: self.store.epoch().to_owned(),
            outbox_pos: self.confirmed().await?,
            rebuilt_to: Some(EntryId::new(0)),
        };
        Ok(self.search.reset(mark).await?)
    }

    async fn confirmed(&self) -> Result<u64, StoreError> {
        let name = self.name();
        self.store.read(move |tx| Box::pin(async move { tx.consumer_position(name).await })).await
    }

    async fn note_lag(&self) -> Result<(), StoreError> {
        let name = self.name();
        let oldest = self
            .store
            .read(move |tx| {
                Box::pin(async move {
                    let position = tx.consumer_position(name).await?;
                    let rows = tx.list_outbox(position, 1).await?;
                    let Some(row) = rows.first() else { return Ok::<_, StoreError>(None) };
                    tx.find_entry(row.conversation_id, row.seq).await
                })
            })
            .await?;
        let millis = oldest.map_or(0, |entry| self.clock.now().millis_since(entry.server_time).max(0));
        self.metrics.lag.set(millis as f64 / 1_000.0);
        Ok(())
    }

    /// Reads a batch of older messages, if any are missing; whether more may be.
    async fn rebuild_some(&self) -> Result<bool, IndexingError> {
        let Some(mark) = self.search.mark().await? else { return Ok(true) };
        let Some(mut after) = mark.rebuilt_to else { return Ok(false) };
        let (mut batch, mut bytes, mut more) = (Vec::new(), 0, true);
        while more && batch.len() < BATCH_MESSAGES && bytes < BATCH_BYTES {
            let entries: Vec<Entry> = self
                .store
                .read(move |tx| Box::pin(async move { tx.list_messages(after, PAGE).await }))
                .await?;
            more = entries.len() == PAGE as usize;
            after = entries.last().map_or(after, |entry| entry.id);
            let documents = documents(entries).await?;
            bytes += documents.iter().filter_map(|d| d.body.as_ref()).map(|b| b.terms.len()).sum::<usize>();
            batch.extend(documents);
        }
        self.metrics.documents.inc_by(batch.len() as u64);
        let rebuilt_to = Some(after).filter(|_| more);
        self.search.put(batch, SearchMark { rebuilt_to, ..mark }).await?;
        if !more {
            tracing::info!("the search index holds all of the ledger");
        }
        Ok(more)
    }
}

#[async_trait]
impl Consumer for SearchIndexer {
    fn name(&self) -> &'static str {
        "search"
    }

    async fn handle(&self, rows: &[OutboxRow]) -> Result<(), StoreError> {
        let Some(last) = rows.last() else { return Ok(()) };
        let mark = self.search.mark().await.map_err(unavailable)?;
        let mark = mark.ok_or_else(|| unavailable(Emptied))?;
        let places: Vec<(ConversationId, Seq)> =
            rows.iter().map(|row| (row.conversation_id, row.seq)).collect();
        let entries =
            self.store.read(move |tx| Box::pin(async move { tx.find_entries_at(&places).await })).await?;
        let documents = documents(entries).await?;
        let times: Vec<_> =
            documents.iter().filter_map(|document| Some(document.body.as_ref()?.server_time)).collect();
        self.metrics.documents.inc_by(documents.len() as u64);
        let mark = SearchMark { outbox_pos: last.pos.max(mark.outbox_pos), ..mark };
        self.search.put(documents, mark).await.map_err(unavailable)?;
        let now = self.clock.now();
        for time in times {
            self.metrics.delay.observe(now.millis_since(time).max(0) as f64 / 1_000.0);
        }
        Ok(())
    }
}

/// The index failed between two calls of a step.
#[derive(Debug, thiserror::Error)]
#[error("the search index was emptied")]
struct Emptied;

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Arc::new(error))
}

/// What the index is to hold of entries. Texts are taken apart on a thread of their own, away from those who chat.
async fn documents(entries: Vec<Entry>) -> Result<Vec<SearchDocument>, StoreError> {
    tokio::task::spawn_blocking(move || entries.iter().filter_map(document).collect())
        .await
        .map_err(unavailable)
}

/// `None` for what is not searched. A message that is unsent by now has its unsend after it in the ledger, which is what
/// erases it.
fn document(entry: &Entry) -> Option<SearchDocument> {
    let (seq, body) = match &entry.body {
        EntryBody::Message { content: Some(content), .. } => {
            let terms = index_terms(&content.search_text());
            if terms.is_empty() {
                return None;
            }
            let body = SearchBody {
                id: entry.id,
                sender_id: entry.sender_id,
                server_time: entry.server_time,
                terms,
            };
            (entry.seq, Some(body))
        }
        EntryBody::Unsend { target_seq } => (*target_seq, None),
        EntryBody::Message { content: None, .. } | EntryBody::Notice(_) => return None,
    };
    Some(SearchDocument { conversation_id: entry.conversation_id, seq, version: entry.seq, body })
}
