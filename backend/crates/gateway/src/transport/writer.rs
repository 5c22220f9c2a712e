//! What goes out.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use smallvec::SmallVec;
use tokio::io::AsyncWrite;

use super::WriteHalf;
use crate::websocket::{self, Head, Opcode};

/// The most frames of one write.
pub(crate) const BATCH: usize = 16;

/// Frames to be written at once. Lives on the stack.
#[derive(Default)]
pub(crate) struct Batch {
    frames: SmallVec<[BatchFrame; BATCH]>,
}

struct BatchFrame {
    websocket: Head,
    private: Bytes,
    shared: Bytes,
}

impl Batch {
    /// Adds a text message whose payload is `private` and then `shared`. A full batch takes no more.
    pub(crate) fn push(&mut self, private: Bytes, shared: Bytes) {
        if !self.is_full() {
            let websocket = websocket::head(Opcode::Text, private.len() + shared.len());
            self.frames.push(BatchFrame { websocket, private, shared });
        }
    }

    /// Whether it takes no more.
    pub(crate) fn is_full(&self) -> bool {
        self.frames.len() == BATCH
    }
}

/// The writing half of a WebSocket.
pub(crate) struct Writer {
    io: WriteHalf,
    /// What the peer has not taken yet, in whole frames but for the first.
    unsent: VecDeque<Bytes>,
    written: u64,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("written", &self.written).finish_non_exhaustive()
    }
}

impl Writer {
    pub(crate) fn new(io: WriteHalf) -> Self {
        Self { io, unsent: VecDeque::new(), written: 0 }
    }

    /// Queues a whole WebSocket frame, such as a ping.
    pub(crate) fn push(&mut self, frame: Bytes) {
        self.unsent.push_back(frame);
    }

    /// Writes what the peer has not taken. Ready when nothing is left, and only then may [`Writer::try_send`] be
    /// called.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let mut slices = [IoSlice::new(&[]); BATCH];
            let mut count = 0;
            for (slice, chunk) in slices.iter_mut().zip(&self.unsent) {
                *slice = IoSlice::new(chunk);
                count += 1;
            }
            let mut written = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, &slices[..count]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += written as u64;
            while let Some(chunk) = self.unsent.front_mut()
                && written > 0
            {
                let step = written.min(chunk.len());
                chunk.advance(step);
                written -= step;
                if chunk.is_empty() {
                    self.unsent.pop_front();
                }
            }
        }
        if self.unsent.capacity() > 0 {
            self.unsent = VecDeque::new();
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    /// Writes the frames of `batch` in one go and keeps what the peer does not take; `batch` is empty afterwards.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn try_send(&mut self, cx: &mut Context<'_>, batch: &mut Batch) -> Poll<io::Result<()>> {
        let frames = &batch.frames;
        let mut slices = [IoSlice::new(&[]); 3 * BATCH];
        for (three, frame) in slices.chunks_exact_mut(3).zip(frames.iter()) {
            three[0] = IoSlice::new(frame.websocket.as_bytes());
            three[1] = IoSlice::new(&frame.private);
            three[2] = IoSlice::new(&frame.shared);
        }
        let written = match Pin::new(&mut self.io).poll_write_vectored(cx, &slices[..3 * frames.len()]) {
            Poll::Ready(written) => written?,
            Poll::Pending => 0,
        };
        self.written += written as u64;
        let mut skip = written;
        for frame in batch.frames.drain(..) {
            let head = frame.websocket.as_bytes();
            if skip < head.len() {
                self.unsent.push_back(Bytes::copy_from_slice(&head[skip..]));
            }
            skip = skip.saturating_sub(head.len());
            for mut part in [frame.private, frame.shared] {
                let step = skip.min(part.len());
                part.advance(step);
                skip -= step;
                if !part.is_empty() {
                    self.unsent.push_back(part);
                }
            }
        }
        self.poll_flush(cx)
    }

    /// Bytes that the peer's side of the stream has taken since the beginning.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Memory for what was not taken, in frames: none while the peer keeps up.
    #[cfg(test)]
    pub(crate) fn unsent_capacity(&self) -> usize {
        self.unsent.capacity()
    }

    /// Closes our side of the stream.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
