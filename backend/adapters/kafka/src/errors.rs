//! Why following ends.

use rdkafka::error::KafkaError;

use crate::{record::RecordError, topic::TopicError};

/// Why following ended without being asked to. What can pass by itself is no reason: that is waited for.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The topic is not as it has to be.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// A record that this version of Kith cannot read. It is not passed over: whoever follows would miss an entry for
    /// ever.
    #[error("record {offset} of partition {partition} of {topic} cannot be read")]
    Record {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Its place there.
        offset: i64,
        /// What is wrong with it.
        #[source]
        source: RecordError,
    },
    /// The client library refuses: its settings are wrong.
    #[error("the Kafka client refuses")]
    Client(#[from] KafkaError),
}
