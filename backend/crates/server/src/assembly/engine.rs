//! The database behind the store, for what only its engine can be asked.

use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use kith_domain::ports::{Store, StoreError};
use kith_sql::SqlStore;

/// A store with its engine: a file of this node's own, or a server that all nodes share.
#[async_trait]
pub(crate) trait Engine: Store {
    /// The store as a file of this node's own, for what is done to files.
    ///
    /// # Errors
    /// When it is none; they say what to do instead.
    fn as_file(&self) -> anyhow::Result<&SqlStore>;

    /// Resolves when the store cannot be trusted any more.
    async fn fatal(&self) -> Arc<dyn Error + Send + Sync>;

    /// What is wrong with the database, as far as this node is the one to find out.
    async fn integrity(&self) -> Result<Vec<String>, StoreError>;

    /// Ends the store: what was accepted is durable.
    async fn close(&self);
}

#[async_trait]
impl Engine for SqlStore {
    fn as_file(&self) -> anyhow::Result<&SqlStore> {
        Ok(self)
    }

    async fn fatal(&self) -> Arc<dyn Error + Send + Sync> {
        SqlStore::fatal(self).await
    }

    async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        SqlStore::integrity(self).await
    }

    async fn close(&self) {
        SqlStore::close(self).await;
    }
}
