//! Real servers for tests.
//!
//! Each server runs in a temporary directory of its own, on free ports of 127.0.0.1, and is ready when `start`
//! returns. Tests kill it, pause it and start it again on the same data. Whatever happens to the process that
//! started it, also `SIGKILL`, a guardian beside it kills the server and removes the directory.
//!
//! A server that is not installed fails the test, with a line that says how to install it.

mod access;
mod cache;
mod cassandra;
mod command;
mod error;
mod executable;
#[cfg(feature = "fcm")]
mod fcm;
mod guardian;
mod http;
mod jars;
mod kafka;
mod launch;
mod moto;
mod opensearch;
mod ports;
mod postgres;
mod processes;
mod rabbitmq;
mod redis;
#[cfg(feature = "s3")]
mod s3;
mod server;
mod spring;

pub use access::Access;
pub use cassandra::Cassandra;
pub use error::HarnessError;
#[cfg(feature = "fcm")]
pub use fcm::{Fcm, FcmRefusal};
pub use kafka::Kafka;
pub use moto::Moto;
pub use opensearch::OpenSearch;
pub use postgres::Postgres;
pub use rabbitmq::RabbitMq;
pub use redis::Redis;
#[cfg(feature = "s3")]
pub use s3::{S3, Seconds};
pub use server::Server;
pub use spring::spring_client;
