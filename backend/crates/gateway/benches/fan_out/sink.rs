//! The far end of a socket: takes everything and checks it.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use tokio::{io::AsyncWrite, sync::Notify};

/// What all sinks got together.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    delivered: AtomicU64,
    faults: AtomicU64,
    target: AtomicU64,
    reached: Notify,
}

impl Tally {
    /// Messages.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// Frames that were torn or out of order.
    pub(crate) fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    /// Waits until `target` messages have come since the beginning.
    pub(crate) async fn reach(&self, target: u64) {
        self.target.store(target, Ordering::Relaxed);
        while self.delivered() < target {
            self.reached.notified().await;
        }
    }

    fn count(&self, messages: u64) {
        let delivered = self.delivered.fetch_add(messages, Ordering::Relaxed) + messages;
        if delivered >= self.target.load(Ordering::Relaxed) {
            self.reached.notify_one();
        }
    }
}

/// One socket's far end.
#[derive(Debug)]
pub(crate) struct Sink {
    tally: Arc<Tally>,
    /// Payload bytes of the present frame that have not come yet.
    missing: usize,
    /// The last `message-id`; they rise in the order in which events are encoded.
    last_id: u64,
}

impl Sink {
    pub(crate) fn new(tally: Arc<Tally>) -> Self {
        Self { tally, missing: 0, last_id: 0 }
    }

    /// Takes the parts of one write. Every part is a frame's head, the receiver's own part or the shared part.
    fn take(&mut self, parts: &[IoSlice<'_>]) -> usize {
        let mut messages = 0;
        for part in parts.iter().filter(|part| !part.is_empty()) {
            if self.missing == 0 {
                self.missing = self.payload_bytes(part);
                continue;
            }
            if let Some(rest) = part.strip_prefix(b"message-id:") {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
                let id = digits.fold(0, |id, digit| id * 10 + u64::from(digit - b'0'));
                self.check(id > self.last_id);
                self.last_id = id;
            }
            self.check(part.len() <= self.missing);
            self.missing = self.missing.saturating_sub(part.len());
            messages += u64::from(self.missing == 0);
        }
        self.tally.count(messages);
        parts.iter().map(|part| part.len()).sum()
    }

    /// What the head of a text message says (RFC 6455, section 5.2).
    fn payload_bytes(&self, head: &[u8]) -> usize {
        match head {
            [0x81, length @ 1..=125] => usize::from(*length),
            [0x81, 126, high, low] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => {
                self.check(false);
                0
            }
        }
    }

    fn check(&self, good: bool) {
        if !good {
            self.tally.faults.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl AsyncWrite for Sink {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.take(&[IoSlice::new(bytes)])))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.take(parts)))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
