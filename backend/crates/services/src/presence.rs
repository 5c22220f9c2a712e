//! Who is online.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kith_domain::{
    Caller, DeviceId, LiveEvent, Refusal, Timestamp, UserId,
    ports::{Limit, presence::Transition},
};

use crate::{Context, ServiceError};

/// In how many rounds each device that stays is noted as seen once: every five minutes or so. While it is there its lease says
/// so, and writing all of them down with each renewal would be most of what a store with many idle sockets does. A prime, so
/// that ids, whose lowest bits are mostly 0, spread over the rounds.
const ROUNDS: u64 = 11;
/// Devices that are noted with one write.
const NOTED_AT_ONCE: usize = 500;

/// Who is online, for friends.
#[derive(Clone)]
pub struct PresenceService {
    context: Arc<Context>,
    /// Devices that have gone and when, until they are noted.
    gone: Arc<Mutex<HashMap<DeviceId, Timestamp>>>,
    /// The last that is known of people whom the store did not let us announce. It is said once only, so that nobody else
    /// knows of it.
    untold: Arc<Mutex<HashMap<UserId, Transition>>>,
}

/// A panic elsewhere leaves a map behind that is as good as any.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PresenceService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, gone: Arc::default(), untold: Arc::default() }
    }

    /// A device's socket is live.
    pub async fn connected(&self, caller: Caller) -> Result<(), ServiceError> {
        let transition =
            self.context.presence.renew(caller.user_id, caller.device_id, self.context.now()).await;
        self.announce_all(transition).await
    }

    /// These devices' sockets are still live; called well within a lease, with a number that rises by one each time that all
    /// have been told.
    pub async fn beat(&self, callers: &[Caller], round: u64) -> Result<(), ServiceError> {
        let now = self.context.now();
        let came = self.context.presence.renew_all(callers, now).await;
        let told = self.announce_all(came).await;
        let devices = callers.iter().map(|caller| caller.device_id);
        let of_round = devices.filter(|device| device.get() % ROUNDS == round % ROUNDS);
        self.note(of_round.map(|device| (device, now)).collect()).await?;
        told
    }

    /// A device's last socket is gone; grace begins.
    pub async fn disconnected(&self, caller: Caller) {
        let now = self.context.now();
        self.context.presence.release(caller.user_id, caller.device_id, now).await;
        lock(&self.gone).insert(caller.device_id, now);
    }

    /// What a device says of its user's attention. It renews the lease; `idle` is private to the user's own devices.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`] above one change per 10 s.
    pub async fn set_state(&self, caller: &Caller, _idle: bool) -> Result<(), ServiceError> {
        self.context.limits.take(Limit::PresenceChange(caller.device_id)).await?;
        self.connected(*caller).await
    }

    /// Announces whose grace or lease has ended, and who came unseen, and notes when devices went; called about once a second.
    /// What the store does not take is told by a later call.
    pub async fn sweep(&self) -> Result<(), ServiceError> {
        let kept = self.still_untold().await;
        let news = self.context.presence.sweep(self.context.now()).await;
        self.announce_all(kept.into_iter().chain(news)).await?;
        let gone: Vec<(DeviceId, Timestamp)> = lock(&self.gone).drain().collect();
        for (index, some) in gone.chunks(NOTED_AT_ONCE).enumerate() {
            if let Err(error) = self.note(some.to_vec()).await {
                let mut waiting = lock(&self.gone);
                for (device, at) in &gone[index * NOTED_AT_ONCE..] {
                    waiting.entry(*device).or_insert(*at);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Takes out what could not be announced, as far as it is still true: the person may have come and gone at another node
    /// since. While nobody can say, it waits on.
    async fn still_untold(&self) -> Vec<Transition> {
        let users: Vec<UserId> = lock(&self.untold).keys().copied().collect();
        if users.is_empty() {
            return Vec::new();
        }
        let Some(online) = self.context.presence.online(&users).await else { return Vec::new() };
        let mut untold = lock(&self.untold);
        let taken = users.iter().filter_map(|user| untold.remove(user));
        taken.filter(|kept| online.contains(&kept.user_id) == kept.online).collect()
    }

    /// Announces one after another. After a failure of the store the rest waits for the next sweep, as the failed one does.
    async fn announce_all(
        &self,
        transitions: impl IntoIterator<Item = Transition>,
    ) -> Result<(), ServiceError> {
        let mut transitions = transitions.into_iter();
        while let Some(transition) = transitions.next() {
            // The newest is what counts.
            lock(&self.untold).remove(&transition.user_id);
            match self.announce(transition).await {
                // There is nobody to announce.
                Ok(()) | Err(ServiceError::Refused(_)) => {}
                Err(error) => {
                    let rest = std::iter::once(transition).chain(transitions);
                    lock(&self.untold).extend(rest.map(|transition| (transition.user_id, transition)));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Writes down when devices were last seen.
    async fn note(&self, seen: Vec<(DeviceId, Timestamp)>) -> Result<(), ServiceError> {
        if seen.is_empty() {
            return Ok(());
        }
        self.context.write(move |tx| Box::pin(async move { Ok(tx.touch_devices(&seen).await?) })).await
    }

    async fn announce(&self, transition: Transition) -> Result<(), ServiceError> {
        let Transition { user_id, online, at } = transition;
        // Somebody who looked during the grace saw them online: the news must be younger than that look.
        let as_of = self.context.now();
        if online {
            let (last_online, watchers) = self
                .context
                .read(move |tx| {
                    Box::pin(async move {
                        let account = tx.find_account(user_id).await?.ok_or(Refusal::NotFound)?;
                        Ok((account.last_online, tx.friend_ids(user_id).await?))
                    })
                })
                .await?;
            let event =
                LiveEvent::Presence { user_id, online, last_online, as_of, watchers: watchers.into() };
            // A closed bus means the node is going down; others will see the lease lapse.
            let _ = self.context.bus.publish(vec![event]).await;
            return Ok(());
        }
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    tx.update_last_online(user_id, at).await?;
                    let watchers = tx.friend_ids(user_id).await?.into();
                    tx.publish(LiveEvent::Presence {
                        user_id,
                        online,
                        last_online: Some(at),
                        as_of,
                        watchers,
                    });
                    Ok(())
                })
            })
            .await
    }
}
