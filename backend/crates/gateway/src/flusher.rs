//! Writes to the sockets of a shard for which something waits.
//!
//! Whoever queues a frame marks its socket here once. The flusher runs after the tasks that are ready, so that all that
//! they had for one socket, a receipt and the events of a group of commits, leaves with one write. A socket that gets very
//! much is held back for up to [`INTERVAL_MILLIS`]; its moment comes with one of a few slots, so that not all of them
//! are written to at once.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::yield_now,
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use crate::{
    connection::Connection,
    outbox::Flushed,
    pace::INTERVAL_MILLIS,
    shard::Shard,
    sync::{Mutex, lock},
};

/// Sockets written to before others get their turn: a message to a group of thousands must not hold up what two people say
/// to each other.
const AT_ONCE: usize = 64;
/// Moments within an interval.
const SLOTS: usize = 4;

/// The sockets that the flusher is to write to.
#[derive(Debug, Default)]
pub(crate) struct Marked {
    list: Mutex<Vec<Arc<Connection>>>,
    news: Notify,
}

impl Marked {
    /// Adds a socket; its outbox has said that it is not there yet.
    pub(crate) fn push(&self, connection: Arc<Connection>) {
        let first = {
            let mut list = lock(&self.list);
            list.push(connection);
            list.len() == 1
        };
        if first {
            self.news.notify_one();
        }
    }

    fn take(&self, into: &mut Vec<Arc<Connection>>) {
        std::mem::swap(&mut *lock(&self.list), into);
    }
}

/// Sockets that are held back.
struct Held {
    slots: [Vec<Arc<Connection>>; SLOTS],
    turn: usize,
    len: usize,
    ticks: Interval,
}

impl Held {
    fn new() -> Self {
        let step = Duration::from_millis(u64::from(INTERVAL_MILLIS)) / SLOTS as u32;
        let mut ticks = interval_at(Instant::now() + step, step);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { slots: Default::default(), turn: 0, len: 0, ticks }
    }

    /// Puts a socket into its slot.
    fn push(&mut self, connection: Arc<Connection>) {
        if self.len == 0 {
            self.ticks.reset();
        }
        self.slots[connection.slot % SLOTS].push(connection);
        self.len += 1;
    }

    /// The sockets whose moment has come.
    fn due(&mut self) -> std::vec::Drain<'_, Arc<Connection>> {
        self.turn = (self.turn + 1) % SLOTS;
        let slot = &mut self.slots[self.turn];
        self.len -= slot.len();
        slot.drain(..)
    }
}

/// Writes for ever.
pub(crate) async fn run(shard: Arc<Shard>) {
    let started = Instant::now();
    // Wraps around after 49 days, as the pace allows for.
    let millis = || started.elapsed().as_millis() as u32;
    let (mut fresh, mut crowd, mut held) = (Vec::new(), VecDeque::new(), Held::new());
    loop {
        tokio::select! {
            () = shard.marked.news.notified(), if crowd.is_empty() => {}
            () = yield_now(), if !crowd.is_empty() => {}
            _ = held.ticks.tick(), if held.len > 0 => {
                let (now, tick) = (millis(), shard.ticks.now());
                held.due().for_each(|connection| connection.outbox.flush_held(now, tick));
            }
        }
        shard.marked.take(&mut fresh);
        if fresh.len() > AT_ONCE {
            crowd.extend(fresh.drain(..));
        }
        let (now, tick) = (millis(), shard.ticks.now());
        let some = crowd.drain(..crowd.len().min(AT_ONCE));
        for connection in fresh.drain(..).chain(some) {
            if connection.outbox.flush(now, tick) == Flushed::Held {
                held.push(connection);
            }
        }
    }
}
