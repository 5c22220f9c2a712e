//! Lets one node of several do a job.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kith_domain::{
    Clock, Timestamp,
    ports::{Store, StoreError, StoreExt as _, Transaction, leases::FencingToken},
};
use tokio::time::{MissedTickBehavior, interval};

/// How long a node has a job to itself after its last renewal. Another node takes over at most so long after it died.
const LIFE_MILLIS: i64 = 15_000;
/// How often a job that takes long looks after its lease.
const RENEW_EVERY: Duration = Duration::from_secs(3);

/// The lease of a job: whoever holds it does the job. On a single node nobody asks for one.
#[derive(Clone)]
pub struct JobLease(Option<Arc<Leased>>);

struct Leased {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    name: Arc<str>,
    holder: String,
    /// What is known of it, while it is this node's.
    held: Mutex<Option<Held>>,
}

#[derive(Clone, Copy)]
struct Held {
    token: FencingToken,
    until: Timestamp,
}

/// A time during which a job is one node's. What may not be done after it, is done in one transaction with
/// [`Tenure::check`].
#[derive(Debug, Clone)]
pub struct Tenure(Option<(Arc<str>, FencingToken)>);

/// The job went to another node, which may have gone on already.
#[derive(Debug, thiserror::Error)]
#[error("the job is another node's by now")]
struct Overtaken;

impl Tenure {
    /// That of a node that is alone, or of a job that others may do at the same time: it never ends.
    #[must_use]
    pub fn endless() -> Self {
        Self(None)
    }

    /// Sees to it that this transaction is committed before anybody else begins with the job, or not at all.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when somebody has begun: the transaction must not be committed.
    pub async fn check(&self, tx: &mut dyn Transaction) -> Result<(), StoreError> {
        let Some((name, token)) = &self.0 else { return Ok(()) };
        if tx.holds_lease(name, *token).await? {
            Ok(())
        } else {
            Err(StoreError::Unavailable(Arc::new(Overtaken)))
        }
    }
}

impl JobLease {
    /// The job of a node that is alone: always its own.
    #[must_use]
    pub fn alone() -> Self {
        Self(None)
    }

    /// The lease `job/NAME` for `holder`, a text that no other process has.
    #[must_use]
    pub fn shared(store: Arc<dyn Store>, clock: Arc<dyn Clock>, name: &str, holder: &str) -> Self {
        let (name, holder) = (format!("job/{name}").into(), holder.to_owned());
        Self(Some(Arc::new(Leased { store, clock, name, holder, held: Mutex::default() })))
    }

    /// The present tenure, if the job is this node's now; takes or renews the lease where that is due.
    ///
    /// # Errors
    /// [`StoreError`] when nobody can tell: then the job is not this node's.
    pub async fn take(&self) -> Result<Option<Tenure>, StoreError> {
        match &self.0 {
            Some(leased) => leased.take().await,
            None => Ok(Some(Tenure::endless())),
        }
    }

    /// Does some of the job, and renews the lease as long as it takes. It is done to its end even if the lease is lost
    /// on the way: only what checks its [`Tenure`] is refused then.
    pub async fn keep<T>(&self, work: impl Future<Output = T>) -> T {
        let Some(leased) = &self.0 else { return work.await };
        tokio::select! {
            done = work => done,
            never = leased.renew() => match never {},
        }
    }
}

impl Leased {
    fn known(&self) -> Option<Held> {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take(&self) -> Result<Option<Tenure>, StoreError> {
        let now = self.clock.now();
        let tenure = |token| Tenure(Some((Arc::clone(&self.name), token)));
        if let Some(held) = self.known().filter(|held| now.plus_millis(LIFE_MILLIS / 2) < held.until) {
            return Ok(Some(tenure(held.token)));
        }
        let until = now.plus_millis(LIFE_MILLIS);
        let (name, holder) = (Arc::clone(&self.name), self.holder.clone());
        let taken = self
            .store
            .write::<_, StoreError, _>(move |tx| {
                Box::pin(async move { tx.take_lease(&name, &holder, now, until).await })
            })
            .await?;
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = taken.map(|token| Held { token, until });
        Ok(taken.map(tenure))
    }

    async fn renew(&self) -> std::convert::Infallible {
        let mut turns = interval(RENEW_EVERY);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            turns.tick().await;
            if let Err(error) = self.take().await {
                tracing::warn!(job = &*self.name, %error, "the lease of a job could not be renewed yet");
            }
        }
    }
}
