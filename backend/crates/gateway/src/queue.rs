//! What waits to be written to one socket, and its bounds.

use std::collections::VecDeque;

use bytes::Bytes;

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

/// What became of a frame given to [`Queue::push`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// It waits.
    Queued,
    /// It is fleeting and the queue busy.
    LeftOut,
    /// The bound is passed, and all that waited is gone.
    Overflowed,
}

/// A bounded queue. It holds heap memory only while more than one frame waits.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// The first frame lies here, so that a socket that keeps up needs no allocation.
    first: Option<Outgoing>,
    rest: VecDeque<Outgoing>,
    bytes: usize,
}

impl Queue {
    /// Frames that wait.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    /// Whether none waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Bytes of the frames that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a frame, at the cost of fleeting ones when there is no room.
    pub(crate) fn push(&mut self, frame: Outgoing, limits: &OutboxLimits) -> Admitted {
        if frame.is_fleeting() && self.len() >= limits.busy_frames {
            return Admitted::LeftOut;
        }
        if !self.has_room(&frame, limits) {
            self.retain(|waiting| !waiting.is_fleeting());
        }
        if !self.has_room(&frame, limits) {
            self.retain(|_| false);
            return Admitted::Overflowed;
        }
        self.bytes += frame.bytes().len();
        match self.first {
            None => self.first = Some(frame),
            Some(_) => self.rest.push_back(frame),
        }
        Admitted::Queued
    }

    fn has_room(&self, frame: &Outgoing, limits: &OutboxLimits) -> bool {
        self.len() < limits.frames && self.bytes + frame.bytes().len() <= limits.bytes
    }

    /// The frame that has waited longest.
    pub(crate) fn pop(&mut self) -> Option<Outgoing> {
        let frame = self.first.take()?;
        self.bytes -= frame.bytes().len();
        self.first = self.rest.pop_front();
        if self.rest.is_empty() && self.rest.capacity() > 0 {
            self.rest = VecDeque::new();
        }
        Some(frame)
    }

    /// Forgets all but what is to be kept.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Outgoing) -> bool) {
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

    fn drain(queue: &mut Queue) -> Vec<usize> {
        std::iter::from_fn(|| queue.pop()).map(|frame| frame.bytes().len()).collect()
    }

    #[test]
    fn frames_leave_in_order_and_leave_nothing_behind() {
        let mut queue = Queue::default();
        for length in [3, 1, 2] {
            assert_eq!(queue.push(event(length, Class::Durable), &LIMITS), Admitted::Queued);
        }
        assert_eq!((queue.len(), queue.bytes()), (3, 6));
        assert_eq!(drain(&mut queue), [3, 1, 2]);
        assert_eq!((queue.bytes(), queue.rest.capacity()), (0, 0));
    }

    #[test]
    fn fleeting_events_give_way() {
        let mut queue = Queue::default();
        for (length, class, admitted) in [
            (1, Class::Fleeting, Admitted::Queued),
            (2, Class::Durable, Admitted::Queued),
            (1, Class::Fleeting, Admitted::LeftOut),
            (3, Class::Durable, Admitted::Queued),
            (4, Class::Durable, Admitted::Queued),
            (5, Class::Durable, Admitted::Queued),
        ] {
            assert_eq!(queue.push(event(length, class), &LIMITS), admitted, "{length}");
        }
        assert_eq!(drain(&mut queue), [2, 3, 4, 5], "the last one stands in place of the fleeting one");
    }

    #[test]
    fn durable_events_beyond_the_bound_overflow() {
        for (lengths, what) in
            [(&[1, 1, 1, 1, 1][..], "frames"), (&[50, 50, 1], "bytes"), (&[101], "one frame")]
        {
            let mut queue = Queue::default();
            let last =
                lengths.iter().map(|length| queue.push(event(*length, Class::Durable), &LIMITS)).last();
            assert_eq!(last, Some(Admitted::Overflowed), "{what}");
            assert!(queue.is_empty());
        }
    }
}
