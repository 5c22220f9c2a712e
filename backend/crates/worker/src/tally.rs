//! Counts what is said, for statistics.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use kith_domain::{
    Content, ConversationId, Entry, EntryBody, Seq,
    ports::{EntrySink, EntrySinkError},
};
use prometheus_client::{
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use crate::metric::register;

/// Of how many conversations it is remembered how far they were counted.
const MEMORY: usize = 65_536;

/// Counts the entries of the log by their kinds. Statistics, not accounts: what comes again soon is not counted again; what
/// comes again after a restart, or on another node, is.
pub struct EntryTally {
    entries: Family<Vec<(&'static str, &'static str)>, Counter>,
    counted: Mutex<HashMap<ConversationId, Seq>>,
}

impl EntryTally {
    /// Registers `kith_entries_total`.
    pub fn new(registry: &mut Registry) -> Self {
        let entries = register(registry, "kith_entries", "Entries of the log by kind", Family::default());
        Self { entries, counted: Mutex::default() }
    }

    fn count(&self, entries: &[Entry]) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            let last = counted.entry(entry.conversation_id).or_default();
            if entry.seq > *last {
                *last = entry.seq;
                self.entries.get_or_create(&vec![("kind", kind(&entry.body))]).inc();
            }
        }
        if counted.len() > MEMORY {
            counted.clear();
        }
    }
}

fn kind(body: &EntryBody) -> &'static str {
    match body {
        EntryBody::Message { content: Some(Content::Text { .. }), .. } => "text",
        EntryBody::Message { content: Some(Content::Media { media, .. }), .. } => {
            media.content_type.kind().as_str()
        }
        EntryBody::Message { content: None, .. } => "unsent",
        EntryBody::Unsend { .. } => "unsend",
        EntryBody::Notice(_) => "notice",
    }
}

#[async_trait]
impl EntrySink for EntryTally {
    fn name(&self) -> &'static str {
        "counter"
    }

    async fn take(&self, entries: Vec<Entry>) -> Result<(), EntrySinkError> {
        self.count(&entries);
        Ok(())
    }
}
