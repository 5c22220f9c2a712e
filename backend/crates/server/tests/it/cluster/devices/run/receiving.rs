//! What its socket brings.

use kith_checker::Op;
use serde_json::Value;

use super::{Run, State, sending::outcome_of};
use crate::{
    cluster::devices::{
        bugs::Bug,
        outbox::{Outcome, canaries},
        timeline::seq_of,
    },
    harness::Received,
};

impl Run {
    pub(super) fn take(&mut self, frame: Received) {
        match frame.command {
            "RECEIPT" => {
                if let Some(sent) = self.receipts.remove(frame.header("receipt-id")) {
                    self.answered(sent.room, sent.what, Outcome::Done(Some(frame.seq())));
                }
            }
            "MESSAGE" => {
                self.heard(&frame.text());
                let event = frame.json();
                if let State::Behind { buffer, .. } = &mut self.state
                    && event["type"] != "error"
                {
                    return buffer.push(event);
                }
                self.event(&event);
            }
            _ => {}
        }
    }

    pub(super) fn event(&mut self, event: &Value) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match event["type"].as_str().unwrap() {
            "entry" => {
                let room = text(&event["conversation_id"]).unwrap();
                self.entry(&room, &event["entry"]);
            }
            "heads" if !self.bug(Bug::SyncsFirst) => {
                for (room, head) in event["heads"].as_object().unwrap() {
                    let head = head.as_u64().unwrap();
                    self.with(room, |timeline, _| timeline.wanted = timeline.wanted.max(head));
                }
            }
            "conversation" => {
                let conversation = &event["conversation"];
                let (room, last) = (text(&conversation["id"]).unwrap(), &conversation["last_seq"]);
                if conversation["state"] == "active" {
                    let last = last.as_u64().unwrap();
                    self.with(&room, |timeline, _| {
                        timeline.wanted = timeline.wanted.max(last);
                        timeline.is_called(conversation["name"].as_str(), last);
                    });
                }
            }
            "error" => {
                let sent = event["receipt"].as_str().and_then(|receipt| self.receipts.remove(receipt));
                if let Some(sent) = sent {
                    let outcome = outcome_of(event["code"].as_str().unwrap_or_default());
                    self.answered(sent.room, sent.what, outcome);
                }
            }
            _ => {}
        }
    }

    pub(super) fn entry(&mut self, room: &str, entry: &Value) {
        let (drops, twice) = (self.bug(Bug::DropsAnEvent), self.bug(Bug::ShowsTwice));
        let (keeps, ignores) = (self.bug(Bug::KeepsPending), self.bug(Bug::IgnoresUnsends));
        let message = entry["kind"] == "message";
        if drops && message && self.dropped == 0 {
            let next = self.with(room, |timeline, _| {
                let next = timeline.position > 0 && seq_of(entry) == timeline.position + 1;
                timeline.position += u64::from(next);
                next
            });
            self.dropped += u32::from(next);
            return;
        }
        self.with(room, |timeline, mut show| {
            let pending = timeline.pending.clone();
            let rows = timeline.rows.clone();
            timeline.live(entry, &mut show);
            if twice && message && timeline.position == seq_of(entry) {
                timeline.apply(entry, &mut show);
            }
            if keeps {
                timeline.pending = pending;
            }
            if ignores && entry["kind"] == "unsend" {
                timeline.rows = rows;
            }
        });
    }

    /// Notes whose messages are in what came, wherever in it.
    pub(super) fn heard(&mut self, text: &str) {
        for (conversation, id) in canaries(text) {
            if !self.known.contains(id) {
                self.known.insert(id.to_owned());
                let (conversation, client_msg_id) = (conversation.to_owned(), id.to_owned());
                self.note(Op::Heard { conversation, client_msg_id });
            }
        }
    }
}
