//! The index by which messages are found: files of this node's own, or a service that all nodes share.

use std::sync::Arc;

use kith_domain::ports::Search;
use kith_tantivy::TantivySearch;

use super::remote;
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
        if let Some(port) = remote::ask(|remote| remote.search(config))? {
            return Ok(Self { port, files: None });
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
