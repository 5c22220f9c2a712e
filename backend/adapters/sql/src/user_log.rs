//! A person's log of low-rate events.

use async_trait::async_trait;
use kith_domain::{
    ConversationId, FriendRequestId, Timestamp, UserId,
    event::{LogLine, RemovalReason},
    ports::{StoreError, UserLogRepository},
};

use crate::{
    lists::{id_list, ids},
    rows::{Columns, Row, column},
    statement::sql,
    transaction::SqlTransaction,
};

const NEXT: &str = "INSERT INTO user_log_heads (user_id, user_seq) VALUES ($1, 1) \
     ON CONFLICT (user_id) DO UPDATE SET user_seq = user_log_heads.user_seq + 1 RETURNING user_seq";
const APPEND: &str = "INSERT INTO user_log (user_id, user_seq, created_at, kind, subject_id, other_id, reason) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
const LIST: &str = "SELECT user_seq, kind, subject_id, other_id, reason FROM user_log \
     WHERE user_id = $1 AND user_seq > $2 ORDER BY user_seq LIMIT $3";
const HEAD: &str = "SELECT user_seq FROM user_log_heads WHERE user_id = $1";
const HEADS: &str = concat!("SELECT user_id, user_seq FROM user_log_heads WHERE user_id IN ", ids!("$1"));
const PURGE: &str = "DELETE FROM user_log WHERE created_at < $1";

/// A line in columns: kind, subject, other, reason.
type Stored = (&'static str, Option<i64>, Option<i64>, Option<&'static str>);

fn store(line: LogLine) -> Stored {
    match line {
        LogLine::FriendRequest(id) => ("friend_request", Some(id.as_i64()), None, None),
        LogLine::Friend(user) => ("friend", Some(user.as_i64()), None, None),
        LogLine::FriendRemoved(user) => ("friend_removed", Some(user.as_i64()), None, None),
        LogLine::Block(user) => ("block", Some(user.as_i64()), None, None),
        LogLine::Profile => ("profile", None, None, None),
        LogLine::Conversation(id) => ("conversation", Some(id.as_i64()), None, None),
        LogLine::ConversationRemoved(id, reason) => {
            let reason = match reason {
                RemovalReason::Left => "left",
                RemovalReason::Kicked => "kicked",
                RemovalReason::Hidden => "hidden",
            };
            ("conversation_removed", Some(id.as_i64()), None, Some(reason))
        }
        LogLine::JoinRequest(group, user) => {
            ("join_request", Some(group.as_i64()), Some(user.as_i64()), None)
        }
    }
}

fn read(row: &Row) -> Result<(u64, LogLine), StoreError> {
    let corrupt = || StoreError::corrupt("a line of a user's log");
    let subject = || row.opt_signed(2)?.ok_or_else(corrupt);
    let line = match row.text(1)?.as_str() {
        "friend_request" => LogLine::FriendRequest(FriendRequestId::from_i64(subject()?)),
        "friend" => LogLine::Friend(UserId::from_i64(subject()?)),
        "friend_removed" => LogLine::FriendRemoved(UserId::from_i64(subject()?)),
        "block" => LogLine::Block(UserId::from_i64(subject()?)),
        "profile" => LogLine::Profile,
        "conversation" => LogLine::Conversation(ConversationId::from_i64(subject()?)),
        "conversation_removed" => {
            let reason = match row.text(4)?.as_str() {
                "left" => RemovalReason::Left,
                "kicked" => RemovalReason::Kicked,
                "hidden" => RemovalReason::Hidden,
                _ => return Err(corrupt()),
            };
            LogLine::ConversationRemoved(ConversationId::from_i64(subject()?), reason)
        }
        "join_request" => LogLine::JoinRequest(
            ConversationId::from_i64(subject()?),
            UserId::from_i64(row.opt_signed(3)?.ok_or_else(corrupt)?),
        ),
        _ => return Err(corrupt()),
    };
    Ok((row.number(0)?, line))
}

#[async_trait]
impl UserLogRepository for SqlTransaction<'_> {
    async fn append_log(&mut self, user: UserId, line: LogLine, at: Timestamp) -> Result<u64, StoreError> {
        let number = self.fetch_one(sql(NEXT).bind(user.as_i64())).await?.number(0)?;
        let (kind, subject, other, reason) = store(line);
        let statement = sql(APPEND)
            .bind(user.as_i64())
            .bind(column(number))
            .bind(at.as_millis())
            .bind(kind)
            .bind(subject)
            .bind(other)
            .bind(reason);
        self.execute(statement).await?;
        Ok(number)
    }

    async fn list_log(
        &mut self,
        user: UserId,
        after: u64,
        limit: u32,
    ) -> Result<Option<Vec<(u64, LogLine)>>, StoreError> {
        let head = self.log_head(user).await?;
        let statement = sql(LIST).bind(user.as_i64()).bind(column(after)).bind(i64::from(limit));
        let lines = self.fetch_all(statement).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        // Lines are removed by age, in the order of their times, which a clock may have set back: look for any hole.
        let whole = match lines.last() {
            Some((last, _)) => *last - after == lines.len() as u64,
            None => head <= after || limit == 0,
        };
        Ok(whole.then_some(lines))
    }

    async fn log_head(&mut self, user: UserId) -> Result<u64, StoreError> {
        let row = self.fetch_optional(sql(HEAD).bind(user.as_i64())).await?;
        row.map_or(Ok(0), |row| row.number(0))
    }

    async fn log_heads(&mut self, users: &[UserId]) -> Result<Vec<(UserId, u64)>, StoreError> {
        let statement = sql(HEADS).bind(id_list(users.iter().map(|user| user.as_i64())));
        let rows = self.fetch_all(statement).await?;
        rows.iter().map(|row| Ok((UserId::from_i64(row.signed(0)?), row.number(1)?))).collect()
    }

    async fn purge_log(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(sql(PURGE).bind(before.as_millis())).await
    }
}
