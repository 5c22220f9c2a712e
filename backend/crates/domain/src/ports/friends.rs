//! Friendships, requests and blocks.

use async_trait::async_trait;

use super::{Cursor, PageRequest, StoreError};
use crate::{
    account::Account,
    clock::Timestamp,
    friendship::{FriendRequest, Pair},
    id::{FriendRequestId, UserId},
};

/// Which side of a request the reader is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Requests to the reader.
    Incoming,
    /// Requests by the reader.
    Outgoing,
}

/// Friendships, requests and blocks.
#[async_trait]
pub trait FriendRepository {
    /// Whether the two are friends.
    async fn are_friends(&mut self, pair: Pair) -> Result<bool, StoreError>;
    /// Makes them friends; again changes nothing.
    async fn insert_friendship(&mut self, pair: Pair, since: Timestamp) -> Result<(), StoreError>;
    /// Ends a friendship; `false` when there was none.
    async fn delete_friendship(&mut self, pair: Pair) -> Result<bool, StoreError>;
    /// The person's friends by folded username, then id. With `query` (folded): those whose folded username
    /// contains it, names that start with it first. At most `request.limit` + 1 rows; the cursor is (0, offset).
    async fn list_friends(
        &mut self,
        user: UserId,
        query: Option<&str>,
        request: PageRequest,
    ) -> Result<Vec<Account>, StoreError>;
    /// The ids of the person's friends.
    async fn friend_ids(&mut self, user: UserId) -> Result<Vec<UserId>, StoreError>;
    /// Which of `others` are the person's friends.
    async fn friends_among(&mut self, user: UserId, others: &[UserId]) -> Result<Vec<UserId>, StoreError>;

    /// The request of that number.
    async fn find_friend_request(&mut self, id: FriendRequestId)
    -> Result<Option<FriendRequest>, StoreError>;
    /// The newest request from one to the other, whatever became of it.
    async fn find_friend_request_between(
        &mut self,
        from: UserId,
        to: UserId,
    ) -> Result<Option<FriendRequest>, StoreError>;
    /// Adds a request, or replaces the one with its id.
    async fn put_friend_request(&mut self, request: &FriendRequest) -> Result<(), StoreError>;
    /// Requests that the reader sees on that side, newest first, at most `request.limit` + 1; the cursor is
    /// (`created_at`, id).
    async fn list_friend_requests(
        &mut self,
        user: UserId,
        direction: Direction,
        request: PageRequest,
    ) -> Result<Vec<FriendRequest>, StoreError>;
    /// How many requests of the person are still open at `now`.
    async fn count_open_requests(&mut self, from: UserId, now: Timestamp) -> Result<usize, StoreError>;
    /// Ends requests that were open for 90 days at `now`; returns them, at most `limit`.
    async fn expire_friend_requests(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<FriendRequest>, StoreError>;

    /// Whether `blocker` blocks `blocked`.
    async fn is_blocked(&mut self, blocker: UserId, blocked: UserId) -> Result<bool, StoreError>;
    /// Adds a block; `false` when it stood.
    async fn insert_block(
        &mut self,
        blocker: UserId,
        blocked: UserId,
        at: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Removes a block; `false` when there was none.
    async fn delete_block(&mut self, blocker: UserId, blocked: UserId) -> Result<bool, StoreError>;
    /// Whom the person blocks, by id, at most `request.limit` + 1; the cursor is (0, id).
    async fn list_blocks(
        &mut self,
        blocker: UserId,
        request: PageRequest,
    ) -> Result<Vec<Account>, StoreError>;
    /// The ids of those whom the person blocks.
    async fn blocked_ids(&mut self, blocker: UserId) -> Result<Vec<UserId>, StoreError>;
    /// Who of `blockers` blocks whom of `blocked`, ascending by both.
    async fn blocks_among(
        &mut self,
        blockers: &[UserId],
        blocked: &[UserId],
    ) -> Result<Vec<(UserId, UserId)>, StoreError>;
}

/// The cursor of an offset list.
#[must_use]
pub fn offset_of(request: PageRequest) -> i64 {
    request.after.map_or(0, |Cursor(_, offset)| offset.max(0))
}
