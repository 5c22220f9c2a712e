//! Quiet, and what the checker says.

use std::{
    collections::{HashMap, HashSet},
    io::Write as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use kith_checker::{Conversation, Entry, Kind, Line, Marker, Notice, Violation, check};
use serde_json::Value;

use super::crowd::{Crowd, Place};
use crate::cluster::{
    devices::{Device, Mode, Nodes, hash_of},
    sinks::settled,
};

/// So long after all is quiet, every screen is whole: the longest that anything of the contract may take (the `heads`
/// of a conversation come every 30 s), and as much again for a busy machine.
const CATCH_UP: Duration = Duration::from_secs(60);

impl Crowd {
    /// Waits until all is quiet; nothing that has happened so far may be wrong.
    pub(super) async fn is_judged(&self, nodes: &Nodes, after: &str) {
        let (lines, violations) = self.judgement(nodes).await;
        if !violations.is_empty() {
            let file = keep(&lines, after);
            let first: Vec<String> = violations.iter().take(30).map(ToString::to_string).collect();
            panic!(
                "after {after}, {} violations ({}):\n{}",
                violations.len(),
                file.display(),
                first.join("\n")
            );
        }
    }

    /// Waits until all is quiet; the history so far, and what is wrong with it.
    pub(super) async fn judgement(&self, nodes: &Nodes) -> (Vec<Line>, Vec<Violation>) {
        self.say(Mode::Hush);
        settled("what was begun is done", async || {
            let busy = self.devices.iter().filter(|device| device.busy() > 0);
            let busy: Vec<String> =
                busy.map(|device| format!("{}: {}", device.name, device.busy())).collect();
            if busy.is_empty() { Ok(()) } else { Err(busy.join(", ")) }
        })
        .await;
        let ledger = self.dump(nodes).await;
        self.catch_up(&ledger).await;
        let mut lines = self.recorder.lines().clone();
        lines.extend(self.devices.iter().flat_map(Device::screens));
        lines.extend(ledger);
        let violations = check(&lines);
        (lines, violations)
    }

    /// Waits until all devices have all they may see; what they still lack after the time is the checker's business.
    async fn catch_up(&self, ledger: &[Line]) {
        let expected = expected(ledger);
        let whole = |device: &Device| {
            let rooms = expected.get(device.user.as_str());
            let last =
                rooms.is_some_and(|rooms| rooms.iter().all(|(room, last)| device.position(room) >= *last));
            device.faulty || (device.is_live() && last)
        };
        let deadline = Instant::now() + CATCH_UP;
        let mut turns = tokio::time::interval(Duration::from_millis(50));
        while Instant::now() < deadline && !self.devices.iter().all(whole) {
            turns.tick().await;
        }
    }

    /// What every node answers.
    async fn dump(&self, nodes: &Nodes) -> Vec<Line> {
        let asked = nodes.all();
        let answers = asked.iter().flat_map(|node| self.places.iter().map(move |place| (node, place)));
        let mut lines = Vec::new();
        for some in answers.collect::<Vec<_>>().chunks(6) {
            let read = some.iter().map(async |(node, place)| {
                let mut reader = place.reader.clone();
                reader.http = node.http.clone();
                let (mut lines, entries) =
                    (place.described(&node.name, &reader).await, reader.timeline(&place.id).await);
                lines.extend(entries.iter().map(|entry| described(&node.name, entry)));
                lines
            });
            lines.extend(join_all(read).await.into_iter().flatten());
        }
        lines
    }
}

/// The last entry that everybody may see, by person and conversation.
fn expected(ledger: &[Line]) -> HashMap<&str, HashMap<&str, u64>> {
    let mut all: HashMap<&str, HashMap<&str, u64>> = HashMap::new();
    let mut inside: HashMap<&str, HashSet<&str>> = HashMap::new();
    for line in ledger {
        match line {
            Line::Conversation(conversation) => {
                let inside = inside.entry(&conversation.id).or_default();
                inside.extend(conversation.pair.iter().map(String::as_str));
            }
            Line::Entry(entry) => {
                let inside = inside.entry(&entry.conversation).or_default();
                let change = entry.notice.as_ref().map(|notice| (notice.change.as_str(), &notice.subject));
                match change {
                    Some(("created", _)) => drop(inside.insert(&entry.sender)),
                    Some(("joined", Some(subject))) => drop(inside.insert(subject)),
                    _ => {}
                }
                for person in &*inside {
                    all.entry(person).or_default().insert(&entry.conversation, entry.seq);
                }
                if let Some(("kicked" | "left", Some(subject))) = change {
                    inside.remove(subject.as_str());
                }
            }
            _ => {}
        }
    }
    all
}

impl Place {
    /// The conversation and its read markers, as a node answers.
    async fn described(&self, node: &str, reader: &crate::harness::Person) -> Vec<Line> {
        let path = format!("/api/v1/conversations/{}", self.id);
        let mut lines = Vec::new();
        for member in &self.members {
            let mut member = member.clone();
            member.http = reader.http.clone();
            let conversation = member.get(&path).await.expect(200);
            if member.id == reader.id {
                let pair = match self.kind {
                    Kind::Direct => self.members.iter().map(|member| member.id.clone()).collect(),
                    Kind::Group => Vec::new(),
                };
                lines.push(Line::Conversation(Conversation {
                    node: node.to_owned(),
                    id: self.id.clone(),
                    kind: self.kind,
                    pair,
                    name: conversation["name"].as_str().map(str::to_owned),
                }));
            }
            lines.push(Line::Marker(Marker {
                node: node.to_owned(),
                conversation: self.id.clone(),
                user: member.id.clone(),
                read_seq: conversation["read_seq"].as_u64().unwrap(),
                unread: u32::try_from(conversation["unread"].as_u64().unwrap()).unwrap(),
            }));
        }
        lines
    }
}

fn described(node: &str, entry: &Value) -> Line {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let notice = &entry["notice"];
    Line::Entry(Entry {
        node: node.to_owned(),
        conversation: text(&entry["conversation_id"]).unwrap(),
        seq: entry["seq"].as_u64().unwrap(),
        sender: text(&entry["sender_id"]).unwrap(),
        client_msg_id: text(&entry["client_msg_id"]),
        hash: entry["content"]["text"].as_str().map(hash_of),
        target: entry["target_seq"].as_u64(),
        notice: text(&notice["type"]).map(|change| Notice {
            change,
            subject: text(&notice["user_id"]),
            name: text(&notice["name"]),
        }),
    })
}

/// Writes a history where it stays, for `kith-checker` and for reading.
fn keep(lines: &[Line], after: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("history-{after}-{}.jsonl", std::process::id()));
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    for line in lines {
        serde_json::to_writer(&mut file, line).unwrap();
        file.write_all(b"\n").unwrap();
    }
    file.flush().unwrap();
    path
}
