//! Moves the write-ahead log into the database file, beside the writer where it can, so that no send waits for it.

use std::{fs::File, sync::Arc, time::Duration};

use sqlx::{Row, SqliteConnection};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time,
};

use crate::{
    sqlite::{MAX_WAL_BYTES, PAGE_SIZE},
    store::close_connection,
};

/// How often the task looks while there is something to move.
const TICK: Duration = Duration::from_millis(250);
/// A writer that wrote nothing for one tick is idle: then this much work is worth a checkpoint.
const IDLE_WORK: u64 = 64;
/// Under load a checkpoint waits for this much, about 100 MiB of log: a page that many messages touch is moved once.
const BUSY_WORK: u64 = 18_000;
/// Starts the log afresh. Every send waits meanwhile, so a reader that stays, as the integrity check does, makes it give
/// up after 100 ms instead of the connection's ordinary 5 s.
const RESTART: [&str; 3] =
    ["PRAGMA busy_timeout = 100", "PRAGMA wal_checkpoint(RESTART)", "PRAGMA busy_timeout = 5000"];

/// The checkpoint task, as the writer sees it.
pub(crate) struct Checkpointer {
    /// Jobs and messages committed since the start.
    work: watch::Sender<u64>,
    wal_bytes: watch::Receiver<u64>,
    /// Dropped to end the task within its tick.
    alive: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Checkpointer {
    /// Starts the task on a connection of its own.
    pub(crate) fn start(connection: SqliteConnection, lock: Arc<File>) -> Self {
        let (work, done) = watch::channel(0);
        let (tell, wal_bytes) = watch::channel(0);
        let (alive, gone) = oneshot::channel();
        let task = tokio::spawn(async move {
            run(connection, done, tell, gone).await;
            drop(lock);
        });
        Self { work, wal_bytes, alive, task }
    }

    /// Called by the writer after each group, with the count of its jobs and messages.
    pub(crate) fn committed(&self, work: u64) {
        self.work.send_modify(|total| *total += work);
    }

    /// Whether the log has outgrown its bound.
    pub(crate) fn restart_is_due(&self) -> bool {
        self.wal_bytes.has_changed().unwrap_or(false) && *self.wal_bytes.borrow() > MAX_WAL_BYTES
    }

    /// Starts the log afresh once it has outgrown its bound.
    pub(crate) async fn restart_when_due(&mut self, writer: &mut SqliteConnection) {
        if !self.restart_is_due() {
            return;
        }
        self.wal_bytes.mark_unchanged();
        for statement in RESTART {
            if let Err(error) = sqlx::query(statement).fetch_optional(&mut *writer).await {
                tracing::warn!(%error, "the log could not be started afresh");
            }
        }
    }

    /// Ends the task after the checkpoint it may be in.
    pub(crate) async fn stop(self) {
        drop((self.work, self.alive));
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the checkpoint task did not end well");
        }
    }
}

/// Works until the writer is gone.
async fn run(
    mut connection: SqliteConnection,
    mut work: watch::Receiver<u64>,
    tell: watch::Sender<u64>,
    mut gone: oneshot::Receiver<()>,
) {
    let mut moved = 0;
    // Asleep until something is written; then awake once a tick, not once a commit.
    while work.changed().await.is_ok() {
        let mut seen = *work.borrow_and_update();
        while time::timeout(TICK, &mut gone).await.is_err() {
            let total = *work.borrow_and_update();
            let idle = total == seen;
            if total - moved >= if idle { IDLE_WORK } else { BUSY_WORK } {
                checkpoint(&mut connection, &tell).await;
                moved = total;
            }
            if idle {
                break;
            }
            seen = total;
        }
        if gone.is_terminated() {
            break;
        }
    }
    close_connection(connection).await;
}

async fn checkpoint(connection: &mut SqliteConnection, tell: &watch::Sender<u64>) {
    // PASSIVE moves what no reader needs and waits for nobody: https://sqlite.org/pragma.html#pragma_wal_checkpoint
    match sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(connection).await {
        Ok(row) => {
            let frames = row.try_get::<i64, _>(1).unwrap_or(0);
            tell.send_replace(u64::try_from(frames).unwrap_or(0) * PAGE_SIZE);
        }
        Err(error) => tracing::warn!(%error, "a checkpoint failed"),
    }
}
