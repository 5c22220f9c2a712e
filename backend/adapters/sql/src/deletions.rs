//! Accounts on their way out, and what is erased of them.

use async_trait::async_trait;
use kith_domain::{
    ConversationId, DeviceId, FriendRequestId, Interval, Seq, ShareCode, Timestamp, UserId, fold,
    ports::{DeletionRepository, MediaRepository, StoreError},
    text::Username,
};

use crate::{
    account_row::read_avatar,
    rows::{Columns, column},
    statement::sql,
    transaction::SqlTransaction,
};

const SET: &str = "UPDATE accounts SET deletes_at = $2 WHERE id = $1";
const DUE: &str = "SELECT id FROM accounts WHERE deletes_at <= $1 ORDER BY deletes_at, id LIMIT $2";
const DEVICES: &str = "SELECT id FROM devices WHERE user_id = $1 ORDER BY id";

const ERASE_ACCOUNT: &str = "UPDATE accounts SET username = $2, username_folded = $3, friend_code = $4, gender = NULL, \
     gender_shared = FALSE, introduction = NULL, avatar = NULL, last_online = NULL, password_hash = NULL WHERE id = $1";
const AVATAR: &str = "SELECT avatar FROM accounts WHERE id = $1";
/// What opens an account, and what it signed in with. Codes and tokens go before the devices they are found by.
const ERASE_KEYS: &[&str] = &[
    "DELETE FROM identities WHERE user_id = $1",
    "DELETE FROM admin_grants WHERE user_id = $1",
    "DELETE FROM sign_in_codes WHERE device_id IN (SELECT id FROM devices WHERE user_id = $1)",
    "DELETE FROM refresh_tokens WHERE device_id IN (SELECT id FROM devices WHERE user_id = $1)",
    "DELETE FROM push_tokens WHERE user_id = $1",
    "DELETE FROM devices WHERE user_id = $1",
];
/// The intervals are last: by them an interrupted erasure finds what is left to do.
const ERASE_PRIVATE: &[&str] = &[
    "DELETE FROM conversation_settings WHERE user_id = $1",
    "DELETE FROM draft_versions WHERE user_id = $1",
    "DELETE FROM blocks WHERE blocker_id = $1",
    "DELETE FROM join_requests WHERE user_id = $1",
    "DELETE FROM user_log WHERE user_id = $1",
    "DELETE FROM user_log_heads WHERE user_id = $1",
    "INSERT INTO discarded_blobs (blob) SELECT archive FROM exports WHERE user_id = $1 AND archive IS NOT NULL \
     ON CONFLICT (blob) DO NOTHING",
    "INSERT INTO discarded_blobs (blob) SELECT begun FROM exports WHERE user_id = $1 AND begun IS NOT NULL \
     ON CONFLICT (blob) DO NOTHING",
    "DELETE FROM exports WHERE user_id = $1",
    // What no message refers to any more; the janitor does not wait a day for it.
    "UPDATE media SET unreferenced_since = 0 WHERE owner_id = $1 AND unreferenced_since IS NOT NULL",
    "DELETE FROM member_intervals WHERE user_id = $1",
];

const OPEN_REQUESTS: &str = "SELECT id FROM friend_requests WHERE from_id = $1 \
     AND (sender_status = 'pending' OR receiver_status = 'pending') UNION SELECT id FROM friend_requests \
     WHERE to_id = $1 AND receiver_status IS NOT NULL AND (sender_status = 'pending' OR receiver_status = 'pending') \
     ORDER BY id LIMIT $2";
const CONVERSATIONS: &str = "SELECT DISTINCT conversation_id FROM member_intervals \
     WHERE user_id = $1 AND conversation_id > $2 ORDER BY conversation_id LIMIT $3";
const SENT: &str = "SELECT seq FROM entries WHERE conversation_id = $1 AND seq BETWEEN $3 AND $4 AND sender_id = $2 \
     AND kind = 0 AND NOT unsent ORDER BY seq";

const FINISH: &str =
    "UPDATE accounts SET state = 'deleted', suspended_until = NULL, deletes_at = NULL WHERE id = $1";
const NOTE: &str =
    "INSERT INTO deletions (user_id, deleted_at) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING";
const LIST: &str = "SELECT user_id, deleted_at FROM deletions ORDER BY deleted_at, user_id";

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[DUE, DEVICES, OPEN_REQUESTS, CONVERSATIONS, SENT];

#[async_trait]
impl DeletionRepository for SqlTransaction<'_> {
    async fn set_deletes_at(&mut self, user: UserId, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.execute(sql(SET).bind(user.as_i64()).bind(at.map(Timestamp::as_millis))).await?;
        Ok(())
    }

    async fn due_deletions(&mut self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        let rows = self.fetch_all(sql(DUE).bind(now.as_millis()).bind(i64::from(limit))).await?;
        rows.iter().map(|row| row.signed(0).map(UserId::from_i64)).collect()
    }

    async fn device_ids(&mut self, user: UserId) -> Result<Vec<DeviceId>, StoreError> {
        let rows = self.fetch_all(sql(DEVICES).bind(user.as_i64())).await?;
        rows.iter().map(|row| row.signed(0).map(DeviceId::from_i64)).collect()
    }

    async fn erase_identity(
        &mut self,
        user: UserId,
        name: &Username,
        code: &ShareCode,
    ) -> Result<(), StoreError> {
        if let Some(row) = self.fetch_optional(sql(AVATAR).bind(user.as_i64())).await?
            && let Some(avatar) = read_avatar(&row, 0)?
        {
            self.discard_blob(avatar).await?;
        }
        let statement = sql(ERASE_ACCOUNT)
            .bind(user.as_i64())
            .bind(name.as_str())
            .bind(fold(name.as_str()))
            .bind(code.as_str());
        self.execute(statement).await?;
        for statement in ERASE_KEYS {
            self.execute(sql(statement).bind(user.as_i64())).await?;
        }
        Ok(())
    }

    async fn open_friend_requests(
        &mut self,
        user: UserId,
        limit: u32,
    ) -> Result<Vec<FriendRequestId>, StoreError> {
        let rows = self.fetch_all(sql(OPEN_REQUESTS).bind(user.as_i64()).bind(i64::from(limit))).await?;
        rows.iter().map(|row| row.signed(0).map(FriendRequestId::from_i64)).collect()
    }

    async fn conversations_of(
        &mut self,
        user: UserId,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        let after = after.map_or(0, ConversationId::as_i64);
        let statement = sql(CONVERSATIONS).bind(user.as_i64()).bind(after).bind(i64::from(limit));
        let rows = self.fetch_all(statement).await?;
        rows.iter().map(|row| row.signed(0).map(ConversationId::from_i64)).collect()
    }

    async fn sent_seqs(
        &mut self,
        conversation: ConversationId,
        sender: UserId,
        span: Interval,
    ) -> Result<Vec<Seq>, StoreError> {
        let statement = sql(SENT)
            .bind(conversation.as_i64())
            .bind(sender.as_i64())
            .bind(column(span.from))
            .bind(span.to.map_or(i64::MAX, column));
        let rows = self.fetch_all(statement).await?;
        rows.iter().map(|row| row.number(0)).collect()
    }

    async fn erase_private(&mut self, user: UserId) -> Result<(), StoreError> {
        for statement in ERASE_PRIVATE {
            self.execute(sql(statement).bind(user.as_i64())).await?;
        }
        Ok(())
    }

    async fn finish_deletion(&mut self, user: UserId, at: Timestamp) -> Result<(), StoreError> {
        self.execute(sql(FINISH).bind(user.as_i64())).await?;
        self.execute(sql(NOTE).bind(user.as_i64()).bind(at.as_millis())).await?;
        Ok(())
    }

    async fn list_deletions(&mut self) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
        let rows = self.fetch_all(sql(LIST)).await?;
        rows.iter().map(|row| Ok((UserId::from_i64(row.signed(0)?), row.time(1)?))).collect()
    }
}
