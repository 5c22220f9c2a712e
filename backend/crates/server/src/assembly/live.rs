//! How events come to this node's sockets, and who else is to know of them.

use std::sync::Arc;

use anyhow::Context as _;
use kith_cluster::Cluster;
use kith_domain::{
    Clock, LiveEvent,
    ports::{Roster, Store},
};
use kith_embedded::InProcessBus;
use kith_worker::JobLease;
use prometheus_client::registry::Registry;
use tokio::sync::mpsc;

use super::shared::Shared;

/// The end of the bus at which the gateway takes events.
pub(crate) enum Live {
    /// All of them are of this node.
    Alone(Arc<InProcessBus>),
    /// Some are of other nodes.
    Among(Box<Shared>),
}

/// What the gateway takes, and what goes on beside it.
pub(crate) struct Lively {
    pub(crate) events: mpsc::Receiver<LiveEvent>,
    pub(crate) roster: Option<Arc<dyn Roster>>,
    pub(crate) company: Company,
}

/// The other nodes.
pub(crate) struct Company {
    cluster: Option<(Cluster, String)>,
}

impl Live {
    /// Begins to take events, in order.
    pub(crate) fn start(
        self,
        store: &Arc<dyn Store>,
        clock: &Arc<dyn Clock>,
        registry: &mut Registry,
    ) -> anyhow::Result<Lively> {
        match self {
            Self::Alone(bus) => {
                let events = bus.subscribe().context("the bus has another subscriber")?;
                Ok(Lively { events, roster: None, company: Company { cluster: None } })
            }
            Self::Among(shared) => {
                let holder = shared.holder();
                let (cluster, events) = shared.start(Arc::clone(store), Arc::clone(clock), registry);
                let roster = Some(cluster.roster());
                Ok(Lively { events, roster, company: Company { cluster: Some((cluster, holder)) } })
            }
        }
    }
}

impl Live {
    /// Has nobody listen: what is published is for nobody.
    pub(crate) fn silence(&self) {
        match self {
            Self::Alone(bus) => drop(bus.subscribe()),
            Self::Among(_) => {}
        }
    }
}

impl Company {
    /// The lease of a job that one node does for all.
    pub(crate) fn job_lease(&self, store: &Arc<dyn Store>, clock: &Arc<dyn Clock>, name: &str) -> JobLease {
        if let Some((_, holder)) = &self.cluster {
            return JobLease::shared(Arc::clone(store), Arc::clone(clock), name, holder);
        }
        JobLease::alone()
    }

    /// Resolves when this node may not go on beside the others.
    pub(crate) async fn fatal(&self) -> Arc<dyn std::error::Error + Send + Sync> {
        if let Some((cluster, _)) = &self.cluster {
            return Arc::new(cluster.number_lost().await);
        }
        std::future::pending().await
    }

    /// Tells the others that this node goes.
    pub(crate) async fn leave(self) {
        if let Some((cluster, _)) = self.cluster {
            cluster.stop().await;
        }
    }
}
