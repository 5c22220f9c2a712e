//! The store in PostgreSQL.

use std::{error::Error, sync::Arc};

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use kith_domain::{
    Checkup,
    ports::{Bus, StoreError},
};
use kith_embedded::SystemRandom;
use kith_sql::{
    SqlStore,
    postgres::{self, Options, PostgresStore},
};
use secrecy::ExposeSecret as _;

use super::{Engine, Remote, Service};
use crate::config::Config;

pub(super) struct Postgres;

#[async_trait(?Send)]
impl Remote for Postgres {
    fn service(&self) -> Service {
        Service::Postgres
    }

    async fn check_up(&self, config: &Config) -> anyhow::Result<Option<Checkup>> {
        let Some(url) = &config.cluster.database_url else { return Ok(None) };
        let checkup = postgres::check_up(url.expose_secret()).await;
        Ok(Some(checkup.context("cluster.database_url")?))
    }

    async fn store(
        &self,
        config: &Config,
        node: u16,
        bus: &Arc<dyn Bus>,
    ) -> anyhow::Result<Option<Arc<dyn Engine>>> {
        let Some(url) = &config.cluster.database_url else { return Ok(None) };
        let options = Options { node, ..Options::default() };
        let store = PostgresStore::open(url.expose_secret(), options, Arc::clone(bus), &SystemRandom).await;
        Ok(Some(Arc::new(store.context("cluster.database_url: cannot use the database")?)))
    }
}

#[async_trait]
impl Engine for PostgresStore {
    fn as_file(&self) -> anyhow::Result<&SqlStore> {
        bail!("the store is in PostgreSQL: back it up with pg_basebackup or pg_dump")
    }

    async fn fatal(&self) -> Arc<dyn Error + Send + Sync> {
        // A server that fails is another process; the connections to it are made anew.
        std::future::pending().await
    }

    async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    async fn close(&self) {
        PostgresStore::close(self).await;
    }
}
