//! Why nobody answers, and why following ends.

use rdkafka::error::KafkaError;

use crate::{record::RecordError, topic::TopicError};

/// Why a broker could not be asked, in the client library's words. It may pass, as the cluster may be mended; wrong settings
/// do not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// A broker does not take the user or the password, or not in this way.
    #[error("a broker refuses the user or the password: {0}")]
    Credentials(String),
    /// A broker does not encrypt, or its certificate is not trusted or for another name.
    #[error(
        "no encrypted connection to a broker, perhaps as its certificate comes from an authority that is not in the CA file, \
         or is for another name: {0}"
    )]
    Encryption(String),
    /// A broker ends connections without a word, as it does with who should encrypt or sign in.
    #[error("a broker ends the connection, perhaps as it wants encryption or a user: {0}")]
    Ended(String),
    /// There is no connection.
    #[error("no connection to a broker: {0}")]
    Connection(String),
}

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
