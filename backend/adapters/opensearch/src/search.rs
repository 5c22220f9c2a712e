//! The port over the service.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kith_domain::{
    EntryId,
    ports::{
        Search, SearchError,
        search::{SearchCandidate, SearchDocument, SearchMark, SearchPlace, SearchQuery},
    },
    search::SearchOrder,
};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    bulk,
    client::{Body, Call, Client},
    failure::Failure,
    generation::Generations,
    query,
    schema::{self, STEPS_PER_POINT},
    settings::OpenSearchSettings,
};

/// How long a person waits for an answer.
const SEARCH: Duration = Duration::from_secs(5);
/// How long it may take until what was put is found.
const REFRESH: Duration = Duration::from_secs(20);

/// The index in OpenSearch; cheap to clone.
#[derive(Clone)]
pub struct OpenSearch {
    pub(crate) client: Arc<Client>,
    generations: Arc<Generations>,
}

/// A document that is asked for by its name.
#[derive(Deserialize)]
struct Found {
    #[serde(rename = "_source")]
    source: Option<MarkSource>,
}

#[derive(Deserialize)]
struct MarkSource {
    mark: String,
}

#[derive(Deserialize)]
struct Answer {
    timed_out: bool,
    /// Left out when nothing is found.
    #[serde(default)]
    hits: Hits,
}

#[derive(Default, Deserialize)]
struct Hits {
    #[serde(default)]
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(rename = "_id")]
    name: String,
    sort: Vec<serde_json::Number>,
}

impl OpenSearch {
    /// The index that `settings` name. Nothing is asked of the service yet: it may come later than Kith.
    ///
    /// # Errors
    /// [`SearchError`] when no client can be made.
    pub fn new(settings: &OpenSearchSettings) -> Result<Self, SearchError> {
        let client = Client::new(settings).map_err(|error| SearchError(Arc::new(error)))?;
        let generations = Generations::new(&settings.prefix, settings.shards);
        Ok(Self { client: Arc::new(client), generations: Arc::new(generations) })
    }

    fn name(&self) -> &str {
        &self.generations.name
    }

    async fn put_documents(&self, documents: &[SearchDocument]) -> Result<(), Failure> {
        bulk::put(&self.client, self.name(), documents).await?;
        let path = format!("/{}/_refresh", self.name());
        let (action, body) = ("making documents found", Body::Nothing);
        let _: Value = self
            .client
            .call(Call { action, method: Method::POST, path: &path, body, limit: REFRESH })
            .await?;
        Ok(())
    }
}

#[async_trait]
impl Search for OpenSearch {
    async fn mark(&self) -> Result<Option<SearchMark>, SearchError> {
        let path = format!("/{}/_doc/{}", self.name(), schema::MARK);
        let (action, body) = ("reading the mark", Body::Nothing);
        let call = Call { action, method: Method::GET, path: &path, body, limit: SEARCH };
        match self.client.call::<Found>(call).await {
            Ok(found) => Ok(found.source.and_then(|source| SearchMark::decode(&source.mark, schema::FORMAT))),
            // No index, or none that was given a mark.
            Err(Failure::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn reset(&self, mark: SearchMark) -> Result<(), SearchError> {
        Ok(self.generations.replace(&self.client, &mark.encode(schema::FORMAT)).await?)
    }

    async fn put(&self, documents: Vec<SearchDocument>, mark: Option<SearchMark>) -> Result<(), SearchError> {
        match self.put_documents(&documents).await {
            Err(failure) if failure.is_missing_index() => {
                self.generations.begin(&self.client).await?;
                self.put_documents(&documents).await?;
            }
            put => put?,
        }
        match mark {
            Some(mark) => Ok(self.generations.put_mark(&self.client, &mark.encode(schema::FORMAT)).await?),
            None => Ok(()),
        }
    }

    async fn search(&self, query: SearchQuery) -> Result<Vec<SearchCandidate>, SearchError> {
        if query.conversations.is_empty() || query.limit == 0 {
            return Ok(Vec::new());
        }
        // All or nothing: what is missing from an answer would seem not to exist.
        let path = format!(
            "/{}/_search?allow_partial_search_results=false&filter_path=timed_out,hits.hits._id,hits.hits.sort",
            self.name()
        );
        let body = query::build(&query);
        let (action, body) = ("searching", Body::Json(&body));
        let call = Call { action, method: Method::POST, path: &path, body, limit: SEARCH };
        match self.client.call::<Answer>(call).await {
            Ok(answer) if answer.timed_out => Err(Failure::Busy { action }.into()),
            Ok(answer) => Ok(answer.hits.hits.iter().filter_map(|hit| candidate(hit, query.order)).collect()),
            Err(failure) if failure.is_missing_index() => Ok(Vec::new()),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// `None` for a document that is no message.
fn candidate(hit: &Hit, order: SearchOrder) -> Option<SearchCandidate> {
    let (conversation_id, seq) = schema::place(&hit.name)?;
    let id = EntryId::new(hit.sort.last()?.as_u64()?);
    let weight = match order {
        SearchOrder::Newest => 0,
        // Weights are small and positive.
        SearchOrder::Relevance => (hit.sort.first()?.as_f64()? * STEPS_PER_POINT).round() as u32,
    };
    Some(SearchCandidate { conversation_id, seq, place: SearchPlace { weight, id } })
}
