//! What came for this node and was not taken yet.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use kith_domain::ports::Received;
use tokio::sync::mpsc;

/// A bounded queue that never makes its server wait: what does not fit is dropped, and the receiver finds a
/// [`Received::Gap`] in that place.
#[derive(Debug)]
pub struct Inbox {
    queue: Mutex<Queue>,
}

#[derive(Debug)]
struct Queue {
    /// Has one place more than payloads may take: there is always one for a gap.
    sender: mpsc::Sender<Received>,
    /// Whether a gap is the last in it: another one would say nothing more.
    ends_with_gap: bool,
}

impl Inbox {
    /// A queue for at most `capacity` payloads.
    #[must_use]
    pub fn new(capacity: usize) -> (Self, mpsc::Receiver<Received>) {
        let (sender, receiver) = mpsc::channel(capacity + 1);
        (Self { queue: Mutex::new(Queue { sender, ends_with_gap: false }) }, receiver)
    }

    /// Puts a payload in, or a gap where it does not fit.
    pub fn payload(&self, payload: Bytes) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        // Only here something is put in, under the lock: places can only become more.
        if queue.sender.capacity() < 2 {
            queue.gap();
        } else if queue.sender.try_send(Received::Payload(payload)).is_ok() {
            queue.ends_with_gap = false;
        }
    }

    /// Says that something may be missing here.
    pub fn gap(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).gap();
    }

    /// Whether nobody takes anything any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).sender.is_closed()
    }
}

impl Queue {
    fn gap(&mut self) {
        // When the last in the queue is a gap and was taken already, the queue is empty, and another one is news.
        let unread = self.sender.capacity() < self.sender.max_capacity();
        if (self.ends_with_gap && unread) || self.sender.try_send(Received::Gap).is_ok() {
            self.ends_with_gap = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(number: u8) -> Received {
        Received::Payload(Bytes::copy_from_slice(&[number]))
    }

    fn put(inbox: &Inbox, numbers: std::ops::Range<u8>) {
        for number in numbers {
            inbox.payload(Bytes::copy_from_slice(&[number]));
        }
    }

    fn drain(receiver: &mut mpsc::Receiver<Received>) -> Vec<Received> {
        std::iter::from_fn(|| receiver.try_recv().ok()).collect()
    }

    #[test]
    fn what_does_not_fit_is_a_gap_in_its_place() {
        let (inbox, mut receiver) = Inbox::new(2);
        put(&inbox, 0..9);
        assert_eq!(receiver.len(), 3);
        assert_eq!(receiver.try_recv(), Ok(payload(0)));
        put(&inbox, 10..12);
        assert_eq!(drain(&mut receiver), [payload(1), Received::Gap]);
        put(&inbox, 20..22);
        assert_eq!(drain(&mut receiver), [payload(20), payload(21)]);
    }

    #[test]
    fn after_room_came_back_payloads_follow_the_gap_and_a_new_one_is_told() {
        let (inbox, mut receiver) = Inbox::new(2);
        put(&inbox, 0..9);
        receiver.try_recv().unwrap();
        receiver.try_recv().unwrap();
        put(&inbox, 10..19);
        assert_eq!(drain(&mut receiver), [Received::Gap, payload(10), Received::Gap]);
    }

    #[test]
    fn gaps_beside_each_other_are_one_and_later_ones_are_told() {
        let (inbox, mut receiver) = Inbox::new(2);
        inbox.gap();
        inbox.gap();
        assert_eq!(drain(&mut receiver), [Received::Gap]);
        inbox.gap();
        put(&inbox, 0..1);
        inbox.gap();
        assert_eq!(drain(&mut receiver), [Received::Gap, payload(0), Received::Gap]);
        put(&inbox, 0..1);
        inbox.gap();
        assert_eq!(drain(&mut receiver), [payload(0), Received::Gap]);
    }
}
