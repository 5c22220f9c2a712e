//! Wakes the devices of people who were written to while they were away.

mod metrics;
mod rules;
mod sending;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use kith_domain::{
    Caller, Clock, ConversationId, DeviceId, Entry, Seq, Timestamp, UserId,
    ports::{
        EntrySink, EntrySinkError, Presence, Push, Store, StoreError, StoreExt as _,
        outbox::OutboxRow,
        push::{PushNotice, PushTarget, PushToken},
    },
};
use prometheus_client::registry::Registry;

use self::{
    metrics::Metrics,
    rules::{Said, newest_for, said},
    sending::{Due, Patience, Sender},
};
use crate::{
    Consumer, Tenure,
    relay::{catch_up, oldest_waiting, seconds_since},
};

/// The name of the notifier as a consumer of the outbox, and of its group where there is a log of entries.
pub const NOTIFIER: &str = "notifier";

/// Devices of one look.
const PAGE: u32 = 500;
/// Devices that are told before more are looked for: what is held of a large batch at once.
const CHUNK: usize = 1_000;

/// Follows the ledger, by its outbox or by the log of entries, and tells devices where something is new for their owners.
///
/// A push is a hint: the device reads for itself what is there. So one may come twice, and what cannot be told in time is
/// passed over, because those who come later must not wait for it.
pub struct Notifier {
    store: Arc<dyn Store>,
    presence: Arc<dyn Presence>,
    clock: Arc<dyn Clock>,
    sender: Sender,
    metrics: Metrics,
}

impl Notifier {
    /// Tells devices by `push`; registers `kith_push_…`.
    pub fn new(
        store: Arc<dyn Store>,
        presence: Arc<dyn Presence>,
        push: Arc<dyn Push>,
        clock: Arc<dyn Clock>,
        registry: &mut Registry,
    ) -> Self {
        let metrics = Metrics::new(registry);
        let sender = Sender::new(push, Arc::clone(&clock), metrics.clone());
        Self { store, presence, clock, sender, metrics }
    }

    /// Follows the outbox up to its head, where there is no log of entries.
    ///
    /// # Errors
    /// The first failure of the store. What was confirmed stays so, and the next step goes on from there.
    pub async fn step(&self, tenure: &Tenure) -> Result<(), StoreError> {
        let oldest = oldest_waiting(&*self.store, NOTIFIER).await?;
        self.metrics.lag.set(oldest.map_or(0.0, |time| seconds_since(&*self.clock, time)));
        catch_up(&*self.store, &*self.clock, self, tenure).await?;
        self.metrics.lag.set(0.0);
        Ok(())
    }

    /// Tells whom the entries at these places concern, as far as they are there and still say something.
    async fn notify(&self, places: Vec<(ConversationId, Seq)>) -> Result<(), StoreError> {
        let patience = Patience::begin();
        let mut due = Vec::new();
        for (conversation, said) in self.said(places).await? {
            let mut after = None;
            loop {
                if patience.is_over() {
                    // Nobody has counted who would have come.
                    tracing::warn!("a batch of messages has more devices to tell than there is time for");
                    return Ok(());
                }
                let (page, last) = self.due(conversation, &said, after).await?;
                due.extend(page);
                if due.len() >= CHUNK {
                    self.tell(std::mem::take(&mut due), &patience).await;
                }
                if last.is_none() {
                    break;
                }
                after = last;
            }
        }
        self.tell(due, &patience).await;
        Ok(())
    }

    /// What was said at these places and wakes somebody, by conversation.
    async fn said(
        &self,
        places: Vec<(ConversationId, Seq)>,
    ) -> Result<BTreeMap<ConversationId, Vec<Said>>, StoreError> {
        let mut by_conversation: BTreeMap<ConversationId, Vec<Said>> = BTreeMap::new();
        if places.is_empty() {
            return Ok(by_conversation);
        }
        let entries: Vec<Entry> =
            self.store.read(move |tx| Box::pin(async move { tx.find_entries_at(&places).await })).await?;
        let now = self.clock.now();
        for entry in &entries {
            if let Some(said) = said(entry, now) {
                by_conversation.entry(entry.conversation_id).or_default().push(said);
            }
        }
        Ok(by_conversation)
    }

    /// Which devices of a page behind `after` are to be told, and where the next page begins if there may be one.
    async fn due(
        &self,
        conversation: ConversationId,
        said: &[Said],
        after: Option<(UserId, DeviceId)>,
    ) -> Result<(Vec<Due>, Option<(UserId, DeviceId)>), StoreError> {
        let now = self.clock.now();
        let senders: HashSet<UserId> = said.iter().map(|said| said.sender_id).collect();
        let senders: Vec<UserId> = senders.into_iter().collect();
        let (targets, blocks): (Vec<PushTarget>, Vec<(UserId, UserId)>) = self
            .store
            .read::<_, StoreError, _>(move |tx| {
                Box::pin(async move {
                    let targets = tx.list_push_targets(conversation, after, now, PAGE).await?;
                    let people: Vec<UserId> = targets.iter().map(|target| target.user_id).collect();
                    let blocks = if people.is_empty() {
                        Vec::new()
                    } else {
                        tx.blocks_among(&people, &senders).await?
                    };
                    Ok((targets, blocks))
                })
            })
            .await?;
        let last = targets.last().filter(|_| targets.len() == PAGE as usize);
        let last = last.map(|target| (target.user_id, target.device_id));
        let (blocks, active) = (blocks.into_iter().collect(), self.active(&targets, now).await);
        let due = |target: PushTarget| {
            let newest = newest_for(&target, said, &blocks, now)?;
            (!active.contains(&target.device_id)).then_some(Due {
                device_id: target.device_id,
                token: target.token,
                notice: PushNotice { conversation_id: conversation, seq: newest.seq },
                said_at: newest.at,
            })
        };
        Ok((targets.into_iter().filter_map(due).collect(), last))
    }

    /// The devices among the targets that are connected, and so are told by their sockets. While nobody can say, none is
    /// taken to be: a device is rather told twice than not at all.
    async fn active(&self, targets: &[PushTarget], now: Timestamp) -> HashSet<DeviceId> {
        let devices: Vec<Caller> = targets
            .iter()
            .map(|target| Caller { user_id: target.user_id, device_id: target.device_id })
            .collect();
        if devices.is_empty() {
            return HashSet::new();
        }
        let active = self.presence.active(&devices, now).await.unwrap_or_default();
        active.into_iter().map(|caller| caller.device_id).collect()
    }

    /// Tells devices, and forgets the tokens of those that are gone.
    async fn tell(&self, due: Vec<Due>, patience: &Patience) {
        let dead: Vec<(DeviceId, PushToken)> = self.sender.send(due, patience).await;
        if dead.is_empty() {
            return;
        }
        let dropped: Result<(), StoreError> =
            self.store.write(move |tx| Box::pin(async move { tx.drop_push_tokens(&dead).await })).await;
        if let Err(error) = dropped {
            // They are found dead again with the next message. All of the batch once more would wake the others again.
            tracing::warn!(%error, "push tokens that reach nobody could not be forgotten yet");
        }
    }
}

#[async_trait]
impl Consumer for Notifier {
    fn name(&self) -> &'static str {
        NOTIFIER
    }

    async fn handle(&self, rows: &[OutboxRow]) -> Result<(), StoreError> {
        self.notify(rows.iter().map(|row| (row.conversation_id, row.seq)).collect()).await
    }
}

#[async_trait]
impl EntrySink for Notifier {
    fn name(&self) -> &'static str {
        NOTIFIER
    }

    async fn take(&self, entries: Vec<Entry>) -> Result<(), EntrySinkError> {
        let oldest = entries.iter().map(|entry| entry.server_time).min();
        self.metrics.lag.set(oldest.map_or(0.0, |time| seconds_since(&*self.clock, time)));
        let now = self.clock.now();
        // A long backlog is passed over without a look at the ledger. What may wake somebody is looked up there, as it may
        // have been unsent since it was published.
        let recent = entries.iter().filter(|entry| said(entry, now).is_some());
        let places = recent.map(|entry| (entry.conversation_id, entry.seq)).collect();
        self.notify(places).await.map_err(|error| EntrySinkError(Arc::new(error)))?;
        self.metrics.lag.set(0.0);
        Ok(())
    }
}
