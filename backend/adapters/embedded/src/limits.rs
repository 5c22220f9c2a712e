//! Limits counted in this process.

use std::{
    hash::Hash,
    net::IpAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::DashMapStateStore,
};
use kith_domain::{
    Refusal,
    id::{ConversationId, DeviceId, UserId},
    ports::{Limit, Limits, limits::network_of},
};

use crate::limit_values::{LimitValues, Rate};

/// So many buckets of one kind may be there before it is looked which of them are full again.
const MANY: usize = 1 << 16;
/// How many are taken from between two counts of the buckets.
const COUNT_EVERY: usize = 1 << 12;

/// Token buckets, one per kind and key. A bucket takes 30–100 bytes until [`InProcessLimits::retain_recent`] finds
/// it full again, or there are twice as many as the last time: some keys are named by those who are counted, who could
/// name any number of them.
pub struct InProcessLimits<C: Clock = DefaultClock> {
    /// `None` lets everything pass.
    buckets: Option<Buckets<C>>,
}

struct Buckets<C: Clock> {
    messages: Keyed<UserId, C>,
    conversation_messages: Keyed<(UserId, ConversationId), C>,
    typing: Keyed<(UserId, ConversationId), C>,
    presence_changes: Keyed<DeviceId, C>,
    markers: Keyed<UserId, C>,
    requests: Keyed<UserId, C>,
    code_look_ups: Keyed<UserId, C>,
    searches: Keyed<UserId, C>,
    sign_ins: Keyed<IpAddr, C>,
    refreshes: Keyed<DeviceId, C>,
    password_checks: Keyed<UserId, C>,
    exports: Keyed<UserId, C>,
    uploads: Keyed<UserId, C>,
    calls: Keyed<UserId, C>,
}

impl InProcessLimits {
    /// Limits with these values.
    #[must_use]
    pub fn new(values: &LimitValues) -> Self {
        Self::with_clock(values, DefaultClock::default())
    }

    /// No limit at all: for load tests, never for a server that others can reach.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { buckets: None }
    }
}

impl<C: Clock + Clone> InProcessLimits<C> {
    /// Limits that measure time by `clock`.
    #[must_use]
    pub fn with_clock(values: &LimitValues, clock: C) -> Self {
        Self {
            buckets: Some(Buckets {
                messages: Keyed::new(values.messages, &clock),
                conversation_messages: Keyed::new(values.conversation_messages, &clock),
                typing: Keyed::new(values.typing, &clock),
                presence_changes: Keyed::new(values.presence_changes, &clock),
                markers: Keyed::new(values.markers, &clock),
                requests: Keyed::new(values.requests, &clock),
                code_look_ups: Keyed::new(values.code_look_ups, &clock),
                searches: Keyed::new(values.searches, &clock),
                sign_ins: Keyed::new(values.sign_ins, &clock),
                refreshes: Keyed::new(values.refreshes, &clock),
                password_checks: Keyed::new(values.password_checks, &clock),
                exports: Keyed::new(values.exports, &clock),
                uploads: Keyed::new(values.uploads, &clock),
                calls: Keyed::new(values.calls, &clock),
            }),
        }
    }
}

impl<C: Clock> InProcessLimits<C> {
    /// Forgets buckets that are full again; called every minute or so. It holds a part of the buckets at a time.
    pub fn retain_recent(&self) {
        let Some(buckets) = &self.buckets else { return };
        buckets.messages.retain_recent();
        buckets.conversation_messages.retain_recent();
        buckets.typing.retain_recent();
        buckets.presence_changes.retain_recent();
        buckets.markers.retain_recent();
        buckets.requests.retain_recent();
        buckets.code_look_ups.retain_recent();
        buckets.searches.retain_recent();
        buckets.sign_ins.retain_recent();
        buckets.refreshes.retain_recent();
        buckets.password_checks.retain_recent();
        buckets.exports.retain_recent();
        buckets.uploads.retain_recent();
        buckets.calls.retain_recent();
    }

    /// How many buckets are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buckets.as_ref().map_or(0, |buckets| {
            buckets.messages.len()
                + buckets.conversation_messages.len()
                + buckets.typing.len()
                + buckets.presence_changes.len()
                + buckets.markers.len()
                + buckets.requests.len()
                + buckets.code_look_ups.len()
                + buckets.searches.len()
                + buckets.sign_ins.len()
                + buckets.refreshes.len()
                + buckets.password_checks.len()
                + buckets.exports.len()
                + buckets.uploads.len()
                + buckets.calls.len()
        })
    }

    /// Whether no bucket is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[async_trait]
impl<C: Clock + Send + Sync> Limits for InProcessLimits<C> {
    async fn take(&self, limit: Limit) -> Result<(), Refusal> {
        let Some(buckets) = &self.buckets else { return Ok(()) };
        match limit {
            Limit::Messages(user) => buckets.messages.take(user),
            Limit::ConversationMessages(user, conversation) => {
                buckets.conversation_messages.take((user, conversation))
            }
            Limit::Typing(user, conversation) => buckets.typing.take((user, conversation)),
            Limit::PresenceChange(device) => buckets.presence_changes.take(device),
            Limit::Marker(user) => buckets.markers.take(user),
            Limit::Request(user) => buckets.requests.take(user),
            Limit::CodeLookUp(user) => buckets.code_look_ups.take(user),
            Limit::Search(user) => buckets.searches.take(user),
            Limit::SignIn(address) => buckets.sign_ins.take(network_of(address)),
            Limit::Refresh(device) => buckets.refreshes.take(device),
            Limit::PasswordCheck(user) => buckets.password_checks.take(user),
            Limit::Export(user) => buckets.exports.take(user),
            Limit::Upload(user) => buckets.uploads.take(user),
            Limit::Call(user) => buckets.calls.take(user),
        }
    }
}

/// The buckets of one kind.
struct Keyed<K: Hash + Eq + Clone, C: Clock> {
    limiter: RateLimiter<K, DashMapStateStore<K>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    taken: AtomicUsize,
    /// With so many buckets it is looked which are full again.
    many: AtomicUsize,
}

impl<K: Hash + Eq + Clone, C: Clock> Keyed<K, C> {
    fn new(rate: Rate, clock: &C) -> Self
    where
        C: Clone,
    {
        let quota = Quota::with_period(rate.interval()).expect("a rate's interval is above zero");
        let limiter =
            RateLimiter::new(quota.allow_burst(rate.burst()), DashMapStateStore::default(), clock.clone());
        Self { limiter, clock: clock.clone(), taken: AtomicUsize::new(0), many: AtomicUsize::new(MANY) }
    }

    fn take(&self, key: K) -> Result<(), Refusal> {
        if self.taken.fetch_add(1, Ordering::Relaxed) % COUNT_EVERY == COUNT_EVERY - 1 {
            self.bound();
        }
        self.limiter.check_key(&key).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            // Rounded up: who comes back after this time is welcome.
            let millis = wait.as_nanos().div_ceil(1_000_000).max(1);
            Refusal::RateLimited { retry_after_millis: u64::try_from(millis).unwrap_or(u64::MAX) }
        })
    }

    /// Forgets full buckets when there are many. What is left may double, so that this costs little for each bucket.
    fn bound(&self) {
        if self.limiter.len() >= self.many.load(Ordering::Relaxed) {
            self.limiter.retain_recent();
            self.many.store(MANY.max(2 * self.limiter.len()), Ordering::Relaxed);
        }
    }

    fn retain_recent(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
        self.many.store(MANY.max(2 * self.limiter.len()), Ordering::Relaxed);
    }

    fn len(&self) -> usize {
        self.limiter.len()
    }
}

#[cfg(test)]
mod tests;
