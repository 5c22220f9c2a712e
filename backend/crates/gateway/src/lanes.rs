//! Runs a connection's requests: side by side across conversations, one after another within one.

use std::{
    collections::VecDeque,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
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
    received: Instant,
}

/// A request that has been run.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The receipt asked for.
    pub(crate) receipt: Option<String>,
    /// What came of it; `None` when it ended without an answer, by a fault of ours.
    pub(crate) outcome: Option<Outcome>,
    /// How long it took from its arrival.
    pub(crate) took: Duration,
}

/// Requests of one conversation, or of the connection itself (`None`): one runs, the others wait.
struct Lane {
    of: Option<ConversationId>,
    running: BoxFuture<'static, Finished>,
    waiting: VecDeque<Job>,
}

/// The lanes of one connection. They run in the socket's own task, which spares a task and two wake-ups for each request;
/// whatever wakes it, all that run are asked, for they are few. When the socket ends first, what has begun is carried through
/// without it.
pub(crate) struct Lanes {
    services: Arc<Services>,
    caller: Caller,
    lanes: SmallVec<[Lane; 1]>,
    in_flight: usize,
}

impl Lanes {
    pub(crate) fn new(services: Arc<Services>, caller: Caller) -> Self {
        Self { services, caller, lanes: SmallVec::new(), in_flight: 0 }
    }

    /// Requests that are running or waiting.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Adds a request behind those of its lane. It begins with the next [`Lanes::poll_next`].
    pub(crate) fn push(&mut self, request: Request, receipt: Option<String>) {
        let (of, job) = (request.lane(), Job { request, receipt, received: Instant::now() });
        self.in_flight += 1;
        match self.lanes.iter_mut().find(|lane| lane.of == of) {
            Some(lane) => lane.waiting.push_back(job),
            None => {
                let running = self.start(job);
                self.lanes.push(Lane { of, running, waiting: VecDeque::new() });
            }
        }
    }

    fn start(&self, job: Job) -> BoxFuture<'static, Finished> {
        let (services, caller) = (Arc::clone(&self.services), self.caller);
        let Job { request, receipt, received } = job;
        Box::pin(async move {
            let run = AssertUnwindSafe(dispatch::run(&services, caller, request));
            let outcome = run.catch_unwind().await.ok();
            Finished { receipt, outcome, took: received.elapsed() }
        })
    }

    /// The next request that has been run; `None` when nothing is under way.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Finished>> {
        if self.lanes.is_empty() {
            return Poll::Ready(None);
        }
        for at in 0..self.lanes.len() {
            let Poll::Ready(finished) = self.lanes[at].running.poll_unpin(cx) else { continue };
            self.in_flight -= 1;
            match self.lanes[at].waiting.pop_front() {
                Some(job) => self.lanes[at].running = self.start(job),
                None => drop(self.lanes.swap_remove(at)),
            }
            return Poll::Ready(Some(finished));
        }
        Poll::Pending
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        // Without a runtime the process is ending.
        if !self.lanes.is_empty()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(join_all(self.lanes.drain(..).map(|lane| lane.running)));
        }
    }
}
