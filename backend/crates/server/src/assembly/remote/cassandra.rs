//! The history in Cassandra.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use kith_cassandra::{CassandraHistory, CassandraSettings, Credentials};
use kith_domain::{Checkup, ports::History};

use super::{Remote, Service};
use crate::config::Config;

/// The setting that names the keyspace.
const KEYSPACE: &str = "cluster.cassandra_keyspace";
/// The setting that names what certificates are checked with.
const CA_FILE: &str = "cluster.cassandra_ca_file";

pub(super) struct Cassandra;

#[async_trait(?Send)]
impl Remote for Cassandra {
    fn service(&self) -> Service {
        Service::Cassandra
    }

    async fn check_up(&self, config: &Config) -> anyhow::Result<Option<Checkup>> {
        let Some(settings) = settings(config)? else { return Ok(None) };
        let checkup = CassandraHistory::new(settings).check_up().await;
        Ok(Some(checkup.context("cluster.cassandra_nodes")?))
    }

    fn faults(&self, config: &Config) -> Vec<String> {
        if config.cluster.cassandra_nodes.is_empty() {
            return Vec::new();
        }
        let checked = kith_cassandra::check_keyspace(&config.cluster.cassandra_keyspace);
        checked.err().map(|fault| format!("{KEYSPACE}: {fault}")).into_iter().collect()
    }

    fn history(&self, config: &Config) -> anyhow::Result<Option<Arc<dyn History>>> {
        let Some(settings) = settings(config)? else { return Ok(None) };
        Ok(Some(Arc::new(CassandraHistory::new(settings))))
    }
}

fn settings(config: &Config) -> anyhow::Result<Option<CassandraSettings>> {
    let cluster = &config.cluster;
    if cluster.cassandra_nodes.is_empty() {
        return Ok(None);
    }
    let (nodes, keyspace) = (cluster.cassandra_nodes.clone(), &cluster.cassandra_keyspace);
    let mut settings =
        CassandraSettings::new(nodes, keyspace, cluster.cassandra_replicas).context(KEYSPACE)?;
    if let Some(datacenter) = &cluster.cassandra_datacenter {
        settings = settings.in_datacenter(datacenter.clone());
    }
    if let (Some(user), Some(password)) = (&cluster.cassandra_user, &cluster.cassandra_password) {
        settings = settings.signed_in(Credentials { user: user.clone(), password: password.clone() });
    }
    if let Some(ca_file) = &cluster.cassandra_ca_file {
        settings = settings.encrypted(ca_file).context(CA_FILE)?;
    }
    Ok(Some(settings))
}
