//! Presence: who holds a live connection.

use async_trait::async_trait;

use crate::{
    clock::Timestamp,
    device::Caller,
    id::{DeviceId, UserId},
};

/// Somebody came or went for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Who.
    pub user_id: UserId,
    /// Whether they are online now.
    pub online: bool,
    /// When they came; or when the last lease ended, which is before the grace that delays the news.
    pub at: Timestamp,
}

/// Presence by leases. A user is online while at least one device holds a lease; a lease ends 75 s after its last
/// renewal; going offline is announced 25 s after the last lease ended, so that a reload is not seen.
///
/// It may be away. Then nothing is reported, and nothing false is said: what changed meanwhile is reported by a later
/// sweep. News is told at most once, and lost with a node that got it and did not pass it on.
#[async_trait]
pub trait Presence: Send + Sync {
    /// Takes or renews a lease of each caller. The transitions of those whom this made online, in their order.
    async fn renew_all(&self, callers: &[Caller], now: Timestamp) -> Vec<Transition>;
    /// Takes or renews a lease. The transition, if this made the user online.
    async fn renew(&self, user: UserId, device: DeviceId, now: Timestamp) -> Option<Transition> {
        self.renew_all(&[Caller { user_id: user, device_id: device }], now).await.pop()
    }
    /// Gives a lease up: it ends now. Grace begins if it was the last one.
    async fn release(&self, user: UserId, device: DeviceId, now: Timestamp);
    /// Users whose grace ended by `now`, and those whose coming could not be reported when they came: each is reported
    /// once. Until its grace ends a returning user is one who never left.
    async fn sweep(&self, now: Timestamp) -> Vec<Transition>;
    /// Which of `users` are online, in their order, grace included: those whose going was not reported yet. `None` when
    /// that cannot be said now.
    async fn online(&self, users: &[UserId]) -> Option<Vec<UserId>>;
    /// Which of `devices` hold a lease at `now`, in their order; grace is none. `None` when that cannot be said now.
    async fn active(&self, devices: &[Caller], now: Timestamp) -> Option<Vec<Caller>>;
}

/// A lease lasts 75 s: two heartbeats and a half.
pub const LEASE_MILLIS: i64 = 75_000;
/// Going offline is announced after 25 s.
pub const GRACE_MILLIS: i64 = 25_000;
