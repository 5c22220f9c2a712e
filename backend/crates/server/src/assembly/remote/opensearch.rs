//! The search index in OpenSearch.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use kith_domain::{Checkup, ports::Search};
use kith_opensearch::OpenSearchSettings;
use url::Url;

use super::{Remote, Service};
use crate::config::Config;

/// What the names of Kith's indices begin with.
const PREFIX: &str = "kith";
/// Parts of the index; one holds some ten million messages.
const SHARDS: u32 = 3;

pub(super) struct OpenSearch;

#[async_trait(?Send)]
impl Remote for OpenSearch {
    fn service(&self) -> Service {
        Service::OpenSearch
    }

    async fn check_up(&self, config: &Config) -> anyhow::Result<Option<Checkup>> {
        let Some(index) = index(config)? else { return Ok(None) };
        Ok(Some(index.check_up().await.context("cluster.opensearch_url")?))
    }

    fn search(&self, config: &Config) -> anyhow::Result<Option<Arc<dyn Search>>> {
        Ok(index(config)?.map(|index| Arc::new(index) as Arc<dyn Search>))
    }
}

fn index(config: &Config) -> anyhow::Result<Option<kith_opensearch::OpenSearch>> {
    let Some(url) = &config.cluster.opensearch_url else { return Ok(None) };
    let settings = OpenSearchSettings {
        url: Url::parse(url).context("cluster.opensearch_url: not an address")?,
        credentials: None,
        prefix: PREFIX.to_owned(),
        shards: SHARDS,
    };
    let index = kith_opensearch::OpenSearch::new(&settings);
    Ok(Some(index.context("cluster.opensearch_url: cannot be used")?))
}
