//! A broker over Redis' publish and subscribe: one channel per node.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use kith_broker::{Inbox, Parcel, Session, SessionBroker, SessionError, SessionSettings, Transport};
use kith_domain::{
    NodeNumber,
    ports::{Broker, BrokerError, Received},
};
use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind, RedisError,
    Value, aio::MultiplexedConnection,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A broker over one connection to a Redis that is no cluster. What nodes send is published to a channel of the
/// receiving node, many in one go; Redis keeps nothing of it.
#[derive(Debug)]
pub struct RedisBroker {
    sessions: SessionBroker,
}

impl RedisBroker {
    /// Connects node `own` to `url` (`redis://` or `rediss://`), and goes on trying when that does not succeed at once.
    /// With it comes what the node receives, at most `capacity` payloads at a time.
    ///
    /// # Errors
    /// [`RedisError`] when `url` is none.
    pub async fn connect(
        url: &str,
        own: NodeNumber,
        capacity: usize,
    ) -> Result<(Arc<Self>, mpsc::Receiver<Received>), RedisError> {
        let info = url.into_connection_info()?;
        // Messages arrive beside answers only in the third version of the protocol.
        let protocol = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(protocol))?;
        let settings = SessionSettings::default();
        let transport = RedisTransport { client, own, limit: settings.answer_limit };
        let (sessions, received) = SessionBroker::start(transport, settings, capacity).await;
        Ok((Arc::new(Self { sessions }), received))
    }

    /// Whether Redis is there.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.sessions.is_up()
    }
}

#[async_trait]
impl Broker for RedisBroker {
    async fn send(&self, nodes: &[NodeNumber], payload: Bytes) -> Result<(), BrokerError> {
        self.sessions.send(nodes, payload).await
    }
}

fn channel(node: NodeNumber) -> String {
    format!("kith:node:{node}")
}

struct RedisTransport {
    client: Client,
    own: NodeNumber,
    limit: Duration,
}

#[async_trait]
impl Transport for RedisTransport {
    async fn open(&self, inbox: Arc<Inbox>) -> Result<Box<dyn Session>, SessionError> {
        let lost = CancellationToken::new();
        let end = lost.clone();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.limit))
            .set_response_timeout(Some(self.limit))
            .set_push_sender(move |push: PushInfo| {
                take(&inbox, &end, push);
                Ok::<(), std::convert::Infallible>(())
            });
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        connection.subscribe(channel(self.own)).await?;
        Ok(Box::new(RedisSession { connection, lost }))
    }
}

/// Takes what Redis sends unasked.
fn take(inbox: &Inbox, end: &CancellationToken, push: PushInfo) {
    match push.kind {
        PushKind::Message => {
            // The channel's name and the payload.
            if let Some(Value::BulkString(payload)) = push.data.into_iter().nth(1) {
                inbox.payload(payload.into());
            }
        }
        PushKind::Disconnection => end.cancel(),
        _ => {}
    }
}

struct RedisSession {
    connection: MultiplexedConnection,
    lost: CancellationToken,
}

#[async_trait]
impl Session for RedisSession {
    async fn send(&mut self, parcels: &[Parcel]) -> Result<(), SessionError> {
        let mut publish = redis::pipe();
        for parcel in parcels {
            for node in &parcel.nodes {
                publish.cmd("PUBLISH").arg(channel(*node)).arg(&parcel.payload[..]).ignore();
            }
        }
        if parcels.is_empty() {
            publish.cmd("PING").ignore();
        }
        if publish.is_empty() {
            // All of them to nobody.
            return Ok(());
        }
        Ok(publish.exec_async(&mut self.connection).await?)
    }

    async fn lost(&self) {
        self.lost.cancelled().await;
    }
}
