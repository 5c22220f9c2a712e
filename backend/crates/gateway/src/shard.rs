//! A shard: the sockets of one thread, with the routes to them.
//!
//! A socket stays on one shard from its upgrade to its end, so that what is ready on a thread is read, handled and written
//! there, and threads meet only where events and requests pass between them.

use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{runtime::Handle, sync::mpsc};
use tokio_util::sync::CancellationToken;

use crate::{
    announcement::Announcements,
    connections::Connections,
    flusher::Marked,
    hub::{self, HubHandle},
    ticks::Ticks,
};

/// Batches of events that may wait for a shard; with more the bus has to wait.
const BATCHES: usize = 64;

/// What the tasks of one thread share.
#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) connections: Connections,
    pub(crate) marked: Marked,
    pub(crate) hub: HubHandle,
    pub(crate) ticks: Arc<Ticks>,
    events: mpsc::Sender<Announcements>,
    runtime: Handle,
    /// Sockets that were given to this shard and have not ended.
    placed: AtomicUsize,
    next_slot: AtomicUsize,
}

/// What a shard's hub takes from.
pub(crate) struct Inboxes {
    pub(crate) events: mpsc::Receiver<Announcements>,
    pub(crate) commands: mpsc::UnboundedReceiver<hub::Command>,
}

impl Shard {
    fn on(runtime: Handle, ticks: Arc<Ticks>) -> (Arc<Self>, Inboxes) {
        let (events, inbox) = mpsc::channel(BATCHES);
        let (hub, commands) = HubHandle::new();
        let shard = Self {
            connections: Connections::default(),
            marked: Marked::default(),
            hub,
            ticks,
            events,
            runtime,
            placed: AtomicUsize::new(0),
            next_slot: AtomicUsize::new(0),
        };
        (Arc::new(shard), Inboxes { events: inbox, commands })
    }

    /// One on the present runtime that nobody serves.
    #[cfg(test)]
    pub(crate) fn here() -> Arc<Self> {
        Self::on(Handle::current(), Arc::new(Ticks::start())).0
    }

    /// Hands events over; waits while the shard is behind. At the end of the node nobody takes them.
    pub(crate) async fn announce(&self, events: Announcements) {
        let _ = self.events.send(events).await;
    }

    /// A number for a new socket, to spread what is done for all of them.
    pub(crate) fn next_slot(&self) -> usize {
        self.next_slot.fetch_add(1, Ordering::Relaxed)
    }

    /// Runs `work` on the shard's thread.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }
}

/// Starts `count` shards on threads of their own that end with `stopped`; with 0, one shard lives on the present runtime.
///
/// # Errors
/// When the system gives no thread.
pub(crate) fn start(
    count: usize,
    ticks: &Arc<Ticks>,
    stopped: &CancellationToken,
) -> io::Result<Vec<(Arc<Shard>, Inboxes)>> {
    if count == 0 {
        return Ok(vec![Shard::on(Handle::current(), Arc::clone(ticks))]);
    }
    (0..count)
        .map(|number| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let shard = Shard::on(runtime.handle().clone(), Arc::clone(ticks));
            let stopped = stopped.clone();
            std::thread::Builder::new()
                .name(format!("shard-{number}"))
                .spawn(move || runtime.block_on(stopped.cancelled()))?;
            Ok(shard)
        })
        .collect()
}

/// A socket's place on a shard.
#[derive(Debug)]
pub(crate) struct Placing(Arc<Shard>);

impl Placing {
    /// A place on the shard that has the fewest sockets.
    pub(crate) fn choose(shards: &[Arc<Shard>]) -> Option<Self> {
        let shard = shards.iter().min_by_key(|shard| shard.placed.load(Ordering::Relaxed))?;
        shard.placed.fetch_add(1, Ordering::Relaxed);
        Some(Self(Arc::clone(shard)))
    }

    /// The shard.
    pub(crate) fn shard(&self) -> &Arc<Shard> {
        &self.0
    }
}

impl Drop for Placing {
    fn drop(&mut self) {
        self.0.placed.fetch_sub(1, Ordering::Relaxed);
    }
}
