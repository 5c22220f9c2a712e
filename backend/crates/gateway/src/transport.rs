//! The seam between a connection and its bytes.
//!
//! A connection's task calls [`Transport::receive`], which hands payload on as it comes, and
//! [`Transport::try_send`], which writes frames made of a private head and a tail that is shared by all who get the
//! event. Nothing else of the gateway knows how frames look or what carries them, so that another carrier (a shard's
//! own socket, written to by the fan-out itself) replaces this file alone.
//!
//! No buffer is held while a socket is idle: reads go to memory that all sockets of a thread share, and only what
//! the peer does not take is kept.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use kith_wire::close::CloseCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::websocket::{self, Decoder, Event, Fault, Head, Limits, Opcode};

/// The most frames of one write.
pub(crate) const BATCH: usize = 16;

/// Bytes of one read; also the most that can come before the session is asked again whether it takes more.
const SCRATCH_BYTES: usize = 16 * 1024;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH_BYTES]);
}

/// Frames to be written at once. Lives on the stack.
#[derive(Default)]
pub(crate) struct Batch {
    frames: [BatchFrame; BATCH],
    len: usize,
}

#[derive(Default)]
struct BatchFrame {
    websocket: Head,
    private: Bytes,
    shared: Bytes,
}

impl Batch {
    /// Adds a text message whose payload is `private` and then `shared`. A full batch takes no more.
    pub(crate) fn push(&mut self, private: Bytes, shared: Bytes) {
        if let Some(frame) = self.frames.get_mut(self.len) {
            let websocket = websocket::head(Opcode::Text, private.len() + shared.len());
            *frame = BatchFrame { websocket, private, shared };
            self.len += 1;
        }
    }

    /// How many more it takes.
    pub(crate) fn room(&self) -> usize {
        BATCH - self.len
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// What came in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Received {
    /// Bytes read; 0 at the end of the stream.
    pub(crate) bytes: usize,
    /// Pings among them, which are answered already.
    pub(crate) pings: u32,
    /// The peer sent a close frame.
    pub(crate) closed: bool,
    /// How the peer broke the protocol.
    pub(crate) fault: Option<Fault>,
}

/// A WebSocket over a stream of bytes.
pub(crate) struct Transport<S> {
    io: S,
    decoder: Decoder,
    /// What the peer has not taken yet, in whole frames but for the first.
    unsent: VecDeque<Bytes>,
    /// The answer to the last ping; earlier ones need none.
    pong: Option<Bytes>,
    written: u64,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Transport<S> {
    pub(crate) fn new(io: S, limits: Limits) -> Self {
        Self { io, decoder: Decoder::new(limits), unsent: VecDeque::new(), pong: None, written: 0 }
    }

    /// Reads once and gives payload to `take` as it lies in the shared memory.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn receive(
        &mut self,
        cx: &mut Context<'_>,
        mut take: impl FnMut(&[u8]),
    ) -> Poll<io::Result<Received>> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer))?;
            let input = buffer.filled_mut();
            let (mut received, mut at) = (Received { bytes: input.len(), ..Received::default() }, 0);
            loop {
                match self.decoder.decode(input, &mut at) {
                    Ok(Some(Event::Data(range))) => take(&input[range]),
                    Ok(Some(Event::Ping(payload))) => {
                        received.pings += 1;
                        self.pong = Some(websocket::control_frame(Opcode::Pong, &payload));
                    }
                    Ok(Some(Event::Pong)) => {}
                    Ok(Some(Event::Close)) => {
                        // What follows a close frame is not data (section 5.5.1).
                        received.closed = true;
                        break;
                    }
                    Ok(None) => break,
                    Err(fault) => {
                        received.fault = Some(fault);
                        break;
                    }
                }
            }
            Poll::Ready(Ok(received))
        })
    }

    /// Reads and forgets, until the peer has closed its side.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        SCRATCH.with_borrow_mut(|scratch| {
            loop {
                let mut buffer = ReadBuf::new(scratch);
                ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer))?;
                if buffer.filled().is_empty() {
                    return Poll::Ready(Ok(()));
                }
            }
        })
    }

    /// Whether a frame or message of the peer has begun and not ended.
    pub(crate) fn is_inside(&self) -> bool {
        self.decoder.is_inside()
    }

    /// Queues a ping.
    pub(crate) fn ping(&mut self) {
        self.unsent.push_back(websocket::control_frame(Opcode::Ping, b""));
    }

    /// Queues a close frame; nothing may be sent after it.
    pub(crate) fn close(&mut self, code: CloseCode) {
        self.unsent.push_back(websocket::close_frame(code));
    }

    /// Writes what the peer has not taken. Ready when nothing is left, and only then may [`Transport::try_send`] be
    /// called.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.unsent.extend(self.pong.take());
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
        let frames = &mut batch.frames[..batch.len];
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
        for frame in frames {
            let frame = std::mem::take(frame);
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
        batch.len = 0;
        self.poll_flush(cx)
    }

    /// Bytes that the peer's side of the stream has taken since the beginning.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Closes our side of the stream.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
