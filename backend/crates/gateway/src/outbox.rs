//! The way out of one socket: what waits, and the writer.
//!
//! Whoever has something for the socket queues it here and *marks* the socket for the flusher, which writes all that waits
//! at once, straight to the socket and without waking its task. The task is woken only for what it must do itself:
//! closing, and going on with a write that the peer had stopped.

use std::{
    io,
    sync::atomic::Ordering,
    task::{Context, Poll, Waker, ready},
};

use bytes::Bytes;
use kith_wire::close::CloseCode;

use crate::{
    frames,
    pace::Pace,
    queue::{Admitted, OutboxLimits, Outgoing, Queue},
    sync::{AtomicU64, Mutex, MutexGuard, lock},
    transport::{Batch, Writer},
    websocket,
};

/// From here on a held socket is written to at once.
const HELD_FRAMES: usize = 32;
/// The same in bytes.
const HELD_BYTES: usize = 128 * 1024;

/// What became of a frame given to the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It waits to be written. With `mark` the flusher must be told, for it does not know of this socket.
    Queued { mark: bool },
    /// It was left out: nobody subscribed, the socket is closing, or it is busy and the event fleeting.
    LeftOut,
    /// The bound is passed: all that waited is gone and the socket closes with 4008.
    Overflowed,
}

/// What the flusher did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// Nothing waits, or the peer takes no more; the flusher need not come again.
    Done,
    /// The socket was written to often of late: the flusher is to come again in a moment.
    Held,
}

/// Since when the flusher knows that something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Mark {
    /// It does not know.
    #[default]
    None,
    /// It will come at its next turn.
    Soon,
    /// It holds the socket back.
    Held,
}

#[derive(Debug, Default)]
struct State {
    queue: Queue,
    writer: Option<Writer>,
    /// What every MESSAGE to this socket begins with; none without a subscription.
    head: Option<Bytes>,
    pace: Pace,
    mark: Mark,
    /// A receipt is on its way, and what waits leaves with it.
    awaiting_receipt: bool,
    /// The peer took less than it was given.
    blocked: bool,
    broken: bool,
    close: Option<CloseCode>,
    killed: bool,
    waker: Option<Waker>,
}

/// What the socket's task has to do beside reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signals {
    /// Close with this code after what waits is written.
    pub(crate) close: Option<CloseCode>,
    /// Go on writing: the peer had stopped.
    pub(crate) blocked: bool,
    /// Let go at once.
    pub(crate) ended: bool,
}

/// When the socket last took bytes, and since when it takes none: coarse milliseconds, 0 for never. Read by the sweep.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) spoke: AtomicU64,
    pub(crate) stalled: AtomicU64,
}

/// The queue and the writer of one socket, under one lock: it is held for a few instructions, or while the kernel takes
/// what is written.
#[derive(Debug)]
pub(crate) struct Outbox {
    limits: OutboxLimits,
    pub(crate) progress: Progress,
    state: Mutex<State>,
}

impl Outbox {
    pub(crate) fn new(limits: OutboxLimits, writer: Option<Writer>) -> Self {
        let state = State { writer, ..State::default() };
        Self { limits, progress: Progress::default(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Queues a frame.
    pub(crate) fn push(&self, frame: Outgoing) -> Pushed {
        self.push_and(frame, State::mark_soon)
    }

    /// Queues an event that the socket's own request brought about: it leaves with the receipt.
    pub(crate) fn push_with_receipt(&self, frame: Outgoing) -> Pushed {
        self.push_and(frame, |state| !state.awaiting_receipt && state.mark_soon())
    }

    fn push_and(&self, frame: Outgoing, mark: impl FnOnce(&mut State) -> bool) -> Pushed {
        let mut state = self.state();
        let unwanted = match frame {
            Outgoing::Event(..) => state.head.is_none() || state.close.is_some(),
            // Receipts of what was accepted before still go out, but to a consumer that is too slow even for them.
            Outgoing::Frame(_) => state.close == Some(CloseCode::SlowConsumer),
        };
        if unwanted || state.killed || state.broken {
            return Pushed::LeftOut;
        }
        match state.queue.push(frame, &self.limits) {
            Admitted::Queued => Pushed::Queued { mark: mark(&mut state) },
            Admitted::LeftOut => Pushed::LeftOut,
            Admitted::Overflowed => {
                state.close = Some(CloseCode::SlowConsumer);
                wake(state);
                Pushed::Overflowed
            }
        }
    }

    /// Says whether a receipt is on its way. True when the flusher must be told, because something waited for it.
    #[must_use]
    pub(crate) fn await_receipt(&self, awaiting: bool) -> bool {
        let mut state = self.state();
        state.awaiting_receipt = awaiting;
        !awaiting && !state.queue.is_empty() && state.mark_soon()
    }

    /// Queues a STOMP heartbeat, unless something else is about to go out.
    #[must_use]
    pub(crate) fn heartbeat(&self) -> bool {
        let empty = self.state().queue.is_empty();
        empty && matches!(self.push(Outgoing::Frame(frames::HEARTBEAT)), Pushed::Queued { mark: true })
    }

    /// Queues a WebSocket ping, or the answer to one.
    #[must_use]
    pub(crate) fn control(&self, frame: Bytes) -> bool {
        let mut state = self.state();
        match &mut state.writer {
            Some(writer) => writer.push(frame),
            None => return false,
        }
        state.mark_soon()
    }

    /// From now on events are taken, with this head.
    pub(crate) fn subscribe(&self, head: Bytes) {
        self.state().head = Some(head);
    }

    /// From now on events are not taken; those that wait are dropped.
    pub(crate) fn unsubscribe(&self) {
        let mut state = self.state();
        state.head = None;
        state.queue.retain(|frame| matches!(frame, Outgoing::Frame(_)));
    }

    /// Closes after what waits is written; the first code stands.
    pub(crate) fn close(&self, code: CloseCode) {
        let mut state = self.state();
        state.close.get_or_insert(code);
        wake(state);
    }

    /// Ends the task at once.
    pub(crate) fn kill(&self) {
        let mut state = self.state();
        state.killed = true;
        wake(state);
    }

    /// The code the socket is being closed with.
    pub(crate) fn closing(&self) -> Option<CloseCode> {
        self.state().close
    }

    /// What is to be done; the task that asks is woken by whatever comes next.
    pub(crate) fn signals(&self, waker: &Waker) -> Signals {
        let mut state = self.state();
        if !state.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            state.waker = Some(waker.clone());
        }
        Signals { close: state.close, blocked: state.blocked, ended: state.killed || state.broken }
    }

    /// The flusher's turn with a marked socket: writes what waits, unless the socket is better written to a little later.
    /// `now` counts milliseconds, `tick` is the coarse time that the sweep judges by.
    pub(crate) fn flush(&self, now: u32, tick: u64) -> Flushed {
        let mut state = self.state();
        if state.has_much() || state.close.is_some() {
            state.pace.count(now);
        } else if !state.pace.allows(now) {
            state.mark = Mark::Held;
            return Flushed::Held;
        }
        self.write_marked(&mut state, tick);
        Flushed::Done
    }

    /// The flusher's turn with a socket that it held back.
    pub(crate) fn flush_held(&self, now: u32, tick: u64) {
        let mut state = self.state();
        // Otherwise it got so much meanwhile that it was written to, or is about to be.
        if state.mark == Mark::Held {
            state.pace.count(now);
            self.write_marked(&mut state, tick);
        }
    }

    fn write_marked(&self, state: &mut State, tick: u64) {
        state.mark = Mark::None;
        // What the peer stopped, its task goes on with.
        if !state.blocked {
            self.write(state, tick);
        }
    }

    /// The task's turn: writes all that waits. Ready when nothing is left.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn poll_flush(&self, tick: u64) -> Poll<io::Result<()>> {
        let mut state = self.state();
        self.write(&mut state, tick);
        if state.broken {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if state.blocked { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    /// Queues the close frame behind all that waits; nothing may follow it.
    pub(crate) fn finish(&self, code: CloseCode) {
        if let Some(writer) = &mut self.state().writer {
            writer.push(websocket::close_frame(code));
        }
    }

    /// Closes our side of the stream.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.state().writer {
            Some(writer) => writer.poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Writes until nothing waits or the peer takes no more.
    fn write(&self, state: &mut State, tick: u64) {
        let State { queue, writer: Some(writer), head, waker, .. } = state else { return };
        // When the peer goes on, its task is woken; a task that has not begun yet begins with a flush.
        let waker = waker.as_ref().unwrap_or(Waker::noop());
        let before = writer.written();
        let wrote = drain(writer, queue, head.as_ref(), &mut Context::from_waker(waker));
        if writer.written() > before {
            self.progress.spoke.store(tick, Ordering::Relaxed);
            self.progress.stalled.store(0, Ordering::Relaxed);
        }
        state.blocked = wrote.is_pending();
        if state.blocked {
            if self.progress.stalled.load(Ordering::Relaxed) == 0 {
                self.progress.stalled.store(tick, Ordering::Relaxed);
            }
        } else {
            self.progress.stalled.store(0, Ordering::Relaxed);
        }
        if let Poll::Ready(Err(_)) = wrote {
            state.broken = true;
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        }
    }
}

fn drain(
    writer: &mut Writer,
    queue: &mut Queue,
    head: Option<&Bytes>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    ready!(writer.poll_flush(cx))?;
    while !queue.is_empty() {
        let mut batch = Batch::default();
        while !batch.is_full()
            && let Some(frame) = queue.pop()
        {
            match frame {
                Outgoing::Event(tail, _) => batch.push(head.cloned().unwrap_or_default(), tail),
                Outgoing::Frame(frame) => batch.push(Bytes::new(), frame),
            }
        }
        ready!(writer.try_send(cx, &mut batch))?;
    }
    Poll::Ready(Ok(()))
}

/// Wakes the socket's task after the lock is given back.
fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl State {
    /// Whether the flusher must be told of this socket.
    fn mark_soon(&mut self) -> bool {
        match self.mark {
            Mark::None => {}
            // It is told once more when there is enough to write.
            Mark::Held if self.has_much() => {}
            Mark::Soon | Mark::Held => return false,
        }
        self.mark = Mark::Soon;
        true
    }

    fn has_much(&self) -> bool {
        self.queue.len() >= HELD_FRAMES || self.queue.bytes() >= HELD_BYTES
    }
}

#[cfg(all(test, feature = "loom"))]
mod loom_tests;
#[cfg(all(test, not(feature = "loom")))]
mod tests;
