//! The database behind the store, for what only its engine can be asked.

use std::{error::Error, sync::Arc};

use kith_domain::ports::{Store, StoreError};
use kith_sql::SqlStore;
#[cfg(feature = "cluster")]
use kith_sql::postgres::PostgresStore;

/// The store by its engine.
#[derive(Clone)]
pub(crate) enum Engine {
    /// A file of this node's own.
    Sqlite(Arc<SqlStore>),
    /// A server that all nodes share.
    #[cfg(feature = "cluster")]
    Postgres(Arc<PostgresStore>),
}

impl Engine {
    /// The store.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => Arc::clone(store) as Arc<dyn Store>,
            #[cfg(feature = "cluster")]
            Self::Postgres(store) => Arc::clone(store) as Arc<dyn Store>,
        }
    }

    /// The store as a file of this node's own, for what is done to files.
    pub(crate) fn as_file(&self) -> anyhow::Result<&Arc<SqlStore>> {
        match self {
            Self::Sqlite(store) => Ok(store),
            #[cfg(feature = "cluster")]
            Self::Postgres(_) => {
                anyhow::bail!("the store is in PostgreSQL: back it up with pg_basebackup or pg_dump")
            }
        }
    }

    /// Resolves when the store cannot be trusted any more.
    pub(crate) async fn fatal(&self) -> Arc<dyn Error + Send + Sync> {
        match self {
            Self::Sqlite(store) => store.fatal().await,
            // A server that fails is another process; the connections to it are made anew.
            #[cfg(feature = "cluster")]
            Self::Postgres(_) => std::future::pending().await,
        }
    }

    /// What is wrong with the database, as far as this node is the one to find out.
    pub(crate) async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Sqlite(store) => store.integrity().await,
            #[cfg(feature = "cluster")]
            Self::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// Ends the store: what was accepted is durable.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            #[cfg(feature = "cluster")]
            Self::Postgres(store) => store.close().await,
        }
    }
}
