//! Friends, requests and blocks.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Timestamp,
    id::{FriendRequestId, UserId},
};

/// An unordered pair of two different people, lower id first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pair {
    low: UserId,
    high: UserId,
}

impl Pair {
    /// `None` when both are the same person.
    #[must_use]
    pub fn new(a: UserId, b: UserId) -> Option<Self> {
        match a.cmp(&b) {
            std::cmp::Ordering::Less => Some(Self { low: a, high: b }),
            std::cmp::Ordering::Greater => Some(Self { low: b, high: a }),
            std::cmp::Ordering::Equal => None,
        }
    }
    /// The one with the lower id.
    #[must_use]
    pub fn low(self) -> UserId {
        self.low
    }
    /// The one with the higher id.
    #[must_use]
    pub fn high(self) -> UserId {
        self.high
    }
    /// The other one.
    #[must_use]
    pub fn other(self, user: UserId) -> UserId {
        if user == self.low { self.high } else { self.low }
    }
}

/// How a request looks to one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RequestStatus {
    /// Open.
    Pending,
    /// Accepted: they are friends.
    Accepted,
    /// Turned down; only the one who turned it down sees this.
    Rejected,
    /// Taken back, or expired after 90 days.
    Cancelled,
}

/// A request from one person to another. The two sides may see different things: whoever was rejected keeps
/// seeing `pending`, and a request to somebody who blocks the sender never shows to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FriendRequest {
    /// Its number.
    pub id: FriendRequestId,
    /// Who asks.
    pub from: UserId,
    /// Who is asked.
    pub to: UserId,
    /// What the asking side sees.
    pub sender_status: RequestStatus,
    /// What the asked side sees; `None` when it is withheld from them.
    pub receiver_status: Option<RequestStatus>,
    /// When it was made, or last brought up again after a rejection.
    pub created_at: Timestamp,
    /// When the receiver rejected it.
    pub rejected_at: Option<Timestamp>,
}

impl FriendRequest {
    /// An open request falls away after 90 days.
    pub const LIFETIME_SECONDS: i64 = 90 * 86_400;
    /// Asking again reaches somebody who rejected only after 7 days.
    pub const QUIET_SECONDS: i64 = 7 * 86_400;
    /// At most this many open outgoing requests.
    pub const MAX_OPEN: usize = 50;

    /// Whether the sender still waits for an answer at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.sender_status == RequestStatus::Pending
            && now < self.created_at.plus_seconds(Self::LIFETIME_SECONDS)
    }
}

/// What one person is to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Relation {
    /// The same person.
    Own,
    /// Friends.
    Friend,
    /// They asked; the answer is open.
    Incoming,
    /// Asked by the viewer; the answer is open.
    Outgoing,
    /// Nothing.
    None,
}
