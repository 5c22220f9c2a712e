//! The outbox relay: hands every committed entry, in order, to each consumer.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use async_trait::async_trait;
use kith_domain::{
    Clock, Timestamp,
    ports::{Store, StoreError, StoreExt as _, outbox::OutboxRow},
};
use prometheus_client::{
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::{Tenure, metric::register};

/// How many rows one step reads.
const BATCH: u32 = 1_000;

/// Something that follows the ledger. Rows come in order and at least once, so handling one twice must change
/// nothing.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// The name its position is stored under.
    fn name(&self) -> &'static str;
    /// Handles rows; an error has the same rows come again.
    async fn handle(&self, rows: &[OutboxRow]) -> Result<(), StoreError>;
}

/// The relay of one node. Each consumer keeps its own position, so that a slow one holds up nobody.
pub struct Relay {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    consumers: Vec<Arc<dyn Consumer>>,
    /// Those that follow something else by now; what they have not taken waits for nobody.
    gone: Vec<&'static str>,
    are_forgotten: AtomicBool,
    lag: Lag,
}

type Lag = Family<Vec<(&'static str, &'static str)>, Gauge<f64, AtomicU64>>;

impl Relay {
    /// A relay to `consumers`. Those of the names `gone` are none any more. Registers `kith_outbox_lag_seconds`.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        consumers: Vec<Arc<dyn Consumer>>,
        gone: Vec<&'static str>,
        registry: &mut Registry,
    ) -> Self {
        let lag = register(
            registry,
            "kith_outbox_lag_seconds",
            "Age of the oldest entry that a consumer has not taken yet, on the node whose job the relay is",
            Lag::default(),
        );
        Self { store, clock, consumers, gone, are_forgotten: AtomicBool::new(false), lag }
    }

    /// Brings every consumer up to the head of the outbox, as far as the job is this node's.
    ///
    /// # Errors
    /// The first failure; the others had their turn.
    pub async fn step(&self, tenure: &Tenure) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        for consumer in &self.consumers {
            let caught_up = self.serve(&**consumer, tenure).await;
            outcome = outcome.and(caught_up);
        }
        if outcome.is_ok() && !self.are_forgotten.load(Ordering::Relaxed) {
            self.forget().await?;
            self.are_forgotten.store(true, Ordering::Relaxed);
        }
        outcome
    }

    async fn serve(&self, consumer: &dyn Consumer, tenure: &Tenure) -> Result<(), StoreError> {
        let lag = self.lag.get_or_create(&vec![("consumer", consumer.name())]).clone();
        let oldest = oldest_waiting(&*self.store, consumer.name()).await?;
        lag.set(oldest.map_or(0.0, |time| seconds_since(&*self.clock, time)));
        catch_up(&*self.store, &*self.clock, consumer, tenure).await?;
        lag.set(0.0);
        Ok(())
    }

    async fn forget(&self) -> Result<(), StoreError> {
        let gone = self.gone.clone();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    for consumer in gone {
                        tx.forget_consumer(consumer).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// How long ago that was, in seconds; 0 for what is to come.
pub(crate) fn seconds_since(clock: &dyn Clock, time: Timestamp) -> f64 {
    clock.now().millis_since(time).max(0) as f64 / 1_000.0
}

/// The time of the first entry that a consumer has not confirmed.
pub(crate) async fn oldest_waiting(
    store: &dyn Store,
    consumer: &'static str,
) -> Result<Option<Timestamp>, StoreError> {
    store
        .read(move |tx| {
            Box::pin(async move {
                let position = tx.consumer_position(consumer).await?;
                let rows = tx.list_outbox(position, 1).await?;
                let Some(row) = rows.first() else { return Ok(None) };
                let entry = tx.find_entry(row.conversation_id, row.seq).await?;
                Ok(entry.map(|entry| entry.server_time))
            })
        })
        .await
}

/// Brings one consumer up to the head of the outbox. Rows that are handled after the job went to another node are handled
/// there again, and not confirmed here.
///
/// A batch that is not full ends it: what has come meanwhile is for the next time, or it would not end while others write,
/// and with it neither its turn nor a node that is to stop.
pub(crate) async fn catch_up(
    store: &dyn Store,
    clock: &dyn Clock,
    consumer: &dyn Consumer,
    tenure: &Tenure,
) -> Result<(), StoreError> {
    let name = consumer.name();
    loop {
        let rows: Vec<OutboxRow> = store
            .read(move |tx| {
                Box::pin(async move {
                    let position = tx.consumer_position(name).await?;
                    tx.list_outbox(position, BATCH).await
                })
            })
            .await?;
        let Some(last) = rows.last().map(|row| row.pos) else { return Ok(()) };
        let full = rows.len() >= BATCH as usize;
        consumer.handle(&rows).await?;
        let (now, tenure) = (clock.now(), tenure.clone());
        store
            .write(move |tx| {
                Box::pin(async move {
                    tenure.check(tx).await?;
                    tx.confirm_outbox(name, last, now).await
                })
            })
            .await?;
        if !full {
            return Ok(());
        }
    }
}
