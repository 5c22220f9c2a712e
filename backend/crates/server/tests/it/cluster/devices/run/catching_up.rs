//! How it gets what it missed.

use std::{collections::HashMap, sync::atomic::Ordering, time::Duration};

use serde_json::{Value, json};

use super::{Report, Run, State};
use crate::cluster::devices::{bugs::Bug, device::BY_ITSELF};

impl Run {
    pub(super) fn sync(&self) {
        let (State::Behind { node, .. } | State::Live { node, .. }) = &self.state else { return };
        let positions: HashMap<String, u64> = {
            let timelines = self.seen.timelines.lock().unwrap();
            timelines.iter().map(|(room, timeline)| (room.clone(), timeline.position)).collect()
        };
        let body = json!({"conversations": positions, "user_seq": self.user_seq, "epoch": self.epoch});
        let call = self.call(node, "POST", "/api/v1/sync", Some(body));
        let link = self.links;
        self.report(async move {
            let answer = call.await.filter(|reply| reply.status == 200);
            Report::Synced { link, answer: answer.map(|reply| reply.json()) }
        });
    }

    pub(super) fn synced(&mut self, answer: Option<Value>) {
        let Some(answer) = answer else {
            // The node cannot answer now: another one may.
            return self.closed(Some(BY_ITSELF));
        };
        self.heard(&answer.to_string());
        if answer["reload"] == true {
            self.reload();
        }
        self.user_seq = answer["user_seq"].as_u64().unwrap();
        for synced in answer["conversations"].as_array().unwrap() {
            let conversation = &synced["conversation"];
            let entries = synced["entries"].as_array().unwrap();
            let room = conversation["id"].as_str().unwrap();
            let last = conversation["last_seq"].as_u64().unwrap();
            self.with(room, |timeline, mut show| {
                if synced["complete"] == true {
                    timeline.page(entries, &mut show);
                } else {
                    timeline.wanted = timeline.wanted.max(last);
                }
                timeline.is_called(conversation["name"].as_str(), last);
            });
        }
        let early = std::mem::replace(&mut self.state, State::Connecting);
        let State::Behind { socket, node, buffer } = early else {
            self.state = early;
            return;
        };
        self.unsubscribed = self.bug(Bug::SyncsFirst);
        self.state = State::Live { socket, node };
        for event in buffer {
            self.event(&event);
        }
        self.seen.live.store(1, Ordering::SeqCst);
    }

    pub(super) fn fetch(&mut self, room: String) {
        if self.bug(Bug::SyncsFirst) {
            return;
        }
        let after = self.with(&room, |timeline, _| {
            timeline.fetching = true;
            timeline.position
        });
        let number = self.draw();
        let Some(node) = self.nodes.any(number) else {
            return self.with(&room, |timeline, _| timeline.fetching = false);
        };
        let path = format!("/api/v1/conversations/{room}/entries?after={after}&limit=100");
        let call = self.call(&node, "GET", &path, None);
        let wait = self.dice.about(Duration::from_millis(150));
        self.report(async move {
            // As clients do: what is on its way may come meanwhile, and not all ask at once.
            tokio::time::sleep(wait).await;
            let answer = call.await.filter(|reply| reply.status == 200);
            Report::Page { room, answer: answer.map(|reply| reply.json()) }
        });
    }

    pub(super) fn paged(&mut self, room: &str, answer: Option<Value>) {
        if let Some(answer) = &answer {
            self.heard(&answer.to_string());
        }
        self.with(room, |timeline, mut show| {
            timeline.fetching = false;
            let Some(answer) = answer else { return };
            let entries = answer["items"].as_array().unwrap();
            timeline.page(entries, &mut show);
            if entries.is_empty() {
                timeline.nothing_follows();
            }
        });
    }
}
