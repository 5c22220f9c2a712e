//! Where uploads lie, and who looks at them.

use std::sync::Arc;

use anyhow::Context as _;
use kith_domain::ports::{Blobs, Inspector};
use kith_files::FileBlobs;
use kith_inspection::FileInspector;
use prometheus_client::registry::Registry;

use super::Storage;
use crate::config::Config;

/// What media need.
pub(crate) struct MediaParts {
    /// Served by the file origin, too.
    pub(crate) files: FileBlobs,
    inspector: Arc<FileInspector>,
}

impl MediaParts {
    /// Opens the blobs of the data directory, which are given out at `file_origin`.
    pub(crate) fn open(
        config: &Config,
        storage: &Storage,
        file_origin: &str,
        registry: &mut Registry,
    ) -> anyhow::Result<Self> {
        let directory = config.storage.data_dir.join("blobs");
        let files = FileBlobs::open(&directory, file_origin, storage.clock.clone(), &*storage.random)
            .context("cannot keep uploads")?;
        Ok(Self { files, inspector: Arc::new(FileInspector::new(&directory, registry)) })
    }

    pub(crate) fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::new(self.files.clone())
    }

    pub(crate) fn inspector(&self) -> Arc<dyn Inspector> {
        self.inspector.clone()
    }
}
