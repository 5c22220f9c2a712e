//! The one writer. It takes what waits, runs it in arrival order inside one physical transaction, commits, and hands
//! answers and events to the publisher; the next group starts when the last one is durable, so that groups grow with
//! the load and nobody waits for a timer.

use std::{collections::VecDeque, fs::File, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use kith_domain::{
    event::LiveEvent,
    ports::{
        SendError, SendMessage, SentMessage, StoreError,
        store::{Job, Verdict},
    },
};
use sqlx::SqliteConnection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    checkpointer::Checkpointer,
    committer::{self, Draft},
    errors::{Reach, reach, store_error, unavailable},
    publisher::{Committed, Pending, Publisher},
    space::SpaceGuard,
    store::{Fatal, close_connection},
    transaction::{Failure, SqlTransaction},
};

/// The most sends of one group: beyond this the time per message hardly falls, while the first one's wait grows.
const MAX_SENDS: usize = 256;
/// The most jobs of one group.
const MAX_JOBS: usize = 64;

/// What waits for the writer.
pub(crate) enum Work {
    /// A closure over a transaction.
    Job {
        /// What is to be done.
        job: Job,
        /// Told after the durable commit.
        answer: oneshot::Sender<Result<(), StoreError>>,
    },
    /// A message.
    Send {
        /// The message.
        message: Box<SendMessage>,
        /// Its content as it will be stored, encoded before the queue so that the writer need not.
        body: String,
        /// Told after the durable commit.
        answer: oneshot::Sender<Result<SentMessage, SendError>>,
    },
}

impl Work {
    fn fail(self, error: StoreError) {
        match self {
            // Whoever asked may be gone: then there is nobody to tell.
            Self::Job { answer, .. } => drop(answer.send(Err(error))),
            Self::Send { answer, .. } => drop(answer.send(Err(error.into()))),
        }
    }
}

/// What a group has done so far.
#[derive(Default)]
struct Group {
    waiting: VecDeque<Work>,
    done: Vec<Pending>,
    events: Vec<LiveEvent>,
}

impl Group {
    fn fail(self, error: &StoreError) {
        self.done.into_iter().for_each(|pending| pending.fail(error.clone()));
        self.waiting.into_iter().for_each(|work| work.fail(error.clone()));
    }
}

/// The writer's task.
pub(crate) struct Writer {
    pub(crate) connection: SqliteConnection,
    pub(crate) waiting: mpsc::Receiver<Work>,
    pub(crate) publisher: Publisher,
    pub(crate) space: SpaceGuard,
    pub(crate) fatal: Arc<Fatal>,
    pub(crate) node: u16,
    pub(crate) checkpointer: Checkpointer,
    pub(crate) stop: watch::Receiver<bool>,
    /// The directory stays locked until the last commit has ended.
    pub(crate) _lock: Arc<File>,
}

impl Writer {
    /// Serves until the store is closed or dropped, or until the disk fails.
    pub(crate) async fn run(mut self) {
        loop {
            let Some(first) = self.next().await else { break };
            let group = self.gather(first);
            if self.fatal.borrow().is_some() {
                group.fail(&unavailable("the store has failed and waits for a restart"));
                continue;
            }
            let work = group.waiting.len() as u64;
            self.serve(group).await;
            if self.fatal.borrow().is_none() {
                self.checkpointer.committed(&mut self.connection, work).await;
            }
        }
        self.publisher.stop().await;
        self.checkpointer.stop().await;
        close_connection(self.connection).await;
    }

    /// The next work; `None` when the store is closed and all that was accepted is done.
    async fn next(&mut self) -> Option<Work> {
        tokio::select! {
            biased;
            work = self.waiting.recv() => return work,
            _ = async { self.stop.wait_for(|stop| *stop).await.is_ok() } => {}
        }
        self.waiting.close();
        self.waiting.recv().await
    }

    /// Takes what waits, up to the size of a group.
    fn gather(&mut self, first: Work) -> Group {
        let mut group = Group::default();
        let (mut sends, mut jobs) = (0, 0);
        let mut next = Some(first);
        while let Some(work) = next {
            match work {
                Work::Job { .. } => jobs += 1,
                Work::Send { .. } => sends += 1,
            }
            group.waiting.push_back(work);
            next = if sends < MAX_SENDS && jobs < MAX_JOBS { self.waiting.try_recv().ok() } else { None };
        }
        group
    }

    async fn serve(&mut self, mut group: Group) {
        if !self.space.has_room() {
            return group.fail(&StoreError::Full);
        }
        if let Err(failure) = self.execute("BEGIN IMMEDIATE").await {
            return self.abandon(group, failure).await;
        }
        if let Err(failure) = self.run_group(&mut group).await {
            return self.abandon(group, failure).await;
        }
        if let Err(failure) = self.execute("COMMIT").await {
            return self.commit_failed(group, failure).await;
        }
        if !self.publisher.publish(Committed { events: group.events, answers: group.done }).await {
            self.declare_fatal(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(
                "the publishing task ended",
            )));
        }
    }

    /// Runs the group's work in arrival order; sends in a row go together.
    async fn run_group(&mut self, group: &mut Group) -> Result<(), Failure> {
        while let Some(work) = group.waiting.pop_front() {
            match work {
                Work::Job { job, answer } => self.run_job(group, job, answer).await?,
                Work::Send { message, body, answer } => {
                    let mut answers = vec![answer];
                    let mut drafts = vec![Draft { message: *message, body }];
                    while let Some(Work::Send { .. }) = group.waiting.front() {
                        if let Some(Work::Send { message, body, answer }) = group.waiting.pop_front() {
                            answers.push(answer);
                            drafts.push(Draft { message: *message, body });
                        }
                    }
                    self.run_sends(group, drafts, answers).await?;
                }
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
        let mut transaction = SqlTransaction::new(&mut self.connection, self.node);
        let outcome = AssertUnwindSafe(job(&mut transaction)).catch_unwind().await;
        let (events, failure) = transaction.finish();
        let (verdict, result) = match outcome {
            Ok(verdict) => (verdict, Ok(())),
            Err(_) => (Verdict::Rollback, Err(StoreError::corrupt("a job panicked"))),
        };
        group.done.push(Pending::Job(answer, result));
        if let Some(failure) = failure {
            return Err(failure);
        }
        match verdict {
            Verdict::Commit => group.events.extend(events),
            Verdict::Rollback => self.execute("ROLLBACK TO job").await?,
        }
        self.execute("RELEASE job").await
    }

    async fn run_sends(
        &mut self,
        group: &mut Group,
        drafts: Vec<Draft>,
        answers: Vec<oneshot::Sender<Result<SentMessage, SendError>>>,
    ) -> Result<(), Failure> {
        let mut transaction = SqlTransaction::new(&mut self.connection, self.node);
        let sent = committer::commit_group(&mut transaction, drafts).await;
        let (events, failure) = transaction.finish();
        match sent {
            Ok(results) if failure.is_none() => {
                group.events.extend(events);
                let results = results.into_iter().map(|result| result.map_err(SendError::from));
                group.done.extend(
                    answers.into_iter().zip(results).map(|(answer, result)| Pending::Send(answer, result)),
                );
                Ok(())
            }
            other => {
                let error = other.err().unwrap_or_else(|| StoreError::corrupt("a statement failed unseen"));
                group.done.extend(
                    answers.into_iter().map(|answer| Pending::Send(answer, Err(error.clone().into()))),
                );
                Err(failure.unwrap_or(Failure { reach: Reach::Transaction, error }))
            }
        }
    }

    /// Nothing was committed, and after the rollback that is certain.
    async fn abandon(&mut self, group: Group, failure: Failure) {
        let error = self.undo(failure).await;
        group.fail(&error);
    }

    /// A full disk refuses the commit and nothing is written; after any other error nobody can tell.
    async fn commit_failed(&mut self, group: Group, failure: Failure) {
        let known = matches!(failure.error, StoreError::Full | StoreError::Unavailable(_));
        let reach = failure.reach;
        let error = self.undo(failure).await;
        let error = match error {
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
    async fn undo(&mut self, failure: Failure) -> StoreError {
        if matches!(failure.error, StoreError::Full) {
            self.space.drop_ballast();
        }
        let rolled_back = match sqlx::query("ROLLBACK").execute(&mut self.connection).await {
            Ok(_) => Ok(()),
            // "no transaction is active": the database has rolled back by itself.
            Err(error) if reach(&error) == Reach::Statement => Ok(()),
            Err(error) => Err(error),
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
                let source: Arc<dyn std::error::Error + Send + Sync> = Arc::new(error.clone());
                self.declare_fatal(Arc::clone(&source));
                StoreError::Unavailable(source)
            }
            (Ok(()), _) => {
                tracing::error!(?error, "a group of writes was rolled back");
                error
            }
        }
    }

    fn declare_fatal(&self, error: Arc<dyn std::error::Error + Send + Sync>) {
        tracing::error!(?error, "the store has failed; the process must end and recover");
        self.fatal.send_if_modified(|state| {
            let first = state.is_none();
            state.get_or_insert(error);
            first
        });
    }

    async fn execute(&mut self, statement: &'static str) -> Result<(), Failure> {
        let done = sqlx::query(statement).execute(&mut self.connection).await;
        done.map(drop).map_err(|error| {
            let reach = match reach(&error) {
                Reach::Statement => Reach::Transaction,
                wider => wider,
            };
            Failure { reach, error: store_error(error) }
        })
    }
}
