//! Takes the node's events from the bus and gives them to every shard.
//!
//! Publishers may wait for it (the bus holds them up rather than losing events), and it waits for a shard that is behind.
//! So no shard may ever wait for somebody who publishes.

use std::sync::Arc;

use kith_domain::LiveEvent;
use tokio::sync::mpsc;

use crate::{
    announcement::{Announcement, Announcements},
    gateway::Inner,
};

/// Events taken at once: as many as a group of commits brings.
const EVENTS_AT_ONCE: usize = 256;

/// Gives events away until the bus is closed.
pub(crate) async fn run(inner: Arc<Inner>, mut events: mpsc::Receiver<LiveEvent>) {
    let mut taken = Vec::with_capacity(EVENTS_AT_ONCE);
    while events.recv_many(&mut taken, EVENTS_AT_ONCE).await > 0 {
        inner.metrics.backlog.set(i64::try_from(events.len()).unwrap_or(i64::MAX));
        taken.retain(|event| concerns_sockets(&inner, event));
        if taken.is_empty() {
            continue;
        }
        let links = &inner.settings.links;
        let batch: Announcements = taken.drain(..).map(|event| Announcement::new(event, links)).collect();
        for shard in &inner.shards {
            shard.announce(Arc::clone(&batch)).await;
        }
    }
}

/// Does what is to be done once for the node; true when the shards have to know, too.
fn concerns_sockets(inner: &Inner, event: &LiveEvent) -> bool {
    match event {
        LiveEvent::ConversationChanged(id) => {
            inner.redraws.push(*id);
            false
        }
        LiveEvent::SessionEnded { devices: Some(devices), .. } => {
            inner.services.sign_ins.forget_devices(devices);
            true
        }
        _ => true,
    }
}
