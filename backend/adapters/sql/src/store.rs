//! The store: one writer, several readers, one file.

use std::{
    error::Error,
    fs::File,
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures_util::FutureExt;
use kith_domain::{
    Random,
    ports::{
        Bus, SendError, SendMessage, SentMessage, Store, StoreError,
        store::{Job, Verdict},
    },
};
use sqlx::{ConnectOptions, Connection, SqlitePool, sqlite::SqlitePoolOptions};
use tokio::sync::{Mutex, watch};

use crate::{
    checkpointer::Checkpointer,
    committed::Committed,
    committer::{Committer, Draft},
    direct::WriterConnection,
    errors::{store_error, unavailable},
    gathering::Gathering,
    group::Work,
    publisher::Publisher,
    queue::{Queue, queue},
    space::{SpaceGuard, SpaceProbe},
    sqlite::{self, OpenError},
    sync::oneshot,
    tails::Tails,
    thread::{self, Ended},
    transaction::SqlTransaction,
    wal_file,
    writer::{Desk, Writer},
};

/// How long a read job waits for a connection: read jobs are short, so that a longer wait means overload.
const READER_PATIENCE: Duration = Duration::from_secs(5);

/// Of the writer's page cache each reader has this part: the upper pages of the indexes. What else it reads the kernel has, and
/// what thousands of people read once each is not worth keeping twice.
const READER_SHARE: u32 = 128;

/// How the store is set up. The defaults are for a server.
#[derive(Clone)]
pub struct Options {
    /// Connections that read.
    pub readers: u32,
    /// Jobs and sends that may wait for the writer.
    pub queue: usize,
    /// How long a job or send waits for a place in the queue.
    pub patience: Duration,
    /// Page cache of the writer in KiB, for a large database; each reader has a 128th of it.
    pub cache_kib: u32,
    /// Memory for the newest entries of active conversations, in KiB.
    pub tails_kib: u32,
    /// Writes stop below this many free bytes; by default min(5 % of the disk, 1 GiB).
    pub floor_bytes: Option<u64>,
    /// Size of the ballast file; by default min(5 % of the disk, 64 MiB). 0 for none.
    pub ballast_bytes: Option<u64>,
    /// The largest the database file may become, in pages of 4 KiB; by default as large as the disk allows.
    pub max_pages: Option<u32>,
    /// Tells the free bytes; by default the file system does.
    pub space_probe: Option<SpaceProbe>,
    /// The number of this node, noted in the outbox.
    pub node: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            queue: 4096,
            patience: Duration::from_secs(2),
            cache_kib: 64 << 10,
            tails_kib: 64 << 10,
            floor_bytes: None,
            ballast_bytes: None,
            max_pages: None,
            space_probe: None,
            node: 0,
        }
    }
}

/// What ended the store, once something did.
pub(crate) type Fatal = watch::Sender<Option<Arc<dyn Error + Send + Sync>>>;

/// The store on one SQLite file.
pub struct SqlStore {
    queue: Queue<Work>,
    readers: SqlitePool,
    tails: Arc<Tails>,
    epoch: String,
    fatal: Arc<Fatal>,
    node: u16,
    /// Taken by [`SqlStore::close`]: resolves when the writer's thread has ended.
    writer: Mutex<Option<Ended>>,
    directory: PathBuf,
    _lock: Arc<File>,
}

impl SqlStore {
    /// Opens the store in `directory`, makes it if there is none, and starts the writer. Events go to `bus` after
    /// their commits.
    ///
    /// # Errors
    /// See [`OpenError`].
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub async fn open(
        directory: &Path,
        options: Options,
        bus: Arc<dyn Bus>,
        random: &dyn Random,
    ) -> Result<Self, OpenError> {
        let lock = Arc::new(sqlite::lock_directory(directory)?);
        let space = SpaceGuard::new(
            directory,
            options.floor_bytes,
            options.ballast_bytes,
            options.space_probe.clone(),
        )
        .map_err(OpenError::Directory)?;

        let mut writing = sqlite::connect_options(directory, options.cache_kib);
        if wal_file::register() {
            writing = writing.vfs(wal_file::NAME);
        }
        if let Some(pages) = options.max_pages {
            writing = writing.pragma("max_page_count", pages.to_string());
        }
        let mut connection = writing.thread_name(|_| "kith-writer".to_owned()).connect().await?;
        let epoch = sqlite::prepare(&mut connection, random).await?;
        sqlite::fit_cache(&mut connection, options.cache_kib).await?;

        let reading = sqlite::connect_options(directory, options.cache_kib / READER_SHARE)
            .thread_name(|n| format!("kith-reader-{n}"))
            .pragma("query_only", "ON");
        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers.max(1))
            .acquire_timeout(READER_PATIENCE)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(reading)
            .await?;
        let checkpoints = sqlite::connect_options(directory, 1024).connect().await?;

        let tails = Tails::new(options.tails_kib as usize * 1024);
        let fatal = Arc::new(watch::channel(None).0);
        let (queue, accepted) = queue(options.queue, options.patience);
        let checkpointer = Checkpointer::start(checkpoints, Arc::clone(&fatal), Arc::clone(&lock))
            .map_err(OpenError::Thread)?;
        let publisher = {
            let tails = Arc::clone(&tails);
            Publisher::start(move |committed: Committed| {
                let (bus, tails) = (Arc::clone(&bus), Arc::clone(&tails));
                async move { committed.tell(&*bus, &tails).await }
            })
        };
        let desk = Desk {
            accepted,
            gathering: Gathering::default(),
            committer: Committer::new(options.node),
            publisher,
            space,
            fatal: Arc::clone(&fatal),
            node: options.node,
            cache_kib: options.cache_kib,
            checkpointer,
            _lock: Arc::clone(&lock),
        };
        let connection = WriterConnection::new(connection).await?;
        let writer = Writer { connection, desk };
        let ended = thread::start("kith-committer", || writer.run()).map_err(OpenError::Thread)?;
        let writer = Mutex::new(Some(ended));
        let (node, directory) = (options.node, directory.to_owned());
        Ok(Self { queue, readers, tails, epoch, fatal, node, writer, directory, _lock: lock })
    }

    /// Resolves when the disk or the file can no longer be trusted. The process must then end: a new one recovers
    /// from what is durable, while this one could only guess.
    pub fn fatal(&self) -> impl Future<Output = Arc<dyn Error + Send + Sync>> + Send + 'static {
        let mut state = self.fatal.subscribe();
        async move {
            let seen = state.wait_for(Option::is_some).await.map(|error| error.clone());
            match seen {
                Ok(Some(error)) => error,
                // The store was closed in health.
                _ => std::future::pending().await,
            }
        }
    }

    /// Where the database lies.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Reads the whole database file; returns what is wrong with it, in SQLite's words. Empty for a healthy one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when no connection is free in time.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let rows: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(20)")
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        Ok(rows.into_iter().filter(|row| row != "ok").collect())
    }

    /// Ends the store: what was accepted is committed and answered, later calls are refused, the log is folded into
    /// the database file.
    pub async fn close(&self) {
        self.queue.close();
        let writer = self.writer.lock().await.take();
        if let Some(ended) = writer
            && ended.await.is_err()
        {
            tracing::error!("the writer did not end well");
        }
        self.readers.close().await;
    }

    async fn enqueue(&self, work: Work) -> Result<(), StoreError> {
        if self.fatal.borrow().is_some() {
            return Err(unavailable("the store has failed and waits for a restart"));
        }
        self.queue.put(work).await
    }
}

/// Notes what ended the store, the first time.
pub(crate) fn declare(fatal: &Fatal, error: Arc<dyn Error + Send + Sync>) {
    tracing::error!(?error, "the store has failed; the process must end and recover");
    fatal.send_if_modified(|state| {
        let first = state.is_none();
        state.get_or_insert(error);
        first
    });
}

/// The writer went away with the question: it died, so that nobody knows what became of it.
fn lost<E>(_: E) -> StoreError {
    StoreError::UnknownOutcome(Arc::from(Box::<dyn Error + Send + Sync>::from("the writer ended")))
}

#[async_trait]
impl Store for SqlStore {
    async fn write_job(&self, job: Job) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Work::Job { job, answer }).await?;
        answered.await.map_err(lost)?
    }

    async fn read_job(&self, job: Job) -> Result<(), StoreError> {
        let tails = self.tails.moment();
        // Rolled back when it is dropped, also by a caller who no longer waits.
        let mut snapshot = self.readers.begin().await.map_err(store_error)?;
        let mut transaction = SqlTransaction::reading(&mut snapshot, self.node, tails);
        let outcome = std::panic::AssertUnwindSafe(job(&mut transaction)).catch_unwind().await;
        snapshot.rollback().await.map_err(store_error)?;
        match outcome {
            Ok(Verdict::Commit | Verdict::Rollback) => Ok(()),
            Err(_) => Err(StoreError::corrupt("a read job panicked")),
        }
    }

    async fn send(&self, message: SendMessage) -> Result<SentMessage, SendError> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Work::Send { draft: Box::new(Draft::new(message)), answer }).await?;
        answered.await.map_err(|gone| SendError::Store(lost(gone)))?
    }

    fn epoch(&self) -> &str {
        &self.epoch
    }

    async fn check(&self) -> Result<(), StoreError> {
        if let Some(error) = self.fatal.borrow().clone() {
            return Err(StoreError::Internal(error));
        }
        if self.queue.is_closed() {
            return Err(unavailable("the store is closed"));
        }
        let mut reader = self.readers.acquire().await.map_err(store_error)?;
        sqlx::query("SELECT 1 FROM meta").execute(&mut *reader).await.map_err(store_error)?;
        Ok(())
    }
}

impl std::fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlStore").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// Closes a connection and says why it could not, which costs nothing but a later recovery.
pub(crate) async fn close_connection(connection: sqlx::SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "a database connection did not close well");
    }
}
