//! A lane: one connection that commits what waits together. The next group starts when the last one has ended, so that
//! groups grow with the load.

use std::sync::Arc;

use kith_domain::{
    event::LiveEvent,
    ports::{SendError, SentMessage, StoreError},
};
use sqlx::{Connection, Executor, PgConnection};

use super::{
    commit::Commit,
    connect,
    errors::{is_lock_timeout, is_sacrificed, store_error, unknown},
    group::{Answer, Group, fail},
    place::{Locking, PlaceError, Placed, place},
    queues::{Queues, Taken},
    store::Shared,
    turns::Turn,
};
use crate::{
    committer::Draft,
    errors::unavailable,
    publisher::{Publisher, publish_all},
};

/// How often a group is tried before its COMMIT: with a connection that turns out to be gone, as the one of two that
/// waited for each other, without the conversations that somebody holds.
const TRIES: u32 = 4;

/// A lane.
pub(super) struct Lane {
    shared: Arc<Shared>,
    queues: Arc<Queues>,
    connection: Option<PgConnection>,
    publisher: Publisher<Committed>,
}

/// A group after its durable commit.
struct Committed {
    turn: Turn,
    events: Vec<LiveEvent>,
    answers: Vec<(Answer, Result<SentMessage, SendError>)>,
}

impl Lane {
    /// A lane that takes what waits until the queues are closed.
    pub(super) fn new(shared: Arc<Shared>, queues: Arc<Queues>) -> Self {
        let publisher = {
            let shared = Arc::clone(&shared);
            Publisher::start(move |committed| publish(Arc::clone(&shared), committed))
        };
        Self { shared, queues, connection: None, publisher }
    }

    /// Serves until the queues are closed and empty.
    pub(super) async fn run(mut self) {
        while let Some(Taken { group, held }) = self.queues.take().await {
            self.serve(group).await;
            drop(held);
        }
        self.publisher.stop().await;
        if let Some(connection) = self.connection
            && let Err(error) = connection.close().await
        {
            tracing::debug!(%error, "a database connection did not close well");
        }
    }

    async fn serve(&mut self, Group { drafts, answers }: Group) {
        let placing = tokio::time::timeout(self.shared.options.work_limit, self.place(&drafts)).await;
        let placed = placing.unwrap_or_else(|_| Err(unavailable("the database takes too long")));
        let (connection, Placed { results, events, moved }) = match placed {
            Ok(placed) => placed,
            Err(error) => return fail(answers, &error),
        };
        // Also when nothing is new: an earlier try may have been seen before it was durable, and after this it is.
        let turn = self.shared.turns.take(moved);
        let mut commit = Commit::send(connection);
        let outcome = commit.outcome(self.shared.options.commit_limit).await;
        match outcome {
            Some(Ok(connection)) => {
                self.connection = Some(connection);
                let answers = answers.into_iter().zip(results).collect();
                if !self.publisher.publish(Committed { turn, events, answers }).await {
                    tracing::error!("the publishing task of a lane has ended");
                }
            }
            Some(Err(error)) => fail(answers, &error),
            None => {
                fail(answers, &unknown("no answer to COMMIT in time"));
                // Beside the queue of the publisher, in which those may wait that come after it.
                let shared = Arc::clone(&self.shared);
                tokio::spawn(async move {
                    if commit.end().await.is_ok() {
                        publish(shared, Committed { turn, events, answers: Vec::new() }).await;
                    }
                });
            }
        }
    }

    /// Puts the messages into an open transaction. Nothing was answered and no COMMIT sent, so that it may be tried again.
    async fn place(&mut self, drafts: &[Draft]) -> Result<(PgConnection, Placed), StoreError> {
        let mut locking = Locking::Wait;
        let mut tries = 1;
        loop {
            let mut connection = self.connect().await?;
            let error = match place(&mut connection, drafts, self.shared.options.node, locking).await {
                Ok(placed) => return Ok((connection, placed)),
                Err(PlaceError::Row(error)) => return Err(error),
                Err(PlaceError::Database(error)) => error,
            };
            let held = is_lock_timeout(&error);
            if held {
                locking = Locking::Skip;
            }
            if (held || is_sacrificed(&error)) && connection.execute("ROLLBACK").await.is_ok() {
                self.connection = Some(connection);
            }
            let error = match store_error(error) {
                // A key clash outside any job is a fault of our own.
                StoreError::Conflict => StoreError::corrupt("a key of a message is taken"),
                error => error,
            };
            if tries == TRIES || !matches!(error, StoreError::Unavailable(_)) {
                return Err(error);
            }
            tries += 1;
        }
    }

    async fn connect(&mut self) -> Result<PgConnection, StoreError> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => {
                let connecting = connect::connect(&self.shared.lane_options, self.shared.options.patience);
                connecting.await.map_err(store_error)
            }
        }
    }
}

async fn publish(shared: Arc<Shared>, Committed { mut turn, events, answers }: Committed) {
    turn.comes().await;
    publish_all(&*shared.bus, events).await;
    drop(turn);
    for (answer, result) in answers {
        let _ = answer.send(result);
    }
}
