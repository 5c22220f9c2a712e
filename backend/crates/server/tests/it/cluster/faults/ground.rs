//! Three nodes, what they share, and the people on them.

use std::sync::Arc;

use futures_util::future::join_all;
use kith_harness::{Postgres, RabbitMq};

use super::{crowd::Crowd, forwarder::Forwarder};
use crate::{
    cluster::{
        Between, Cluster, blocking,
        devices::{Node, Nodes},
        sinks::{Sinks, metric},
    },
    harness::{Http, eventually},
};

pub(super) const NODES: usize = 3;

/// Everything that can fail.
pub(super) struct Ground {
    pub(super) cluster: Cluster,
    pub(super) standby: Option<Postgres>,
    /// What follows the ledger, where something does.
    pub(super) sinks: Option<Sinks>,
    /// Where the nodes take their database to be.
    pub(super) database: Forwarder,
    pub(super) nodes: Nodes,
    pub(super) crowd: Crowd,
    pub(super) seed: u64,
    /// What the nodes call themselves, by place; that of one that is gone until it comes back.
    pub(super) numbers: Vec<String>,
    http: Http,
    starts: u32,
}

impl Ground {
    /// Nodes that speak by way of Redis; their database has a synchronous standby.
    pub(super) async fn by_way_of_redis(seed: u64) -> Self {
        let (primary, standby) = blocking(|| {
            let primary = Postgres::start().unwrap();
            let standby = primary.start_standby("second").unwrap();
            primary.execute("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (second)'").unwrap();
            primary.execute("SELECT pg_reload_conf()").unwrap();
            (primary, standby)
        })
        .await;
        let primary = Arc::new(primary);
        eventually("the standby counts", async || {
            let primary = Arc::clone(&primary);
            let ask = "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'quorum'";
            (blocking(move || primary.execute(ask).unwrap()).await.trim() == "1").then_some(())
        })
        .await;
        let primary = Arc::into_inner(primary).unwrap();
        Self::start(seed, primary, Some(standby), Between::Redis, None).await
    }

    /// Nodes that speak by way of RabbitMQ.
    pub(super) async fn by_way_of_rabbitmq(seed: u64) -> Self {
        let (primary, rabbitmq) = blocking(|| (Postgres::start().unwrap(), RabbitMq::start().unwrap())).await;
        Self::start(seed, primary, None, Between::RabbitMq(rabbitmq), None).await
    }

    /// Nodes that speak by way of Redis, with a log of entries, a history and an index.
    pub(super) async fn followed(seed: u64) -> Self {
        let (primary, sinks) = tokio::join!(blocking(|| Postgres::start().unwrap()), Sinks::start());
        Self::start(seed, primary, None, Between::Redis, Some(sinks)).await
    }

    async fn start(
        seed: u64,
        primary: Postgres,
        standby: Option<Postgres>,
        between: Between,
        sinks: Option<Sinks>,
    ) -> Self {
        let database = Forwarder::to(primary.address()).await;
        let url = primary.url().replace(&primary.address(), &database.address().to_string());
        let cluster = Cluster::start_over(primary, NODES, between, |launch| {
            let launch = launch.set("KITH__CLUSTER__DATABASE_URL", url);
            sinks.iter().fold(launch, |launch, sinks| sinks.set(launch))
        })
        .await;
        let http = cluster.nodes[0].http.clone();
        let nodes = cluster
            .nodes
            .iter()
            .enumerate()
            .map(|(place, node)| Node { name: format!("node{place}"), http: http.at(node.http.origin()) });
        let nodes = Nodes::new(nodes.collect());
        let numbers = join_all(nodes.all().iter().map(number)).await;
        let crowd = Crowd::gather(&nodes, seed).await;
        Self { cluster, standby, sinks, database, nodes, crowd, seed, numbers, http, starts: 0 }
    }

    /// A node has ended; what is there knows it no more.
    pub(super) fn gone(&self, place: usize) {
        self.nodes.set(place, None);
    }

    /// Starts a node again, and waits until all nodes know each other.
    pub(super) async fn again(&mut self, place: usize) {
        self.cluster.nodes[place].restart().await;
        self.starts += 1;
        let node = Node {
            name: format!("node{place}, start {}", self.starts),
            http: self.http.at(self.cluster.nodes[place].http.origin()),
        };
        self.numbers[place] = number(&node).await;
        self.nodes.set(place, Some(node));
        self.cluster.met().await;
    }
}

/// The number that a node has among the others.
async fn number(node: &Node) -> String {
    metric(&node.http, "kith_cluster_node").await.to_string()
}
