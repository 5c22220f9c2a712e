//! Limits: how often something may be done.

use std::net::{IpAddr, Ipv6Addr};

use async_trait::async_trait;

use crate::{
    id::{ConversationId, DeviceId, UserId},
    refusal::Refusal,
};

/// What is counted, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Messages of one person: 60 at once, then 1 per second.
    Messages(UserId),
    /// Messages of one person in one conversation: 5 per second.
    ConversationMessages(UserId, ConversationId),
    /// Typing notes of one person in one conversation: 1 per 3 s.
    Typing(UserId, ConversationId),
    /// Presence changes of one device: 1 per 10 s.
    PresenceChange(DeviceId),
    /// Read markers of one person: 2 per second.
    Marker(UserId),
    /// Friend and join requests of one person: 50 per hour.
    Request(UserId),
    /// Code look-ups of one person: 60 per hour.
    CodeLookUp(UserId),
    /// Searches of one person: 30 per minute.
    Search(UserId),
    /// Sign-ins from one address (IPv6: one /64): 10 per 15 minutes.
    SignIn(IpAddr),
    /// Refreshes of one device: 60 per hour.
    Refresh(DeviceId),
    /// Checks of one person's account password, and its changes: 10 per 15 minutes.
    PasswordCheck(UserId),
    /// Exports of one person's data: 1 per 24 hours.
    Export(UserId),
    /// Uploads of one person: 30 at once, then 120 per hour.
    Upload(UserId),
    /// Calls of one person by REST, and those by a socket that have no limit for the person: 60 at once, then 20 per second.
    Call(UserId),
}

/// Limits. Never unlimited: without a shared store each node counts for itself.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Counts one.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`] with the time until the next one is welcome; a refused one is not counted.
    async fn take(&self, limit: Limit) -> Result<(), Refusal>;
}

/// What counts as one address: an IPv4 address, however it is written, or an IPv6 /64, all of which one household
/// has to itself (RFC 6177).
#[must_use]
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}
