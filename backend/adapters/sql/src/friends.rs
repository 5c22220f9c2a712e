//! Friendships and blocks; requests are beside them in [`crate::friend_requests`].

use async_trait::async_trait;
use kith_domain::{
    Account, FriendRequest, Pair, Timestamp, UserId,
    id::FriendRequestId,
    ports::{
        FriendRepository, PageRequest, StoreError,
        friends::{Direction, offset_of},
    },
};

use crate::{
    account_row::{account_columns, read_account},
    lists::{id_list, ids},
    rows::{Columns, Row},
    statement::sql,
    transaction::SqlTransaction,
};

/// A table of the friends of the person in a parameter, each found by an index from their side of the pair.
macro_rules! friends_of {
    ($parameter:literal) => {
        concat!(
            "(SELECT high_id AS id FROM friendships WHERE low_id = ",
            $parameter,
            " UNION ALL SELECT low_id FROM friendships WHERE high_id = ",
            $parameter,
            ")"
        )
    };
}

const ARE_FRIENDS: &str = "SELECT EXISTS (SELECT 1 FROM friendships WHERE low_id = $1 AND high_id = $2)";
const BEFRIEND: &str = "INSERT INTO friendships (low_id, high_id, since) VALUES ($1, $2, $3) \
     ON CONFLICT (low_id, high_id) DO NOTHING";
const UNFRIEND: &str = "DELETE FROM friendships WHERE low_id = $1 AND high_id = $2";
const LIST: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM ",
    friends_of!("$1"),
    " AS f JOIN accounts a ON a.id = f.id ORDER BY a.username_folded, a.id LIMIT $2 OFFSET $3"
);
const SEARCH: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM ",
    friends_of!("$1"),
    " AS f JOIN accounts a ON a.id = f.id WHERE a.username_folded LIKE '%' || $4 || '%' ESCAPE '\\' \
     ORDER BY CASE WHEN a.username_folded LIKE $4 || '%' ESCAPE '\\' THEN 0 ELSE 1 END, \
     a.username_folded, a.id LIMIT $2 OFFSET $3"
);
const IDS: &str = concat!("SELECT f.id FROM ", friends_of!("$1"), " AS f ORDER BY f.id");
const AMONG: &str =
    concat!("SELECT f.id FROM ", friends_of!("$1"), " AS f WHERE f.id IN ", ids!("$2"), " ORDER BY f.id");

const IS_BLOCKED: &str = "SELECT EXISTS (SELECT 1 FROM blocks WHERE blocker_id = $1 AND blocked_id = $2)";
const BLOCK: &str = "INSERT INTO blocks (blocker_id, blocked_id, created_at) VALUES ($1, $2, $3) \
     ON CONFLICT (blocker_id, blocked_id) DO NOTHING";
const UNBLOCK: &str = "DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2";
const LIST_BLOCKS: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM blocks b JOIN accounts a ON a.id = b.blocked_id WHERE b.blocker_id = $1 AND b.blocked_id > $2 \
     ORDER BY b.blocked_id LIMIT $3"
);
const BLOCKS_AMONG: &str = concat!(
    "SELECT blocker_id, blocked_id FROM blocks WHERE blocker_id IN ",
    ids!("$1"),
    " AND blocked_id IN ",
    ids!("$2"),
    " ORDER BY blocker_id, blocked_id"
);
const BLOCKED: &str = "SELECT blocked_id FROM blocks WHERE blocker_id = $1 ORDER BY blocked_id";

/// A folded username is at most 32 characters, each folded to at most 18: nothing longer is in any.
const MAX_QUERY_CHARS: usize = 32 * 18;

/// A text that LIKE takes literally.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

fn read_id(row: &Row) -> Result<UserId, StoreError> {
    row.signed(0).map(UserId::from_i64)
}

#[async_trait]
impl FriendRepository for SqlTransaction<'_> {
    async fn are_friends(&mut self, pair: Pair) -> Result<bool, StoreError> {
        let statement = sql(ARE_FRIENDS).bind(pair.low().as_i64()).bind(pair.high().as_i64());
        self.fetch_one(statement).await?.flag(0)
    }

    async fn insert_friendship(&mut self, pair: Pair, since: Timestamp) -> Result<(), StoreError> {
        let statement = sql(BEFRIEND).bind(pair.low().as_i64()).bind(pair.high().as_i64());
        self.execute(statement.bind(since.as_millis())).await?;
        Ok(())
    }

    async fn delete_friendship(&mut self, pair: Pair) -> Result<bool, StoreError> {
        let statement = sql(UNFRIEND).bind(pair.low().as_i64()).bind(pair.high().as_i64());
        Ok(self.execute(statement).await? > 0)
    }

    async fn list_friends(
        &mut self,
        user: UserId,
        query: Option<&str>,
        request: PageRequest,
    ) -> Result<Vec<Account>, StoreError> {
        let text = if query.is_some() { SEARCH } else { LIST };
        let statement =
            sql(text).bind(user.as_i64()).bind(i64::from(request.limit) + 1).bind(offset_of(request));
        let statement = match query {
            // PostgreSQL takes no text with a NUL.
            Some(query) if query.contains('\0') || query.chars().count() > MAX_QUERY_CHARS => {
                return Ok(Vec::new());
            }
            Some(query) => statement.bind(escaped(query)),
            None => statement,
        };
        self.fetch_all(statement).await?.iter().map(|row| read_account(row, 0)).collect()
    }

    async fn friend_ids(&mut self, user: UserId) -> Result<Vec<UserId>, StoreError> {
        self.fetch_all(sql(IDS).bind(user.as_i64())).await?.iter().map(read_id).collect()
    }

    async fn friends_among(&mut self, user: UserId, others: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let list = id_list(others.iter().map(|id| id.as_i64()));
        self.fetch_all(sql(AMONG).bind(user.as_i64()).bind(list)).await?.iter().map(read_id).collect()
    }

    async fn find_friend_request(
        &mut self,
        id: FriendRequestId,
    ) -> Result<Option<FriendRequest>, StoreError> {
        self.request(id).await
    }

    async fn find_friend_request_between(
        &mut self,
        from: UserId,
        to: UserId,
    ) -> Result<Option<FriendRequest>, StoreError> {
        self.request_between(from, to).await
    }

    async fn put_friend_request(&mut self, request: &FriendRequest) -> Result<(), StoreError> {
        self.put_request(request).await
    }

    async fn list_friend_requests(
        &mut self,
        user: UserId,
        direction: Direction,
        request: PageRequest,
    ) -> Result<Vec<FriendRequest>, StoreError> {
        self.requests_of(user, direction, request).await
    }

    async fn count_open_requests(&mut self, from: UserId, now: Timestamp) -> Result<usize, StoreError> {
        self.open_requests(from, now).await
    }

    async fn expire_friend_requests(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<FriendRequest>, StoreError> {
        self.expire_requests(now, limit).await
    }

    async fn is_blocked(&mut self, blocker: UserId, blocked: UserId) -> Result<bool, StoreError> {
        self.fetch_one(sql(IS_BLOCKED).bind(blocker.as_i64()).bind(blocked.as_i64())).await?.flag(0)
    }

    async fn insert_block(
        &mut self,
        blocker: UserId,
        blocked: UserId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let statement = sql(BLOCK).bind(blocker.as_i64()).bind(blocked.as_i64()).bind(at.as_millis());
        Ok(self.execute(statement).await? > 0)
    }

    async fn delete_block(&mut self, blocker: UserId, blocked: UserId) -> Result<bool, StoreError> {
        Ok(self.execute(sql(UNBLOCK).bind(blocker.as_i64()).bind(blocked.as_i64())).await? > 0)
    }

    async fn list_blocks(
        &mut self,
        blocker: UserId,
        request: PageRequest,
    ) -> Result<Vec<Account>, StoreError> {
        let after = request.after.map_or(0, |cursor| cursor.1);
        let statement =
            sql(LIST_BLOCKS).bind(blocker.as_i64()).bind(after).bind(i64::from(request.limit) + 1);
        self.fetch_all(statement).await?.iter().map(|row| read_account(row, 0)).collect()
    }

    async fn blocked_ids(&mut self, blocker: UserId) -> Result<Vec<UserId>, StoreError> {
        self.fetch_all(sql(BLOCKED).bind(blocker.as_i64())).await?.iter().map(read_id).collect()
    }

    async fn blocks_among(
        &mut self,
        blockers: &[UserId],
        blocked: &[UserId],
    ) -> Result<Vec<(UserId, UserId)>, StoreError> {
        let list = |people: &[UserId]| id_list(people.iter().map(|id| id.as_i64()));
        let rows = self.fetch_all(sql(BLOCKS_AMONG).bind(list(blockers)).bind(list(blocked))).await?;
        rows.iter().map(|row| Ok((read_id(row)?, UserId::from_i64(row.signed(1)?)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_taken_literally() {
        for (text, pattern) in [("zoe", "zoe"), ("100%", "100\\%"), ("a_b\\c", "a\\_b\\\\c"), ("", "")] {
            assert_eq!(escaped(text), pattern);
        }
    }
}
