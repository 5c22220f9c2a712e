//! The outbox relay: hands every committed entry, in order, to each consumer.

use std::sync::Arc;

use async_trait::async_trait;
use kith_domain::{
    Clock,
    ports::{Store, StoreError, StoreExt as _, outbox::OutboxRow},
};

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
}

impl Relay {
    /// A relay to `consumers`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, consumers: Vec<Arc<dyn Consumer>>) -> Self {
        Self { store, clock, consumers }
    }

    /// Brings every consumer up to the head of the outbox.
    ///
    /// # Errors
    /// The first failure; the others had their turn.
    pub async fn step(&self) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        for consumer in &self.consumers {
            let caught_up = catch_up(&*self.store, &*self.clock, &**consumer).await;
            outcome = outcome.and(caught_up);
        }
        outcome
    }
}

/// Brings one consumer up to the head of the outbox.
pub(crate) async fn catch_up(
    store: &dyn Store,
    clock: &dyn Clock,
    consumer: &dyn Consumer,
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
        consumer.handle(&rows).await?;
        let now = clock.now();
        store.write(move |tx| Box::pin(async move { tx.confirm_outbox(name, last, now).await })).await?;
    }
}
