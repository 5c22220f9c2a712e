//! What goes out, again and again until there is an answer.

use std::time::Instant;

use kith_checker::{Op, Phase};
use serde_json::{Value, json};

use super::{Report, Run, Sent, State};
use crate::{
    cluster::devices::{
        bugs::Bug,
        nodes::PATIENCE,
        outbox::{Fate, Outcome, Way, What},
    },
    harness::message,
};

impl Run {
    pub(super) async fn send(&mut self) {
        let way = self.plan.talk.as_ref().map_or(Way::Rest, |talk| talk.way);
        let live = matches!(self.state, State::Live { .. });
        let mut tries = Vec::new();
        for (room, item) in self.outbox.due() {
            let message = matches!(item.what, What::Message { .. });
            if message && way == Way::Stomp && !live {
                continue;
            }
            let both = message && way == Way::Both;
            item.begin(if both { 2 } else { 1 });
            tries.push((room, item.what.clone(), item.tries, message && way == Way::Stomp, both));
        }
        for (room, mut what, count, by_stomp, both) in tries {
            self.invoke(&room, &what);
            if self.bug(Bug::AcknowledgesItself)
                && let What::Message { .. } = what
            {
                self.answered(room, what, Outcome::Done(Some(1)));
                continue;
            }
            let wire = what.clone();
            if self.bug(Bug::OtherText)
                && let What::Message { text, .. } = &mut what
            {
                text.push_str(", or so");
            }
            if self.bug(Bug::NewIdForRetry)
                && count == 1
                && let What::Message { id, .. } = &mut what
            {
                // The first try goes out under a name that is forgotten.
                *id = crate::harness::fresh_id();
                let number = self.draw();
                self.rest(room.clone(), wire.clone(), what, number);
                self.answered(room, wire, Outcome::Unknown);
                continue;
            }
            if by_stomp {
                self.stomp(room, wire, &what).await;
            } else {
                let number = self.draw();
                self.rest(room.clone(), wire.clone(), what.clone(), number);
                if both {
                    self.rest(room, wire, what, number + 1);
                }
            }
        }
    }

    /// Notes that something is tried.
    pub(super) fn invoke(&self, room: &str, what: &What) {
        let (phase, conversation) = (Phase::Invoke, room.to_owned());
        let change = |change: &str, subject: Option<&String>| Op::Change {
            phase,
            conversation: conversation.clone(),
            change: change.to_owned(),
            subject: subject.cloned(),
        };
        self.note(match what {
            What::Message { id, .. } => {
                Op::Send { phase, conversation, client_msg_id: id.clone(), hash: what.hash(), seq: None }
            }
            What::Unsend { target } => Op::Unsend { phase, conversation, target: *target, seq: None },
            What::Rename { .. } => change("renamed", None),
            What::Kick { person } => change("kicked", Some(person)),
            What::Add { person } => change("joined", Some(person)),
        });
    }

    pub(super) async fn stomp(&mut self, room: String, item: What, what: &What) {
        let (State::Live { socket, .. }, What::Message { id, text }) = (&mut self.state, what) else {
            return;
        };
        let destination = format!("/app/conversations/{room}/messages");
        let receipt = socket.post(&destination, &message(id, text)).await;
        let overdue = Instant::now() + PATIENCE;
        self.receipts.insert(receipt, Sent { room, what: item, overdue });
    }

    /// Tries something by REST, on the node of this number.
    pub(super) fn rest(&mut self, room: String, item: What, what: What, number: usize) {
        let Some(node) = self.nodes.any(number) else {
            return self.answered(room, item, Outcome::Unknown);
        };
        let group = format!("/api/v1/groups/{room}");
        let (method, path, body) = match &what {
            What::Message { id, text } => {
                ("POST", format!("/api/v1/conversations/{room}/messages"), Some(message(id, text)))
            }
            What::Unsend { target } => {
                ("POST", format!("/api/v1/conversations/{room}/entries/{target}/unsend"), None)
            }
            What::Rename { name } => ("PATCH", group, Some(json!({"name": name}))),
            What::Kick { person } => ("DELETE", format!("{group}/members/{person}"), None),
            What::Add { person } => ("POST", format!("{group}/members"), Some(json!({"user_ids": [person]}))),
        };
        let call = self.call(&node, method, &path, body);
        self.report(async move {
            let outcome = match call.await {
                None => Outcome::Unknown,
                Some(reply) if reply.status < 300 => {
                    let json: Value = serde_json::from_str(&reply.text).unwrap_or_default();
                    Outcome::Done(json["seq"].as_u64())
                }
                Some(reply) => outcome_of(&reply.code()),
            };
            Report::Answer { room, what: item, outcome }
        });
    }

    /// An outcome of a try.
    pub(super) fn answered(&mut self, room: String, what: What, outcome: Outcome) {
        let conversation = room.clone();
        let (phase, seq) = match &outcome {
            Outcome::Done(seq) => (Phase::Ok, *seq),
            Outcome::Unknown => (Phase::Unknown, None),
            Outcome::Refused(_) => (Phase::Fail, None),
        };
        match &what {
            What::Message { id, .. } => {
                if let (Phase::Ok, Some(seq)) = (phase, seq) {
                    self.own = Some((room.clone(), seq));
                }
                if phase != Phase::Fail {
                    let (client_msg_id, hash) = (id.clone(), what.hash());
                    self.note(Op::Send { phase, conversation, client_msg_id, hash, seq });
                }
            }
            What::Unsend { target } => self.note(Op::Unsend { phase, conversation, target: *target, seq }),
            _ => {}
        }
        let fate = self.outbox.end(&room, &what, outcome, &mut self.dice);
        if let (Fate::Refused(_), What::Message { id, .. }) = (&fate, &what) {
            // Final: nothing of it may be stored.
            let (client_msg_id, hash) = (id.clone(), what.hash());
            let phase = Phase::Fail;
            self.note(Op::Send { phase, conversation: room.clone(), client_msg_id, hash, seq: None });
            self.with(&room, |timeline, _| timeline.pending.retain(|pending| pending != id));
        }
    }
}

/// What a problem means for an outbox.
pub(super) fn outcome_of(code: &str) -> Outcome {
    match code {
        "rate_limited" | "unavailable" | "storage_full" | "" | "internal" => Outcome::Unknown,
        code => Outcome::Refused(code.to_owned()),
    }
}
