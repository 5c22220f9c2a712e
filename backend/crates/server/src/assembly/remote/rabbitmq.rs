//! Events between the nodes over RabbitMQ.

use anyhow::Context as _;
use async_trait::async_trait;
use kith_domain::{Checkup, NodeNumber};
use kith_rabbitmq::RabbitMqBroker;
use secrecy::ExposeSecret as _;

use super::{Brokered, Remote, Service};
use crate::config::Config;

pub(super) struct RabbitMq;

#[async_trait(?Send)]
impl Remote for RabbitMq {
    fn service(&self) -> Service {
        Service::RabbitMq
    }

    async fn check_up(&self, config: &Config) -> anyhow::Result<Option<Checkup>> {
        let Some(url) = &config.cluster.rabbitmq_url else { return Ok(None) };
        let checkup = kith_rabbitmq::check_up(url.expose_secret()).await;
        Ok(Some(checkup.map_err(anyhow::Error::msg).context("cluster.rabbitmq_url")?))
    }

    async fn broker(
        &self,
        config: &Config,
        node: NodeNumber,
        capacity: usize,
    ) -> anyhow::Result<Option<Brokered>> {
        let Some(url) = &config.cluster.rabbitmq_url else { return Ok(None) };
        let connected = RabbitMqBroker::connect(url.expose_secret(), node, capacity).await;
        let (broker, received) = connected
            .map_err(anyhow::Error::msg)
            .context("cluster.rabbitmq_url: not an address of RabbitMQ")?;
        Ok(Some((broker, received)))
    }
}
