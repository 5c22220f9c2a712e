//! What one node does for all: who does it, and what becomes of it when they cannot.

use super::{fault::AFTER, ground::Ground};
use crate::cluster::sinks::{at_last, metric};

/// The job that publishes the log of entries.
const RELAY: &str = "outbox relay";
/// Rows of the outbox that wait when nobody can publish: more than a pass leaves behind that goes well.
const STUCK: u64 = 150;
/// What a node says that finds its job taken over.
const OVERTAKEN: &str = "the job is another node's by now";

/// A job that is somebody's at present.
struct Tenure {
    place: usize,
    /// Rises when the job changes hands.
    token: u64,
}

impl Ground {
    /// Whose job it is now, if it is anybody's.
    async fn tenure(&self, job: &str) -> Option<Tenure> {
        let ask = format!(
            "SELECT job.token, substr(node.name, 8) FROM leases job JOIN leases node ON node.holder = job.holder \
             AND node.name LIKE 'number/%' WHERE job.name = 'job/{job}' \
             AND job.expires_at > extract(epoch FROM clock_timestamp()) * 1000"
        );
        let answer = self.ask(&ask);
        let (token, number) = answer.split_once('|')?;
        let place = self.numbers.iter().position(|own| own == number)?;
        Some(Tenure { place, token: token.parse().unwrap() })
    }

    async fn holder(&self, job: &str) -> Tenure {
        at_last("the job is somebody's", async || self.tenure(job).await).await
    }

    async fn is_taken_over(&self, job: &str, from: &Tenure) {
        at_last("the job is another node's", async || {
            self.tenure(job).await.filter(|now| now.token > from.token && now.place != from.place)
        })
        .await;
    }

    /// Kills whoever has the job, and waits until another node has it; the place of the one that is gone.
    pub(super) async fn kill_holder(&mut self, job: &str) -> usize {
        let held = self.holder(job).await;
        self.kill_node(held.place);
        self.is_taken_over(job, &held).await;
        let counted = self.counted().await;
        at_last("the others go on counting", async || (self.counted().await > counted).then_some(())).await;
        held.place
    }

    /// Messages that the nodes that are there have counted.
    async fn counted(&self) -> f64 {
        let mut counted = 0.0;
        for node in self.nodes.all() {
            counted += metric(&node.http, r#"kith_entries_total{kind="text"}"#).await;
        }
        counted
    }

    /// The node that publishes stands still between reading and confirming; when it wakes, another one has published what
    /// it had read, and it confirms nothing.
    pub(super) async fn overtake_relay(&self) {
        let held = self.holder(RELAY).await;
        let kafka = &self.sinks.as_ref().unwrap().kafka;
        kafka.pause();
        at_last("the node waits for Kafka", async || (self.unpublished() >= STUCK).then_some(())).await;
        let node = &self.cluster.nodes[held.place];
        node.pause();
        kafka.resume();
        self.is_taken_over(RELAY, &held).await;
        self.crowd.goes_on(AFTER).await;
        node.resume();
        at_last("it is told that it was overtaken", async || node.log().contains(OVERTAKEN).then_some(()))
            .await;
    }
}
