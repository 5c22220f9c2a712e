//! What follows the ledger, when all is quiet.

use kith_domain::{ConversationId, ports::History};
use kith_wire::{Links, entry::Entry};
use serde_json::Value;

use super::{crowd::Place, ground::Ground};
use crate::cluster::sinks::{found, settled};

/// A word of every message that a device writes.
const WORD: &str = "canary";

impl Ground {
    /// Waits until everything is published, archived as it is in the timelines, and found; nothing else is found.
    pub(super) async fn is_followed(&self) {
        let Some(sinks) = &self.sinks else { return };
        settled("everything is published", async || match self.unpublished() {
            0 => Ok(()),
            rows => Err(format!("{rows} rows of the outbox wait")),
        })
        .await;
        let history = sinks.history();
        let http = &self.nodes.all()[0].http;
        for place in &self.crowd.places {
            let mut reader = place.reader.clone();
            reader.http = http.clone();
            let timeline = reader.timeline(&place.id).await;
            settled("the history is as the ledger", async || archived(&history, place, &timeline).await)
                .await;
            let said: Vec<u64> = timeline.iter().filter(|entry| is_said(entry)).map(seq_of).collect();
            settled("everything is found, once", async || {
                let seqs = found(&reader, WORD, &place.id).await;
                let mut seqs = seqs.ok_or_else(|| "nothing can be searched".to_owned())?;
                // Found in the order of ids, which nodes give side by side.
                seqs.sort_unstable();
                if seqs == said {
                    Ok(())
                } else {
                    Err(format!("{seqs:?} instead of {said:?} of {}", place.id))
                }
            })
            .await;
        }
    }

    /// Rows of the outbox that the log has not confirmed. Those that it has stay a while for nodes that read again.
    pub(super) fn unpublished(&self) -> u64 {
        let ask = "SELECT COUNT(*) FROM outbox WHERE pos > \
             (SELECT COALESCE(MAX(pos), 0) FROM outbox_confirmations WHERE consumer = 'log')";
        self.ask(ask).parse().unwrap()
    }

    /// What the database answers.
    pub(super) fn ask(&self, statement: &str) -> String {
        let answer = tokio::task::block_in_place(|| self.cluster.postgres.execute(statement));
        answer.unwrap().trim().to_owned()
    }
}

fn seq_of(entry: &Value) -> u64 {
    entry["seq"].as_u64().unwrap()
}

/// Whether it is a message that nobody has unsent.
fn is_said(entry: &Value) -> bool {
    entry["content"].is_object()
}

/// Whether the history says of a place what its timeline says.
async fn archived(history: &impl History, place: &Place, timeline: &[Value]) -> Result<(), String> {
    let id = ConversationId::new(place.id.parse().unwrap());
    let entries = history.range(id, 1..=timeline.len() as u64).await.map_err(|error| format!("{error:?}"))?;
    let links = Links::default();
    for (entry, expected) in entries.iter().zip(timeline) {
        let archived = serde_json::to_value(Entry::new(entry, &links)).unwrap();
        if archived != *expected {
            return Err(format!("{archived} instead of {expected}"));
        }
    }
    if entries.len() == timeline.len() {
        Ok(())
    } else {
        Err(format!("{} of {}", entries.len(), timeline.len()))
    }
}
