//! Where the nodes are, as a load balancer knows it.

use std::{
    sync::{Arc, RwLock},
    time::Duration,
};

use crate::harness::{Http, Reply};

/// A call to a node that takes longer has no known outcome.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A node that runs, or did a moment ago.
#[derive(Clone)]
pub(crate) struct Node {
    /// Its name: another one after each start.
    pub(crate) name: String,
    pub(crate) http: Http,
}

/// The nodes of a cluster.
#[derive(Clone)]
pub(crate) struct Nodes(Arc<RwLock<Vec<Option<Node>>>>);

impl Nodes {
    pub(crate) fn new(nodes: Vec<Node>) -> Self {
        Self(Arc::new(RwLock::new(nodes.into_iter().map(Some).collect())))
    }

    /// A node has come up; `None`: it has gone.
    pub(crate) fn set(&self, place: usize, node: Option<Node>) {
        self.0.write().unwrap()[place] = node;
    }

    pub(crate) fn all(&self) -> Vec<Node> {
        self.0.read().unwrap().iter().flatten().cloned().collect()
    }

    /// One of them, by a number that the caller drew.
    pub(crate) fn any(&self, number: usize) -> Option<Node> {
        let all = self.all();
        (!all.is_empty()).then(|| all[number % all.len()].clone())
    }

    /// The next one that says it is ready, beginning at a number that the caller drew.
    pub(crate) async fn ready(&self, number: usize) -> Option<Node> {
        let all = self.all();
        for place in 0..all.len() {
            let node = &all[(number + place) % all.len()];
            let asked = node.http.request("GET", "/readyz").timeout(Duration::from_secs(2));
            if Reply::attempt(asked).await.is_ok_and(|reply| reply.status == 200) {
                return Some(node.clone());
            }
        }
        None
    }
}
