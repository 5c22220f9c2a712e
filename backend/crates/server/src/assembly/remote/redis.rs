//! Presence and limits in Redis, and events between the nodes where nothing else is.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use kith_domain::{Checkup, NodeNumber, ports::Presence};
use kith_embedded::LimitValues;
use kith_redis::{Link, LinkSettings, RedisBroker, RedisLimits, RedisPresence};
use secrecy::ExposeSecret as _;

use super::{Brokered, NodeLimits, Remote, Service};
use crate::config::Config;

/// What is said of an address that is none.
const NO_ADDRESS: &str = "cluster.redis_url: not an address of Redis";

pub(super) struct Redis;

#[async_trait(?Send)]
impl Remote for Redis {
    fn service(&self) -> Service {
        Service::Redis
    }

    async fn check_up(&self, config: &Config) -> anyhow::Result<Option<Checkup>> {
        let Some(url) = &config.cluster.redis_url else { return Ok(None) };
        let checkup = kith_redis::check_up(url.expose_secret()).await;
        Ok(Some(checkup.context("cluster.redis_url")?))
    }

    async fn presence(&self, config: &Config, node: NodeNumber) -> anyhow::Result<Option<Arc<dyn Presence>>> {
        let Some(link) = link(config, LinkSettings::PATIENT).await? else { return Ok(None) };
        Ok(Some(Arc::new(RedisPresence::enter(link, node).await)))
    }

    async fn limits(
        &self,
        config: &Config,
        values: LimitValues,
    ) -> anyhow::Result<Option<Arc<dyn NodeLimits>>> {
        let Some(link) = link(config, LinkSettings::PROMPT).await? else { return Ok(None) };
        Ok(Some(Arc::new(RedisLimits::new(link, values))))
    }

    async fn broker(
        &self,
        config: &Config,
        node: NodeNumber,
        capacity: usize,
    ) -> anyhow::Result<Option<Brokered>> {
        let cluster = &config.cluster;
        let (Some(url), None) = (&cluster.redis_url, &cluster.rabbitmq_url) else { return Ok(None) };
        let connected = RedisBroker::connect(url.expose_secret(), node, capacity).await;
        let (broker, received) = connected.context(NO_ADDRESS)?;
        Ok(Some((broker, received)))
    }
}

async fn link(config: &Config, settings: LinkSettings) -> anyhow::Result<Option<Arc<Link>>> {
    let Some(url) = &config.cluster.redis_url else { return Ok(None) };
    let link = Link::connect(url.expose_secret(), settings).await.context(NO_ADDRESS)?;
    Ok(Some(Arc::new(link)))
}

impl NodeLimits for RedisLimits {
    fn retain_recent(&self) {
        RedisLimits::retain_recent(self);
    }
}
