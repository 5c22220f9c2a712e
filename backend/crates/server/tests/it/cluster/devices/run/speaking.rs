//! What it says and reads by itself.

use kith_checker::{Op, Phase};
use serde_json::json;

use super::{Report, Run};
use crate::cluster::devices::outbox::What;

impl Run {
    pub(super) fn speak(&mut self) {
        let Some(talk) = self.plan.talk.clone() else { return };
        let (room, doings) = talk.next(&mut self.dice, self.own.clone());
        if doings.is_empty() {
            return self.read(room);
        }
        if matches!(doings[0], What::Unsend { .. }) {
            self.own = None;
        }
        for what in doings {
            if let What::Message { id, .. } = &what {
                self.note(Op::Echo { conversation: room.clone(), client_msg_id: id.clone() });
                self.with(&room, |timeline, _| timeline.pending.push(id.clone()));
            }
            self.outbox.push(&room, what);
        }
    }

    /// Moves the marker to what it has.
    pub(super) fn read(&mut self, room: String) {
        let seq = self.with(&room, |timeline, _| timeline.position);
        if seq == 0 || self.reading.contains_key(&room) {
            return;
        }
        let number = self.draw();
        let Some(node) = self.nodes.any(number) else { return };
        self.reading.insert(room.clone(), seq);
        self.note(Op::Read { phase: Phase::Invoke, conversation: room.clone(), seq, read_seq: None });
        let path = format!("/api/v1/conversations/{room}/read");
        let call = self.call(&node, "PUT", &path, Some(json!({"seq": seq})));
        self.report(async move {
            let (reply, text) = call.await.map_or((None, String::new()), |reply| {
                ((reply.status == 200).then(|| reply.json()), reply.text.clone())
            });
            Report::Read { room, seq, read_seq: reply.and_then(|json| json["read_seq"].as_u64()), text }
        });
    }
}
