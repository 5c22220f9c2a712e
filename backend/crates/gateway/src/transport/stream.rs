//! What carries the bytes, from the accept loop to the shard that serves the socket.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::{rt::TokioIo, server::conn::auto};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::OwnedSemaphorePermit,
};

/// A TCP connection together with its place among those that may be open at once. The place is given back when the
/// stream is dropped, which for a WebSocket is long after its HTTP request has ended.
///
/// An accept loop that serves such streams lets the gateway take the connection itself over; from anything else, such as
/// a stream with TLS, it reads and writes through the HTTP server's wrapping.
#[derive(Debug)]
pub struct PlacedStream {
    stream: TcpStream,
    place: OwnedSemaphorePermit,
}

impl PlacedStream {
    /// A connection that holds `place` while it is open.
    #[must_use]
    pub fn new(stream: TcpStream, place: OwnedSemaphorePermit) -> Self {
        Self { stream, place }
    }
}

/// The two halves of a stream, to be used by different tasks.
pub(crate) struct Halves {
    pub(crate) read: ReadHalf,
    pub(crate) write: WriteHalf,
    /// What was read together with the handshake.
    pub(crate) early: Bytes,
    /// Held while the socket is open.
    pub(crate) place: Option<OwnedSemaphorePermit>,
}

/// The reading half. The usual kind needs no memory of its own.
pub(crate) enum ReadHalf {
    Tcp(OwnedReadHalf),
    Other(Box<dyn AsyncRead + Send + Unpin>),
}

/// The writing half.
pub(crate) enum WriteHalf {
    Tcp(OwnedWriteHalf),
    Other(Box<dyn AsyncWrite + Send + Unpin>),
}

impl AsyncRead for ReadHalf {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(half) => Pin::new(half).poll_read(context, buffer),
            Self::Other(half) => Pin::new(half).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for WriteHalf {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(half) => Pin::new(half).poll_write(context, bytes),
            Self::Other(half) => Pin::new(half).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(half) => Pin::new(half).poll_write_vectored(context, slices),
            Self::Other(half) => Pin::new(half).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(half) => half.is_write_vectored(),
            Self::Other(half) => half.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(half) => Pin::new(half).poll_flush(context),
            Self::Other(half) => Pin::new(half).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(half) => Pin::new(half).poll_shutdown(context),
            Self::Other(half) => Pin::new(half).poll_shutdown(context),
        }
    }
}

/// A stream between two runtimes: no longer watched by the one that accepted it.
pub(crate) enum Carrier {
    /// The connection itself.
    Tcp { stream: std::net::TcpStream, place: OwnedSemaphorePermit, early: Bytes },
    /// Whatever the HTTP server read from; it stays with the runtime that accepted it, which is no more than slower.
    Wrapped(Upgraded),
}

impl Carrier {
    /// Takes an upgraded connection off the present runtime.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn detach(upgraded: Upgraded) -> io::Result<Self> {
        // A server that found out the version of HTTP by itself has wrapped the stream once more.
        let (io, early) = match auto::upgrade::downcast::<TokioIo<PlacedStream>>(upgraded) {
            Ok(parts) => (parts.io, parts.read_buf),
            Err(upgraded) => match upgraded.downcast::<TokioIo<PlacedStream>>() {
                Ok(parts) => (parts.io, parts.read_buf),
                Err(upgraded) => return Ok(Self::Wrapped(upgraded)),
            },
        };
        let PlacedStream { stream, place } = io.into_inner();
        // Even an empty piece keeps the whole buffer that it was cut from.
        let early = if early.is_empty() { Bytes::new() } else { early };
        Ok(Self::Tcp { stream: stream.into_std()?, place, early })
    }

    /// Puts it onto the present runtime.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn attach(self) -> io::Result<Halves> {
        Ok(match self {
            Self::Tcp { stream, place, early } => {
                let (read, write) = TcpStream::from_std(stream)?.into_split();
                let (read, write) = (ReadHalf::Tcp(read), WriteHalf::Tcp(write));
                Halves { read, write, early, place: Some(place) }
            }
            Self::Wrapped(upgraded) => {
                let (read, write) = tokio::io::split(TokioIo::new(upgraded));
                let (read, write) = (ReadHalf::Other(Box::new(read)), WriteHalf::Other(Box::new(write)));
                Halves { read, write, early: Bytes::new(), place: None }
            }
        })
    }
}

impl AsyncRead for PlacedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for PlacedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
