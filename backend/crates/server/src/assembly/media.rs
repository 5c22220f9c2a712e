//! Where uploads lie, and who looks at them.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use kith_domain::ports::{Blobs, Inspector};
use kith_files::{FileBlobs, FileOrigin};
use kith_inspection::FileInspector;
use prometheus_client::registry::Registry;

use super::{Storage, remote};
use crate::{config::Config, file_host};

/// What media need.
pub(crate) struct MediaParts {
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) inspector: Arc<dyn Inspector>,
    /// Where clients find files, without a slash at the end: that of a picture is this, a slash and its key.
    pub(crate) public_url: String,
    /// The origin of that address.
    pub(crate) file_origin: String,
    /// Files that this node gives out itself.
    own: Option<FileBlobs>,
}

impl MediaParts {
    /// Opens the blobs of the bucket or of the data directory; the latter are given out at `file_origin`.
    pub(crate) fn open(
        config: &Config,
        storage: &Storage,
        file_origin: &str,
        registry: &mut Registry,
    ) -> anyhow::Result<Self> {
        let directory = config.storage.data_dir.join("blobs");
        if let Some(bucket) = remote::ask(|remote| remote.bucket(config, &storage.clock))? {
            let public_url = bucket.public_url();
            let file_origin = url::Url::parse(&public_url)?.origin().ascii_serialization();
            // What is looked at lies there for as long as that takes.
            std::fs::create_dir_all(&directory).context("no room to look at uploads")?;
            return Ok(Self {
                blobs: bucket,
                inspector: Arc::new(FileInspector::new(&directory, registry)),
                public_url,
                file_origin,
                own: None,
            });
        }
        let files = FileBlobs::open(&directory, file_origin, storage.clock.clone(), &*storage.random)
            .context("cannot keep uploads")?
            .above_ledger_floor(config.storage.floor_bytes)
            .context("the disk for uploads does not tell its size")?;
        Ok(Self {
            blobs: Arc::new(files.clone()),
            inspector: Arc::new(FileInspector::new(&directory, registry)),
            public_url: file_origin.to_owned(),
            file_origin: file_origin.to_owned(),
            own: Some(files),
        })
    }

    /// Serves the node's own files beside `router`, under their host; `pages` answers who looks for a page there, and
    /// sends them to `page_origin`.
    pub(crate) fn serve(
        &self,
        router: Router,
        page_origin: &str,
        pages: axum::routing::MethodRouter,
        registry: &mut Registry,
    ) -> Router {
        let Some(files) = self.own.clone() else { return router };
        let secure = self.file_origin.starts_with("https://");
        let at = FileOrigin { page_origin: page_origin.to_owned(), secure };
        let files = kith_files::router(files, &at, registry).fallback_service(pages);
        file_host::split(router, files, &self.file_origin)
    }
}
