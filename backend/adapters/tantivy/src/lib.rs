//! Searching messages in a [Tantivy](https://docs.rs/tantivy) index that lies beside the ledger.
//!
//! The index holds terms and numbers, no texts: what is shown of a hit comes from the ledger. It is derived data: one
//! that is missing or damaged is made anew, empty, and filled again by whoever follows the ledger.

mod candidates;
mod index;
mod query;
mod schema;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use async_trait::async_trait;
use kith_domain::ports::{
    Search, SearchError,
    search::{SearchCandidate, SearchDocument, SearchMark, SearchQuery},
};
use tokio::sync::Semaphore;

use index::{Index, View};

/// Searches at the same time: they must not take all processors from those who write.
const SEARCHES: usize = 2;
/// How long a search waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// The index in a directory. It is opened with the first call, which checks every file of it.
#[derive(Clone)]
pub struct TantivySearch {
    shared: Arc<Shared>,
    turns: Arc<Semaphore>,
}

struct Shared {
    directory: PathBuf,
    /// Who holds it may write; `None` until it is opened, and again after a failure.
    index: Mutex<Option<Index>>,
    /// What searches read, without waiting for a writer.
    view: RwLock<Option<View>>,
}

impl TantivySearch {
    /// The index in `directory`, which must belong to this process alone.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        let shared = Shared { directory, index: Mutex::default(), view: RwLock::default() };
        Self { shared: Arc::new(shared), turns: Arc::new(Semaphore::new(SEARCHES)) }
    }

    /// Ends the index: merges that are under way are finished.
    pub async fn close(&self) {
        let shared = Arc::clone(&self.shared);
        let closed = tokio::task::spawn_blocking(move || {
            let mut index = shared.lock();
            shared.show(None);
            if let Some(index) = index.take() {
                index.close();
            }
        });
        if closed.await.is_err() {
            tracing::warn!("the search index did not close well");
        }
    }

    /// Runs a call on a thread that may block. After a failure the index is opened, and checked, anew.
    async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Shared) -> tantivy::Result<T> + Send + 'static,
    ) -> Result<T, SearchError> {
        let shared = Arc::clone(&self.shared);
        let outcome = tokio::task::spawn_blocking(move || call(&shared)).await;
        let failure: Arc<dyn std::error::Error + Send + Sync> = match outcome {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => Arc::new(error),
            // A damaged file can make the library panic.
            Err(error) => Arc::new(error),
        };
        tracing::warn!(%failure, "the search index failed and will be opened anew");
        let shared = Arc::clone(&self.shared);
        // Dropping a writer waits for its threads.
        let _ = tokio::task::spawn_blocking(move || {
            let mut index = shared.lock();
            shared.show(None);
            *index = None;
        })
        .await;
        Err(SearchError(failure))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Index>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, view: Option<View>) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
    }

    /// Changes the index, and shows what came of it.
    fn change(&self, change: impl FnOnce(&mut Index) -> tantivy::Result<()>) -> tantivy::Result<()> {
        let mut held = self.lock();
        let mut index = match held.take() {
            Some(index) => index,
            None => Index::open(&self.directory)?,
        };
        change(&mut index)?;
        self.show(Some(index.view()));
        *held = Some(index);
        Ok(())
    }

    fn view(&self) -> tantivy::Result<View> {
        let shown = || self.view.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(view) = shown() {
            return Ok(view);
        }
        self.change(|_| Ok(()))?;
        shown().ok_or_else(|| tantivy::TantivyError::InternalError("the index was closed".to_owned()))
    }
}

#[async_trait]
impl Search for TantivySearch {
    async fn mark(&self) -> Result<Option<SearchMark>, SearchError> {
        self.run(|shared| Ok(shared.view()?.mark)).await
    }

    async fn reset(&self, mark: SearchMark) -> Result<(), SearchError> {
        self.run(move |shared| {
            let mut held = shared.lock();
            shared.show(None);
            if let Some(index) = held.take() {
                index.close();
            }
            let mut index = Index::create(&shared.directory)?;
            index.put(Vec::new(), Some(mark))?;
            shared.show(Some(index.view()));
            *held = Some(index);
            Ok(())
        })
        .await
    }

    async fn put(&self, documents: Vec<SearchDocument>, mark: Option<SearchMark>) -> Result<(), SearchError> {
        self.run(move |shared| shared.change(|index| index.put(documents, mark))).await
    }

    async fn search(&self, query: SearchQuery) -> Result<Vec<SearchCandidate>, SearchError> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(SearchError(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(
                "too many searches are waiting",
            ))));
        };
        self.run(move |shared| query::run(&shared.view()?, &query)).await
    }
}
