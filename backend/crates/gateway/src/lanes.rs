//! Runs a connection's requests: side by side across conversations, one after another within one.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use kith_domain::{Caller, ConversationId};
use kith_services::Services;
use tokio::{task::JoinSet, time::Instant};

use crate::{
    dispatch::{self, Outcome},
    session::Request,
};

/// A conversation, or `None` for the connection itself.
type Lane = Option<ConversationId>;

/// A request on its way.
#[derive(Debug)]
struct Job {
    request: Request,
    receipt: Option<String>,
    received: Instant,
}

/// A request that has been run.
#[derive(Debug)]
pub(crate) struct Finished {
    lane: Lane,
    /// The receipt asked for.
    pub(crate) receipt: Option<String>,
    /// What came of it.
    pub(crate) outcome: Outcome,
    /// How long it took from its arrival.
    pub(crate) took: Duration,
}

/// A request's task ended without an answer: a fault of ours.
#[derive(Debug)]
pub(crate) struct Lost;

/// The lanes of one connection. Each request runs in a task of its own that is never aborted: what was accepted is
/// carried through, whether or not the socket is there to hear of it.
pub(crate) struct Lanes {
    services: Arc<Services>,
    caller: Caller,
    running: JoinSet<Finished>,
    /// The lanes in use, each with what waits for its turn.
    waiting: HashMap<Lane, VecDeque<Job>>,
    in_flight: usize,
}

impl Lanes {
    pub(crate) fn new(services: Arc<Services>, caller: Caller) -> Self {
        Self { services, caller, running: JoinSet::new(), waiting: HashMap::new(), in_flight: 0 }
    }

    /// Requests that are running or waiting.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Adds a request behind those of its lane.
    pub(crate) fn push(&mut self, request: Request, receipt: Option<String>) {
        let (lane, job) = (request.lane(), Job { request, receipt, received: Instant::now() });
        self.in_flight += 1;
        match self.waiting.get_mut(&lane) {
            Some(queue) => queue.push_back(job),
            None => {
                self.waiting.insert(lane, VecDeque::new());
                self.start(lane, job);
            }
        }
    }

    fn start(&mut self, lane: Lane, job: Job) {
        let (services, caller) = (Arc::clone(&self.services), self.caller);
        self.running.spawn(async move {
            let outcome = dispatch::run(&services, caller, job.request).await;
            Finished { lane, receipt: job.receipt, outcome, took: job.received.elapsed() }
        });
    }

    /// The next request that has been run; `None` when nothing is under way.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Finished, Lost>>> {
        let finished = match ready!(self.running.poll_join_next(cx)) {
            None => return Poll::Ready(None),
            Some(Err(_)) => return Poll::Ready(Some(Err(Lost))),
            Some(Ok(finished)) => finished,
        };
        self.in_flight -= 1;
        match self.waiting.get_mut(&finished.lane).and_then(VecDeque::pop_front) {
            Some(job) => self.start(finished.lane, job),
            None => {
                self.waiting.remove(&finished.lane);
            }
        }
        Poll::Ready(Some(Ok(finished)))
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.running.detach_all();
    }
}
