//! Leases: what only one node may do at a time, and which nodes are there.

use async_trait::async_trait;

use super::StoreError;
use crate::clock::Timestamp;

/// Rises each time a lease is taken anew. Whoever acts by virtue of a lease shows it, so that a holder who was
/// overtaken without knowing it is told apart from the one of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FencingToken(pub u64);

/// A lease that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What is leased.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// The number of this tenure.
    pub token: FencingToken,
    /// From this moment on others may take it.
    pub expires_at: Timestamp,
}

/// Leases. A lease is held while `now < expires_at`; the times are the callers' own, so that a lease must last much
/// longer than their clocks differ.
#[async_trait]
pub trait LeaseRepository {
    /// Takes the lease until `until`, or renews it; `None` while somebody else holds it. Renewing keeps the token,
    /// taking a free or lapsed lease raises it, also for the holder who let it lapse.
    async fn take_lease(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<FencingToken>, StoreError>;
    /// Whether `token` is the tenure of now, whether or not its time is over. If so, nobody begins another one before this
    /// transaction has ended: what it writes was written in this tenure.
    async fn holds_lease(&mut self, name: &str, token: FencingToken) -> Result<bool, StoreError>;
    /// Gives the lease up, if `holder` has it: the next one may take it at once, with a higher token.
    async fn release_lease(&mut self, name: &str, holder: &str) -> Result<(), StoreError>;
    /// The leases held at `now` whose names begin with `prefix`, in the order of names.
    async fn list_leases(&mut self, prefix: &str, now: Timestamp) -> Result<Vec<Lease>, StoreError>;
}
