//! The frames that the gateway sends.

use std::{
    cell::RefCell,
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::{Bytes, BytesMut};
use kith_stomp::{VERSION, encoder};
use kith_wire::Event;

use crate::session::{EVENTS, Fault};

/// A STOMP heartbeat: one line end.
pub(crate) const HEARTBEAT: Bytes = Bytes::from_static(encoder::HEARTBEAT);

/// Numbers MESSAGE frames: no two of a process share a `message-id`.
static NEXT_MESSAGE: AtomicU64 = AtomicU64::new(1);

/// The part of a MESSAGE that everybody gets; each socket's [`message_head`] comes before it.
pub(crate) fn message_tail(event: &Event<'_>) -> Bytes {
    let (name, body) = event.encode();
    let message_id = NEXT_MESSAGE.fetch_add(1, Ordering::Relaxed).to_string();
    let message = encoder::Message { message_id: &message_id, destination: EVENTS, event: name, body: &body };
    let mut tail = BytesMut::new();
    encoder::message_tail(&mut tail, &message);
    tail.freeze()
}

thread_local! {
    /// The head that was made last. All sockets of one client choose the same id.
    static LAST_HEAD: RefCell<Bytes> = const { RefCell::new(Bytes::new()) };
}

/// The part of every MESSAGE that belongs to one subscription. Who chooses the same id as the one before shares its memory.
pub(crate) fn message_head(subscription: &str) -> Bytes {
    let mut head = BytesMut::with_capacity(32 + subscription.len());
    encoder::message_head(&mut head, subscription);
    LAST_HEAD.with_borrow_mut(|last| {
        if *last != head {
            *last = head.freeze();
        }
        last.clone()
    })
}

/// RECEIPT with what the frame brought about.
pub(crate) fn receipt(id: &str, headers: &[(&'static str, String)]) -> Bytes {
    let headers: smallvec::SmallVec<[(&str, &str); 4]> =
        headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut frame = BytesMut::with_capacity(128);
    encoder::receipt(&mut frame, id, &headers);
    frame.freeze()
}

/// ERROR; the socket is closed after it.
pub(crate) fn error(fault: &Fault) -> Bytes {
    let mut frame = BytesMut::with_capacity(192);
    let error = encoder::ErrorFrame {
        code: fault.code,
        message: &fault.message,
        receipt_id: fault.receipt.as_deref(),
        headers: &[("version", VERSION)],
        body: &fault.message,
    };
    encoder::error(&mut frame, &error);
    frame.freeze()
}

/// CONNECTED.
pub(crate) fn connected(headers: &[(&str, &str)]) -> Bytes {
    let mut frame = BytesMut::with_capacity(256);
    encoder::connected(&mut frame, headers);
    frame.freeze()
}
