//! Opening sockets: at a fixed rate, and again when that fails or when they are closed and are to come back.

use std::io;

use rustix::event::epoll::EventFlags;

use super::{State, Worker};
use crate::{
    clock::{SECOND, monotonic_ns},
    poller::{READABLE, WRITABLE},
    socket::{Appetite, Socket},
    tally::note,
};

/// Handshakes of one worker under way at once: a backlog of listening sockets is not much longer.
const MOST_OPENING: u32 = 512;
/// After a handshake that failed.
const RETRY_NS: u64 = SECOND / 2;

impl Worker {
    /// Opens as many sockets as the rate allows by now.
    pub(super) fn open_more(&mut self, now: u64) {
        while self.opening < MOST_OPENING && self.next_opening_ns(now).is_some_and(|at| at <= now) {
            let Some((_, index)) = self.to_open.pop_front() else { return };
            self.opened += 1;
            self.opening += 1;
            if let Err(error) = self.open(index) {
                self.fail(index, &error);
            }
        }
    }

    /// When the next socket may be opened.
    pub(super) fn next_opening_ns(&self, now: u64) -> Option<u64> {
        let (from_ns, _) = self.to_open.front()?;
        if self.opening >= MOST_OPENING {
            return None;
        }
        let rate = self.setup.options.connect_rate / f64::from(self.setup.workers);
        let by_rate = self.opened_since_ns + (self.opened as f64 / rate * SECOND as f64) as u64;
        // A pause gives no credit beyond one second.
        Some(by_rate.max(*from_ns).max(now.saturating_sub(SECOND)))
    }

    fn open(&mut self, index: u32) -> io::Result<()> {
        let link = &self.links[index as usize];
        let (slow, address) = (link.slow, link.target(&self.targets).address);
        let appetite = if slow { Appetite::Small } else { Appetite::Ordinary };
        let socket = Socket::connect(address, &mut self.sources, appetite)?;
        self.watcher.add(&socket, u64::from(index), READABLE | WRITABLE)?;
        let link = &mut self.links[index as usize];
        link.socket = Some(socket);
        link.state = State::Connecting;
        link.watching_writes = true;
        Ok(())
    }

    /// A socket takes bytes: it is connected, or has room again.
    pub(super) fn writable(&mut self, index: u32) {
        let link = &mut self.links[index as usize];
        let target = link.target(&self.targets);
        let Some(socket) = &mut link.socket else { return };
        if link.state == State::Connecting {
            if let Err(error) = socket.connected() {
                self.fail(index, &error);
                return;
            }
            link.state = State::Upgrading;
            crate::client::write_upgrade(socket.outgoing(), &target.host);
        }
        if socket.has_outgoing() {
            self.flush_one(index);
        } else {
            self.watch(index, false);
        }
    }

    /// Has the poller tell, or not tell, when a socket takes bytes.
    pub(super) fn watch(&mut self, index: u32, writes: bool) {
        let link = &mut self.links[index as usize];
        let Some(socket) = &link.socket else { return };
        if link.watching_writes == writes {
            return;
        }
        let reads = if link.slow && link.state == State::Live { EventFlags::RDHUP } else { READABLE };
        let interest = if writes { reads | WRITABLE } else { reads };
        match self.watcher.modify(socket, u64::from(index), interest) {
            Ok(()) => link.watching_writes = writes,
            Err(error) => self.fail(index, &error),
        }
    }

    /// Events come from now on.
    pub(super) fn go_live(&mut self, index: u32) {
        let link = &mut self.links[index as usize];
        link.state = State::Live;
        link.spoke_ns = monotonic_ns();
        self.opening -= 1;
        self.live += 1;
        if link.slow
            && let Some(socket) = &link.socket
            && let Err(error) = self.watcher.modify(socket, u64::from(index), EventFlags::RDHUP)
        {
            self.fail(index, &error);
            return;
        }
        if self.links[index as usize].held.is_some() {
            self.catching_up.want(index);
        }
    }

    /// A socket failed.
    pub(super) fn fail(&mut self, index: u32, error: &io::Error) {
        let reason = format!("{:?}", error.kind());
        self.lose(index, &reason);
    }

    /// A socket is gone. One that was live comes back if sockets are to; one that was not yet is tried again.
    pub(super) fn lose(&mut self, index: u32, reason: &str) {
        let (now, link) = (monotonic_ns(), &mut self.links[index as usize]);
        let was = link.state;
        link.close();
        if was == State::Live {
            self.live -= 1;
            note(&mut self.counts.closed, reason);
            self.catching_up.forget(index);
            if self.setup.options.reconnect {
                link.held = Some(Vec::new());
                self.to_open.push_back((now, index));
            }
        } else {
            self.opening -= 1;
            self.counts.retried_handshakes += 1;
            self.to_open.push_back((now + RETRY_NS, index));
        }
    }
}
