//! Keeps the search index abreast of the ledger, and builds it anew where it is not.

mod archived;
mod documents;
mod metrics;
mod sink;

use std::sync::Arc;

use async_trait::async_trait;
use kith_domain::{
    Clock, ConversationId, Entry, EntryId, Seq,
    ports::{
        History, Search, SearchError, Store, StoreError, StoreExt as _,
        outbox::{self, OutboxRow},
        search::{SearchDocument, SearchMark},
    },
};
use prometheus_client::registry::Registry;
use tokio::sync::Mutex;

use self::{
    archived::ArchivedMessages,
    documents::documents,
    metrics::{Metrics, times},
};
use crate::{
    Consumer, Tenure,
    relay::{catch_up, oldest_waiting, seconds_since},
};

pub use sink::SearchSink;

/// The name of the indexer as a consumer of the outbox.
pub const SEARCH: &str = "search";

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

/// How the index learns of what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The indexer itself follows the outbox.
    Outbox,
    /// A [`SearchSink`] follows the log of entries. All that is left to the indexer is what was there before.
    Log,
}

/// Follows the ledger: what is committed is found about a second later. An index that has no mark, one of another
/// ledger or source, or one that is behind what was confirmed, is emptied and filled from the ledger, while new messages
/// go on being indexed.
pub struct SearchIndexer {
    store: Arc<dyn Store>,
    search: Arc<dyn Search>,
    clock: Arc<dyn Clock>,
    source: Source,
    metrics: Metrics,
    /// What a rebuild reads beside the ledger.
    archived: Option<ArchivedMessages>,
    /// One step at a time: each goes on from the mark of the one before.
    turn: Mutex<()>,
}

impl SearchIndexer {
    /// An indexer of `store`'s messages; registers `kith_search_…`.
    pub fn new(
        store: Arc<dyn Store>,
        search: Arc<dyn Search>,
        clock: Arc<dyn Clock>,
        source: Source,
        registry: &mut Registry,
    ) -> Self {
        Self {
            store,
            search,
            clock,
            source,
            metrics: Metrics::new(registry),
            archived: None,
            turn: Mutex::default(),
        }
    }

    /// What takes new entries out of the log into the same index.
    #[must_use]
    pub fn sink(&self) -> SearchSink {
        SearchSink::new(
            self.store.epoch().to_owned(),
            Arc::clone(&self.search),
            Arc::clone(&self.clock),
            self.metrics.clone(),
        )
    }

    /// One that also reads what has left the ledger, when it builds the index anew.
    #[must_use]
    pub fn with_history(self, history: Option<Arc<dyn History>>) -> Self {
        let archived = history.map(|history| ArchivedMessages::new(Arc::clone(&self.store), history));
        Self { archived, ..self }
    }

    /// Takes what is new and a part of what is missing; whether more is missing.
    ///
    /// # Errors
    /// The first failure. What was taken stays taken, and the next step goes on from there.
    pub async fn step(&self, tenure: &Tenure) -> Result<bool, IndexingError> {
        let _turn = self.turn.lock().await;
        self.begin().await?;
        if self.source == Source::Outbox {
            let oldest = oldest_waiting(&*self.store, SEARCH).await?;
            self.metrics.lag.set(oldest.map_or(0.0, |time| seconds_since(&*self.clock, time)));
            catch_up(&*self.store, &*self.clock, self, tenure).await?;
            self.metrics.lag.set(0.0);
        }
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
        while self.step(&Tenure::endless()).await? {}
        Ok(())
    }

    /// Sees to it that the index goes with the ledger.
    async fn begin(&self) -> Result<(), IndexingError> {
        let followed = match self.source {
            Source::Outbox => Some(self.confirmed().await?),
            Source::Log => None,
        };
        let fits = self.search.mark().await?.is_some_and(|mark| {
            mark.epoch == self.store.epoch()
                && match (mark.outbox_pos, followed) {
                    // An index that is behind what it confirmed is an old copy.
                    (Some(held), Some(confirmed)) => held >= confirmed,
                    (None, None) => true,
                    // It followed something else, and nobody knows how far.
                    (Some(_), None) | (None, Some(_)) => false,
                }
        });
        if !fits {
            tracing::info!("the search index is filled from the ledger");
            self.start_anew().await?;
        }
        Ok(())
    }

    async fn start_anew(&self) -> Result<(), IndexingError> {
        let (name, now) = match self.source {
            Source::Outbox => (SEARCH, self.clock.now()),
            Source::Log => (outbox::LOG, self.clock.now()),
        };
        // From here on rows wait for this consumer, so that what is committed while older messages are read is not
        // missed: it comes by the outbox, or by the log, which is written from it.
        self.store.write(move |tx| Box::pin(async move { tx.confirm_outbox(name, 0, now).await })).await?;
        let outbox_pos = match self.source {
            Source::Outbox => Some(self.confirmed().await?),
            Source::Log => None,
        };
        let epoch = self.store.epoch().to_owned();
        let mark = SearchMark { epoch, outbox_pos, rebuilt_to: Some(EntryId::new(0)) };
        if let Some(archived) = &self.archived {
            archived.begin();
        }
        Ok(self.search.reset(mark).await?)
    }

    async fn confirmed(&self) -> Result<u64, StoreError> {
        self.store.read(|tx| Box::pin(async move { tx.consumer_position(SEARCH).await })).await
    }

    /// Reads a batch of older messages, if any are missing; whether more may be. What has left the ledger comes first, then
    /// what is there, then what has left it meanwhile.
    async fn rebuild_some(&self) -> Result<bool, IndexingError> {
        let Some(mark) = self.search.mark().await? else { return Ok(true) };
        let Some(mut after) = mark.rebuilt_to else { return Ok(false) };
        if let Some(archived) = self.archived.as_ref().filter(|archived| !archived.is_read_once()) {
            let (batch, _) = self.archived_batch(archived).await?;
            self.search.put(batch, Some(mark)).await?;
            return Ok(true);
        }
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
        if let Some(archived) = self.archived.as_ref().filter(|_| !more) {
            let (since, unfinished) = self.archived_batch(archived).await?;
            batch.extend(since);
            more = unfinished;
        }
        let rebuilt_to = Some(after).filter(|_| more);
        self.search.put(batch, Some(SearchMark { rebuilt_to, ..mark })).await?;
        if !more {
            tracing::info!("the search index holds all of the ledger");
        }
        Ok(more)
    }

    /// Documents of what has left the ledger; whether there may be more.
    async fn archived_batch(
        &self,
        archived: &ArchivedMessages,
    ) -> Result<(Vec<SearchDocument>, bool), IndexingError> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < BATCH_MESSAGES && bytes < BATCH_BYTES {
            let entries = archived.next().await?;
            if entries.is_empty() {
                return Ok((batch, false));
            }
            let documents = documents(entries).await?;
            bytes += documents.iter().filter_map(|d| d.body.as_ref()).map(|b| b.terms.len()).sum::<usize>();
            batch.extend(documents);
        }
        self.metrics.documents.inc_by(batch.len() as u64);
        Ok((batch, true))
    }
}

#[async_trait]
impl Consumer for SearchIndexer {
    fn name(&self) -> &'static str {
        SEARCH
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
        let times = times(&documents);
        self.metrics.documents.inc_by(documents.len() as u64);
        let mark = SearchMark { outbox_pos: Some(last.pos).max(mark.outbox_pos), ..mark };
        self.search.put(documents, Some(mark)).await.map_err(unavailable)?;
        self.metrics.found(&times, &*self.clock);
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
