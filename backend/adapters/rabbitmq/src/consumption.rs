//! Receiving from a node's queue.

use futures_util::{FutureExt, StreamExt};
use kith_broker::Inbox;
use kith_domain::NodeNumber;
use lapin::{
    Acker, Channel, Consumer,
    message::Delivery,
    options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
};

use crate::broker::{EXCHANGE, routing_key};

/// Messages on their way to this node that it has not acknowledged. Without acknowledgements RabbitMQ would keep what
/// a slow connection does not take in its memory, beside the bounded queue.
const PREFETCH: u16 = 1_000;
/// At most so many are acknowledged in one go, so that more come before all are used up.
const ACKNOWLEDGED_TOGETHER: u16 = 250;

/// Two consumers: of the node's queue, and of one that gets a message when that queue overran.
pub(crate) struct Consumption {
    messages: Consumer,
    overruns: Consumer,
}

impl Consumption {
    /// Makes the queues and begins to receive.
    pub(crate) async fn begin(
        channel: &Channel,
        own: NodeNumber,
        capacity: usize,
    ) -> Result<Self, lapin::Error> {
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        // One message says it all.
        let overruns = declare(channel, bounded(1)).await?;
        let mut arguments = bounded(capacity);
        // What the full queue drops from its head goes there, by the exchange without a name.
        arguments.insert("x-dead-letter-exchange".into(), text(""));
        arguments.insert("x-dead-letter-routing-key".into(), text(overruns.as_str()));
        // The server names the queue: a node that comes back need not wait until RabbitMQ finds its old connection dead.
        let messages = declare(channel, arguments).await?;
        channel
            .queue_bind(
                messages.clone(),
                EXCHANGE.into(),
                routing_key(own).into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await?;
        // Not acknowledged, as that of messages is for all that came before it on the channel.
        let unacknowledged = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
        let overruns = consume(channel, overruns, unacknowledged).await?;
        let messages = consume(channel, messages, BasicConsumeOptions::default()).await?;
        Ok(Self { messages, overruns })
    }

    /// Receives until the connection is lost.
    ///
    /// # Errors
    /// How it was lost.
    pub(crate) async fn run(mut self, inbox: &Inbox) -> Result<(), lapin::Error> {
        loop {
            tokio::select! {
                overrun = self.overruns.next() => match overrun {
                    Some(overrun) => {
                        overrun?;
                        inbox.gap();
                    }
                    None => return Ok(()),
                },
                message = self.messages.next() => {
                    let Some(message) = message else { return Ok(()) };
                    let mut last = take(inbox, message?);
                    for _ in 1..ACKNOWLEDGED_TOGETHER {
                        let Some(Some(message)) = self.messages.next().now_or_never() else { break };
                        last = take(inbox, message?);
                    }
                    last.ack(BasicAckOptions { multiple: true }).await?;
                }
            }
        }
    }
}

fn take(inbox: &Inbox, message: Delivery) -> Acker {
    inbox.payload(message.data.into());
    message.acker
}

/// A queue of this connection.
async fn declare(channel: &Channel, arguments: FieldTable) -> Result<ShortString, lapin::Error> {
    let options =
        QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
    Ok(channel.queue_declare("".into(), options, arguments).await?.name().clone())
}

/// A queue for so many messages; the oldest go first, as the newest are of more use.
fn bounded(capacity: usize) -> FieldTable {
    let mut arguments = FieldTable::default();
    let length = i64::try_from(capacity).unwrap_or(i64::MAX);
    arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(length));
    arguments.insert("x-overflow".into(), text("drop-head"));
    arguments
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

async fn consume(
    channel: &Channel,
    queue: ShortString,
    options: BasicConsumeOptions,
) -> Result<Consumer, lapin::Error> {
    channel.basic_consume(queue, "".into(), options, FieldTable::default()).await
}
