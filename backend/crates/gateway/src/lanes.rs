//! Runs a connection's requests: side by side across conversations, one after another within one.

use std::{
    collections::VecDeque,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, ready as at_once},
    stream::FuturesUnordered,
};
use kith_domain::{Caller, ConversationId};
use kith_services::Services;
use smallvec::SmallVec;
use tokio::{runtime::Handle, time::Instant};

use crate::{
    dispatch::{self, Outcome},
    session::Request,
};

/// A request on its way.
#[derive(Debug)]
struct Job {
    request: Request,
    receipt: Option<String>,
    trace: String,
    received: Instant,
}

/// A request that has been run.
#[derive(Debug)]
pub(crate) struct Finished {
    lane: Lane,
    /// The receipt asked for.
    pub(crate) receipt: Option<String>,
    /// What came of it; `None` when it ended without an answer, by a fault of ours.
    pub(crate) outcome: Option<Outcome>,
    /// The trace it belongs to.
    pub(crate) trace: String,
    /// How long it took from its arrival.
    pub(crate) took: Duration,
}

/// A conversation, or `None` for the connection itself.
type Lane = Option<ConversationId>;

/// The lanes of one connection. They run in the socket's own task, which spares a task and two wake-ups for each request.
/// When the socket ends first, what has begun is carried through without it.
pub(crate) struct Lanes {
    services: Arc<Services>,
    caller: Caller,
    /// None while nothing is under way: even an empty one costs an idle socket 176 bytes.
    running: Option<FuturesUnordered<BoxFuture<'static, Finished>>>,
    /// The lanes in use, which are few, each with what waits for its turn.
    waiting: SmallVec<[(Lane, VecDeque<Job>); 1]>,
    in_flight: usize,
}

impl Lanes {
    pub(crate) fn new(services: Arc<Services>, caller: Caller) -> Self {
        Self { services, caller, running: None, waiting: SmallVec::new(), in_flight: 0 }
    }

    /// Requests that are running or waiting.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Adds a request behind those of its lane. It begins with the next [`Lanes::poll_next`].
    pub(crate) fn push(&mut self, request: Request, receipt: Option<String>, trace: String) {
        let (lane, job) = (request.lane(), Job { request, receipt, trace, received: Instant::now() });
        self.in_flight += 1;
        match self.waiting.iter_mut().find(|(of, _)| *of == lane) {
            Some((_, jobs)) => jobs.push_back(job),
            None => {
                self.waiting.push((lane, VecDeque::new()));
                self.start(lane, job);
            }
        }
    }

    fn start(&mut self, lane: Lane, job: Job) {
        let (services, caller) = (Arc::clone(&self.services), self.caller);
        let Job { request, receipt, trace, received } = job;
        self.running.get_or_insert_default().push(Box::pin(async move {
            let run = AssertUnwindSafe(dispatch::run(&services, caller, request, &trace));
            let outcome = run.catch_unwind().await.ok();
            Finished { lane, receipt, outcome, trace, took: received.elapsed() }
        }));
    }

    /// The next request that has been run; `None` when nothing is under way.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Finished>> {
        let Some(running) = &mut self.running else { return Poll::Ready(None) };
        let Some(finished) = ready!(running.poll_next_unpin(cx)) else { return Poll::Ready(None) };
        self.in_flight -= 1;
        if let Some(at) = self.waiting.iter().position(|(lane, _)| *lane == finished.lane) {
            match self.waiting[at].1.pop_front() {
                Some(job) => self.start(finished.lane, job),
                None => drop(self.waiting.swap_remove(at)),
            }
        }
        if self.in_flight == 0 {
            self.running = None;
        }
        Poll::Ready(Some(finished))
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        // Without a runtime the process is ending.
        if let Some(running) = self.running.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(running.for_each(|_| at_once(())));
        }
    }
}
