//! A broker in this process. It delivers at once, and can be told to lose messages or to be away.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use kith_domain::{
    NodeNumber,
    ports::{Broker, BrokerError, Received},
};
use tokio::sync::mpsc;

#[derive(Default)]
pub(crate) struct LossyBroker {
    queues: Mutex<HashMap<NodeNumber, mpsc::Sender<Received>>>,
    away: AtomicBool,
    losing: AtomicBool,
}

impl LossyBroker {
    pub(crate) fn connect(&self, node: NodeNumber) -> mpsc::Receiver<Received> {
        let (queue, received) = mpsc::channel(1_000);
        self.queues.lock().unwrap().insert(node, queue);
        received
    }

    /// Refuses everything for as long as it is away.
    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// Takes everything and delivers nothing that holds events.
    pub(crate) fn set_losing(&self, losing: bool) {
        self.losing.store(losing, Ordering::SeqCst);
    }
}

#[async_trait]
impl Broker for LossyBroker {
    async fn send(&self, nodes: &[NodeNumber], payload: Bytes) -> Result<(), BrokerError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(BrokerError(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from("away"))));
        }
        if self.losing.load(Ordering::SeqCst) && payload.windows(9).any(|part| part == b"\"events\":") {
            return Ok(());
        }
        for node in nodes {
            let queue = self.queues.lock().unwrap().get(node).cloned();
            if let Some(queue) = queue {
                let _ = queue.try_send(Received::Payload(payload.clone()));
            }
        }
        Ok(())
    }
}
