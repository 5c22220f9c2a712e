//! Who is there: every node renews a lease in the ledger, and whoever lets it lapse is gone.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use kith_domain::{
    Clock, NodeNumber, Timestamp,
    ports::{Store, StoreError, StoreExt, leases::Lease},
};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{
    audiences::Audiences,
    envelope::Boot,
    links::{LinksHandle, Order},
    metrics::Metrics,
    recovery::RecoveryHandle,
    routes::Routes,
};

/// How often the lease is renewed and the others are looked for.
const PERIOD: Duration = Duration::from_secs(1);
/// A node is gone so long after its last renewal.
const LIFE_MILLIS: i64 = 4_000;
/// The number of a node stays its own for so long after its last renewal, so that two nodes never give out the same
/// ids.
const NUMBER_MILLIS: i64 = 60_000;
/// A node that does not hear itself for so long takes the broker for away.
const SILENCE: Duration = Duration::from_millis(2_500);

/// The names of the leases.
const LIVE: &str = "node/";
const NUMBER: &str = "number/";

/// Another process holds the number of this node.
#[derive(Debug, Clone, thiserror::Error)]
#[error("another process has taken the node number {0}: two nodes of one number would give out the same ids")]
pub struct NumberLost(pub NodeNumber);

/// Why no number was to be had.
#[derive(Debug, thiserror::Error)]
pub enum NumberError {
    /// The wanted number is another node's.
    #[error("node number {0} is in use, or was until a minute ago; choose another one, or leave it to Kith")]
    Taken(NodeNumber),
    /// All are in use.
    #[error("all node numbers are in use")]
    None,
    /// The store did not answer.
    #[error("node numbers cannot be leased")]
    Store(#[from] StoreError),
}

/// A node's number, leased.
#[derive(Debug, Clone)]
pub struct NodeLease {
    pub(crate) number: NodeNumber,
    pub(crate) boot: Boot,
}

impl NodeLease {
    /// Leases a number for this process: the wanted one, or the lowest that is free. `boot` is a random number.
    ///
    /// # Errors
    /// See [`NumberError`].
    pub async fn take(
        store: &dyn Store,
        clock: &dyn Clock,
        wanted: Option<NodeNumber>,
        boot: u64,
    ) -> Result<Self, NumberError> {
        let boot = Boot(boot);
        let numbers = match wanted {
            Some(number) => vec![number],
            None => {
                (0..=kith_domain::snowflake::MAX_NODE).filter_map(|n| NodeNumber::try_from(n).ok()).collect()
            }
        };
        let now = clock.now();
        let taken = store
            .write::<_, StoreError, _>(move |tx| {
                Box::pin(async move {
                    for number in numbers {
                        let (name, until) = (format!("{NUMBER}{number}"), now.plus_millis(NUMBER_MILLIS));
                        if tx.take_lease(&name, &holder(boot), now, until).await?.is_some() {
                            return Ok(Some(number));
                        }
                    }
                    Ok(None)
                })
            })
            .await?;
        match (taken, wanted) {
            (Some(number), _) => Ok(Self { number, boot }),
            (None, Some(number)) => Err(NumberError::Taken(number)),
            (None, None) => Err(NumberError::None),
        }
    }

    /// A text that no other process has: the holder of this node's leases.
    #[must_use]
    pub fn holder(&self) -> String {
        holder(self.boot)
    }

    /// The number.
    #[must_use]
    pub fn number(&self) -> NodeNumber {
        self.number
    }

    /// Gives the number back, for another process to take at once.
    ///
    /// # Errors
    /// [`StoreError`]; the number is free a minute later.
    pub async fn release(&self, store: &dyn Store) -> Result<(), StoreError> {
        let (number, boot) = (self.number, self.boot);
        store
            .write::<_, StoreError, _>(move |tx| {
                Box::pin(async move {
                    tx.release_lease(&format!("{LIVE}{number}"), &holder(boot)).await?;
                    tx.release_lease(&format!("{NUMBER}{number}"), &holder(boot)).await
                })
            })
            .await
    }
}

/// How long it is until the first of these leases lapses, unless it is renewed: who is gone is missed at once then.
fn first_lapse(leases: &[Lease], now: Timestamp) -> Option<Duration> {
    let millis = leases.iter().map(|lease| lease.expires_at.millis_since(now)).min()?;
    Some(Duration::from_millis(millis.max(0).unsigned_abs() + 1))
}

fn holder(boot: Boot) -> String {
    format!("{:016x}", boot.0)
}

/// Keeps this node's leases and follows the others'.
pub(crate) struct Peers {
    pub(crate) lease: NodeLease,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) routes: Arc<Routes>,
    pub(crate) audiences: Arc<Audiences>,
    pub(crate) links: LinksHandle,
    pub(crate) recovery: RecoveryHandle,
    pub(crate) metrics: Metrics,
    pub(crate) heard_itself: watch::Receiver<Instant>,
    /// Told when the number is lost.
    pub(crate) lost: watch::Sender<Option<NumberLost>>,
    pub(crate) stop: CancellationToken,
    pub(crate) known: HashMap<NodeNumber, Boot>,
}

impl Peers {
    /// Runs until stopped, and gives this node's leases up then.
    pub(crate) async fn run(mut self) {
        let mut turns = interval(PERIOD);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut away_since: Option<Instant> = None;
        loop {
            tokio::select! {
                _ = turns.tick() => {}
                () = self.stop.cancelled() => break,
            }
            // While the store is away nobody can be told to be gone.
            match self.renew().await {
                Ok(Some(leases)) => {
                    if let Some(lapse) = first_lapse(&leases, self.clock.now()) {
                        turns.reset_after(lapse.min(PERIOD));
                    }
                    self.follow(leases).await;
                }
                Ok(None) => {
                    self.lost.send_replace(Some(NumberLost(self.lease.number)));
                }
                Err(error) => tracing::warn!(%error, "the node's lease was not renewed"),
            }
            self.links.order(Order::Ping).await;
            self.audiences.purge(Instant::now());
            self.metrics.routes.set(i64::try_from(self.routes.len()).unwrap_or(i64::MAX));
            away_since = self.look_after_the_broker(away_since);
        }
        if let Err(error) = self.lease.release(&*self.store).await {
            tracing::debug!(%error, "the node's leases lapse by themselves");
        }
    }

    /// While the broker is away the ledger is read each second, and once more when it is back.
    fn look_after_the_broker(&self, away_since: Option<Instant>) -> Option<Instant> {
        let heard = *self.heard_itself.borrow();
        let away = heard.elapsed() > SILENCE;
        match (away, away_since) {
            (true, None) => {
                tracing::warn!("the broker between the nodes is away; new entries are read from the ledger");
                self.recovery.since(heard);
                Some(Instant::now())
            }
            (true, Some(since)) => {
                self.recovery.since(Instant::now());
                Some(since)
            }
            (false, Some(since)) => {
                tracing::info!(seconds = since.elapsed().as_secs(), "the broker between the nodes is back");
                self.recovery.since(since);
                None
            }
            (false, None) => None,
        }
    }

    /// Renews both leases; the live nodes, or `None` when the number is somebody else's.
    async fn renew(&self) -> Result<Option<Vec<Lease>>, StoreError> {
        let (NodeLease { number, boot }, now) = (self.lease.clone(), self.clock.now());
        self.store
            .write::<_, StoreError, _>(move |tx| {
                Box::pin(async move {
                    let holder = holder(boot);
                    let until = now.plus_millis(NUMBER_MILLIS);
                    if tx.take_lease(&format!("{NUMBER}{number}"), &holder, now, until).await?.is_none() {
                        return Ok(None);
                    }
                    let until = now.plus_millis(LIFE_MILLIS);
                    tx.take_lease(&format!("{LIVE}{number}"), &holder, now, until).await?;
                    Ok(Some(tx.list_leases(LIVE, now).await?))
                })
            })
            .await
    }

    async fn follow(&mut self, leases: Vec<Lease>) {
        let live: HashMap<NodeNumber, Boot> = leases
            .iter()
            .filter_map(|lease| {
                let number: u16 = lease.name.strip_prefix(LIVE)?.parse().ok()?;
                let boot = u64::from_str_radix(&lease.holder, 16).ok()?;
                Some((NodeNumber::try_from(number).ok()?, Boot(boot)))
            })
            .filter(|(number, _)| *number != self.lease.number)
            .collect();
        if live == self.known {
            return;
        }
        for (&node, boot) in &self.known {
            if live.get(&node) != Some(boot) {
                tracing::info!(%node, "a node is gone");
                self.routes.forget(node);
                // What it committed and did not send.
                let silent = Duration::from_millis(LIFE_MILLIS.unsigned_abs()) + 2 * PERIOD;
                let now = Instant::now();
                self.recovery.since(now.checked_sub(silent).unwrap_or(now));
            }
        }
        for node in live.keys().filter(|node| !self.known.contains_key(*node)) {
            tracing::info!(%node, "a node is there");
        }
        self.metrics.peers.set(i64::try_from(live.len()).unwrap_or(i64::MAX));
        self.known.clone_from(&live);
        self.links.order(Order::Peers(live)).await;
    }
}

#[cfg(test)]
mod tests {
    use kith_domain::ports::leases::FencingToken;

    use super::*;

    #[test]
    fn a_lease_is_looked_at_when_it_lapses() {
        let now = Timestamp::from_millis(1_790_000_000_000);
        let leases = |left: &[i64]| -> Vec<Lease> {
            let lease = |millis: &i64| Lease {
                name: "node/1".to_owned(),
                holder: "1".to_owned(),
                token: FencingToken(1),
                expires_at: now.plus_millis(*millis),
            };
            left.iter().map(lease).collect()
        };
        for (left, expected) in
            [(&[][..], None), (&[4_000], Some(4_001)), (&[3_500, 250, 4_000], Some(251)), (&[-3], Some(1))]
        {
            let expected = expected.map(Duration::from_millis);
            assert_eq!(first_lapse(&leases(left), now), expected, "{left:?}");
        }
    }
}
