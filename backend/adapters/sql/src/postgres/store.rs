//! The store: a pool for jobs, and lanes for messages.

use std::{error::Error, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::FutureExt;
use kith_domain::{
    Random,
    ports::{
        Bus, SendError, SendMessage, SentMessage, Store, StoreError,
        store::{Job, Verdict},
    },
};
use sqlx::{
    Executor, PgConnection, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::Mutex;

use super::{
    commit::Commit,
    connect::{self, OpenError, Purpose},
    errors::{store_error, unknown},
    group::Waiting,
    lane::Lane,
    progress::Progress,
    queues::Queues,
    turns::Turns,
};
use crate::{
    committer::Draft,
    errors::unavailable,
    publisher::publish_all,
    sync::oneshot,
    transaction::{Finished, SqlTransaction},
};

const STATE: &str = "SELECT value, pg_is_in_recovery() FROM meta WHERE name = 'epoch'";

/// How the store is set up. The defaults are for a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections of this node in all, lanes included. All nodes together must stay below the server's
    /// `max_connections`.
    pub connections: u32,
    /// Connections that commit groups of messages, as many of them at once as there is enough for.
    pub lanes: u32,
    /// Messages that may wait for a lane.
    pub queue: usize,
    /// How long a message waits for a place in the queue, a job for a connection, and a connection for its server.
    pub patience: Duration,
    /// How long a job or a group may take until its COMMIT.
    pub work_limit: Duration,
    /// After how long a COMMIT without an answer is called unknown.
    pub commit_limit: Duration,
    /// The number of this node, noted in the outbox.
    pub node: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: 16,
            lanes: 3,
            queue: 4096,
            patience: Duration::from_secs(2),
            work_limit: Duration::from_secs(10),
            commit_limit: Duration::from_secs(5),
            node: 0,
        }
    }
}

/// What jobs and lanes share.
pub(super) struct Shared {
    pub(super) bus: Arc<dyn Bus>,
    pub(super) turns: Arc<Turns>,
    /// How far the outbox is complete.
    progress: Arc<Progress>,
    pub(super) options: Options,
    /// How a lane connects.
    pub(super) lane_options: PgConnectOptions,
}

/// The store on one PostgreSQL database, which other nodes may use at the same time.
pub struct PostgresStore {
    pool: PgPool,
    queues: Arc<Queues>,
    shared: Arc<Shared>,
    epoch: String,
    lanes: Mutex<Vec<tokio::task::JoinHandle<()>>>,
}

impl PostgresStore {
    /// Opens the store at `url`, makes its tables if there are none, and starts the lanes. Events go to `bus` after their
    /// commits.
    ///
    /// # Errors
    /// See [`OpenError`].
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub async fn open(
        url: &str,
        options: Options,
        bus: Arc<dyn Bus>,
        random: &dyn Random,
    ) -> Result<Self, OpenError> {
        let epoch = connect::prepare(url, options.patience, random).await?;
        let lanes = options.lanes.max(1);
        let pool = PgPoolOptions::new()
            .max_connections(options.connections.saturating_sub(lanes).max(1))
            .acquire_timeout(options.patience)
            .connect_lazy_with(connect::connect_options(url, Purpose::Jobs)?);
        let lane_options = connect::connect_options(url, Purpose::Lane)?;
        let shared =
            Arc::new(Shared { bus, turns: Arc::default(), progress: Arc::default(), options, lane_options });
        let queues = Arc::new(Queues::new(lanes, shared.options.queue));
        let running = (0..lanes)
            .map(|_| tokio::spawn(Lane::new(Arc::clone(&shared), Arc::clone(&queues)).run()))
            .collect();
        Ok(Self { pool, queues, shared, epoch, lanes: Mutex::new(running) })
    }

    /// Ends the store: what was accepted is committed and answered, later calls are refused.
    pub async fn close(&self) {
        self.queues.close();
        for lane in self.lanes.lock().await.drain(..) {
            if lane.await.is_err() {
                tracing::error!("a lane did not end well");
            }
        }
        self.pool.close().await;
    }
}

/// A connection of the pool. It is closed when it is dropped, unless it was given back in good order.
struct Borrowed(Option<PoolConnection<Postgres>>);

impl Borrowed {
    async fn from(pool: &PgPool) -> Result<Self, StoreError> {
        pool.acquire().await.map(|connection| Self(Some(connection))).map_err(store_error)
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl AsMut<PgConnection> for Borrowed {
    fn as_mut(&mut self) -> &mut PgConnection {
        match &mut self.0 {
            Some(connection) => connection,
            None => unreachable!("given back, and used after that"),
        }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

/// What a job left behind when it was done.
struct Ran {
    connection: Borrowed,
    finished: Finished,
    /// `Err` for a job that panicked.
    verdict: Result<Verdict, StoreError>,
}

/// Begins a transaction with `begin` and runs the job in it.
async fn run(
    shared: &Shared,
    mut connection: Borrowed,
    begin: &'static str,
    job: Job,
) -> Result<Ran, StoreError> {
    connection.as_mut().execute(begin).await.map_err(store_error)?;
    let transaction = SqlTransaction::new(connection.as_mut(), shared.options.node);
    let mut transaction = transaction.with_progress(Arc::clone(&shared.progress));
    let outcome = AssertUnwindSafe(job(&mut transaction)).catch_unwind().await;
    let finished = transaction.finish();
    let verdict = outcome.map_err(|_| StoreError::corrupt("a job panicked"));
    Ok(Ran { connection, finished, verdict })
}

/// [`run`] within a time. What takes longer is given up, and its connection closed: nothing of it was committed.
async fn run_in_time(
    shared: &Shared,
    connection: Borrowed,
    begin: &'static str,
    job: Job,
) -> Result<Ran, StoreError> {
    let ran = tokio::time::timeout(shared.options.work_limit, run(shared, connection, begin, job)).await;
    ran.unwrap_or_else(|_| Err(unavailable("the database takes too long")))
}

async fn roll_back(mut connection: Borrowed) {
    // Where this fails the connection is closed, and the server rolls back by itself.
    if connection.as_mut().execute("ROLLBACK").await.is_ok() {
        connection.give_back();
    }
}

/// Runs a job, commits it, publishes its events and answers.
async fn write(
    shared: Arc<Shared>,
    connection: Borrowed,
    job: Job,
    answer: oneshot::Sender<Result<(), StoreError>>,
) {
    // Whoever asked may be gone: then there is nobody to tell.
    let Ran { connection, finished, verdict } = match run_in_time(&shared, connection, "BEGIN", job).await {
        Ok(ran) => ran,
        Err(error) => return drop(answer.send(Err(error))),
    };
    let kept = match (verdict, finished.failure) {
        (Err(panicked), _) => Err(panicked),
        // After an error PostgreSQL takes a COMMIT for a ROLLBACK: a job that wants to go on cannot.
        (Ok(Verdict::Commit), Some(failure)) => Err(failure.error),
        (Ok(Verdict::Commit), None) => Ok(true),
        (Ok(Verdict::Rollback), _) => Ok(false),
    };
    if !matches!(kept, Ok(true)) {
        roll_back(connection).await;
        return drop(answer.send(kept.map(drop)));
    }
    let mut turn = shared.turns.take(finished.touched);
    let mut commit = Commit::send(connection);
    let outcome = commit.outcome(shared.options.commit_limit).await;
    let (outcome, answer) = match outcome {
        Some(outcome) => (outcome, Some(answer)),
        None => {
            let _ = answer.send(Err(unknown("no answer to COMMIT in time")));
            (commit.end().await, None)
        }
    };
    let outcome = outcome.map(Borrowed::give_back);
    if outcome.is_ok() && !finished.events.is_empty() {
        turn.comes().await;
        publish_all(&*shared.bus, finished.events).await;
    }
    drop(turn);
    if let Some(answer) = answer {
        let _ = answer.send(outcome);
    }
}

/// The task went away with the question: nobody knows what became of it.
fn lost<E>(_: E) -> StoreError {
    unknown("the task that wrote has ended")
}

#[async_trait]
impl Store for PostgresStore {
    async fn write_job(&self, job: Job) -> Result<(), StoreError> {
        let connection = Borrowed::from(&self.pool).await?;
        let (answer, answered) = oneshot::channel();
        // In a task of its own, so that a caller who stops waiting cancels no COMMIT.
        tokio::spawn(write(Arc::clone(&self.shared), connection, job, answer));
        answered.await.map_err(lost)?
    }

    async fn read_job(&self, job: Job) -> Result<(), StoreError> {
        let connection = Borrowed::from(&self.pool).await?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let Ran { connection, verdict, .. } = run_in_time(&self.shared, connection, begin, job).await?;
        roll_back(connection).await;
        match verdict {
            Ok(Verdict::Commit | Verdict::Rollback) => Ok(()),
            Err(_) => Err(StoreError::corrupt("a read job panicked")),
        }
    }

    async fn send(&self, message: SendMessage) -> Result<SentMessage, SendError> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { draft: Draft::new(message), answer };
        self.queues.put(waiting, self.shared.options.patience).await?;
        answered.await.map_err(|gone| SendError::Store(lost(gone)))?
    }

    fn epoch(&self) -> &str {
        &self.epoch
    }

    async fn check(&self) -> Result<(), StoreError> {
        let mut connection = Borrowed::from(&self.pool).await?;
        let asking = sqlx::query_as::<_, (String, bool)>(STATE).fetch_one(connection.as_mut());
        let state = tokio::time::timeout(self.shared.options.patience, asking).await;
        let state = state.map_err(|_| unavailable("the database does not answer"))?;
        let (epoch, replica) = state.map_err(store_error)?;
        connection.give_back();
        if replica {
            return Err(unavailable("this is a replica: the primary has not been found"));
        }
        if epoch != self.epoch {
            // A history that may lack what this node has answered: sessions that know the old one must end.
            let changed = "the epoch has changed since this node started; it must start again";
            return Err(StoreError::Internal(Arc::from(Box::<dyn Error + Send + Sync>::from(changed))));
        }
        Ok(())
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.queues.close();
    }
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
