//! Where frames for one person wait for the end of a turn.

use std::{
    collections::VecDeque,
    io::IoSlice,
    os::fd::OwnedFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::{Buf as _, Bytes};
use kith_domain::UserId;
use rustix::io::Errno;

use crate::poller::{READABLE, WRITABLE, Watcher};

/// Frames of one write.
const BATCH: usize = 64;

/// One person's place.
pub(super) struct Desk {
    pub(super) person: UserId,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    seat: Option<Seat>,
    frames: VecDeque<Bytes>,
    /// Somebody has promised to flush it.
    promised: bool,
}

/// The socket of a person, and how the thread that reads it is told that it takes bytes again.
pub(super) struct Seat {
    pub(super) socket: Arc<OwnedFd>,
    pub(super) watcher: Watcher,
    pub(super) token: u64,
}

impl Desk {
    pub(super) fn new(person: UserId) -> Self {
        Self { person, queue: Mutex::default() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // A thread that panics ends the program.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The person is there.
    pub(super) fn sit(&self, seat: Seat) {
        *self.queue() = Queue { seat: Some(seat), ..Queue::default() };
    }

    /// The socket is gone, unless the person has another one by now.
    pub(super) fn leave(&self, socket: &Arc<OwnedFd>) {
        let mut queue = self.queue();
        if queue.seat.as_ref().is_some_and(|seat| Arc::ptr_eq(&seat.socket, socket)) {
            *queue = Queue::default();
        }
    }

    /// Queues frames; true when the caller has to flush them at the end of its turn.
    pub(super) fn push(&self, frames: impl IntoIterator<Item = Bytes>) -> bool {
        let mut queue = self.queue();
        if queue.seat.is_none() {
            return false;
        }
        queue.frames.extend(frames);
        !std::mem::replace(&mut queue.promised, true)
    }

    /// Writes what waits. What the peer does not take stays promised until it does.
    pub(super) fn flush(&self) {
        let queue = &mut *self.queue();
        let Some(seat) = &queue.seat else { return };
        while !queue.frames.is_empty() {
            let mut slices = [IoSlice::new(&[]); BATCH];
            let count = queue.frames.len().min(BATCH);
            slices.iter_mut().zip(&queue.frames).for_each(|(slice, frame)| *slice = IoSlice::new(frame));
            match rustix::io::writev(&seat.socket, &slices[..count]) {
                Ok(written) => drop_front(&mut queue.frames, written),
                Err(Errno::AGAIN) => {
                    // Fails only for a socket that is closed, of which its reader learns too.
                    let _ = seat.watcher.modify(&seat.socket, seat.token, READABLE | WRITABLE);
                    return;
                }
                Err(_) => {
                    queue.frames.clear();
                }
            }
        }
        queue.promised = false;
    }

    /// Flushes after the peer took bytes again.
    pub(super) fn resume(&self) {
        self.flush();
        let queue = self.queue();
        if queue.frames.is_empty()
            && let Some(seat) = &queue.seat
        {
            let _ = seat.watcher.modify(&seat.socket, seat.token, READABLE);
        }
    }
}

fn drop_front(frames: &mut VecDeque<Bytes>, mut bytes: usize) {
    while let Some(front) = frames.front_mut() {
        let step = bytes.min(front.len());
        front.advance(step);
        bytes -= step;
        if !front.is_empty() {
            return;
        }
        frames.pop_front();
    }
}
