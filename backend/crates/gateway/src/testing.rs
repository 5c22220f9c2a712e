//! Parts that are private otherwise, opened for the benchmarks. Nothing here is promised to anybody.

use std::sync::Arc;

use bytes::Bytes;
use kith_domain::{Caller, ConversationId, DeviceId, LiveEvent, Seq, UserId};
use kith_services::Memberships;
use kith_wire::{Event as WireEvent, Links};
use prometheus_client::registry::Registry as MetricsRegistry;
use tokio::io::AsyncWrite;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    announcement::Announcement,
    connection::Connection,
    flusher, frames,
    hub::{Hub, Registration},
    metrics::Metrics,
    queue::OutboxLimits,
    registry::Registry,
    shard::{self, Shard},
    ticks::Ticks,
    transport::{WriteHalf, Writer},
    websocket::{self, Decoder, Event, Limits, Opcode},
};

/// Reads the frames of one client.
#[derive(Debug)]
pub struct Inbound(Decoder);

impl Default for Inbound {
    fn default() -> Self {
        Self(Decoder::new(Limits { max_message_bytes: 64 * 1024, max_fragments: 16 }))
    }
}

impl Inbound {
    /// Unmasks `bytes` and gives the payload to `take`. Stops at a breach.
    pub fn read(&mut self, bytes: &mut [u8], mut take: impl FnMut(&[u8])) {
        let mut at = 0;
        while let Ok(Some(event)) = self.0.decode(bytes, &mut at) {
            if let Event::Data(data) = event {
                take(&bytes[data.payload]);
            }
        }
    }
}

/// The part of an event's frame that all its receivers share; `None` for what clients are not told in this form.
#[must_use]
pub fn message_tail(event: &LiveEvent) -> Option<Bytes> {
    WireEvent::live(event, &Links::default()).map(|event| frames::message_tail(&event))
}

/// Writes the head of a WebSocket message and says how long it is.
#[must_use]
pub fn head_bytes(payload: usize) -> usize {
    websocket::head(Opcode::Text, payload).as_bytes().len()
}

/// A person with one device.
fn caller(number: usize) -> Caller {
    Caller { user_id: UserId::new(number as u64 + 1), device_id: DeviceId::new(number as u64 + 1) }
}

/// The conversation of the `number`th person, when `members` share one.
#[must_use]
pub fn conversation_of(number: usize, members: usize) -> ConversationId {
    ConversationId::new((number / members) as u64 + 1)
}

fn membership_of(number: usize, members: usize) -> Memberships {
    Memberships { conversations: vec![(conversation_of(number, members), 1)], user_seq: 0 }
}

/// Routes to `people` people, one socket each, `members` to a conversation.
#[derive(Debug)]
pub struct Routes(Registry<usize>);

impl Routes {
    /// All of them, attached.
    #[must_use]
    pub fn new(people: usize, members: usize) -> Self {
        let mut registry = Registry::default();
        for number in 0..people {
            registry.join(caller(number), number);
            registry.attach(caller(number).user_id, &membership_of(number, members));
        }
        Self(registry)
    }

    /// Looks up who may see an entry; the sum stands for the work with each.
    #[must_use]
    pub fn viewers(&self, conversation: ConversationId, seq: Seq) -> usize {
        self.0.viewers(conversation, seq).sum()
    }
}

/// A shard of its own with a hub, a flusher and sockets whose far ends are the caller's.
#[derive(Debug)]
pub struct FanOut {
    shard: Arc<Shard>,
    _sockets: Vec<Registration>,
    _tasks: [AbortOnDropHandle<()>; 2],
}

impl FanOut {
    /// Starts it on the present runtime: a person for each of `sinks`, `members` to a conversation.
    ///
    /// # Panics
    /// When the hub ends meanwhile.
    pub async fn start<S: AsyncWrite + Send + Unpin + 'static>(
        members: usize,
        sinks: impl IntoIterator<Item = S>,
    ) -> Self {
        let started = shard::start(0, &Arc::new(Ticks::start()), &CancellationToken::new());
        let Some((shard, inboxes)) = started.ok().and_then(|mut shards| shards.pop()) else {
            panic!("no shard")
        };
        let hub = Hub::new(&shard, Metrics::register(&mut MetricsRegistry::default()));
        let tasks = [
            AbortOnDropHandle::new(tokio::spawn(hub.run(inboxes))),
            AbortOnDropHandle::new(tokio::spawn(flusher::run(Arc::clone(&shard)))),
        ];
        let mut sockets = Vec::new();
        for (number, sink) in sinks.into_iter().enumerate() {
            let (caller, writer) = (caller(number), Writer::new(WriteHalf::Other(Box::new(sink))));
            let connection =
                Arc::new(Connection::new(Arc::clone(&shard), OutboxLimits::default(), Some(writer)));
            connection.outbox.subscribe(frames::message_head("events"));
            connection.identify(caller);
            let Some(registration) = shard.hub.join(connection, caller).await else { panic!("no hub") };
            shard.hub.attach(caller.user_id, membership_of(number, members)).await;
            sockets.push(registration);
        }
        Self { shard, _sockets: sockets, _tasks: tasks }
    }

    /// Hands over a group of events as the bus does; waits while the hub is behind.
    pub async fn announce(&self, events: impl IntoIterator<Item = LiveEvent>) {
        self.shard
            .announce(events.into_iter().map(|event| Announcement::new(event, &Links::default())).collect())
            .await;
    }
}
