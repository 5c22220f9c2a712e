//! One thread's sockets.

use std::{
    os::fd::OwnedFd,
    sync::{Arc, PoisonError},
};

use kith_domain::Timestamp;
use memchr::memmem;
use rustix::{
    event::epoll::EventFlags,
    io::Errno,
    net::{self, RecvFlags, SendFlags, SocketFlags, sockopt},
};

use super::{
    Conversation, Shared,
    answers::{self, Message},
    desk::Seat,
    requests::{self, Request},
};
use crate::{
    clock::unix_ms,
    poller::{Poller, READABLE, WRITABLE, Watcher},
};

/// The token of the listener; sockets have theirs from 1 on.
const LISTENER: u64 = 0;
/// Bytes of one read.
const SCRATCH_BYTES: usize = 64 << 10;

/// A thread and its sockets.
pub(super) struct Thread {
    listener: OwnedFd,
    poller: Poller,
    watcher: Watcher,
    shared: Arc<Shared>,
    /// By token, less one.
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    scratch: Vec<u8>,
    /// People whose desks are to be flushed at the end of the turn.
    promised: Vec<u32>,
}

struct Connection {
    socket: Arc<OwnedFd>,
    upgraded: bool,
    person: Option<u32>,
    partial: Vec<u8>,
}

impl Thread {
    pub(super) fn new(listener: OwnedFd, shared: Arc<Shared>) -> anyhow::Result<Self> {
        let poller = Poller::new()?;
        let watcher = poller.watcher();
        watcher.add(&listener, LISTENER, READABLE)?;
        Ok(Self {
            listener,
            poller,
            watcher,
            shared,
            connections: Vec::new(),
            free: Vec::new(),
            scratch: vec![0; SCRATCH_BYTES],
            promised: Vec::new(),
        })
    }

    pub(super) fn serve(mut self) -> anyhow::Result<()> {
        loop {
            let ready = self.poller.wait(None)?;
            for number in 0..ready {
                match self.poller.event(number) {
                    None => {}
                    Some((LISTENER, _)) => self.accept(),
                    Some((token, flags)) => self.ready(token as usize - 1, flags),
                }
            }
            for person in self.promised.drain(..) {
                self.shared.desks[person as usize].flush();
            }
        }
    }

    fn accept(&mut self) {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        // Whatever goes wrong with a connection is its client's to see.
        while let Ok(socket) = net::accept_with(&self.listener, flags) {
            let _ = sockopt::set_tcp_nodelay(&socket, true);
            let place = self.free.pop().unwrap_or_else(|| {
                self.connections.push(None);
                self.connections.len() - 1
            });
            if self.watcher.add(&socket, place as u64 + 1, READABLE).is_err() {
                self.free.push(place);
                continue;
            }
            let socket = Arc::new(socket);
            self.connections[place] =
                Some(Connection { socket, upgraded: false, person: None, partial: Vec::new() });
        }
    }

    fn ready(&mut self, place: usize, flags: EventFlags) {
        let Some(mut connection) = self.connections[place].take() else { return };
        if let (Some(person), true) = (connection.person, flags.contains(WRITABLE)) {
            self.shared.desks[person as usize].resume();
        }
        let open = !flags.intersects(READABLE | EventFlags::HUP | EventFlags::ERR)
            || self.receive(place, &mut connection);
        if open {
            self.connections[place] = Some(connection);
            return;
        }
        if let Some(person) = connection.person {
            self.shared.desks[person as usize].leave(&connection.socket);
        }
        self.free.push(place);
    }

    /// Reads once; false at the end.
    fn receive(&mut self, place: usize, connection: &mut Connection) -> bool {
        let mut scratch = std::mem::take(&mut self.scratch);
        let received = net::recv(&connection.socket, &mut scratch[..], RecvFlags::empty());
        let open = match received {
            Ok((_, 0)) => false,
            Ok((_, received)) => {
                if connection.partial.is_empty() {
                    let bytes = &mut scratch[..received];
                    let taken = self.consume(place, connection, bytes);
                    if let Some(taken) = taken {
                        connection.partial.extend_from_slice(&bytes[taken..]);
                    }
                    taken.is_some()
                } else {
                    let mut whole = std::mem::take(&mut connection.partial);
                    whole.extend_from_slice(&scratch[..received]);
                    let taken = self.consume(place, connection, &mut whole);
                    if let Some(taken) = taken {
                        whole.drain(..taken);
                        connection.partial = whole;
                    }
                    taken.is_some()
                }
            }
            Err(Errno::AGAIN | Errno::INTR) => true,
            Err(_) => false,
        };
        self.scratch = scratch;
        open
    }

    /// Takes whole frames off the front; returns how many bytes they had, `None` when the connection is over.
    fn consume(&mut self, place: usize, connection: &mut Connection, bytes: &mut [u8]) -> Option<usize> {
        let mut at = 0;
        if !connection.upgraded {
            let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return Some(0) };
            at = end + 4;
            let answer = answers::switching(&bytes[..at])?;
            net::send(&connection.socket, answer.as_bytes(), SendFlags::NOSIGNAL).ok()?;
            connection.upgraded = true;
        }
        while let Some(frame) = requests::frame(&bytes[at..]) {
            let payload = at + frame.payload.start..at + frame.payload.end;
            at = payload.end;
            let payload = &mut bytes[payload];
            if frame.mask != [0; 4] {
                payload.iter_mut().zip(frame.mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
            }
            match frame.first {
                0x81 | 0x82 => self.answer(place, connection, payload)?,
                0x88 => return None,
                _ => {}
            }
        }
        Some(at)
    }

    fn answer(&mut self, place: usize, connection: &mut Connection, message: &[u8]) -> Option<()> {
        match requests::read(message) {
            Request::Connect { token } => {
                let person = *self.shared.people.get(token)?;
                connection.person = Some(person);
                let desk = &self.shared.desks[person as usize];
                desk.sit(Seat {
                    socket: Arc::clone(&connection.socket),
                    watcher: self.watcher.clone(),
                    token: place as u64 + 1,
                });
                if desk.push([answers::connected(desk.person)]) {
                    self.promised.push(person);
                }
            }
            Request::Subscribe { receipt } => {
                let person = connection.person?;
                if self.shared.desks[person as usize].push(receipt.map(answers::receipt)) {
                    self.promised.push(person);
                }
            }
            Request::Send { conversation_id, receipt, body } => {
                let person = connection.person?;
                let shared = Arc::clone(&self.shared);
                self.deliver(person, shared.conversations.get(conversation_id)?, receipt, body)?;
            }
            Request::Nothing => {}
        }
        Some(())
    }

    fn deliver(
        &mut self,
        sender: u32,
        conversation: &Conversation,
        receipt: Option<&[u8]>,
        body: &[u8],
    ) -> Option<()> {
        let now = unix_ms();
        let mut last_seq = conversation.last_seq.lock().unwrap_or_else(PoisonError::into_inner);
        *last_seq += 1;
        let message = Message {
            conversation_id: &conversation.id,
            seq: *last_seq,
            // As many digits as a real one has.
            entry_id: now << 20 | *last_seq & 0xF_FFFF,
            sender: self.shared.desks[sender as usize].person,
            server_time: Timestamp::from_millis(now as i64),
            body,
        };
        let frame = answers::message(&message)?;
        for member in &conversation.members {
            let receipt = receipt.filter(|_| *member == sender);
            let receipt = receipt.map(|receipt| answers::message_receipt(receipt, &message));
            if self.shared.desks[*member as usize].push(receipt.into_iter().chain([frame.clone()])) {
                self.promised.push(*member);
            }
        }
        Some(())
    }
}
