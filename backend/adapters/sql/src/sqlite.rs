//! Opens the database file: lock, settings, version, migrations.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
    time::Duration,
};

use kith_domain::{Random, ports::StoreError};
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{folding, meta, transaction::SqlTransaction};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Below this SQLite can lose commits when two connections checkpoint: <https://sqlite.org/releaselog/3_51_3.html>.
const MIN_VERSION: [u32; 3] = [3, 51, 3];

/// The name of the database file in the data directory.
pub(crate) const DATABASE: &str = "kith.db";

/// Fixed when the file is created. A message changes one leaf of the index by conversation, which no other message of
/// its group shares once the index is large, and a changed page is written whole: small pages write least. Still
/// smaller ones would hold one 1 KB message each.
pub(crate) const PAGE_SIZE: u64 = 4096;

/// With a log of this size the writer waits for its readers and starts the log afresh.
pub(crate) const MAX_WAL_BYTES: u64 = 256 << 20;

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process uses the data directory.
    #[error("another process uses this data directory")]
    Locked,
    /// The data directory cannot be used.
    #[error("the data directory cannot be used")]
    Directory(#[source] io::Error),
    /// The linked SQLite is older than 3.51.3.
    #[error("SQLite {0} is too old: 3.51.3 or later is needed")]
    SqliteTooOld(String),
    /// A later release wrote this store.
    #[error(
        "this store was written by a newer release (its migration {0} is unknown here): install that release or restore a backup"
    )]
    NewerStore(i64),
    /// A migration that was applied differs from the one of this release.
    #[error("migration {0} of this store differs from the one of this release")]
    ForeignMigration(i64),
    /// The writer's thread does not start.
    #[error("the writing thread cannot be started")]
    Thread(#[source] io::Error),
    /// The database does not open, or a migration fails.
    #[error("the database cannot be opened")]
    Database(#[source] sqlx::Error),
    /// A migration fails.
    #[error("the database cannot be migrated")]
    Migration(#[source] MigrateError),
    /// What the store needs to know before it serves cannot be read or written.
    #[error("the database cannot be prepared")]
    Prepare(#[from] StoreError),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Makes the data directory, readable by its owner only, and takes its lock for as long as the file lives.
pub(crate) fn lock_directory(directory: &Path) -> Result<File, OpenError> {
    if !directory.exists() {
        fs::create_dir_all(directory).map_err(OpenError::Directory)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
                .map_err(OpenError::Directory)?;
        }
    }
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(directory.join("kith.lock"))
        .map_err(OpenError::Directory)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked),
        Err(TryLockError::Error(error)) => Err(OpenError::Directory(error)),
    }
}

/// The settings every connection shares. Durability is FULL: at NORMAL a power cut loses commits that were answered.
/// Checkpoints are the store's own, so that no send pays for one.
pub(crate) fn connect_options(directory: &Path, cache_kib: u32) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(directory.join(DATABASE))
        .create_if_missing(true)
        .page_size(PAGE_SIZE as u32)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(false)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cell_size_check", "ON")
        .pragma("mmap_size", "0")
        // Savepoints keep the pages they touch here; a file of their own would cost a write each.
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", "0")
        // A log that starts afresh overwrites itself: writing over blocks that the file has is cheaper than cutting
        // them off and growing again. It is cut where it has grown far above its bound; that takes tens of
        // milliseconds, and a send waits for it.
        .pragma("journal_size_limit", (2 * MAX_WAL_BYTES).to_string())
        .pragma("cache_size", format!("-{cache_kib}"))
        .statement_cache_capacity(512)
        .row_buffer_size(512)
        .disable_statement_logging()
}

/// Checks the version, migrates, and returns the store's epoch, made on first use.
pub(crate) async fn prepare(
    connection: &mut SqliteConnection,
    random: &dyn Random,
) -> Result<String, OpenError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut *connection).await?;
    if !new_enough(&version) {
        return Err(OpenError::SqliteTooOld(version));
    }
    MIGRATIONS.run(&mut *connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => OpenError::NewerStore(version),
        MigrateError::VersionMismatch(version) => OpenError::ForeignMigration(version),
        other => OpenError::Migration(other),
    })?;
    let mut begun = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut transaction = SqlTransaction::new(&mut *begun, 0);
    let epoch = meta::epoch(&mut transaction, random).await?;
    folding::renew(&mut transaction).await?;
    begun.commit().await?;
    Ok(epoch)
}

/// The least the writer's cache is, in KiB.
const MIN_CACHE_KIB: u64 = 8 << 10;

/// Gives the writer a cache of a sixteenth of the database, at most `most_kib`. In a file below 1 GiB a commit that has
/// split a page of an index has SQLite look through the whole cache (`pcache1TruncateUnsafe`: pages are renumbered by
/// way of the number of the page at 1 GiB), which costs 0.3 ms with 64 MiB of pages; a small database needs no such
/// cache. Larger ones are not looked through.
pub(crate) async fn fit_cache(connection: &mut SqliteConnection, most_kib: u32) -> Result<(), sqlx::Error> {
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *connection).await?;
    let kib = cache_kib(u64::try_from(pages).unwrap_or(0), most_kib.into());
    // A pragma takes no parameters.
    let statement = sqlx::AssertSqlSafe(format!("PRAGMA cache_size = -{kib}"));
    sqlx::query(statement).execute(connection).await.map(drop)
}

fn cache_kib(pages: u64, most_kib: u64) -> u64 {
    (pages * PAGE_SIZE / 1024 / 16).max(MIN_CACHE_KIB).min(most_kib)
}

fn new_enough(version: &str) -> bool {
    let parts: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    parts.as_slice() >= MIN_VERSION.as_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_grows_with_the_database() {
        for (mib, most, expected) in [
            (0, 64, 8),
            (128, 64, 8),
            (256, 64, 16),
            (1_024, 64, 64),
            (9_000, 64, 64),
            (0, 4, 4),
            (512, 4, 4),
        ] {
            assert_eq!(cache_kib(mib * 256, most << 10), expected << 10, "{mib} MiB");
        }
    }

    #[test]
    fn versions() {
        for (version, enough) in [
            ("3.51.3", true),
            ("3.52.0", true),
            ("4.0.0", true),
            ("3.51.2", false),
            ("3.9.9", false),
            ("", false),
        ] {
            assert_eq!(new_enough(version), enough, "{version}");
        }
    }
}
