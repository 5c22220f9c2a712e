//! Where the log lies.

use rdkafka::ClientConfig;

/// Where the log lies.
#[derive(Debug, Clone)]
pub struct KafkaSettings {
    /// Brokers to begin with: `HOST:PORT`, parted by commas.
    pub brokers: String,
    /// The topic. It is made when it is missing.
    pub topic: String,
    /// How many partitions the topic has, for all its life.
    pub partitions: u16,
    /// How many copies of each partition are kept, when the topic is made.
    pub replicas: u16,
}

impl KafkaSettings {
    /// What clients of all kinds have in common.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "kith")
            // A broker that does not answer is asked again well within the time a call has.
            .set("socket.timeout.ms", "10000")
            .set("socket.connection.setup.timeout.ms", "5000")
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "1000");
        config
    }
}
