//! The faults: how each is brought about and healed.

use std::{collections::HashMap, time::Duration};

use kith_checker::{Line, Op};

use super::ground::{Ground, NODES};
use crate::cluster::{
    Between, blocking,
    devices::{BY_ITSELF, Mode},
};

/// How long something stands still. It is the fault, nobody waits for anything.
const PAUSE: Duration = Duration::from_secs(10);
/// Acknowledgements that are waited for before a fault, and so many more at random.
const BEFORE: usize = 40;
const MORE: u64 = 80;
/// And once it is healed.
pub(super) const AFTER: usize = 60;

/// A server that the nodes share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Postgres,
    Redis,
    RabbitMq,
    Kafka,
    Cassandra,
    OpenSearch,
}

/// Something that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// `kill -9` of a node; the others go on, it comes back when all is judged.
    KillNode,
    /// `SIGSTOP` of a node, long enough for the others to take it for gone.
    PauseNode,
    /// `SIGSTOP` of a server.
    Pause(Service),
    /// `kill -9` of a server; people go on without it, and it comes back. Redis and RabbitMQ are empty then.
    Restart(Service),
    /// `kill -9` of the primary; its synchronous standby is promoted and takes over its address.
    Failover,
    /// SIGTERM of one node after the other, each started again before the next.
    EndAllInTurn,
    /// `kill -9` of the node whose job this is; another one takes it over.
    KillHolder(&'static str),
    /// `SIGSTOP` of the node that publishes, amid that, until another one does; then it wakes.
    OvertakeRelay,
}

impl Ground {
    /// People talk, it happens, it is healed, all is quiet and judged.
    pub(super) async fn suffer(&mut self, fault: Fault) {
        let begun = std::time::Instant::now();
        self.crowd.say(Mode::Talk);
        // Each fault finds another moment.
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let number = self.seed >> 33;
        self.crowd.goes_on(BEFORE + usize::try_from(number % MORE).unwrap()).await;
        let place = usize::try_from(number).unwrap() % NODES;
        let striking = std::time::Instant::now();
        let down = self.strike(fault, place).await;
        let struck = striking.elapsed();
        self.crowd.goes_on(AFTER).await;
        self.crowd.is_judged(&self.nodes, &format!("{fault:?}")).await;
        let judged = begun.elapsed();
        self.is_followed().await;
        let followed = begun.elapsed() - judged;
        if let Some(place) = down {
            self.again(place).await;
        }
        self.crowd.is_there().await;
        println!(
            "{fault:?}: {} messages so far, fault {:.1} s, followed {:.1} s, all {:.1} s",
            self.crowd.acknowledged(),
            struck.as_secs_f32(),
            followed.as_secs_f32(),
            begun.elapsed().as_secs_f32()
        );
    }

    /// Brings it about; the node that is down until all is judged, if one is.
    async fn strike(&mut self, fault: Fault, place: usize) -> Option<usize> {
        match fault {
            Fault::KillNode => {
                self.kill_node(place);
                return Some(place);
            }
            Fault::KillHolder(job) => return Some(self.kill_holder(job).await),
            Fault::PauseNode => {
                self.cluster.nodes[place].pause();
                tokio::time::sleep(PAUSE).await;
                self.cluster.nodes[place].resume();
            }
            Fault::Pause(service) => {
                let server = self.server(service);
                server.pause();
                tokio::time::sleep(PAUSE).await;
                server.resume();
            }
            Fault::Restart(service) => {
                let server = self.server(service);
                server.kill();
                self.crowd.goes_on(AFTER).await;
                tokio::task::block_in_place(|| server.restart()).unwrap();
            }
            Fault::Failover => {
                let standby = self.standby.take().unwrap();
                self.cluster.postgres.kill();
                self.cluster.postgres = blocking(move || {
                    assert_eq!(standby.execute("SELECT pg_promote()").unwrap().trim(), "t");
                    standby
                })
                .await;
                self.database.switch(self.cluster.postgres.address());
            }
            Fault::EndAllInTurn => self.end_all_in_turn().await,
            Fault::OvertakeRelay => self.overtake_relay().await,
        }
        None
    }

    fn server(&self, service: Service) -> &kith_harness::Server {
        let sinks = || self.sinks.as_ref().unwrap();
        match (service, &self.cluster.between) {
            (Service::Postgres, _) => &self.cluster.postgres,
            (Service::Redis, _) => &self.cluster.redis,
            (Service::RabbitMq, Between::RabbitMq(rabbitmq)) => rabbitmq,
            (Service::RabbitMq, Between::Redis) => unreachable!(),
            (Service::Kafka, _) => &sinks().kafka,
            (Service::Cassandra, _) => &sinks().cassandra,
            (Service::OpenSearch, _) => &sinks().opensearch,
        }
    }

    pub(super) fn kill_node(&mut self, place: usize) {
        self.cluster.nodes[place].kill();
        self.gone(place);
    }

    /// Nobody is sent away more than once by each node they sat on.
    async fn end_all_in_turn(&mut self) {
        let before = self.crowd.recorder.lines().len();
        for place in 0..NODES {
            self.cluster.nodes[place].terminate();
            let status = self.cluster.nodes[place].ended().await;
            assert!(status.success(), "{status}");
            self.gone(place);
            self.again(place).await;
            self.crowd.is_there().await;
        }
        let lines = self.crowd.recorder.lines();
        let mut left: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut sits: HashMap<&str, &str> = HashMap::new();
        for (place, line) in lines.iter().enumerate() {
            let Line::Event(event) = line else { continue };
            let device = event.device.as_str();
            match &event.op {
                Op::Connected { node, .. } => {
                    sits.insert(device, node);
                }
                // One that found its node slow went by itself.
                Op::Closed { code } if place >= before && *code != Some(BY_ITSELF) => {
                    assert_eq!(*code, Some(1012), "{device} was closed without being told why");
                    let node = sits.get(device).copied().unwrap_or_default();
                    let left = left.entry(device).or_default();
                    assert!(!left.contains(&node), "{device} was sent away twice by {node}");
                    left.push(node);
                }
                _ => {}
            }
        }
        assert!(left.len() > NODES, "hardly anybody was sent away");
    }
}
