//! The index by which messages are found: files of this node's own, or a service that all nodes share.

use std::sync::Arc;

#[cfg(feature = "cluster")]
use anyhow::Context as _;
use kith_domain::ports::Search;
use kith_tantivy::TantivySearch;

use crate::config::Config;

/// The index.
#[derive(Clone)]
pub(crate) struct SearchIndex {
    /// The port.
    pub(crate) port: Arc<dyn Search>,
    files: Option<TantivySearch>,
}

impl SearchIndex {
    /// The index beside the store, whose lock on the data directory must be held; or that of the cluster.
    ///
    /// # Errors
    /// When the service's address is none.
    pub(crate) fn open(config: &Config) -> anyhow::Result<Self> {
        #[cfg(feature = "cluster")]
        if let Some(settings) = super::remote::index(config)? {
            let search = kith_opensearch::OpenSearch::new(&settings);
            let search = search.context("cluster.opensearch_url: cannot be used")?;
            return Ok(Self { port: Arc::new(search), files: None });
        }
        let directory = config.storage.data_dir.join("search");
        let files = TantivySearch::new(directory);
        Ok(Self { port: Arc::new(files.clone()), files: Some(files) })
    }

    /// Ends it: what was put is stored.
    pub(crate) async fn close(&self) {
        if let Some(files) = &self.files {
            files.close().await;
        }
    }
}
