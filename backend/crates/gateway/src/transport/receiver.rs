//! What comes in.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};

use crate::websocket::{self, Decoder, Event, Fault, Limits, Opcode};

/// Bytes of one read; also the most that can come before the session is asked again whether it takes more.
const SCRATCH_BYTES: usize = 16 * 1024;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH_BYTES]);
}

/// What one read brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Received {
    /// Bytes read; 0 at the end of the stream.
    pub(crate) bytes: usize,
    /// Pings among them.
    pub(crate) pings: u32,
    /// The frame that answers the last of them; earlier ones need none.
    pub(crate) pong: Option<Bytes>,
    /// The peer sent a close frame.
    pub(crate) closed: bool,
    /// How the peer broke the protocol.
    pub(crate) fault: Option<Fault>,
}

/// The reading half of a WebSocket.
pub(crate) struct Receiver<R> {
    io: R,
    decoder: Decoder,
    /// What was read together with the handshake.
    early: Bytes,
}

impl<R: AsyncRead + Unpin> Receiver<R> {
    pub(crate) fn new(io: R, early: Bytes, limits: Limits) -> Self {
        Self { io, decoder: Decoder::new(limits), early }
    }

    /// Reads once and gives payload to `take` as it lies in the shared memory.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn receive(
        &mut self,
        cx: &mut Context<'_>,
        take: impl FnMut(&[u8]),
    ) -> Poll<io::Result<Received>> {
        if !self.early.is_empty() {
            let mut early = Vec::from(std::mem::take(&mut self.early));
            return Poll::Ready(Ok(decode(&mut self.decoder, &mut early, take)));
        }
        SCRATCH.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer))?;
            Poll::Ready(Ok(decode(&mut self.decoder, buffer.filled_mut(), take)))
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
}

fn decode(decoder: &mut Decoder, input: &mut [u8], mut take: impl FnMut(&[u8])) -> Received {
    let (mut received, mut at) = (Received { bytes: input.len(), ..Received::default() }, 0);
    loop {
        match decoder.decode(input, &mut at) {
            Ok(Some(Event::Data(data))) => take(&input[data.payload]),
            Ok(Some(Event::Ping(payload))) => {
                received.pings += 1;
                received.pong = Some(websocket::control_frame(Opcode::Pong, &payload));
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
    received
}
