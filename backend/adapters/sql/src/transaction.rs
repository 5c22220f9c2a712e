//! A transaction: the connection it runs on, and what is to be published after its commit.

#[cfg(feature = "postgres")]
use std::sync::Arc;

use kith_domain::{
    ConversationId,
    event::LiveEvent,
    ports::{StoreError, Transaction},
};
#[cfg(feature = "postgres")]
use sqlx::PgConnection;
use sqlx::SqliteConnection;

#[cfg(feature = "postgres")]
use crate::postgres::Progress;
use crate::{
    errors::{Reach, direct_error, reach, store_error},
    rows::Row,
    statement::{Statement, sql},
    tails::Moment,
};

/// The row that orders everything about a conversation, where several transactions write at once.
const LOCK: &str = "SELECT 1 FROM heads WHERE conversation_id = $1 FOR NO KEY UPDATE";

/// A failure that outlives its statement.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// How far it reaches; never [`Reach::Statement`].
    pub reach: Reach,
    /// What it was.
    pub error: StoreError,
}

impl From<StoreError> for Failure {
    /// A row that makes no sense: nothing of the transaction can be kept.
    fn from(error: StoreError) -> Self {
        Self { reach: Reach::Transaction, error }
    }
}

impl From<rusqlite::Error> for Failure {
    /// A group of messages has no savepoint, so the least that a failure ends is the transaction.
    fn from(error: rusqlite::Error) -> Self {
        let (reach, error) = direct_error(error);
        Self { reach: if reach == Reach::Store { reach } else { Reach::Transaction }, error }
    }
}

/// A connection of either engine, with an open transaction.
pub(crate) enum Connection<'c> {
    /// To SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// To PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(&'c mut PgConnection),
}

impl<'c> From<&'c mut SqliteConnection> for Connection<'c> {
    fn from(connection: &'c mut SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}

#[cfg(feature = "postgres")]
impl<'c> From<&'c mut PgConnection> for Connection<'c> {
    fn from(connection: &'c mut PgConnection) -> Self {
        Self::Postgres(connection)
    }
}

/// Runs a statement on either engine by a method of sqlx's queries, and turns what comes into what both share.
macro_rules! run {
    ($self:ident, $statement:ident.$method:ident, $result:ident => $sqlite:expr, $postgres:expr) => {{
        $self.usable()?;
        let result = match &mut $self.connection {
            Connection::Sqlite(connection) => {
                $statement.sqlite().$method(&mut **connection).await.map(|$result| $sqlite)
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => {
                $statement.postgres().$method(&mut **connection).await.map(|$result| $postgres)
            }
        };
        result.map_err(|error| $self.fail(error))
    }};
}

/// A transaction over all repositories.
pub struct SqlTransaction<'c> {
    connection: Connection<'c>,
    /// The conversations whose rows it holds, where rows are locked.
    held: Vec<ConversationId>,
    events: Vec<LiveEvent>,
    touched: Vec<ConversationId>,
    erased: Vec<ConversationId>,
    failure: Option<Failure>,
    node: u16,
    /// What is remembered beside the database; for readers only.
    tails: Option<Moment>,
    /// How far the outbox is known to be complete, where several transactions write at once.
    #[cfg(feature = "postgres")]
    progress: Option<Arc<Progress>>,
}

/// What remains when a job is done.
pub(crate) struct Finished {
    /// What it wants published.
    pub(crate) events: Vec<LiveEvent>,
    /// The conversations of which it changed something that a message on its way there must know.
    pub(crate) touched: Vec<ConversationId>,
    /// The conversations of which it erased an entry.
    pub(crate) erased: Vec<ConversationId>,
    /// The failure that ends more than the job.
    pub(crate) failure: Option<Failure>,
}

impl<'c> SqlTransaction<'c> {
    pub(crate) fn new(connection: impl Into<Connection<'c>>, node: u16) -> Self {
        Self {
            connection: connection.into(),
            held: Vec::new(),
            events: Vec::new(),
            touched: Vec::new(),
            erased: Vec::new(),
            failure: None,
            node,
            tails: None,
            #[cfg(feature = "postgres")]
            progress: None,
        }
    }

    /// With what the node knows of how complete the outbox is.
    #[cfg(feature = "postgres")]
    pub(crate) fn with_progress(self, progress: Arc<Progress>) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// How far the outbox is known to be complete; `None` where rows appear in order anyway.
    #[cfg(feature = "postgres")]
    pub(crate) fn progress(&self) -> Option<Arc<Progress>> {
        self.progress.clone()
    }

    /// A transaction that only reads; `tails` was taken before its snapshot.
    pub(crate) fn reading(connection: &'c mut SqliteConnection, node: u16, tails: Moment) -> Self {
        Self { tails: Some(tails), ..Self::new(connection, node) }
    }

    /// What is remembered beside the database, if it may be used.
    pub(crate) fn tails(&self) -> Option<&Moment> {
        self.tails.as_ref()
    }

    /// The number of this node, for the outbox.
    pub(crate) fn node(&self) -> u16 {
        self.node
    }

    /// Called by whatever changes a conversation, its head, its members or their intervals: what the writer remembers
    /// of it no longer holds.
    pub(crate) fn touch(&mut self, conversation: ConversationId) {
        self.touched.push(conversation);
    }

    /// Called by whatever erases an entry: what is remembered of the conversation's tail no longer holds.
    pub(crate) fn erase(&mut self, conversation: ConversationId) {
        self.erased.push(conversation);
    }

    /// Locks rows until the transaction ends. On SQLite there is nothing to lock: one writer runs one job at a time.
    ///
    /// What is read after it, by a statement of its own, is what the last holder has committed.
    pub(crate) async fn lock(&mut self, rows: Statement) -> Result<(), StoreError> {
        match self.connection {
            Connection::Sqlite(_) => {
                drop(rows);
                Ok(())
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(_) => self.execute(rows).await.map(drop),
        }
    }

    /// Locks a conversation, against messages and against other jobs, unless that was done. Whatever changes what a
    /// message on its way there must know calls this first.
    pub(crate) async fn hold(&mut self, conversation: ConversationId) -> Result<(), StoreError> {
        if !self.held.contains(&conversation) {
            self.lock(sql(LOCK).bind(conversation.as_i64())).await?;
            self.held.push(conversation);
        }
        Ok(())
    }

    /// Notes that the conversation's row is locked by what was done to it.
    pub(crate) fn holds(&mut self, conversation: ConversationId) {
        self.held.push(conversation);
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        run!(self, statement.execute, done => done.rows_affected(), done.rows_affected())
    }

    /// Runs a statement for its first row.
    pub(crate) async fn fetch_optional(&mut self, statement: Statement) -> Result<Option<Row>, StoreError> {
        run!(self, statement.fetch_optional, row => row.map(Row::Sqlite), row.map(Row::Postgres))
    }

    /// Runs a statement that always has a row.
    pub(crate) async fn fetch_one(&mut self, statement: Statement) -> Result<Row, StoreError> {
        let row = self.fetch_optional(statement).await?;
        row.ok_or_else(|| StoreError::corrupt("a statement without its row"))
    }

    /// Runs a statement for all its rows.
    pub(crate) async fn fetch_all(&mut self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        run!(self, statement.fetch_all, rows => rows.into_iter().map(Row::Sqlite).collect(),
            rows.into_iter().map(Row::Postgres).collect())
    }

    /// Ends the job's use of the connection.
    pub(crate) fn finish(self) -> Finished {
        Finished { events: self.events, touched: self.touched, erased: self.erased, failure: self.failure }
    }

    /// After a rollback by the database itself, further statements would run, and commit, outside any transaction.
    fn usable(&self) -> Result<(), StoreError> {
        self.failure.as_ref().map_or(Ok(()), |failure| Err(failure.error.clone()))
    }

    fn fail(&mut self, error: sqlx::Error) -> StoreError {
        let (reach, error) = match self.connection {
            Connection::Sqlite(_) => (reach(&error), store_error(error)),
            // After any error PostgreSQL refuses all further statements of the transaction.
            #[cfg(feature = "postgres")]
            Connection::Postgres(_) => (Reach::Transaction, crate::postgres::store_error(error)),
        };
        if reach != Reach::Statement {
            self.failure = Some(Failure { reach, error: error.clone() });
        }
        error
    }
}

impl Transaction for SqlTransaction<'_> {
    fn publish(&mut self, event: LiveEvent) {
        self.events.push(event);
    }
}
