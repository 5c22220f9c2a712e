//! Limits that all nodes count together.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use kith_domain::{
    Refusal,
    ports::{Limit, Limits, limits::network_of},
};
use kith_embedded::{InProcessLimits, LimitValues};
use redis::Script;

use crate::link::{Away, Link};

static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("limits/take.lua")));

/// By what time is measured.
#[derive(Clone)]
pub enum TimeSource {
    /// By the clock of Redis, one for all nodes.
    Redis,
    /// By a time that somebody gives, counted from whenever they like: so that tests can move it.
    Given(Arc<dyn Fn() -> Duration + Send + Sync>),
}

/// Token buckets in Redis, about 100 bytes each, for a minute longer than they take to fill. While Redis is away this
/// node counts for itself, in buckets that begin full: [`LimitValues::alone`].
pub struct RedisLimits {
    link: Arc<Link>,
    values: LimitValues,
    time: TimeSource,
    alone: InProcessLimits,
}

impl RedisLimits {
    /// Limits with these values.
    #[must_use]
    pub fn new(link: Arc<Link>, values: LimitValues) -> Self {
        Self::with_time(link, values, TimeSource::Redis)
    }

    /// Limits that measure time by `time` while Redis is there.
    #[must_use]
    pub fn with_time(link: Arc<Link>, values: LimitValues, time: TimeSource) -> Self {
        Self { link, values, time, alone: InProcessLimits::new(&values.alone()) }
    }

    /// Forgets buckets of this node that are full again; called every minute or so.
    pub fn retain_recent(&self) {
        self.alone.retain_recent();
    }

    /// How long until the next one is welcome, when this one is not.
    async fn ask(&self, limit: &Limit) -> Result<Option<Duration>, Away> {
        let rate = self.values.of(limit);
        let now = match &self.time {
            TimeSource::Redis => String::new(),
            TimeSource::Given(time) => time().as_micros().to_string(),
        };
        let mut take = TAKE.key(key_of(limit));
        // A bucket of an interval below a microsecond is never empty.
        take.arg(rate.interval().as_micros().max(1).to_string()).arg(rate.burst().get()).arg(now);
        let micros: u64 =
            self.link.ask(|mut connection| async move { take.invoke_async(&mut connection).await }).await?;
        Ok((micros > 0).then(|| Duration::from_micros(micros)))
    }
}

#[async_trait]
impl Limits for RedisLimits {
    async fn take(&self, limit: Limit) -> Result<(), Refusal> {
        match self.ask(&limit).await {
            Ok(None) => Ok(()),
            Ok(Some(wait)) => {
                // Rounded up: who comes back after this time is welcome.
                let millis = wait.as_micros().div_ceil(1_000).max(1);
                Err(Refusal::RateLimited { retry_after_millis: u64::try_from(millis).unwrap_or(u64::MAX) })
            }
            Err(Away { .. }) => self.alone.take(limit).await,
        }
    }
}

/// The key of a bucket.
fn key_of(limit: &Limit) -> String {
    let key = |kind: &str, of: u64| format!("kith:limit:{kind}:{of}");
    match limit {
        Limit::Messages(user) => key("messages", user.get()),
        Limit::ConversationMessages(user, conversation) => {
            format!("{}:{}", key("conversation-messages", user.get()), conversation.get())
        }
        Limit::Typing(user, conversation) => format!("{}:{}", key("typing", user.get()), conversation.get()),
        Limit::PresenceChange(device) => key("presence-change", device.get()),
        Limit::Marker(user) => key("marker", user.get()),
        Limit::Request(user) => key("request", user.get()),
        Limit::CodeLookUp(user) => key("code-look-up", user.get()),
        Limit::Search(user) => key("search", user.get()),
        Limit::SignIn(address) => format!("kith:limit:sign-in:{}", network_of(*address)),
        Limit::Refresh(device) => key("refresh", device.get()),
        Limit::PasswordCheck(user) => key("password-check", user.get()),
        Limit::Export(user) => key("export", user.get()),
        Limit::Upload(user) => key("upload", user.get()),
        Limit::Call(user) => key("call", user.get()),
    }
}
