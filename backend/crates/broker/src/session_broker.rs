//! A broker over sessions that come and go.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use kith_domain::{
    NodeNumber,
    ports::{Broker, BrokerError, Received},
};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    inbox::Inbox,
    outbox::{Outbox, Parcel},
    transport::{Session, SessionError, Transport},
};

/// The largest payload, in bytes.
pub const MAX_PAYLOAD: usize = 1 << 20;
/// How many bytes may wait to be sent.
const OUTBOX_ROOM: usize = 32 << 20;
/// How many parcels are sent together at most.
const BATCH: usize = 256;

/// How long the server has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionSettings {
    /// For one batch, and for opening a session.
    pub answer_limit: Duration,
    /// How often a server that is away is tried, and one that is not is asked for a sign of life.
    pub probe_period: Duration,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self { answer_limit: Duration::from_secs(2), probe_period: Duration::from_secs(1) }
    }
}

/// A broker over one session at a time. While there is none, sending fails at once; a session after the first begins
/// with a [`Received::Gap`], as something may have been sent meanwhile.
#[derive(Debug)]
pub struct SessionBroker {
    outbox: Outbox,
    up: Arc<AtomicBool>,
    _driver: AbortOnDropHandle<()>,
}

impl SessionBroker {
    /// Tries to open a session, and goes on trying when that does not succeed at once. With it comes what this node
    /// receives, at most `capacity` payloads at a time.
    pub async fn start(
        transport: impl Transport,
        settings: SessionSettings,
        capacity: usize,
    ) -> (Self, mpsc::Receiver<Received>) {
        let (inbox, received) = Inbox::new(capacity);
        let (outbox, parcels) = Outbox::new(OUTBOX_ROOM);
        let up = Arc::new(AtomicBool::new(false));
        let driver = Driver { transport, settings, inbox: Arc::new(inbox), parcels, up: up.clone() };
        let first = driver.open().await;
        let driver = tokio::spawn(driver.run(first));
        (Self { outbox, up, _driver: AbortOnDropHandle::new(driver) }, received)
    }

    /// Whether there is a session.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Acquire)
    }
}

/// Why something is not sent.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("it is away")]
    Away,
    #[error("{0} bytes are more than {MAX_PAYLOAD}")]
    TooLarge(usize),
}

impl From<Refused> for BrokerError {
    fn from(refused: Refused) -> Self {
        Self(Arc::new(refused))
    }
}

#[async_trait]
impl Broker for SessionBroker {
    async fn send(&self, nodes: &[NodeNumber], payload: Bytes) -> Result<(), BrokerError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(Refused::TooLarge(payload.len()).into());
        }
        if self.is_up() && self.outbox.put(nodes, payload).await { Ok(()) } else { Err(Refused::Away.into()) }
    }
}

/// Keeps a session open.
struct Driver<T> {
    transport: T,
    settings: SessionSettings,
    inbox: Arc<Inbox>,
    parcels: mpsc::UnboundedReceiver<Parcel>,
    up: Arc<AtomicBool>,
}

impl<T: Transport> Driver<T> {
    async fn open(&self) -> Result<Box<dyn Session>, SessionError> {
        let session = timeout(self.settings.answer_limit, self.transport.open(self.inbox.clone())).await;
        let session = session.map_err(SessionError::from).and_then(|session| session);
        self.up.store(session.is_ok(), Ordering::Release);
        session
    }

    async fn run(mut self, mut attempt: Result<Box<dyn Session>, SessionError>) {
        let mut told_away = false;
        loop {
            match attempt {
                Ok(session) => {
                    tracing::info!("the broker is there");
                    told_away = false;
                    let end = self.serve(session).await;
                    self.up.store(false, Ordering::Release);
                    if let Err(error) = end {
                        tracing::warn!(error = &*error as &dyn std::error::Error, "the broker is lost");
                    } else {
                        return;
                    }
                }
                Err(error) if !told_away => {
                    told_away = true;
                    tracing::warn!(error = &*error as &dyn std::error::Error, "the broker is away");
                    sleep(self.settings.probe_period).await;
                }
                Err(_) => sleep(self.settings.probe_period).await,
            }
            // What waited is as good as lost: whoever would get it reads the ledger.
            while self.parcels.try_recv().is_ok() {}
            attempt = self.open().await;
            if attempt.is_ok() {
                self.inbox.gap();
            }
        }
    }

    /// Sends what there is to send until the session is of no more use; without an error when nobody will send any more.
    async fn serve(&mut self, mut session: Box<dyn Session>) -> Result<(), SessionError> {
        let mut batch = Vec::with_capacity(BATCH);
        let mut signs = interval(self.settings.probe_period);
        signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                count = self.parcels.recv_many(&mut batch, BATCH) => if count == 0 { return Ok(()) },
                () = session.lost() => return Err("the connection is lost".into()),
                _ = signs.tick() => {}
            }
            timeout(self.settings.answer_limit, session.send(&batch)).await??;
            batch.clear();
        }
    }
}

#[cfg(test)]
mod tests;
