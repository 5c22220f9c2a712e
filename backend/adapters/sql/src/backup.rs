//! Copies of the database: made while it is written to, and made the start of a new history when one is restored.

use std::{fs::File, path::Path, sync::Arc};

use kith_domain::{
    Random,
    ports::{Store as _, StoreError},
    random::random_u128,
};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::{
    errors::store_error,
    sqlite::{self, DATABASE, OpenError},
    store::{SqlStore, close_connection},
};

/// The name of the database file in a data directory and in a backup of one.
pub const DATABASE_FILE: &str = DATABASE;

/// The page cache of the connection that copies.
const CACHE_KIB: u32 = 4096;

/// Why a copy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// The copy is damaged, in SQLite's words.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl SqlStore {
    /// Writes a copy of the whole database, as it is at one moment, to the new file `to`, which is durable when this
    /// returns. Reads and writes go on meanwhile; the log of changes grows until the copy is done.
    ///
    /// # Errors
    /// [`StoreError::Internal`] when the file exists already, or cannot be written.
    pub async fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        self.check().await?;
        let target = to.to_str().ok_or_else(|| StoreError::corrupt("a path that is no text"))?.to_owned();
        let mut connection =
            sqlite::connect_options(self.directory(), CACHE_KIB).connect().await.map_err(store_error)?;
        // The copy is one read transaction, and comes out without free pages.
        let copied = sqlx::query("VACUUM INTO $1").bind(target).execute(&mut connection).await;
        close_connection(connection).await;
        copied.map_err(store_error)?;
        let path = to.to_owned();
        let synced = tokio::task::spawn_blocking(move || File::open(path)?.sync_all()).await;
        match synced.map_err(std::io::Error::other) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) | Err(error) => Err(StoreError::Internal(Arc::new(error))),
        }
    }
}

/// Checks the restored database in `directory` and gives it a new epoch: what was written after the copy was made is
/// not in it, so that clients must not go on from their positions. Returns the epoch.
///
/// # Errors
/// See [`AdoptError`].
pub async fn adopt(directory: &Path, random: &dyn Random) -> Result<String, AdoptError> {
    let _lock = sqlite::lock_directory(directory)?;
    let options = sqlite::connect_options(directory, CACHE_KIB).create_if_missing(false);
    let mut connection = options.connect().await.map_err(OpenError::from)?;
    let adopted = renew(&mut connection, random).await;
    connection.close().await.map_err(OpenError::from)?;
    adopted
}

async fn renew(connection: &mut SqliteConnection, random: &dyn Random) -> Result<String, AdoptError> {
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(20)")
        .fetch_all(&mut *connection)
        .await
        .map_err(OpenError::from)?;
    if found != ["ok"] {
        return Err(AdoptError::Damaged(found.join("; ")));
    }
    let epoch = format!("{:032x}", random_u128(random));
    sqlx::query("UPDATE meta SET value = $1 WHERE name = 'epoch'")
        .bind(epoch.as_str())
        .execute(connection)
        .await
        .map_err(OpenError::from)?;
    Ok(epoch)
}
