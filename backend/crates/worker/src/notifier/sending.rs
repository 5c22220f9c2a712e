//! Tells many devices, a few at a time, and within a bounded time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use kith_domain::{
    Clock, DeviceId, Timestamp,
    ports::{
        Push, PushError,
        push::{PushNotice, PushToken},
    },
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::metrics::{Metrics, Outcome};
use crate::relay::seconds_since;

/// Calls that are under way at once. As many failures in a row say that it is not single devices that fail.
const AT_ONCE: usize = 32;
/// How long a batch may take, waits included. Above the minute for which a busy service wants to be left alone if it does not
/// say how long, so that this passes without loss. Far below the five minutes after which Kafka takes its partitions from a
/// follower that asks for nothing, and would hand the same batch to the next one, for ever.
const LIMIT: Duration = Duration::from_secs(120);
/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// A refusal is logged so often at the most: whatever is wrong, it is so for many devices.
const REFUSALS_LOGGED_MILLIS: i64 = 60_000;

/// A device that is to be told.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub(super) device_id: DeviceId,
    pub(super) token: PushToken,
    pub(super) notice: PushNotice,
    /// When that message was sent.
    pub(super) said_at: Timestamp,
}

/// The end of the time that a batch has.
pub(super) struct Patience(Instant);

impl Patience {
    /// It begins now.
    pub(super) fn begin() -> Self {
        Self(Instant::now() + LIMIT)
    }

    /// Whether nothing more may begin.
    pub(super) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// Tells devices.
pub(super) struct Sender {
    push: Arc<dyn Push>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    /// Whether the service was waited for in vain, and nothing got through since: then it is not waited for again, and
    /// the batches of an outage pass with a few tries each.
    failing: AtomicBool,
    refusal_logged: AtomicI64,
}

/// What came of telling each device once.
#[derive(Default)]
struct Round {
    dead: Vec<(DeviceId, PushToken)>,
    /// Worth another try.
    again: Vec<Due>,
    /// For how long the service wants to be left alone.
    busy: Option<Duration>,
    /// How many failed since one got through.
    failures: usize,
}

impl Sender {
    pub(super) fn new(push: Arc<dyn Push>, clock: Arc<dyn Clock>, metrics: Metrics) -> Self {
        let refusal_logged = AtomicI64::new(i64::MIN);
        Self { push, clock, metrics, failing: AtomicBool::new(false), refusal_logged }
    }

    /// Tells each device, and returns those whose tokens reach nobody any more. Who cannot be told in time is passed over.
    pub(super) async fn send(&self, mut due: Vec<Due>, patience: &Patience) -> Vec<(DeviceId, PushToken)> {
        let (mut dead, mut pause) = (Vec::new(), FIRST_PAUSE);
        loop {
            let mut round = self.round(due, patience).await;
            dead.append(&mut round.dead);
            if round.again.is_empty() {
                return dead;
            }
            let wait = round.busy.unwrap_or(pause).max(FIRST_PAUSE);
            if self.failing.load(Ordering::Relaxed) || wait >= patience.left() {
                self.metrics.count(Outcome::PassedOver, round.again.len());
                if round.busy.is_some() || round.failures > 0 {
                    self.note_failing();
                }
                return dead;
            }
            sleep(wait).await;
            (due, pause) = (round.again, pause * 2);
        }
    }

    /// Tells each device once, until the service is busy, nothing gets through, or the time is over.
    async fn round(&self, due: Vec<Due>, patience: &Patience) -> Round {
        let (mut waiting, mut under_way) = (due.into_iter(), JoinSet::new());
        let mut round = Round::default();
        loop {
            // What fails in a row makes room for nothing new.
            while under_way.len() + round.failures < AT_ONCE
                && round.busy.is_none()
                && !patience.is_over()
                && let Some(due) = waiting.next()
            {
                let push = Arc::clone(&self.push);
                under_way.spawn(async move {
                    let outcome = push.push(&due.token, &due.notice).await;
                    (due, outcome)
                });
            }
            let Some(ended) = under_way.join_next().await else { break };
            // One that panics is said so by the runtime, and told nothing.
            let Ok((due, outcome)) = ended else { continue };
            match outcome {
                Ok(()) => {
                    round.failures = 0;
                    self.failing.store(false, Ordering::Relaxed);
                    self.metrics.count(Outcome::Sent, 1);
                    self.metrics.delay.observe(seconds_since(&*self.clock, due.said_at));
                }
                Err(PushError::Unregistered) => {
                    round.failures = 0;
                    self.metrics.count(Outcome::Unregistered, 1);
                    round.dead.push((due.device_id, due.token));
                }
                Err(PushError::Busy(wait)) => {
                    round.busy = round.busy.max(Some(wait));
                    round.again.push(due);
                }
                Err(PushError::Unavailable(_)) => {
                    round.failures += 1;
                    round.again.push(due);
                }
                Err(PushError::Refused(reason)) => {
                    round.failures += 1;
                    self.metrics.count(Outcome::Refused, 1);
                    self.log_refusal(&reason);
                }
            }
        }
        round.again.extend(waiting);
        round
    }

    fn note_failing(&self) {
        if !self.failing.swap(true, Ordering::Relaxed) {
            tracing::warn!("the push service takes nothing: devices are passed over until it does");
        }
    }

    fn log_refusal(&self, reason: &str) {
        let (now, last) = (self.clock.now().as_millis(), self.refusal_logged.load(Ordering::Relaxed));
        // A clock that was set back must not silence it.
        if !(0..REFUSALS_LOGGED_MILLIS).contains(&now.saturating_sub(last)) {
            self.refusal_logged.store(now, Ordering::Relaxed);
            tracing::error!(reason, "the push service refuses a notice");
        }
    }
}

#[cfg(test)]
mod tests;
