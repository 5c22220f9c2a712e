//! The search index, with how long it takes to answer.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use kith_domain::ports::{
    Search, SearchError,
    search::{SearchCandidate, SearchDocument, SearchMark, SearchQuery},
};
use prometheus_client::{
    metrics::{counter::Counter, histogram::Histogram},
    registry::Registry,
};

/// Bounds of the buckets, in seconds.
const SECONDS: [f64; 9] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0];

/// An index whose queries are measured.
pub(super) struct MeasuredSearch {
    index: Arc<dyn Search>,
    seconds: Histogram,
    failures: Counter,
}

impl MeasuredSearch {
    /// Registers `kith_search_query_seconds` and `kith_search_query_failures_total`.
    pub(super) fn new(index: Arc<dyn Search>, registry: &mut Registry) -> Self {
        let (seconds, failures) = (Histogram::new(SECONDS), Counter::default());
        registry.register(
            "kith_search_query_seconds",
            "How long the search index takes for the candidates of one query",
            seconds.clone(),
        );
        registry.register("kith_search_query_failures", "Queries it did not answer", failures.clone());
        Self { index, seconds, failures }
    }
}

#[async_trait]
impl Search for MeasuredSearch {
    async fn mark(&self) -> Result<Option<SearchMark>, SearchError> {
        self.index.mark().await
    }

    async fn reset(&self, mark: SearchMark) -> Result<(), SearchError> {
        self.index.reset(mark).await
    }

    async fn put(&self, documents: Vec<SearchDocument>, mark: Option<SearchMark>) -> Result<(), SearchError> {
        self.index.put(documents, mark).await
    }

    async fn search(&self, query: SearchQuery) -> Result<Vec<SearchCandidate>, SearchError> {
        let begun = Instant::now();
        let outcome = self.index.search(query).await;
        match &outcome {
            Ok(_) => self.seconds.observe(begun.elapsed().as_secs_f64()),
            Err(_) => {
                self.failures.inc();
            }
        }
        outcome
    }
}
