//! What waits to be written to one socket.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use bytes::Bytes;
use kith_wire::close::CloseCode;

/// How much may wait. The numbers are the slow consumer's bound: 512 events or 1 MiB.
#[derive(Debug, Clone, Copy)]
pub struct OutboxLimits {
    /// Frames.
    pub frames: usize,
    /// Bytes of all of them.
    pub bytes: usize,
    /// Frames from which on typing and presence are left out.
    pub busy_frames: usize,
}

impl Default for OutboxLimits {
    fn default() -> Self {
        Self { frames: 512, bytes: 1024 * 1024, busy_frames: 64 }
    }
}

/// Whether an event may be left out when the socket is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Never dropped from an open socket.
    Durable,
    /// Typing and presence: worthless when late.
    Fleeting,
}

/// One STOMP frame on its way out.
#[derive(Debug, Clone)]
pub(crate) enum Outgoing {
    /// The tail of a MESSAGE, shared by all who get it; the socket's own head comes before it.
    Event(Bytes, Class),
    /// A whole frame.
    Frame(Bytes),
}

impl Outgoing {
    pub(crate) fn bytes(&self) -> &Bytes {
        match self {
            Self::Event(bytes, _) | Self::Frame(bytes) => bytes,
        }
    }

    fn is_fleeting(&self) -> bool {
        matches!(self, Self::Event(_, Class::Fleeting))
    }
}

/// What became of a frame given to [`Outbox::push`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It waits to be written.
    Queued,
    /// It was left out: nobody subscribed, the socket is closing, or it is busy and the event fleeting.
    LeftOut,
    /// The bound is passed: all that waited is gone and the socket closes with 4008.
    Overflowed,
}

#[derive(Debug, Default)]
struct State {
    /// The first frame lies here, so that a socket that keeps up needs no allocation.
    first: Option<Outgoing>,
    rest: VecDeque<Outgoing>,
    bytes: usize,
    subscribed: bool,
    heartbeat: bool,
    ping: bool,
    close: Option<CloseCode>,
    killed: bool,
    waker: Option<Waker>,
}

/// A bounded queue with one reader, the socket's task. Its lock is held for a few instructions and shared with
/// nobody but that task, so that a fan-out pays one uncontended exchange per socket, as for any channel. It holds
/// heap memory only while more than one frame waits.
#[derive(Debug)]
pub(crate) struct Outbox {
    limits: OutboxLimits,
    state: Mutex<State>,
}

/// What the socket's task has to do beside writing frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signals {
    /// A STOMP heartbeat is owed.
    pub(crate) heartbeat: bool,
    /// The peer must be asked whether it is there.
    pub(crate) ping: bool,
    /// Close with this code after what waits is written.
    pub(crate) close: Option<CloseCode>,
    /// Let go at once.
    pub(crate) killed: bool,
}

impl Outbox {
    pub(crate) fn new(limits: OutboxLimits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole between operations, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a frame and wakes the socket's task.
    pub(crate) fn push(&self, frame: Outgoing) -> Pushed {
        let (pushed, waker) = {
            let mut state = self.state();
            let pushed = state.push(frame, &self.limits);
            (pushed, if pushed == Pushed::LeftOut { None } else { state.waker.take() })
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        pushed
    }

    /// From now on events are taken, or no longer; those that wait are dropped in the latter case.
    pub(crate) fn set_subscribed(&self, subscribed: bool) {
        let mut state = self.state();
        state.subscribed = subscribed;
        if !subscribed {
            state.retain(|frame| matches!(frame, Outgoing::Frame(_)));
        }
    }

    /// Closes after what waits is written; the first code stands.
    pub(crate) fn close(&self, code: CloseCode) {
        self.signal(|state| {
            state.close.get_or_insert(code);
        });
    }

    /// Ends the task at once.
    pub(crate) fn kill(&self) {
        self.signal(|state| state.killed = true);
    }

    /// Asks for a STOMP heartbeat.
    pub(crate) fn heartbeat(&self) {
        self.signal(|state| state.heartbeat = true);
    }

    /// Asks for a WebSocket ping.
    pub(crate) fn ping(&self) {
        self.signal(|state| state.ping = true);
    }

    fn signal(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.state();
            change(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes what is to be done beside writing, and has `waker` called at the next change.
    pub(crate) fn signals(&self, waker: &Waker) -> Signals {
        let mut state = self.state();
        if !state.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            state.waker = Some(waker.clone());
        }
        Signals {
            heartbeat: std::mem::take(&mut state.heartbeat),
            ping: std::mem::take(&mut state.ping),
            close: state.close,
            killed: state.killed,
        }
    }

    /// Takes up to `room` frames in order.
    pub(crate) fn take(&self, room: usize, mut each: impl FnMut(Outgoing)) -> usize {
        let mut state = self.state();
        let mut taken = 0;
        while taken < room
            && let Some(frame) = state.pop()
        {
            each(frame);
            taken += 1;
        }
        taken
    }

    /// Whether a frame waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.state().first.is_none()
    }

    /// The code the socket is being closed with.
    pub(crate) fn closing(&self) -> Option<CloseCode> {
        self.state().close
    }
}

impl State {
    fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    fn push(&mut self, frame: Outgoing, limits: &OutboxLimits) -> Pushed {
        let unwanted = match frame {
            Outgoing::Event(..) => !self.subscribed || self.close.is_some(),
            // Receipts of what was accepted before still go out, but to a consumer that is too slow even for them.
            Outgoing::Frame(_) => self.close == Some(CloseCode::SlowConsumer),
        };
        if unwanted || self.killed {
            return Pushed::LeftOut;
        }
        if frame.is_fleeting() && self.len() >= limits.busy_frames {
            return Pushed::LeftOut;
        }
        if !self.has_room(&frame, limits) {
            self.retain(|waiting| !waiting.is_fleeting());
        }
        if !self.has_room(&frame, limits) {
            self.retain(|_| false);
            self.close = Some(CloseCode::SlowConsumer);
            return Pushed::Overflowed;
        }
        self.bytes += frame.bytes().len();
        match self.first {
            None => self.first = Some(frame),
            Some(_) => self.rest.push_back(frame),
        }
        Pushed::Queued
    }

    fn has_room(&self, frame: &Outgoing, limits: &OutboxLimits) -> bool {
        self.len() < limits.frames && self.bytes + frame.bytes().len() <= limits.bytes
    }

    fn pop(&mut self) -> Option<Outgoing> {
        let frame = self.first.take()?;
        self.bytes -= frame.bytes().len();
        self.first = self.rest.pop_front();
        if self.rest.is_empty() && self.rest.capacity() > 0 {
            self.rest = VecDeque::new();
        }
        Some(frame)
    }

    fn retain(&mut self, keep: impl Fn(&Outgoing) -> bool) {
        let waiting = self.first.take().into_iter().chain(std::mem::take(&mut self.rest));
        let mut kept: VecDeque<_> = waiting.filter(keep).collect();
        self.bytes = kept.iter().map(|frame| frame.bytes().len()).sum();
        self.first = kept.pop_front();
        self.rest = if kept.is_empty() { VecDeque::new() } else { kept };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: OutboxLimits = OutboxLimits { frames: 4, bytes: 100, busy_frames: 2 };

    fn event(length: usize, class: Class) -> Outgoing {
        Outgoing::Event(Bytes::from(vec![0; length]), class)
    }

    fn outbox() -> Outbox {
        let outbox = Outbox::new(LIMITS);
        outbox.set_subscribed(true);
        outbox
    }

    fn drain(outbox: &Outbox) -> Vec<usize> {
        let mut lengths = Vec::new();
        outbox.take(usize::MAX, |frame| lengths.push(frame.bytes().len()));
        lengths
    }

    #[test]
    fn frames_leave_in_order_and_leave_nothing_behind() {
        let outbox = outbox();
        for length in [3, 1, 2] {
            assert_eq!(outbox.push(event(length, Class::Durable)), Pushed::Queued);
        }
        assert_eq!(drain(&outbox), [3, 1, 2]);
        let state = outbox.state();
        assert_eq!((state.bytes, state.rest.capacity()), (0, 0));
    }

    #[test]
    fn fleeting_events_give_way() {
        let outbox = outbox();
        assert_eq!(outbox.push(event(1, Class::Fleeting)), Pushed::Queued);
        assert_eq!(outbox.push(event(2, Class::Durable)), Pushed::Queued);
        assert_eq!(outbox.push(event(1, Class::Fleeting)), Pushed::LeftOut, "busy");
        assert_eq!(outbox.push(event(3, Class::Durable)), Pushed::Queued);
        assert_eq!(outbox.push(event(4, Class::Durable)), Pushed::Queued);
        assert_eq!(outbox.push(event(5, Class::Durable)), Pushed::Queued, "in place of the fleeting one");
        assert_eq!(drain(&outbox), [2, 3, 4, 5]);
    }

    #[test]
    fn who_does_not_take_durable_events_is_closed() {
        for (lengths, what) in
            [(&[1, 1, 1, 1, 1][..], "frames"), (&[50, 50, 1], "bytes"), (&[101], "one frame")]
        {
            let outbox = outbox();
            let last = lengths.iter().map(|length| outbox.push(event(*length, Class::Durable))).last();
            assert_eq!(last, Some(Pushed::Overflowed), "{what}");
            assert_eq!(outbox.closing(), Some(CloseCode::SlowConsumer));
            assert!(outbox.is_empty());
            assert_eq!(outbox.push(event(1, Class::Durable)), Pushed::LeftOut);
        }
    }

    #[test]
    fn events_need_a_subscription_and_frames_do_not() {
        let outbox = Outbox::new(LIMITS);
        assert_eq!(outbox.push(event(1, Class::Durable)), Pushed::LeftOut);
        assert_eq!(outbox.push(Outgoing::Frame(Bytes::from_static(b"ab"))), Pushed::Queued);
        outbox.set_subscribed(true);
        assert_eq!(outbox.push(event(1, Class::Durable)), Pushed::Queued);
        outbox.set_subscribed(false);
        assert_eq!(drain(&outbox), [2]);
    }

    #[test]
    fn signals_are_seen_once_and_a_close_stays() {
        let outbox = outbox();
        outbox.heartbeat();
        outbox.ping();
        outbox.close(CloseCode::ServiceRestart);
        outbox.close(CloseCode::Internal);
        let waker = Waker::noop();
        let close = Some(CloseCode::ServiceRestart);
        assert_eq!(outbox.signals(waker), Signals { heartbeat: true, ping: true, close, killed: false });
        assert_eq!(outbox.signals(waker), Signals { close, ..Signals::default() });
    }
}
