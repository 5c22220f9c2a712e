//! The task of one socket: reads, has its dialogue go on, and closes. It writes only what the peer had stopped and what
//! belongs to the end; everything else the flusher writes.

use std::{
    future::poll_fn,
    io,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use kith_wire::close::CloseCode;
use tokio::{io::AsyncRead, sync::OwnedSemaphorePermit};

use crate::{
    connection::Connection,
    connections::Place,
    dialogue::Dialogue,
    gateway::Inner,
    pings::PingBudget,
    shard::Shard,
    transport::{Halves, Receiver, Writer},
    websocket::Limits,
};

/// Serves a socket of `shard` after its upgrade until it ends. No `async fn`, whose future would keep room for what it is
/// called with beside what it makes of it, in every socket.
pub(crate) fn serve(inner: Arc<Inner>, shard: Arc<Shard>, halves: Halves) -> impl Future<Output = ()> + Send {
    let Halves { read, write, early, place } = halves;
    let connection =
        Arc::new(Connection::new(Arc::clone(&shard), inner.settings.outbox, Some(Writer::new(write))));
    let open = Open::new(&inner, &connection);
    // Looked at after the insertion: a drain that begins now finds the socket in the table.
    if inner.is_draining() {
        connection.outbox.close(CloseCode::ServiceRestart);
    }
    let mut task = Task {
        receiver: receiver(&inner, read, early),
        dialogue: Dialogue::new(Arc::clone(&inner), Arc::clone(&connection)),
        inner,
        connection,
        pings: PingBudget::default(),
        phase: Phase::Open,
        _open: open,
        _place: place,
    };
    poll_fn(move |cx| task.poll(cx))
}

fn receiver<R: AsyncRead + Unpin>(inner: &Inner, read: R, early: Bytes) -> Receiver<R> {
    let limits = Limits {
        max_message_bytes: inner.settings.max_message_bytes,
        max_fragments: inner.settings.max_fragments,
    };
    Receiver::new(read, early, limits)
}

/// A socket's place in its shard's table.
struct Open {
    inner: Arc<Inner>,
    connection: Arc<Connection>,
    place: Place,
}

impl Open {
    fn new(inner: &Arc<Inner>, connection: &Arc<Connection>) -> Self {
        inner.metrics.connections.inc();
        let place = connection.shard.connections.insert(Arc::clone(connection));
        Self { inner: Arc::clone(inner), connection: Arc::clone(connection), place }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connection.shard.connections.remove(self.place);
        // Routes to it may live a moment longer; nothing may be queued meanwhile.
        self.connection.outbox.kill();
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

struct Task<R> {
    receiver: Receiver<R>,
    dialogue: Dialogue,
    inner: Arc<Inner>,
    connection: Arc<Connection>,
    pings: PingBudget,
    phase: Phase,
    // Given up last, whatever becomes of the task.
    _open: Open,
    _place: Option<OwnedSemaphorePermit>,
}

impl<R: AsyncRead + Unpin> Task<R> {
    /// Ready when the socket has ended, for whatever reason: an error of the stream is no more than that.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let signals = self.connection.outbox.signals(cx.waker());
            if signals.ended {
                return Poll::Ready(());
            }
            if let (Some(code), Phase::Open) = (signals.close, self.phase) {
                self.phase = Phase::Closing(code);
                self.connection.times.closing.set_once(self.inner.ticks.now());
            }
            let ended = match self.phase {
                Phase::Open => self.poll_open(cx, signals.blocked),
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

    fn poll_open(&mut self, cx: &mut Context<'_>, blocked: bool) -> Poll<io::Result<Next>> {
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
            if !moved {
                break;
            }
        }
        if blocked && let Poll::Ready(Err(error)) = self.poll_flush() {
            return Poll::Ready(Err(error));
        }
        Poll::Pending
    }

    /// Writes what waits until there is nothing left, then the close frame.
    fn poll_closing(&mut self, cx: &mut Context<'_>, code: CloseCode) -> Poll<io::Result<Next>> {
        // What was accepted is answered before a planned end. After others the client asks again anyway.
        let awaited = matches!(code, CloseCode::Normal | CloseCode::ServiceRestart | CloseCode::Internal);
        while awaited && self.dialogue.poll(cx) {}
        ready!(self.poll_flush())?;
        if awaited && self.dialogue.is_busy() {
            return Poll::Pending;
        }
        self.connection.outbox.finish(code);
        self.phase = Phase::Lingering { shut: false };
        Poll::Ready(Ok(Next::Again))
    }

    fn poll_lingering(&mut self, cx: &mut Context<'_>, shut: bool) -> Poll<io::Result<Next>> {
        if !shut {
            ready!(self.poll_flush())?;
            ready!(self.connection.outbox.poll_shutdown(cx))?;
            self.phase = Phase::Lingering { shut: true };
        }
        ready!(self.receiver.poll_end(cx))?;
        Poll::Ready(Ok(Next::End))
    }

    /// Reads once; false at the end of the stream.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let dialogue = &mut self.dialogue;
        let received = ready!(self.receiver.receive(cx, |bytes| dialogue.take(bytes)))?;
        let now = self.inner.ticks.now();
        let (connection, times) = (&self.connection, &self.connection.times);
        times.heard.set(now);
        if self.dialogue.frames_taken() > 0 {
            times.partial.clear();
        }
        if self.receiver.is_inside() || self.dialogue.is_inside() {
            times.partial.set_once(now);
        } else {
            times.partial.clear();
        }
        if let Some(pong) = received.pong {
            connection.mark(connection.outbox.control(pong));
        }
        if let Some(fault) = received.fault {
            connection.outbox.close(fault.close_code());
        } else if received.closed {
            connection.outbox.close(CloseCode::Normal);
        } else if !self.pings.take(received.pings, now) {
            connection.outbox.close(CloseCode::PolicyViolation);
        }
        Poll::Ready(Ok(received.bytes > 0))
    }

    fn poll_flush(&self) -> Poll<io::Result<()>> {
        self.connection.outbox.poll_flush(self.inner.ticks.now())
    }
}

/// What follows a step.
enum Next {
    /// Another one, in the phase that holds now.
    Again,
    /// Nothing.
    End,
}
