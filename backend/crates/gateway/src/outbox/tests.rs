#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use tokio::io::{AsyncReadExt, DuplexStream, duplex};

use super::*;
use crate::{queue::Class, transport::WriteHalf};

const LIMITS: OutboxLimits = OutboxLimits { frames: 64, bytes: 10_000_000, busy_frames: 2 };
const MARK: Pushed = Pushed::Queued { mark: true };
const QUEUED: Pushed = Pushed::Queued { mark: false };

fn event(text: &'static str) -> Outgoing {
    Outgoing::Event(Bytes::from_static(text.as_bytes()), Class::Durable)
}

/// An outbox whose peer takes `room` bytes before it has to read.
fn outbox(room: usize) -> (Outbox, DuplexStream) {
    let (ours, theirs) = duplex(room);
    let outbox = Outbox::new(LIMITS, Some(Writer::new(WriteHalf::Other(Box::new(ours)))));
    outbox.subscribe(Bytes::from_static(b"h:"));
    (outbox, theirs)
}

async fn read(peer: &mut DuplexStream, length: usize) -> Vec<u8> {
    let mut got = vec![0; length];
    peer.read_exact(&mut got).await.unwrap();
    got
}

#[tokio::test]
async fn what_waits_leaves_with_one_mark_and_in_order() {
    let (outbox, mut peer) = outbox(1_024);
    assert_eq!(outbox.push(event("a")), MARK);
    assert_eq!(outbox.push(Outgoing::Frame(Bytes::from_static(b"b"))), QUEUED);
    assert!(!outbox.heartbeat(), "something else is about to go out");
    assert_eq!(outbox.flush(0, 7), Flushed::Done);
    assert_eq!(read(&mut peer, 8).await, b"\x81\x03h:a\x81\x01b");
    assert_eq!(outbox.progress.spoke.load(Ordering::Relaxed), 7);
    assert_eq!(outbox.push(event("c")), MARK, "a mark holds until the flusher came");
}

#[test]
fn an_own_event_waits_for_its_receipt() {
    let (outbox, _peer) = outbox(1_024);
    assert!(!outbox.await_receipt(true));
    assert_eq!(outbox.push_with_receipt(event("own")), QUEUED);
    assert!(outbox.await_receipt(false), "without a receipt the end of the request has it written");
    assert_eq!(outbox.push_with_receipt(event("own")), QUEUED, "marked already");
    outbox.flush(0, 1);
    assert_eq!(outbox.push_with_receipt(event("own")), MARK, "from another device of the user");
    outbox.flush(0, 1);
    assert!(!outbox.await_receipt(true));
    assert_eq!(outbox.push_with_receipt(event("own")), QUEUED);
    assert_eq!(outbox.push(event("other")), MARK, "what others say does not wait");
}

#[tokio::test]
async fn a_busy_socket_is_held_until_its_moment_or_until_much_waits() {
    let (outbox, mut peer) = outbox(100_000);
    let mut now = 0;
    while outbox.push(event("x")) == MARK && outbox.flush(now, 1) == Flushed::Done {
        now += 1;
    }
    read(&mut peer, now as usize * 5).await;
    assert_eq!(outbox.push(event("y")), QUEUED, "held");
    outbox.flush_held(now, 1);
    assert_eq!(read(&mut peer, 10).await, b"\x81\x03h:x\x81\x03h:y");
    outbox.flush_held(now, 1);

    assert_eq!(outbox.push(event("z")), MARK);
    assert_eq!(outbox.flush(now, 1), Flushed::Held);
    let marks = (1..HELD_FRAMES).filter(|_| outbox.push(event("z")) == MARK).count();
    assert_eq!(marks, 1, "the flusher is called back once");
    assert_eq!(outbox.flush(now, 1), Flushed::Done);
    read(&mut peer, 5 * HELD_FRAMES).await;
}

#[tokio::test]
async fn what_the_peer_does_not_take_is_left_to_the_task() {
    let (outbox, mut peer) = outbox(3);
    let woken = std::sync::Arc::new(tokio::sync::Notify::new());
    let waker = waker(&woken);
    assert_eq!(outbox.signals(&waker), Signals::default());
    outbox.push(event("abc"));
    assert_eq!(outbox.flush(0, 5), Flushed::Done);
    assert_eq!(outbox.progress.stalled.load(Ordering::Relaxed), 5);
    assert!(outbox.signals(&waker).blocked);
    outbox.push(event("d"));
    assert_eq!(outbox.flush(100, 6), Flushed::Done, "the flusher does not try again");
    assert_eq!(read(&mut peer, 3).await, b"\x81\x05h");
    woken.notified().await;
    while outbox.poll_flush(9).is_pending() {
        read(&mut peer, 1).await;
    }
    assert!(!outbox.signals(&waker).blocked);
    assert_eq!(outbox.progress.stalled.load(Ordering::Relaxed), 0);
}

fn waker(notify: &std::sync::Arc<tokio::sync::Notify>) -> Waker {
    struct Wake(std::sync::Arc<tokio::sync::Notify>);
    impl std::task::Wake for Wake {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.notify_one();
        }
    }
    std::sync::Arc::new(Wake(std::sync::Arc::clone(notify))).into()
}

#[test]
fn events_need_a_subscription_and_frames_do_not() {
    let outbox = Outbox::new(LIMITS, None);
    assert_eq!(outbox.push(event("a")), Pushed::LeftOut);
    assert_eq!(outbox.push(Outgoing::Frame(Bytes::from_static(b"ab"))), MARK);
    outbox.subscribe(Bytes::new());
    assert_eq!(outbox.push(event("a")), QUEUED);
    outbox.unsubscribe();
    assert_eq!(outbox.state().queue.len(), 1);
    outbox.close(CloseCode::Normal);
    assert_eq!(outbox.push(event("a")), Pushed::LeftOut);
}

#[test]
fn who_takes_nothing_is_closed() {
    let limits = OutboxLimits { frames: 2, ..LIMITS };
    let outbox = Outbox::new(limits, None);
    outbox.subscribe(Bytes::new());
    let pushed = [(); 4].map(|()| outbox.push(event("a")));
    assert_eq!(pushed, [MARK, QUEUED, Pushed::Overflowed, Pushed::LeftOut]);
    assert_eq!(outbox.closing(), Some(CloseCode::SlowConsumer));
    assert_eq!(outbox.push(Outgoing::Frame(Bytes::new())), Pushed::LeftOut);
}

#[test]
fn the_first_close_stands() {
    let outbox = Outbox::new(LIMITS, None);
    outbox.close(CloseCode::ServiceRestart);
    outbox.close(CloseCode::Internal);
    let signals = outbox.signals(Waker::noop());
    assert_eq!((signals.close, signals.ended), (Some(CloseCode::ServiceRestart), false));
    outbox.kill();
    assert!(outbox.signals(Waker::noop()).ended);
}
