//! What a client does when its socket was closed and is live again: it asks for what it missed, as the web client does.
//! Entries that come meanwhile are held back until the answer is there.

use std::collections::{HashMap, VecDeque};

use memchr::memmem;
use serde::Deserialize;

use super::{SYNC, Worker};
use crate::{
    checker::Verdict,
    poller::{READABLE, WRITABLE},
    socket::{Appetite, Socket},
};

/// Calls of one worker under way at once: each has a descriptor besides the person's socket.
const MOST_CALLS: usize = 64;

/// Who waits for what they missed.
#[derive(Default)]
pub(super) struct CatchingUp {
    waiting: VecDeque<u32>,
    calls: HashMap<u32, Call>,
}

struct Call {
    socket: Socket,
    answer: Vec<u8>,
}

impl CatchingUp {
    /// How many.
    pub(super) fn count(&self) -> u64 {
        (self.waiting.len() + self.calls.len()) as u64
    }

    /// The link is live and has to ask.
    pub(super) fn want(&mut self, index: u32) {
        self.waiting.push_back(index);
    }

    /// The link is gone again.
    pub(super) fn forget(&mut self, index: u32) {
        self.waiting.retain(|waiting| *waiting != index);
        self.calls.remove(&index);
    }
}

/// The part of an answer of `POST /sync` that counts.
#[derive(Deserialize)]
struct SyncAnswer {
    conversations: Vec<SyncedConversation>,
}

#[derive(Deserialize)]
struct SyncedConversation {
    conversation: ConversationId,
    entries: Vec<EntrySeq>,
    complete: bool,
}

#[derive(Deserialize)]
struct ConversationId {
    id: String,
}

#[derive(Deserialize)]
struct EntrySeq {
    seq: u64,
}

impl Worker {
    /// Begins as many calls as may be under way.
    pub(super) fn ask_more(&mut self) {
        while self.catching_up.calls.len() < MOST_CALLS {
            let Some(index) = self.catching_up.waiting.pop_front() else { return };
            if self.ask(index).is_err() {
                self.catching_up.want(index);
                return;
            }
        }
    }

    fn ask(&mut self, index: u32) -> std::io::Result<()> {
        let target = self.links[index as usize].target(&self.targets);
        let mut socket = Socket::connect(target.address, &mut self.sources, Appetite::Ordinary)?;
        self.watcher.add(&socket, SYNC + u64::from(index), READABLE | WRITABLE)?;
        let link = &self.links[index as usize];
        let known = link.positions.seen().filter_map(|seen| {
            let (_, last) = seen.range?;
            let id = &self.population.conversations[seen.conversation as usize].id;
            Some((id.as_str(), last))
        });
        let body = serde_json::json!({ "conversations": known.collect::<HashMap<_, _>>(), "user_seq": 0 });
        let (host, body) = (&target.host, body.to_string());
        let token = &self.population.people[link.person as usize].token;
        let request = format!(
            "POST /api/v1/sync HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.outgoing().extend_from_slice(request.as_bytes());
        self.catching_up.calls.insert(index, Call { socket, answer: Vec::new() });
        Ok(())
    }

    /// A call's socket is ready. The answer is whole when the server closes.
    pub(super) fn sync_event(&mut self, index: u32) {
        let Some(call) = self.catching_up.calls.get_mut(&index) else { return };
        if call.socket.has_outgoing() {
            match call.socket.flush() {
                Ok(false) => return,
                Ok(true) => {
                    if self.watcher.modify(&call.socket, SYNC + u64::from(index), READABLE).is_ok() {
                        return;
                    }
                }
                Err(_) => {}
            }
            self.ask_again(index);
            return;
        }
        match call.socket.receive(&mut self.scratch) {
            Ok(None) => {}
            Ok(Some(0)) => {
                let Some(call) = self.catching_up.calls.remove(&index) else { return };
                match parse(&call.answer) {
                    Some(answer) => self.apply(index, &answer),
                    None => self.ask_again(index),
                }
            }
            Ok(Some(received)) => call.answer.extend_from_slice(&self.scratch[..received]),
            Err(_) => self.ask_again(index),
        }
    }

    fn ask_again(&mut self, index: u32) {
        self.catching_up.calls.remove(&index);
        self.catching_up.want(index);
    }

    /// Applies the answer, then what came meanwhile and lies above it.
    fn apply(&mut self, index: u32, answer: &SyncAnswer) {
        let link = &mut self.links[index as usize];
        let held = link.held.take().unwrap_or_default();
        let mut lost = 0;
        for synced in &answer.conversations {
            let Some(number) = self.population.number_of(synced.conversation.id.as_bytes()) else { continue };
            for entry in &synced.entries {
                let verdict = link.positions.observe(number, entry.seq);
                // Of what is far behind only the newest page is given; the rest is read where it is looked at.
                if let (Verdict::Jumped(count), true) = (verdict, synced.complete) {
                    lost += count;
                }
                self.counts.caught_up += 1;
            }
        }
        for (number, seq) in held {
            // What the answer held too is no fault: it is delivered at least once.
            if let Verdict::Jumped(count) = link.positions.observe(number, seq) {
                lost += count;
            }
        }
        self.counts.lost += lost;
    }
}

fn parse(answer: &[u8]) -> Option<SyncAnswer> {
    let body = answer.get(memmem::find(answer, b"\r\n\r\n")? + 4..)?;
    answer.starts_with(b"HTTP/1.1 200 ").then(|| serde_json::from_slice(body).ok())?
}
