//! The broker and its sessions.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use kith_broker::{Inbox, Parcel, Session, SessionBroker, SessionError, SessionSettings, Transport};
use kith_domain::{
    NodeNumber,
    ports::{Broker, BrokerError, Received},
};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, ExchangeKind,
    options::{BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions},
    types::FieldTable,
    uri::AMQPUri,
};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::consumption::Consumption;

/// What every node publishes to; a receiving node's number is the routing key.
pub(crate) const EXCHANGE: &str = "kith.nodes";

/// A broker over one connection. Each node has a queue of its own, exclusive, bounded and gone with its connection.
/// What was sent counts as taken when RabbitMQ confirms it, many in one go.
#[derive(Debug)]
pub struct RabbitMqBroker {
    sessions: SessionBroker,
}

impl RabbitMqBroker {
    /// Connects node `own` to `url` (`amqp://` or `amqps://`), and goes on trying when that does not succeed at once.
    /// With it comes what the node receives, at most `capacity` payloads at a time; as many may wait in its queue.
    ///
    /// # Errors
    /// A sentence that says what is wrong with `url`.
    pub async fn connect(
        url: &str,
        own: NodeNumber,
        capacity: usize,
    ) -> Result<(Arc<Self>, mpsc::Receiver<Received>), String> {
        let transport = RabbitMqTransport { uri: url.parse()?, own, capacity };
        let (sessions, received) =
            SessionBroker::start(transport, SessionSettings::default(), capacity).await;
        Ok((Arc::new(Self { sessions }), received))
    }

    /// Whether RabbitMQ is there.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.sessions.is_up()
    }
}

#[async_trait]
impl Broker for RabbitMqBroker {
    async fn send(&self, nodes: &[NodeNumber], payload: Bytes) -> Result<(), BrokerError> {
        self.sessions.send(nodes, payload).await
    }
}

struct RabbitMqTransport {
    uri: AMQPUri,
    own: NodeNumber,
    capacity: usize,
}

#[async_trait]
impl Transport for RabbitMqTransport {
    async fn open(&self, inbox: Arc<Inbox>) -> Result<Box<dyn Session>, SessionError> {
        let name = format!("kith node {}", self.own);
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connection = Connection::connect_uri(self.uri.clone(), properties).await?;
        let publishing = connection.create_channel().await?;
        publishing.confirm_select(ConfirmSelectOptions::default()).await?;
        publishing
            .exchange_declare(
                EXCHANGE.into(),
                ExchangeKind::Direct,
                ExchangeDeclareOptions::default(),
                FieldTable::default(),
            )
            .await?;
        let consuming = connection.create_channel().await?;
        let consumption = Consumption::begin(&consuming, self.own, self.capacity).await?;
        let lost = CancellationToken::new();
        let end = lost.clone().drop_guard();
        let receiving = tokio::spawn(async move {
            let _end = end;
            if let Err(error) = consumption.run(&inbox).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "nothing is received any more");
            }
        });
        Ok(Box::new(RabbitMqSession {
            publishing,
            lost,
            _receiving: AbortOnDropHandle::new(receiving),
            _connection: connection,
        }))
    }
}

struct RabbitMqSession {
    publishing: Channel,
    lost: CancellationToken,
    _receiving: AbortOnDropHandle<()>,
    _connection: Connection,
}

#[async_trait]
impl Session for RabbitMqSession {
    async fn send(&mut self, parcels: &[Parcel]) -> Result<(), SessionError> {
        if parcels.is_empty() {
            let ask = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
            let exchange = EXCHANGE.into();
            self.publishing
                .exchange_declare(exchange, ExchangeKind::Direct, ask, FieldTable::default())
                .await?;
            return Ok(());
        }
        let mut confirmations = Vec::with_capacity(parcels.len());
        for parcel in parcels {
            for node in &parcel.nodes {
                let confirmation = self
                    .publishing
                    .basic_publish(
                        EXCHANGE.into(),
                        routing_key(*node).into(),
                        BasicPublishOptions::default(),
                        &parcel.payload,
                        // Without a delivery mode it is transient.
                        BasicProperties::default(),
                    )
                    .await?;
                confirmations.push(confirmation);
            }
        }
        for confirmation in confirmations {
            if confirmation.await?.is_nack() {
                return Err("RabbitMQ took a message and lost it".into());
            }
        }
        Ok(())
    }

    async fn lost(&self) {
        self.lost.cancelled().await;
    }
}

/// The routing key of a node's messages.
pub(crate) fn routing_key(node: NodeNumber) -> String {
    node.to_string()
}
