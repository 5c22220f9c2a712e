//! Where the log lies.

use std::path::PathBuf;

use rdkafka::ClientConfig;
use secrecy::{ExposeSecret as _, SecretString};

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
    /// Who Kith is to the brokers; nobody in particular without.
    pub credentials: Option<Credentials>,
    /// A PEM file with the authorities that brokers' certificates must come from. Connections are encrypted with it, and in
    /// clear without. A certificate must be for the name by which its broker is reached.
    pub ca_file: Option<PathBuf>,
}

/// Who Kith is to the brokers.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// How they are shown.
    pub mechanism: Mechanism,
}

/// How a user and a password are shown, as a mechanism of SASL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// As they are.
    Plain,
    /// By a proof that does not hold the password (RFC 5802 with SHA-512), both ways.
    ScramSha512,
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
            .set("reconnect.backoff.max.ms", "1000")
            .set("security.protocol", self.protocol());
        if let Some(ca_file) = &self.ca_file {
            config.set("ssl.ca.location", ca_file.display().to_string());
        }
        if let Some(Credentials { user, password, mechanism }) = &self.credentials {
            config
                .set("sasl.mechanism", mechanism.name())
                .set("sasl.username", user)
                .set("sasl.password", password.expose_secret());
        }
        config
    }

    const fn protocol(&self) -> &'static str {
        match (&self.credentials, &self.ca_file) {
            (None, None) => "plaintext",
            (None, Some(_)) => "ssl",
            (Some(_), None) => "sasl_plaintext",
            (Some(_), Some(_)) => "sasl_ssl",
        }
    }
}

impl Mechanism {
    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}
