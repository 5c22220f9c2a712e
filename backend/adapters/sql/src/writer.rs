//! The one writer. It takes what waits, runs it in arrival order inside one physical transaction, commits, and hands
//! answers and events to the publisher; the next group starts when the last one is durable, so that groups grow with
//! the load. Where many messages come it lets them gather, see [`Gathering`]; few wait for no timer.

use std::{error::Error, fs::File, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use futures_util::FutureExt;
use kith_domain::ports::{
    SendError, StoreError,
    store::{Job, Verdict},
};
use rusqlite::Connection;

use crate::{
    checkpointer::Checkpointer,
    committed::{Committed, Pending},
    committer::{Committer, Placed},
    direct::WriterConnection,
    errors::{Reach, direct_error, reach, store_error, unavailable},
    gathering::Gathering,
    group::{Group, Work},
    publisher::Publisher,
    queue::Accepted,
    space::SpaceGuard,
    sqlite::fit_cache,
    store::{Fatal, declare},
    sync::oneshot,
    transaction::{Failure, Finished, SqlTransaction},
};

/// The writer: its connection, and everything else it works with.
pub(crate) struct Writer {
    pub(crate) connection: WriterConnection,
    pub(crate) desk: Desk,
}

/// What the writer works with beside its connection.
pub(crate) struct Desk {
    pub(crate) accepted: Accepted<Work>,
    pub(crate) gathering: Gathering,
    pub(crate) committer: Committer,
    pub(crate) publisher: Publisher<Committed>,
    pub(crate) space: SpaceGuard,
    pub(crate) fatal: Arc<Fatal>,
    pub(crate) node: u16,
    /// The most the connection's page cache may be.
    pub(crate) cache_kib: u32,
    pub(crate) checkpointer: Checkpointer,
    /// The directory stays locked until the last commit has ended.
    pub(crate) _lock: Arc<File>,
}

impl Writer {
    /// Serves until the store is closed or dropped, or until the disk fails. It blocks its thread while the disk works.
    pub(crate) async fn run(mut self) {
        let mut next = self.desk.next().await;
        while let Some(group) = next {
            next = if group.is_sends_only() {
                self.serve_sends(group).await
            } else {
                self.serve_mixed(group).await;
                None
            };
            self.restart_log_when_due().await;
            if next.is_none() {
                next = self.desk.next().await;
            }
        }
        self.desk.publisher.stop().await;
        self.desk.checkpointer.stop().await;
        if self.desk.fatal.borrow().is_none() {
            self.connection.close().await;
        } else {
            self.connection.abandon();
        }
    }

    /// Serves groups without jobs for as long as there is nothing else to do on the connection; the group that has
    /// jobs is given back.
    async fn serve_sends(&mut self, first: Group) -> Option<Group> {
        let desk = &mut self.desk;
        let connection = match self.connection.direct().await {
            Ok(connection) => connection,
            Err(error) => {
                desk.lose(first, error);
                return None;
            }
        };
        let mut group = first;
        loop {
            if let Some(mut open) = desk.begin(&connection, group) {
                let ran = desk.run_sends(&connection, &mut open);
                desk.finish(&connection, open, ran).await;
            }
            if desk.checkpointer.restart_is_due() && desk.fatal.borrow().is_none() {
                return None;
            }
            match desk.next().await {
                Some(next) if next.is_sends_only() => group = next,
                other => return other,
            }
        }
    }

    /// Serves a group in arrival order; sends in a row go together.
    async fn serve_mixed(&mut self, group: Group) {
        let begun = match self.connection.direct().await {
            Ok(connection) => self.desk.begin(&connection, group),
            Err(error) => return self.desk.lose(group, error),
        };
        let Some(mut group) = begun else { return };
        let ran = self.run_mixed(&mut group).await;
        match self.connection.direct().await {
            Ok(connection) => self.desk.finish(&connection, group, ran).await,
            Err(error) => self.desk.lose(group, error),
        }
    }

    async fn run_mixed(&mut self, group: &mut Group) -> Result<(), Failure> {
        while let Some(work) = group.waiting.pop_front() {
            if let Work::Job { job, answer } = work {
                self.run_job(group, job, answer).await?;
            } else {
                group.waiting.push_front(work);
                let connection = self.connection.direct().await.map_err(failure)?;
                self.desk.run_sends(&connection, group)?;
            }
        }
        Ok(())
    }

    async fn run_job(
        &mut self,
        group: &mut Group,
        job: Job,
        answer: oneshot::Sender<Result<(), StoreError>>,
    ) -> Result<(), Failure> {
        if let Err(failure) = self.execute("SAVEPOINT job").await {
            group.done.push(Pending::Job(answer, Ok(())));
            return Err(failure);
        }
        let mut transaction = SqlTransaction::new(self.connection.sqlx(), self.desk.node);
        let outcome = AssertUnwindSafe(job(&mut transaction)).catch_unwind().await;
        let Finished { events, touched, erased, failure } = transaction.finish();
        touched.into_iter().for_each(|conversation| self.desk.committer.recent.forget(conversation));
        let (verdict, result) = match outcome {
            Ok(verdict) => (verdict, Ok(())),
            Err(_) => (Verdict::Rollback, Err(StoreError::corrupt("a job panicked"))),
        };
        group.done.push(Pending::Job(answer, result));
        if let Some(failure) = failure {
            return Err(failure);
        }
        match verdict {
            Verdict::Commit => {
                group.events.extend(events);
                group.erased.extend(erased);
            }
            Verdict::Rollback => self.execute("ROLLBACK TO job").await?,
        }
        self.execute("RELEASE job").await
    }

    /// Starts the log afresh once it has outgrown its bound; the database has grown too by then.
    async fn restart_log_when_due(&mut self) {
        let desk = &mut self.desk;
        if desk.fatal.borrow().is_some() || !desk.checkpointer.restart_is_due() {
            return;
        }
        if let Err(error) = desk.checkpointer.restart(self.connection.sqlx()).await {
            return desk.declare_fatal(Arc::new(error));
        }
        if let Err(error) = fit_cache(self.connection.sqlx(), desk.cache_kib).await {
            tracing::warn!(%error, "the writer's cache keeps its size");
        }
    }

    async fn execute(&mut self, statement: &'static str) -> Result<(), Failure> {
        sqlx::query(statement).execute(self.connection.sqlx()).await.map(drop).map_err(failure)
    }
}

/// A failure of a statement of the writer's own, outside any job: the least it ends is the transaction.
fn failure(error: sqlx::Error) -> Failure {
    let reach = match reach(&error) {
        Reach::Statement => Reach::Transaction,
        wider => wider,
    };
    Failure { reach, error: store_error(error) }
}

impl Desk {
    /// The next group; `None` when the store is closed and all that was accepted is done.
    async fn next(&mut self) -> Option<Group> {
        let first = self.accepted.next().await?;
        let mut waiting = self.accepted.waiting();
        while let Some(wait) = self.gathering.wait(waiting, Instant::now()) {
            // The thread is the writer's own, and a timer of the runtime would wake it later than it wants.
            std::thread::sleep(wait);
            let before = std::mem::replace(&mut waiting, self.accepted.waiting());
            if waiting == before {
                break;
            }
        }
        let group = Group::gather(first, &mut self.accepted);
        self.gathering.begin(group.work() as usize, Instant::now());
        Some(group)
    }

    /// Begins the group's transaction; a group that cannot begin is answered.
    fn begin(&mut self, connection: &Connection, group: Group) -> Option<Group> {
        let refused = if self.fatal.borrow().is_some() {
            unavailable("the store has failed and waits for a restart")
        } else if !self.space.has_room() {
            StoreError::Full
        } else if let Err(failure) = execute(connection, "BEGIN IMMEDIATE") {
            self.undo(connection, failure)
        } else {
            return Some(group);
        };
        group.fail(&refused);
        None
    }

    /// Runs the messages up to the next job.
    fn run_sends(&mut self, connection: &Connection, group: &mut Group) -> Result<(), Failure> {
        let (drafts, answers) = group.next_sends();
        match self.committer.place(connection, drafts) {
            Ok(Placed { answers: results, events }) => {
                group.events.extend(events);
                let results = results.into_iter().map(|result| result.map_err(SendError::from));
                let pending = answers.into_iter().zip(results);
                group.done.extend(pending.map(|(answer, result)| Pending::Send(answer, result)));
                Ok(())
            }
            Err(failure) => {
                let error = SendError::Store(failure.error.clone());
                let pending = answers.into_iter().map(|answer| Pending::Send(answer, Err(error.clone())));
                group.done.extend(pending);
                Err(failure)
            }
        }
    }

    /// Commits what ran, and has it published and answered.
    async fn finish(&mut self, connection: &Connection, group: Group, ran: Result<(), Failure>) {
        let work = group.work();
        if let Err(failure) = ran {
            // Nothing was committed, and after the rollback that is certain.
            let error = self.undo(connection, failure);
            return group.fail(&error);
        }
        if let Err(failure) = execute(connection, "COMMIT") {
            return self.commit_failed(connection, group, failure);
        }
        self.checkpointer.committed(work);
        let Group { events, erased, done: answers, .. } = group;
        if !self.publisher.publish(Committed { events, erased, answers }).await {
            self.declare_fatal(Arc::from(Box::<dyn Error + Send + Sync>::from("the publishing task ended")));
        }
    }

    /// A full disk refuses the commit and nothing is written; after any other error nobody can tell.
    fn commit_failed(&mut self, connection: &Connection, group: Group, failure: Failure) {
        let known = matches!(failure.error, StoreError::Full | StoreError::Unavailable(_));
        let reach = failure.reach;
        let error = match self.undo(connection, failure) {
            error if known && reach != Reach::Store => error,
            StoreError::Internal(source) | StoreError::Unavailable(source) => {
                self.declare_fatal(Arc::clone(&source));
                StoreError::UnknownOutcome(source)
            }
            error => error,
        };
        group.fail(&error);
    }

    /// Rolls back. Where the disk or the rollback itself fails, the store is given up: an fsync is never tried twice,
    /// because the kernel may have dropped the pages it could not write.
    fn undo(&mut self, connection: &Connection, failure: Failure) -> StoreError {
        self.committer.recent.clear();
        if matches!(failure.error, StoreError::Full) {
            self.space.drop_ballast();
        }
        let rolled_back = match connection.execute_batch("ROLLBACK").map_err(direct_error) {
            // "no transaction is active": the database has rolled back by itself.
            Ok(()) | Err((Reach::Statement, _)) => Ok(()),
            Err((_, error)) => Err(error),
        };
        let error = match failure.error {
            // A key clash outside any job is a fault of the writer's own.
            StoreError::Conflict => StoreError::corrupt("a key of a message is taken"),
            other => other,
        };
        match (rolled_back, failure.reach) {
            (Err(rollback), _) => {
                self.declare_fatal(Arc::new(rollback));
                error
            }
            (Ok(()), Reach::Store) => {
                let source: Arc<dyn Error + Send + Sync> = Arc::new(error.clone());
                self.declare_fatal(Arc::clone(&source));
                StoreError::Unavailable(source)
            }
            (Ok(()), _) => {
                tracing::error!(?error, "a group of writes was rolled back");
                error
            }
        }
    }

    /// The connection itself is gone, and with it the transaction of the group.
    fn lose(&mut self, group: Group, error: sqlx::Error) {
        let error: Arc<dyn Error + Send + Sync> = Arc::new(error);
        self.declare_fatal(Arc::clone(&error));
        group.fail(&StoreError::Unavailable(error));
    }

    fn declare_fatal(&self, error: Arc<dyn Error + Send + Sync>) {
        declare(&self.fatal, error);
    }
}

fn execute(connection: &Connection, statement: &'static str) -> Result<(), Failure> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}
