//! Sending what is due.

use super::{State, Worker};
use crate::{clock::unix_ms, stamp::Stamp};

impl Worker {
    /// Puts every message of ours that is due into its socket's buffer.
    pub(super) fn send_due(&mut self, now: u64) {
        let Some(window) = self.window else { return };
        let now_unix_ms = unix_ms();
        while let Some(arrival) = self.next {
            let scheduled_ns = window.start_ns + arrival.at_ns;
            if scheduled_ns > now {
                return;
            }
            if scheduled_ns >= window.end_ns {
                self.next = None;
                return;
            }
            self.next = self.schedule.next(&self.population);
            if arrival.sender % self.setup.workers != self.setup.index {
                continue;
            }
            self.counts.due += 1;
            let index = arrival.sender / self.setup.workers;
            let link = &mut self.links[index as usize];
            let Some(socket) = link.socket.as_mut().filter(|_| link.state == State::Live) else {
                self.counts.unsent += 1;
                continue;
            };
            if !socket.has_outgoing() {
                self.dirty.push(index);
            }
            link.spoke_ns = now;
            let stamp = Stamp {
                run: self.setup.run,
                conversation: arrival.conversation,
                sender: arrival.sender,
                number: arrival.number,
                scheduled_ns,
            };
            let id = &self.population.conversations[arrival.conversation as usize].id;
            self.writer.write(socket.outgoing(), id, &stamp, now_unix_ms);
            self.counts.sent += 1;
            if window.is_measured(scheduled_ns) {
                self.counts.measured_sent += 1;
                self.latencies.lateness.record_ns(now - scheduled_ns);
            }
        }
    }

    /// Sends everything that was put into buffers.
    pub(super) fn flush(&mut self) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for index in dirty.drain(..) {
            self.flush_one(index);
        }
        self.dirty = dirty;
    }

    /// Sends a socket's buffer.
    pub(super) fn flush_one(&mut self, index: u32) {
        let Some(socket) = &mut self.links[index as usize].socket else { return };
        if !socket.has_outgoing() {
            return;
        }
        match socket.flush() {
            Ok(all) => self.watch(index, !all),
            Err(error) => self.fail(index, &error),
        }
    }
}
