//! A stream that never waits: what the peer does not take yet is kept.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    time::Duration,
};

use rustix::{
    io::Errno,
    net::{self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, sockopt},
};

/// Sockets from one source address: beyond this the kernel's tables show.
const PORTS_PER_ADDRESS: u32 = 8_000;
/// The lowest port that is taken.
const FIRST_PORT: u16 = 10_000;
/// A buffer that grew beyond this is given back once it is empty.
const KEEP_BYTES: usize = 64 << 10;

/// What the kernel takes in for a slow reader, about: as little as for a phone in a tunnel.
const SLOW_BUFFER_BYTES: usize = 16 << 10;

/// How readily a socket takes what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appetite {
    /// As ordinary sockets do.
    Ordinary,
    /// The kernel is to take in little on behalf of a reader that does not read.
    Small,
}

/// Source addresses in 127.0.0.0/8 with a port for each socket. Left to choose a port itself, the kernel would search
/// for one, longer for each socket of an address.
pub(crate) struct Sources {
    network: [u8; 2],
    next: u32,
    /// The kernel's congestion control for the sockets, if not the system's own.
    congestion: Option<String>,
}

impl Sources {
    /// Addresses that no other worker of this run has; those of other runs at the same time differ most likely.
    pub(crate) fn new(run: u32, worker: u32, congestion: Option<String>) -> Self {
        // 127.0 is where servers listen.
        let second = 1 + (run % 254) as u8;
        Self { network: [second, (worker % 256) as u8], next: 0, congestion }
    }

    fn next(&mut self) -> SocketAddrV4 {
        let number = self.next;
        self.next = (self.next + 1) % (254 * PORTS_PER_ADDRESS);
        let host = 1 + (number / PORTS_PER_ADDRESS) as u8;
        let address = Ipv4Addr::new(127, self.network[0], self.network[1], host);
        SocketAddrV4::new(address, FIRST_PORT + (number % PORTS_PER_ADDRESS) as u16)
    }
}

/// A connected stream, or one that is being connected.
pub(crate) struct Socket {
    fd: OwnedFd,
    outgoing: Vec<u8>,
    written: usize,
}

impl Socket {
    /// Begins to connect. The socket takes bytes when it is connected.
    ///
    /// # Errors
    /// When there is no descriptor or no free source.
    pub(crate) fn connect(target: SocketAddr, sources: &mut Sources, appetite: Appetite) -> io::Result<Self> {
        let family = if target.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let fd = net::socket_with(family, SocketType::STREAM, flags, None)?;
        sockopt::set_tcp_nodelay(&fd, true)?;
        if let Some(name) = &sources.congestion {
            sockopt::set_tcp_congestion(&fd, name)?;
        }
        if appetite == Appetite::Small {
            sockopt::set_socket_recv_buffer_size(&fd, SLOW_BUFFER_BYTES)?;
        }
        // Closed sockets leave no TIME_WAIT behind: thousands of them would slow the next run down.
        sockopt::set_socket_linger(&fd, Some(Duration::ZERO))?;
        if target.is_ipv4() && target.ip().is_loopback() {
            sockopt::set_socket_reuseaddr(&fd, true)?;
            bind(&fd, sources)?;
        }
        match net::connect(&fd, &target) {
            Ok(()) | Err(Errno::INPROGRESS) => Ok(Self { fd, outgoing: Vec::new(), written: 0 }),
            Err(error) => Err(error.into()),
        }
    }

    /// How connecting went.
    ///
    /// # Errors
    /// Why it failed.
    pub(crate) fn connected(&self) -> io::Result<()> {
        Ok(sockopt::socket_error(&self.fd)??)
    }

    /// What is to be sent; [`Socket::flush`] sends it.
    pub(crate) fn outgoing(&mut self) -> &mut Vec<u8> {
        &mut self.outgoing
    }

    /// Whether there is something to be sent.
    pub(crate) fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Sends in one go as much as the peer takes; true when that was all.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn flush(&mut self) -> io::Result<bool> {
        match net::send(&self.fd, &self.outgoing[self.written..], SendFlags::NOSIGNAL) {
            Ok(sent) => self.written += sent,
            Err(Errno::AGAIN) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if self.written < self.outgoing.len() {
            return Ok(false);
        }
        self.written = 0;
        self.outgoing.clear();
        if self.outgoing.capacity() > KEEP_BYTES {
            self.outgoing = Vec::new();
        }
        Ok(true)
    }

    /// Receives once; `None` when nothing is there, 0 at the end of the stream.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn receive(&self, into: &mut [u8]) -> io::Result<Option<usize>> {
        match net::recv(&self.fd, into, RecvFlags::empty()) {
            Ok((_, received)) => Ok(Some(received)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn bind(fd: &OwnedFd, sources: &mut Sources) -> io::Result<()> {
    for _ in 0..PORTS_PER_ADDRESS {
        match net::bind(fd, &sources.next()) {
            Err(Errno::ADDRINUSE) => {}
            done => return Ok(done?),
        }
    }
    Err(Errno::ADDRINUSE.into())
}
