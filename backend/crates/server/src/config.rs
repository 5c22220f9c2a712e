//! Settings: defaults in code, then a TOML file, then `KITH__SECTION__KEY`, then flags. All faults are listed at
//! once, before anything is opened.

mod load;
mod section;
mod validate;

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use secrecy::SecretString;
use section::section;

pub(crate) use load::{load, load_for_store};

section! {
    /// How the node shows itself.
    Server {
        /// The address to serve on.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)),
        /// Where metrics are served; none without it (with `dev` they are beside everything else).
        metrics_listen: Option<SocketAddr> = None,
        /// The one origin people use; derived from `listen` with `dev`.
        origin: Option<String> = None,
        /// For one's own machine.
        dev: bool = false,
        /// What this node does.
        roles: Vec<String> = vec!["api".into(), "gateway".into(), "worker".into()],
        /// The region that new conversations call home.
        region: String = "local".into(),
        /// This node's number, 0–1023. Nodes of a cluster choose a free one without it.
        node: Option<u16> = None,
        /// Lifts the limits per user and address; with `dev` only.
        no_limits: bool = false,
        /// Seconds added to the clock; with `dev` only.
        clock_offset_file: Option<PathBuf> = None,
        /// Proxies whose `X-Forwarded-For` is believed.
        trusted_proxies: Vec<IpAddr> = Vec::new(),
        /// The most connections at once.
        max_connections: usize = 19_000,
        /// The kernel's congestion control for connections, such as `bbr` or `cubic`; the system's own without it.
        tcp_congestion: Option<String> = None,
        /// How long closing sockets is spread over when the node is stopped.
        drain_seconds: u64 = 10,
    }
}

section! {
    /// Embedded storage.
    Storage {
        /// Where it lies.
        data_dir: PathBuf = PathBuf::from("data"),
        /// Size of a file that is given up when the disk is full, so that recovery has room; by default min(5 % of the
        /// disk, 64 MiB).
        ballast_bytes: Option<u64> = None,
        /// Below this many free bytes writes are refused; by default min(5 % of the disk, 1 GiB).
        floor_bytes: Option<u64> = None,
    }
}

section! {
    /// What people upload.
    Files {
        /// The origin that files are given out from: another host name than people's own, so that a file shares nothing
        /// with the pages. With `dev` it is `localhost` where pages are at `127.0.0.1`.
        public_origin: Option<String> = None,
    }
}

section! {
    /// What several nodes share. With `database_url` this node is one of many; without it all of Kith is in this process.
    Cluster {
        /// PostgreSQL, which holds everything: `postgres://USER:PASSWORD@HOST/DATABASE`.
        database_url: Option<SecretString> = None,
        /// Redis, for presence and limits, and between the nodes: `redis://HOST`.
        redis_url: Option<SecretString> = None,
        /// RabbitMQ, between the nodes in the place of Redis: `amqp://USER:PASSWORD@HOST/%2f`.
        rabbitmq_url: Option<SecretString> = None,
        /// OpenSearch, for searching messages: `https://HOST:9200`. Without it each node that is a worker has an index of
        /// its own.
        opensearch_url: Option<String> = None,
        /// Kafka, through which everything that follows the ledger reads it, as `HOST:PORT` each. Without it those jobs read the
        /// outbox.
        kafka_brokers: Vec<String> = Vec::new(),
        /// Partitions of the log of entries, fixed for life: another number would move conversations between them.
        kafka_partitions: u16 = 32,
        /// Copies of each partition; two of them must have an entry before it counts, where there are as many.
        kafka_replicas: u16 = 3,
        /// A PEM file with the authorities that Kafka's certificates come from; connections are encrypted with it. Where they
        /// are public ones it is the system's: `/etc/ssl/certs/ca-certificates.crt`.
        kafka_ca_file: Option<PathBuf> = None,
        /// Who Kith is to Kafka. Without it nobody in particular.
        kafka_user: Option<String> = None,
        /// That user's password. It wants encrypted connections.
        kafka_password: Option<SecretString> = None,
        /// How they are shown: `scram-sha-512`, or `plain`; the first without it.
        kafka_sasl: Option<String> = None,
        /// Cassandra, where old history lies, as `HOST:PORT` each. Without it everything stays in PostgreSQL.
        cassandra_nodes: Vec<String> = Vec::new(),
        /// The keyspace, made where it is missing.
        cassandra_keyspace: String = "kith".into(),
        /// The datacenter whose quorum reads and writes want; with several it has to be said.
        cassandra_datacenter: Option<String> = None,
        /// Copies of a row in each datacenter, where the keyspace is made.
        cassandra_replicas: u8 = 3,
        /// A PEM file with the authorities that Cassandra's certificates come from, as with Kafka.
        cassandra_ca_file: Option<PathBuf> = None,
        /// Who Kith is to Cassandra. Without it nobody in particular.
        cassandra_user: Option<String> = None,
        /// That user's password. It wants encrypted connections.
        cassandra_password: Option<SecretString> = None,
        /// Days that an entry stays in PostgreSQL, when Cassandra has what is older.
        ledger_days: u32 = 7,
        /// A directory with the keys that tokens are signed with: the same on all nodes.
        keys_dir: Option<PathBuf> = None,
    }
}

section! {
    /// Uploads in a bucket of S3, or of a store that speaks its protocol, instead of in the data directory.
    S3 {
        /// The service, such as `https://s3.eu-central-1.amazonaws.com`.
        endpoint: Option<String> = None,
        /// The bucket.
        bucket: Option<String> = None,
        /// The region that signatures name.
        region: String = "us-east-1".into(),
        /// Whether addresses name the bucket in the path, `https://HOST/BUCKET`: what most stores but S3 want.
        path_style: bool = false,
        /// Where clients find the bucket's keys, if not at the service's own address: a host name of its own.
        public_url: Option<String> = None,
        /// The id of a lasting access key.
        access_key_id: Option<String> = None,
        /// Its secret.
        secret_access_key: Option<SecretString> = None,
    }
}

section! {
    /// Waking the devices of people who are away. Nothing is sent without a key.
    Push {
        /// Firebase Cloud Messaging: the key file of a service account that may send messages, as the Firebase console gives
        /// it out. The same on all nodes.
        fcm_service_account_file: Option<PathBuf> = None,
        /// Where messages go in the place of Google's service, as an origin; with `dev` only.
        fcm_endpoint: Option<String> = None,
    }
}

section! {
    /// Sockets.
    Gateway {
        /// New sockets per second.
        handshakes_per_second: u32 = 1_000,
        /// Sockets of one account.
        sockets_per_user: u32 = 10,
        /// Sockets of one address.
        sockets_per_address: u32 = 200,
        /// Threads that sockets live on; by default one for each core.
        shards: Option<usize> = None,
    }
}

section! {
    /// Logs go to standard error.
    Log {
        /// `text` or `json`.
        format: String = "text".into(),
        /// A filter such as `info` or `kith_gateway=debug,info`.
        level: String = "info".into(),
    }
}

section! {
    /// One OpenID Connect provider.
    Provider {
        /// What people call it.
        name: String = String::new(),
        /// Its issuer address.
        issuer: String = String::new(),
        /// Our client id there.
        client_id: String = String::new(),
        /// Our client secret there.
        client_secret: Option<SecretString> = None,
        /// A file that holds the client secret.
        client_secret_file: Option<PathBuf> = None,
        /// Whether it may lie on a private address.
        private_address: bool = false,
    }
}

/// All settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) storage: Storage,
    pub(crate) files: Files,
    pub(crate) cluster: Cluster,
    pub(crate) s3: S3,
    pub(crate) push: Push,
    pub(crate) gateway: Gateway,
    pub(crate) log: Log,
    /// Identity providers by id.
    pub(crate) providers: BTreeMap<String, Provider>,
}

impl Config {
    /// The origin people use, once the port is known.
    pub(crate) fn origin(&self, bound: SocketAddr) -> String {
        self.server.origin.clone().unwrap_or_else(|| format!("http://{bound}"))
    }

    /// The origin that files are given out from, once the port is known.
    pub(crate) fn file_origin(&self, bound: SocketAddr) -> String {
        self.files.public_origin.clone().unwrap_or_else(|| {
            // Two names of one machine; which of them pages have is a setting.
            let pages = self.origin(bound);
            let taken = pages.strip_prefix("http://localhost").is_some_and(|rest| rest.starts_with(':'));
            let host = if taken { "127.0.0.1" } else { "localhost" };
            format!("http://{host}:{}", bound.port())
        })
    }

    pub(crate) fn has_role(&self, role: &str) -> bool {
        self.server.roles.iter().any(|own| own == role)
    }
}

/// Everything that is wrong with the settings.
#[derive(Debug)]
pub(crate) struct Faults(pub(crate) Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration has faults:")?;
        for fault in &self.0 {
            write!(f, "\n  - {fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
