//! Reading what comes, and judging it.

use memchr::memmem;

use super::{State, Worker};
use crate::{
    checker::Verdict,
    client::{LIVE_RECEIPT, ReceiptId, write_hello, write_pong},
    clock::monotonic_ns,
    inbound::{self, Inbound, Said},
    stamp::Stamp,
    tally::note,
};

/// What a slow reader takes at once.
pub(super) const SLOW_BYTES: usize = 2 << 10;

/// What is to be done with a socket after a frame.
enum Next {
    GoOn,
    Lose(String),
}

impl Worker {
    /// A socket has something, or has ended.
    pub(super) fn readable(&mut self, index: u32) {
        self.receive(index, usize::MAX);
    }

    /// Reads once, at most so many bytes.
    pub(super) fn receive(&mut self, index: u32, most: usize) {
        let link = &mut self.links[index as usize];
        let Some(socket) = &link.socket else { return };
        let mut scratch = std::mem::take(&mut self.scratch);
        let most = most.min(scratch.len());
        let received = socket.receive(&mut scratch[..most]);
        match received {
            Ok(None) => {}
            Ok(Some(0)) => self.lose(index, "end"),
            Ok(Some(received)) => self.take(index, &scratch[..received]),
            Err(error) => self.fail(index, &error),
        }
        self.scratch = scratch;
    }

    fn take(&mut self, index: u32, received: &[u8]) {
        let now = monotonic_ns();
        if self.window.is_some_and(|window| window.is_measured(now)) {
            self.counts.measured_reads += 1;
        }
        let link = &mut self.links[index as usize];
        if link.partial.is_empty() {
            let taken = self.consume(index, received, now);
            let link = &mut self.links[index as usize];
            if link.socket.is_some() && taken < received.len() {
                link.partial.extend_from_slice(&received[taken..]);
            }
            return;
        }
        let mut whole = std::mem::take(&mut link.partial);
        whole.extend_from_slice(received);
        let taken = self.consume(index, &whole, now);
        let link = &mut self.links[index as usize];
        if link.socket.is_some() && taken < whole.len() {
            whole.drain(..taken);
            link.partial = whole;
        }
    }

    /// Takes whole frames off the front; returns how many bytes they had.
    fn consume(&mut self, index: u32, bytes: &[u8], now: u64) -> usize {
        let mut at = 0;
        if self.links[index as usize].state == State::Upgrading {
            match memmem::find(bytes, b"\r\n\r\n") {
                Some(end) => at = end + 4,
                None => return 0,
            }
            if !bytes.starts_with(b"HTTP/1.1 101 ") {
                self.lose(index, "refused");
                return bytes.len();
            }
            self.links[index as usize].state = State::Subscribing;
            let person = self.links[index as usize].person as usize;
            let token = self.population.people[person].token.clone();
            self.put(index, now, |out| write_hello(out, &token));
        }
        while at < bytes.len() {
            let next = match inbound::frame(&bytes[at..]) {
                Ok(None) => return at,
                Ok(Some((frame, length))) => {
                    at += length;
                    self.on_frame(index, &frame, now)
                }
                Err(inbound::Malformed) => {
                    self.counts.malformed += 1;
                    Next::Lose("malformed".to_owned())
                }
            };
            if let Next::Lose(reason) = next {
                self.lose(index, &reason);
                return bytes.len();
            }
        }
        at
    }

    fn on_frame(&mut self, index: u32, frame: &Inbound<'_>, now: u64) -> Next {
        match frame {
            Inbound::Message(message) => self.on_message(index, message, now),
            Inbound::Ping(payload) => {
                self.put(index, now, |out| write_pong(out, payload));
                Next::GoOn
            }
            Inbound::Pong => Next::GoOn,
            Inbound::Close(code) => Next::Lose(code.map_or("none".to_owned(), |code| code.to_string())),
        }
    }

    fn on_message(&mut self, index: u32, message: &[u8], now: u64) -> Next {
        match self.reader.read(message) {
            Said::Entry { conversation_id, seq, stamp } => {
                self.on_entry(index, conversation_id, seq, stamp, now)
            }
            Said::Receipt { id, seq } => self.on_receipt(index, id, seq, now),
            Said::Heartbeat | Said::Connected | Said::Other => {}
            Said::Refusal { code } => note(&mut self.counts.refused, &String::from_utf8_lossy(code)),
            Said::Error { code } => {
                let code = String::from_utf8_lossy(code);
                note(&mut self.counts.errors, &code);
                return Next::Lose(format!("error {code}"));
            }
            Said::Nonsense => {
                self.counts.malformed += 1;
                return Next::Lose("malformed".to_owned());
            }
        }
        Next::GoOn
    }

    fn on_receipt(&mut self, index: u32, id: &[u8], seq: Option<u64>, now: u64) {
        if id == LIVE_RECEIPT.as_bytes() && self.links[index as usize].state == State::Subscribing {
            self.go_live(index);
            return;
        }
        let (Some(id), Some(window)) = (ReceiptId::read(id), self.window) else { return };
        self.counts.receipts += 1;
        if window.is_measured(now) {
            self.counts.measured_receipts += 1;
        }
        if window.is_measured(id.scheduled_ns) {
            self.latencies.receipt.record_ns(now.saturating_sub(id.scheduled_ns));
        }
        if let (Some(seq), Some(head)) = (seq, self.heads.get_mut(id.conversation as usize)) {
            head.show(seq);
        }
    }

    fn on_entry(&mut self, index: u32, conversation_id: &[u8], seq: u64, stamp: Option<Stamp>, now: u64) {
        let stamp = stamp.filter(|stamp| stamp.run == self.setup.run);
        // The stamp gives the number at once; the server's own word for where the entry belongs decides.
        let stamped = stamp.map(|stamp| stamp.conversation).filter(|number| {
            let conversation = self.population.conversations.get(*number as usize);
            conversation.is_some_and(|conversation| conversation.id.as_bytes() == conversation_id)
        });
        let number = match (stamp, stamped) {
            (_, Some(number)) => Some(number),
            (None, None) => self.population.number_of(conversation_id),
            // The text was sent elsewhere.
            (Some(_), None) => None,
        };
        let Some(number) = number else {
            self.counts.leaked += 1;
            return;
        };
        let link = &mut self.links[index as usize];
        if link.slow {
            return;
        }
        let verdict = match &mut link.held {
            Some(held) => {
                held.push((number, seq));
                Verdict::InOrder
            }
            None => link.positions.observe(number, seq),
        };
        match verdict {
            Verdict::InOrder => {}
            Verdict::Jumped(count) => self.counts.lost += count,
            Verdict::Late => {
                self.counts.lost = self.counts.lost.saturating_sub(1);
                self.counts.disordered += 1;
            }
            Verdict::Doubled => {
                self.counts.doubled += 1;
                return;
            }
            Verdict::Leaked => {
                self.counts.leaked += 1;
                return;
            }
        }
        let Some(stamp) = stamp else { return };
        if stamp.sender == self.links[index as usize].person {
            self.counts.echoes += 1;
            return;
        }
        self.counts.deliveries += 1;
        let latency = now.saturating_sub(stamp.scheduled_ns);
        self.recent.record_ns(latency);
        if let Some(window) = self.window {
            if window.is_measured(now) {
                self.counts.measured_deliveries += 1;
            }
            if window.is_measured(stamp.scheduled_ns) {
                self.latencies.delivery.record_ns(latency);
                if !self.population.conversations[number as usize].group {
                    self.latencies.direct.record_ns(latency);
                }
            }
        }
    }
}
