//! What a device has of a conversation.

use std::collections::BTreeMap;

use kith_checker::{Op, Row};
use serde_json::Value;

/// A conversation on a device.
#[derive(Default, Clone)]
pub(crate) struct Timeline {
    /// The last seq that was applied.
    pub(crate) position: u64,
    pub(crate) name: Option<String>,
    /// Where the conversation stood when it was called so.
    named_at: u64,
    pub(crate) rows: Vec<Row>,
    /// Own messages under way.
    pub(crate) pending: Vec<String>,
    /// What came early.
    held: BTreeMap<u64, Value>,
    /// A page is being fetched.
    pub(super) fetching: bool,
    /// There is more than was applied, up to here.
    pub(super) wanted: u64,
}

/// A hash of what a message says: the checker compares, nothing else.
pub(crate) fn hash_of(text: &str) -> String {
    crate::harness::sha256(text.as_bytes())[..16].to_owned()
}

impl Timeline {
    /// Drops all but what is under way.
    pub(super) fn forget(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        *self = Self { pending, ..Self::default() };
    }

    /// Takes a name that was true when the conversation stood at `seq`.
    pub(super) fn is_called(&mut self, name: Option<&str>, seq: u64) {
        if seq >= self.named_at {
            self.name = name.map(str::to_owned);
            self.named_at = seq;
        }
    }

    /// Takes an entry that came by itself; what is shown is given to `show`.
    pub(super) fn live(&mut self, entry: &Value, show: &mut impl FnMut(Op)) {
        let seq = seq_of(entry);
        if seq == self.position + 1 {
            self.apply(entry, show);
            self.drain(show);
        } else if seq > self.position {
            self.held.insert(seq, entry.clone());
            self.wanted = self.wanted.max(seq);
        }
    }

    /// Takes a page that follows the position: a hole in it is none.
    pub(super) fn page(&mut self, entries: &[Value], show: &mut impl FnMut(Op)) {
        for entry in entries {
            if seq_of(entry) > self.position {
                self.apply(entry, show);
            }
        }
        self.drain(show);
    }

    fn drain(&mut self, show: &mut impl FnMut(Op)) {
        self.held = self.held.split_off(&(self.position + 1));
        while let Some(entry) = self.held.remove(&(self.position + 1)) {
            self.apply(&entry, show);
        }
    }

    /// Whether something is missing that has to be fetched.
    pub(super) fn lacks(&self) -> bool {
        self.wanted > self.position
    }

    /// Nothing lies behind the position after all; what is held stays.
    pub(super) fn nothing_follows(&mut self) {
        self.wanted = self.held.keys().next_back().copied().unwrap_or(0);
    }

    /// Shows an entry.
    pub(super) fn apply(&mut self, entry: &Value, show: &mut impl FnMut(Op)) {
        let seq = seq_of(entry);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let client_msg_id = text(&entry["client_msg_id"]);
        let hash = entry["content"]["text"].as_str().map(hash_of);
        self.position = self.position.max(seq);
        show(Op::Render {
            conversation: text(&entry["conversation_id"]).unwrap(),
            seq,
            client_msg_id: client_msg_id.clone(),
            sender: text(&entry["sender_id"]).unwrap(),
            hash: hash.clone(),
        });
        if let Some(target) = entry["target_seq"].as_u64() {
            self.rows.iter_mut().filter(|row| row.seq == Some(target)).for_each(|row| row.hash = None);
            return;
        }
        if let Some(name) = &client_msg_id {
            self.pending.retain(|pending| pending != name);
        }
        if let Some(name) = entry["notice"]["name"].as_str() {
            self.is_called(Some(name), seq);
        }
        self.rows.push(Row { seq: Some(seq), client_msg_id, hash });
    }

    /// The rows, and below them what is under way.
    pub(crate) fn screen(&self) -> Vec<Row> {
        let pending =
            self.pending.iter().map(|name| Row { seq: None, client_msg_id: Some(name.clone()), hash: None });
        self.rows.iter().cloned().chain(pending).collect()
    }
}

pub(super) fn seq_of(entry: &Value) -> u64 {
    entry["seq"].as_u64().unwrap()
}
