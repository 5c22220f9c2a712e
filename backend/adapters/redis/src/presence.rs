//! Presence that all nodes share.

mod held;

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kith_domain::{
    Caller, NodeNumber, Timestamp,
    id::{DeviceId, UserId},
    ports::presence::{GRACE_MILLIS, LEASE_MILLIS, Presence, Transition},
};
use redis::{FromRedisValue, Script};
use tokio::sync::Mutex as AsyncMutex;

use self::held::Held;
use crate::link::{Away, Link};

static ENTER: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("presence/enter.lua")));
static RENEW: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("presence/renew.lua")));
static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("presence/release.lua")));
static SWEEP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("presence/sweep.lua")));
static ACTIVE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("presence/active.lua")));
static ONLINE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("presence/online.lua")));

/// The beginning of all keys, as `presence/enter.lua` describes them. The braces keep them in one slot of a cluster.
const BASE: &str = "{kith:presence}";
/// Leases in one script: Redis serves nobody else meanwhile, which is a few milliseconds.
const BATCH: usize = 500;

/// Leases in Redis, each of one device on one node: about 300 bytes a person. Scripts decide who came and who went, so
/// that one node of all gets the news.
///
/// Each node remembers its own leases as well. When Redis was emptied or away, every node brings them back before it
/// says or asks anything else, which is at its next sweep; for one lease after that nothing is announced, so that
/// people of a node that is late are not seen to leave. Who came in the meantime is announced then.
#[derive(Debug)]
pub struct RedisPresence {
    link: Arc<Link>,
    node: NodeNumber,
    held: Mutex<Held>,
    standing: Mutex<Standing>,
    /// One call at a time brings the leases back; the others wait for it.
    entering: AsyncMutex<()>,
}

/// How this node stands with Redis.
#[derive(Debug, Default)]
struct Standing {
    /// The data set it brought its leases to; a script refuses another one. `None` before that.
    epoch: Option<String>,
    /// Whether something failed since.
    failed: bool,
    /// The time of the last call that was answered.
    heard: Option<Timestamp>,
}

impl RedisPresence {
    /// Presence of `node`, which no other running node may have as its number.
    pub async fn enter(link: Arc<Link>, node: NodeNumber) -> Self {
        let presence = Self {
            link,
            node,
            held: Mutex::default(),
            standing: Mutex::default(),
            entering: AsyncMutex::new(()),
        };
        // No lease is held yet, so the time does not matter. A Redis that is away is entered by a later call.
        let _ = presence.epoch(Timestamp::from_millis(0)).await;
        presence
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The epoch, if it stands: the leases of this node are there.
    fn standing_epoch(&self) -> Option<String> {
        let standing = self.standing();
        standing.epoch.clone().filter(|_| !standing.failed)
    }

    /// The epoch, after bringing this node's leases there if need be.
    async fn epoch(&self, now: Timestamp) -> Result<String, Away> {
        if let Some(epoch) = self.standing_epoch() {
            return Ok(epoch);
        }
        let _entering = self.entering.lock().await;
        if let Some(epoch) = self.standing_epoch() {
            return Ok(epoch);
        }
        let (known, outage) = {
            let standing = self.standing();
            let long = |heard: Timestamp| now >= heard.plus_millis(GRACE_MILLIS);
            (standing.epoch.clone(), standing.failed && standing.heard.is_some_and(long))
        };
        let fresh = format!("{:016x}", fastrand::u64(..));
        let (mut epoch, mut emptied) = (known.unwrap_or_default(), false);
        let leases = self.held().leases();
        // Once at least: without a lease there is still an epoch to learn.
        let mut batches: Vec<_> = leases.chunks(BATCH).collect();
        if batches.is_empty() {
            batches.push(&[]);
        }
        for batch in batches {
            let mut enter = ENTER.key(BASE);
            enter.arg(&epoch).arg(&fresh).arg(now.as_millis()).arg(LEASE_MILLIS).arg(GRACE_MILLIS);
            enter.arg(u8::from(outage)).arg(u8::from(emptied));
            for lease in batch {
                enter.arg(lease.user.get()).arg(self.field(lease.device));
                enter.arg(lease.end.as_millis()).arg(u8::from(lease.sure));
            }
            let answer: (String, bool) = self
                .link
                .ask(|mut connection| async move { enter.invoke_async(&mut connection).await })
                .await?;
            (epoch, emptied) = answer;
        }
        if emptied {
            tracing::warn!(leases = leases.len(), "Redis was emptied: leases were brought back");
        }
        self.held().sure(leases.iter().map(|lease| lease.user));
        *self.standing() = Standing { epoch: Some(epoch.clone()), failed: false, heard: Some(now) };
        Ok(epoch)
    }

    /// Runs a script in this node's epoch. The arguments are those that follow the epoch.
    async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        now: Timestamp,
        arguments: &[String],
    ) -> Result<T, Away> {
        loop {
            let epoch = self.epoch(now).await?;
            let mut call = script.key(BASE);
            call.arg(&epoch).arg(arguments);
            let answer = self
                .link
                .ask(|mut connection| async move { call.invoke_async::<Option<T>>(&mut connection).await })
                .await;
            let mut standing = self.standing();
            match answer {
                Ok(Some(answer)) => {
                    standing.heard = Some(now);
                    return Ok(answer);
                }
                // Another data set: an emptied Redis. Each turn costs somebody to empty it.
                Ok(None) => standing.failed |= standing.epoch.as_ref() == Some(&epoch),
                Err(away) => {
                    standing.failed = true;
                    return Err(away);
                }
            }
        }
    }

    /// Brings a batch of leases that this node holds already.
    async fn renew_batch(&self, callers: &[Caller], now: Timestamp) -> Vec<Transition> {
        let mut arguments =
            vec![text(now.as_millis()), text(LEASE_MILLIS), text(GRACE_MILLIS), text(self.node)];
        for caller in callers {
            arguments.extend([text(caller.user_id.get()), text(caller.device_id.get())]);
        }
        match self.run::<Vec<u64>>(&RENEW, now, &arguments).await {
            Ok(came) => {
                self.held().sure(callers.iter().map(|caller| caller.user_id));
                let came = came.into_iter().map(UserId::new);
                came.map(|user_id| Transition { user_id, online: true, at: now }).collect()
            }
            Err(Away { .. }) => Vec::new(),
        }
    }

    /// The name of a device's lease on this node.
    fn field(&self, device: DeviceId) -> String {
        format!("{}:{}", device.get(), self.node)
    }
}

#[async_trait]
impl Presence for RedisPresence {
    async fn renew_all(&self, callers: &[Caller], now: Timestamp) -> Vec<Transition> {
        let mut came = Vec::new();
        self.held().renew(callers, now);
        for batch in callers.chunks(BATCH) {
            came.extend(self.renew_batch(batch, now).await);
        }
        came
    }

    async fn release(&self, user: UserId, device: DeviceId, now: Timestamp) {
        self.held().release(user, device, now);
        let arguments = [text(now.as_millis()), text(GRACE_MILLIS), text(user.get()), self.field(device)];
        // While Redis is away the lease runs out there, or is brought back as it ended.
        let _ = self.run::<u64>(&RELEASE, now, &arguments).await;
    }

    async fn sweep(&self, now: Timestamp) -> Vec<Transition> {
        self.held().forget(now);
        let arguments = [text(now.as_millis()), text(BATCH)];
        let mut transitions = Vec::new();
        loop {
            let Ok((gone, came)) =
                self.run::<(Vec<(u64, i64)>, Vec<(u64, i64)>)>(&SWEEP, now, &arguments).await
            else {
                return transitions;
            };
            let more = gone.len() == BATCH;
            transitions.extend(gone.into_iter().map(|(user, due)| Transition {
                user_id: UserId::new(user),
                online: false,
                at: Timestamp::from_millis(due).plus_millis(-GRACE_MILLIS),
            }));
            transitions.extend(came.into_iter().map(|(user, at)| Transition {
                user_id: UserId::new(user),
                online: true,
                at: Timestamp::from_millis(at),
            }));
            if !more {
                return transitions;
            }
        }
    }

    async fn online(&self, users: &[UserId]) -> Option<Vec<UserId>> {
        // Without a time nothing can be brought back: the next sweep does that.
        let epoch = self.standing_epoch()?;
        if users.is_empty() {
            return Some(Vec::new());
        }
        let mut call = ONLINE.key(BASE);
        call.arg(&epoch).arg(users.iter().map(|user| user.get()).collect::<Vec<_>>());
        let answer = self
            .link
            .ask(
                |mut connection| async move { call.invoke_async::<Option<Vec<bool>>>(&mut connection).await },
            )
            .await;
        match answer {
            Ok(online) => Some(
                users
                    .iter()
                    .copied()
                    .zip(online?)
                    .filter_map(|(user, online)| online.then_some(user))
                    .collect(),
            ),
            Err(Away { .. }) => {
                self.standing().failed = true;
                None
            }
        }
    }

    async fn active(&self, devices: &[Caller], now: Timestamp) -> Option<Vec<Caller>> {
        let mut active = Vec::new();
        for batch in devices.chunks(BATCH) {
            let mut arguments = vec![text(now.as_millis())];
            for caller in batch {
                arguments.extend([text(caller.user_id.get()), text(caller.device_id.get())]);
            }
            let held: Vec<bool> = self.run(&ACTIVE, now, &arguments).await.ok()?;
            if held.len() < batch.len() {
                return None;
            }
            active.extend(batch.iter().zip(held).filter_map(|(caller, held)| held.then_some(*caller)));
        }
        Some(active)
    }
}

fn text(value: impl ToString) -> String {
    value.to_string()
}
