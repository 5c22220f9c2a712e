//! Addresses of things that answers and events name. They are made for each reader: the ledger holds none.

use std::sync::Arc;

use kith_domain::{BlobKey, MediaId};

/// Where this server is reached; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    origin: Arc<str>,
    files: Arc<str>,
}

impl Default for Links {
    /// Where a server on one's own machine is reached.
    fn default() -> Self {
        Self::new("http://127.0.0.1:8080", "http://localhost:8080")
    }
}

impl Links {
    /// Links to the API of `origin`, as browsers write an origin, and to the public files below `files`, an address without a
    /// slash at the end.
    #[must_use]
    pub fn new(origin: &str, files: &str) -> Self {
        Self { origin: origin.into(), files: files.into() }
    }

    /// The address that names a medium; whoever may see it is sent on to where it lies.
    #[must_use]
    pub fn media(&self, id: MediaId) -> String {
        format!("{}/api/v1/media/{id}", self.origin)
    }

    /// The address that names the small picture of a medium.
    #[must_use]
    pub fn thumbnail(&self, id: MediaId) -> String {
        format!("{}/api/v1/media/{id}/thumbnail", self.origin)
    }

    /// Where the picture of a person or group lies, for everybody who knows the key.
    #[must_use]
    pub fn avatar(&self, key: BlobKey) -> String {
        format!("{}/{key}", self.files)
    }
}
