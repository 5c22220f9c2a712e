//! Opens the database: settings of a session, version, migrations, epoch.

use std::{str::FromStr, time::Duration};

use kith_domain::{Random, ports::StoreError};
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    migrate::{MigrateError, Migrator},
    postgres::PgConnectOptions,
};

use crate::{folding, meta, transaction::SqlTransaction};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// As `server_version_num` has it.
pub(super) const MIN_VERSION: u32 = 150_000;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is none.
    #[error("this is no address of a PostgreSQL database")]
    Url(#[source] sqlx::Error),
    /// The server is older than 15.
    #[error("PostgreSQL 15 or later is needed, this is version {0}")]
    TooOld(u32),
    /// Texts would not come back as they were.
    #[error("the database must be encoded as UTF8, this one is {0}")]
    Encoding(String),
    /// A later release wrote this store.
    #[error(
        "this store was written by a newer release (its migration {0} is unknown here): install that release or restore a backup"
    )]
    NewerStore(i64),
    /// A migration that was applied differs from the one of this release.
    #[error("migration {0} of this store differs from the one of this release")]
    ForeignMigration(i64),
    /// A migration fails.
    #[error("the database cannot be migrated")]
    Migration(#[source] MigrateError),
    /// It cannot be connected to.
    #[error("the database cannot be reached")]
    Connect(#[from] sqlx::Error),
    /// What every node needs to know cannot be read.
    #[error("the database cannot be prepared")]
    Prepare(#[from] StoreError),
}

/// How sessions differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Migrates: waits for other nodes, and as long as it takes.
    Migrate,
    /// Runs jobs.
    Jobs,
    /// Commits groups of messages.
    Lane,
}

/// The settings of a session for a purpose.
pub(super) fn connect_options(url: &str, purpose: Purpose) -> Result<PgConnectOptions, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(OpenError::Url)?;
    let options = options.application_name("kith").statement_cache_capacity(512).disable_statement_logging();
    // Whatever the server's own settings are. A commit is answered when it is durable; a warning is never kept back; a
    // client that goes away does not end the wait for a standby, as that would show what may yet be lost.
    let options = options.options([
        ("synchronous_commit", "on"),
        ("client_min_messages", "warning"),
        ("client_connection_check_interval", "0"),
        ("default_transaction_isolation", "read committed"),
        ("default_transaction_read_only", "off"),
        ("jit", "off"),
        // The locks of a node that froze or vanished are free again after this.
        ("idle_in_transaction_session_timeout", "10s"),
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
    ]);
    Ok(match purpose {
        Purpose::Migrate => options.options([("lock_timeout", "0"), ("statement_timeout", "0")]),
        Purpose::Jobs => options.options([("lock_timeout", "2s"), ("statement_timeout", "30s")]),
        // Each of a lane's few statements reads by keys. Its plan is made once, when tables may be small or their
        // statistics old, and must be the right one for ever.
        Purpose::Lane => options.options([
            ("lock_timeout", "2s"),
            ("statement_timeout", "30s"),
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
        ]),
    })
}

/// Connects, within a time: an address that nobody answers at would take minutes.
pub(super) async fn connect(
    options: &PgConnectOptions,
    patience: Duration,
) -> Result<PgConnection, sqlx::Error> {
    match tokio::time::timeout(patience, options.connect()).await {
        Ok(connected) => connected,
        Err(late) => Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, late))),
    }
}

/// Checks the server, migrates the database, and returns the store's epoch, made on first use. Nodes that start at the
/// same time do so one after another: the migrator takes an advisory lock.
pub(super) async fn prepare(url: &str, patience: Duration, random: &dyn Random) -> Result<String, OpenError> {
    let mut connection = connect(&connect_options(url, Purpose::Migrate)?, patience).await?;
    let version = connection.server_version_num().unwrap_or(0);
    if version < MIN_VERSION {
        return Err(OpenError::TooOld(version));
    }
    let encoding: String = sqlx::query_scalar("SHOW server_encoding").fetch_one(&mut connection).await?;
    if encoding != "UTF8" {
        return Err(OpenError::Encoding(encoding));
    }
    MIGRATIONS.run(&mut connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => OpenError::NewerStore(version),
        MigrateError::VersionMismatch(version) => OpenError::ForeignMigration(version),
        other => OpenError::Migration(other),
    })?;
    let mut begun = connection.begin().await?;
    let mut transaction = SqlTransaction::new(&mut *begun, 0);
    let epoch = meta::epoch(&mut transaction, random).await?;
    folding::renew(&mut transaction).await?;
    begun.commit().await?;
    connection.close().await?;
    Ok(epoch)
}
