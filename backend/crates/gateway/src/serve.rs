//! The task of one socket: moves bytes between its transport and its dialogue.

use std::{
    future::poll_fn,
    io,
    sync::Arc,
    task::{Context, Poll, ready},
};

use kith_wire::close::CloseCode;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{
    connection::Connection,
    connections::Place,
    dialogue::Dialogue,
    frames,
    gateway::Inner,
    outbox::Outgoing,
    pings::PingBudget,
    transport::{Batch, Transport},
    websocket::Limits,
};

/// Serves a socket after its upgrade until it ends.
pub(crate) async fn serve<S>(inner: Arc<Inner>, connection: Arc<Connection>, io: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let place = inner.connections.insert(Arc::clone(&connection));
    // Looked at after the insertion: a drain that begins now finds the socket in the table.
    if inner.is_draining() {
        connection.outbox.close(CloseCode::ServiceRestart);
    }
    inner.metrics.connections.inc();
    // Dropped last, whatever becomes of this task.
    let _open = Open { inner: Arc::clone(&inner), connection: Arc::clone(&connection), place };
    let limits = Limits {
        max_message_bytes: inner.settings.max_message_bytes,
        max_fragments: inner.settings.max_fragments,
    };
    let mut task = Task {
        transport: Transport::new(io, limits),
        dialogue: Dialogue::new(Arc::clone(&inner), Arc::clone(&connection)),
        inner,
        connection,
        pings: PingBudget::default(),
        phase: Phase::Open,
        written: 0,
    };
    poll_fn(|cx| task.poll(cx)).await;
}

/// A socket's place in the table.
struct Open {
    inner: Arc<Inner>,
    connection: Arc<Connection>,
    place: Place,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.inner.connections.remove(self.place);
        self.inner.metrics.connections.dec();
        self.inner.metrics.closed(self.connection.outbox.closing());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Frames go both ways.
    Open,
    /// Nothing is read any more; what waits is written.
    Closing(CloseCode),
    /// The close frame is on its way. We wait for the peer to close, so that it reads all of it: closing a socket with
    /// unread bytes would reset the connection.
    Lingering { shut: bool },
}

struct Task<S> {
    transport: Transport<S>,
    dialogue: Dialogue,
    inner: Arc<Inner>,
    connection: Arc<Connection>,
    pings: PingBudget,
    phase: Phase,
    written: u64,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Task<S> {
    /// Ready when the socket has ended, for whatever reason: an error of the stream is no more than that.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let signals = self.connection.outbox.signals(cx.waker());
            if signals.killed {
                return Poll::Ready(());
            }
            if signals.ping && self.phase == Phase::Open {
                self.transport.ping();
            }
            if signals.heartbeat && self.connection.outbox.is_empty() {
                self.connection.outbox.push(Outgoing::Frame(frames::HEARTBEAT));
            }
            if let (Some(code), Phase::Open) = (signals.close, self.phase) {
                self.phase = Phase::Closing(code);
                self.connection.times.closing.set_once(self.inner.ticks.now());
            }
            let ended = match self.phase {
                Phase::Open => self.poll_open(cx),
                Phase::Closing(code) => self.poll_closing(cx, code),
                Phase::Lingering { shut } => self.poll_lingering(cx, shut),
            };
            match ended {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(Next::Again)) => {}
                Poll::Ready(Ok(Next::End) | Err(_)) => return Poll::Ready(()),
            }
        }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Next>> {
        loop {
            let mut moved = self.dialogue.poll(cx);
            if self.dialogue.wants_more() {
                match self.poll_read(cx) {
                    Poll::Ready(Ok(true)) => moved = true,
                    Poll::Ready(Ok(false)) => return Poll::Ready(Ok(Next::End)),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => {}
                }
            }
            if self.connection.outbox.closing().is_some() {
                return Poll::Ready(Ok(Next::Again));
            }
            // Whether or not all could be written: the end of a write wakes the task.
            if let Poll::Ready(Err(error)) = self.poll_write(cx) {
                return Poll::Ready(Err(error));
            }
            if !moved {
                return Poll::Pending;
            }
        }
    }

    /// Writes what waits until there is nothing left, then the close frame.
    fn poll_closing(&mut self, cx: &mut Context<'_>, code: CloseCode) -> Poll<io::Result<Next>> {
        // What was accepted is answered before a planned end. After others the client asks again anyway.
        let awaited = matches!(code, CloseCode::Normal | CloseCode::ServiceRestart | CloseCode::Internal);
        while awaited && self.dialogue.poll(cx) {}
        ready!(self.poll_write(cx))?;
        if awaited && self.dialogue.is_busy() {
            return Poll::Pending;
        }
        self.transport.close(code);
        self.phase = Phase::Lingering { shut: false };
        Poll::Ready(Ok(Next::Again))
    }

    fn poll_lingering(&mut self, cx: &mut Context<'_>, shut: bool) -> Poll<io::Result<Next>> {
        if !shut {
            ready!(self.poll_flush(cx))?;
            ready!(self.transport.poll_shutdown(cx))?;
            self.phase = Phase::Lingering { shut: true };
        }
        ready!(self.transport.poll_end(cx))?;
        Poll::Ready(Ok(Next::End))
    }

    /// Reads once; false at the end of the stream.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let dialogue = &mut self.dialogue;
        let received = ready!(self.transport.receive(cx, |bytes| dialogue.take(bytes)))?;
        let now = self.inner.ticks.now();
        let times = &self.connection.times;
        times.heard.set(now);
        if self.dialogue.frames_taken() > 0 {
            times.partial.clear();
        }
        if self.transport.is_inside() || self.dialogue.is_inside() {
            times.partial.set_once(now);
        } else {
            times.partial.clear();
        }
        let outbox = &self.connection.outbox;
        if let Some(fault) = received.fault {
            outbox.close(fault.close_code());
        } else if received.closed {
            outbox.close(CloseCode::Normal);
        } else if !self.pings.take(received.pings, now) {
            outbox.close(CloseCode::PolicyViolation);
        }
        Poll::Ready(Ok(received.bytes > 0))
    }

    /// Writes until the outbox is empty; pending while the peer takes no more.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_flush(cx))?;
        loop {
            let mut batch = Batch::default();
            let head = self.dialogue.head();
            self.connection.outbox.take(batch.room(), |frame| match frame {
                Outgoing::Event(tail, _) => batch.push(head.clone(), tail),
                Outgoing::Frame(frame) => batch.push(bytes::Bytes::new(), frame),
            });
            if batch.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let sent = self.transport.try_send(cx, &mut batch);
            ready!(self.note_progress(sent))?;
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.transport.poll_flush(cx);
        self.note_progress(flushed)
    }

    /// Notes when the peer last took something, and since when it takes nothing.
    fn note_progress(&mut self, sent: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
        let (times, now) = (&self.connection.times, self.inner.ticks.now());
        let written = self.transport.written();
        if written > self.written {
            self.written = written;
            times.spoke.set(now);
            times.stalled.clear();
        }
        match sent {
            Poll::Pending => times.stalled.set_once(now),
            Poll::Ready(_) => times.stalled.clear(),
        }
        sent
    }
}

/// What follows a step.
enum Next {
    /// Another one, in the phase that holds now.
    Again,
    /// Nothing.
    End,
}
