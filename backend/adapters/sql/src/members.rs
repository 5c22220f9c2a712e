//! Members, their intervals, and requests to join.

use async_trait::async_trait;
use kith_domain::{
    ConversationId, Interval, Intervals, Member, MemberState, Role, Seq, Timestamp, UserId,
    conversation::EndedMembership,
    ports::{Cursor, MemberRepository, PageRequest, StoreError, friends::offset_of},
    text::GroupName,
};

use crate::{
    lists::{id_list, ids},
    rows::{Columns, Row, column},
    statement::sql,
    transaction::SqlTransaction,
};

/// The columns of a member `m`, in the order that [`read_member`] reads them.
macro_rules! member_columns {
    () => {
        "m.conversation_id, m.user_id, m.role, m.state, m.joined_at, m.joined_seq, m.ended_seq, m.ended_at, \
         m.ended_name, m.ended_member_count"
    };
}
pub(crate) use member_columns;

const FIND: &str =
    concat!("SELECT ", member_columns!(), " FROM members m WHERE m.conversation_id = $1 AND m.user_id = $2");
const PUT: &str = "INSERT INTO members (conversation_id, user_id, role, state, joined_at, joined_seq, ended_seq, \
     ended_at, ended_name, ended_member_count) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
     ON CONFLICT (conversation_id, user_id) DO UPDATE SET role = excluded.role, state = excluded.state, \
     joined_at = excluded.joined_at, joined_seq = excluded.joined_seq, ended_seq = excluded.ended_seq, \
     ended_at = excluded.ended_at, ended_name = excluded.ended_name, \
     ended_member_count = excluded.ended_member_count";
const LIST: &str = concat!(
    "SELECT ",
    member_columns!(),
    " FROM members m WHERE m.conversation_id = $1 AND m.state = 'active' \
     ORDER BY CASE m.role WHEN 'admin' THEN 0 ELSE 1 END, m.joined_at, m.user_id LIMIT $2 OFFSET $3"
);
const IDS: &str = concat!(
    "SELECT conversation_id, user_id FROM members WHERE conversation_id IN ",
    ids!("$1"),
    " AND state = 'active' ORDER BY conversation_id, user_id"
);
const ALL_IDS: &str = concat!(
    "SELECT conversation_id, user_id FROM members WHERE conversation_id IN ",
    ids!("$1"),
    " ORDER BY conversation_id, user_id"
);
const ADMINS: &str = "SELECT user_id FROM members WHERE conversation_id = $1 AND state = 'active' \
     AND role = 'admin' ORDER BY user_id";
const LONGEST: &str = concat!(
    "SELECT ",
    member_columns!(),
    " FROM members m WHERE m.conversation_id = $1 AND m.state = 'active' AND m.user_id <> $2 \
     ORDER BY m.joined_seq, m.joined_at, m.user_id LIMIT 1"
);
const ACTIVE: &str = "SELECT m.conversation_id, MAX(i.from_seq) FROM members m JOIN member_intervals i \
     ON i.user_id = m.user_id AND i.conversation_id = m.conversation_id AND i.to_seq IS NULL \
     WHERE m.user_id = $1 AND m.state = 'active' GROUP BY m.conversation_id ORDER BY m.conversation_id";
const SHARED: &str = "SELECT EXISTS (SELECT 1 FROM members a JOIN members b \
     ON b.conversation_id = a.conversation_id AND b.user_id = $2 AND b.state = 'active' \
     JOIN conversations c ON c.id = a.conversation_id AND c.kind = 'group' \
     WHERE a.user_id = $1 AND a.state = 'active')";

const OPEN: &str = "INSERT INTO member_intervals (user_id, conversation_id, from_seq) VALUES ($1, $2, $3) \
     ON CONFLICT (user_id, conversation_id, from_seq) DO UPDATE SET to_seq = NULL";
const CLOSE: &str = "UPDATE member_intervals SET to_seq = $3 \
     WHERE user_id = $1 AND conversation_id = $2 AND to_seq IS NULL";
const INTERVALS: &str = "SELECT from_seq, to_seq FROM member_intervals \
     WHERE user_id = $1 AND conversation_id = $2 ORDER BY from_seq";
const INTERVALS_OF: &str = concat!(
    "SELECT conversation_id, from_seq, to_seq FROM member_intervals WHERE user_id = $1 AND conversation_id IN ",
    ids!("$2"),
    " ORDER BY conversation_id, from_seq"
);
const REQUEST: &str = "INSERT INTO join_requests (conversation_id, user_id, created_at) VALUES ($1, $2, $3) \
     ON CONFLICT (conversation_id, user_id) DO NOTHING";
const WITHDRAW: &str = "DELETE FROM join_requests WHERE conversation_id = $1 AND user_id = $2";
const REQUESTED: &str =
    "SELECT EXISTS (SELECT 1 FROM join_requests WHERE conversation_id = $1 AND user_id = $2)";
const REQUESTS: &str = "SELECT user_id, created_at FROM join_requests WHERE conversation_id = $1 \
     AND (created_at, user_id) > ($2, $3) ORDER BY created_at, user_id LIMIT $4";

/// Reads [`member_columns!`], the first of which stands at `first`.
pub(crate) fn read_member(row: &Row, first: usize) -> Result<Member, StoreError> {
    let ended = match (row.opt_number(first + 6)?, row.opt_time(first + 7)?, row.opt_number(first + 9)?) {
        (Some(seq), Some(at), Some(member_count)) => Some(EndedMembership {
            seq,
            at,
            name: row.opt_text(first + 8)?.map(GroupName::from_store),
            member_count: u32::try_from(member_count)
                .map_err(|_| StoreError::corrupt("a count of members"))?,
        }),
        _ => None,
    };
    Ok(Member {
        conversation_id: ConversationId::from_i64(row.signed(first)?),
        user_id: UserId::from_i64(row.signed(first + 1)?),
        role: row.named(first + 2, Role::from_name)?,
        state: row.named(first + 3, MemberState::from_name)?,
        joined_at: row.time(first + 4)?,
        joined_seq: row.number(first + 5)?,
        ended,
    })
}

fn read_interval(row: &Row, first: usize) -> Result<Interval, StoreError> {
    Ok(Interval { from: row.number(first)?, to: row.opt_number(first + 1)? })
}

fn user_ids(rows: &[Row]) -> Result<Vec<UserId>, StoreError> {
    rows.iter().map(|row| row.signed(0).map(UserId::from_i64)).collect()
}

impl SqlTransaction<'_> {
    /// The rows (conversation, user) that a query finds by a list of conversations.
    async fn users_of(
        &mut self,
        query: &'static str,
        conversations: &[ConversationId],
    ) -> Result<Vec<(ConversationId, UserId)>, StoreError> {
        let list = id_list(conversations.iter().map(|id| id.as_i64()));
        let rows = self.fetch_all(sql(query).bind(list)).await?;
        rows.iter()
            .map(|row| Ok((ConversationId::from_i64(row.signed(0)?), UserId::from_i64(row.signed(1)?))))
            .collect()
    }
}

#[async_trait]
impl MemberRepository for SqlTransaction<'_> {
    async fn find_member(
        &mut self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<Option<Member>, StoreError> {
        let row = self.fetch_optional(sql(FIND).bind(conversation.as_i64()).bind(user.as_i64())).await?;
        row.map(|row| read_member(&row, 0)).transpose()
    }

    async fn put_member(&mut self, member: &Member) -> Result<(), StoreError> {
        let ended = member.ended.as_ref();
        let statement = sql(PUT)
            .bind(member.conversation_id.as_i64())
            .bind(member.user_id.as_i64())
            .bind(member.role.as_str())
            .bind(member.state.as_str())
            .bind(member.joined_at.as_millis())
            .bind(column(member.joined_seq))
            .bind(ended.map(|ended| column(ended.seq)))
            .bind(ended.map(|ended| ended.at.as_millis()))
            .bind(ended.and_then(|ended| ended.name.as_ref()).map(GroupName::as_str))
            .bind(ended.map(|ended| i64::from(ended.member_count)));
        self.hold(member.conversation_id).await?;
        self.execute(statement).await?;
        self.touch(member.conversation_id);
        Ok(())
    }

    async fn list_members(
        &mut self,
        conversation: ConversationId,
        request: PageRequest,
    ) -> Result<Vec<Member>, StoreError> {
        let statement =
            sql(LIST).bind(conversation.as_i64()).bind(i64::from(request.limit) + 1).bind(offset_of(request));
        self.fetch_all(statement).await?.iter().map(|row| read_member(row, 0)).collect()
    }

    async fn member_ids(
        &mut self,
        conversations: &[ConversationId],
    ) -> Result<Vec<(ConversationId, UserId)>, StoreError> {
        self.users_of(IDS, conversations).await
    }

    async fn all_member_ids(
        &mut self,
        conversations: &[ConversationId],
    ) -> Result<Vec<(ConversationId, UserId)>, StoreError> {
        self.users_of(ALL_IDS, conversations).await
    }

    async fn admin_ids(&mut self, conversation: ConversationId) -> Result<Vec<UserId>, StoreError> {
        user_ids(&self.fetch_all(sql(ADMINS).bind(conversation.as_i64())).await?)
    }

    async fn longest_standing(
        &mut self,
        conversation: ConversationId,
        except: UserId,
    ) -> Result<Option<Member>, StoreError> {
        let row = self.fetch_optional(sql(LONGEST).bind(conversation.as_i64()).bind(except.as_i64())).await?;
        row.map(|row| read_member(&row, 0)).transpose()
    }

    async fn active_memberships(&mut self, user: UserId) -> Result<Vec<(ConversationId, Seq)>, StoreError> {
        let rows = self.fetch_all(sql(ACTIVE).bind(user.as_i64())).await?;
        rows.iter().map(|row| Ok((ConversationId::from_i64(row.signed(0)?), row.number(1)?))).collect()
    }

    async fn share_a_group(&mut self, a: UserId, b: UserId) -> Result<bool, StoreError> {
        self.fetch_one(sql(SHARED).bind(a.as_i64()).bind(b.as_i64())).await?.flag(0)
    }

    async fn open_interval(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        from: Seq,
    ) -> Result<(), StoreError> {
        self.hold(conversation).await?;
        self.execute(sql(OPEN).bind(user.as_i64()).bind(conversation.as_i64()).bind(column(from))).await?;
        self.touch(conversation);
        Ok(())
    }

    async fn close_interval(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        to: Seq,
    ) -> Result<(), StoreError> {
        self.hold(conversation).await?;
        self.execute(sql(CLOSE).bind(user.as_i64()).bind(conversation.as_i64()).bind(column(to))).await?;
        self.touch(conversation);
        Ok(())
    }

    async fn intervals(
        &mut self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<Intervals, StoreError> {
        let rows = self.fetch_all(sql(INTERVALS).bind(user.as_i64()).bind(conversation.as_i64())).await?;
        rows.iter().map(|row| read_interval(row, 0)).collect::<Result<_, _>>().map(Intervals)
    }

    async fn intervals_of(
        &mut self,
        user: UserId,
        conversations: &[ConversationId],
    ) -> Result<Vec<(ConversationId, Interval)>, StoreError> {
        let list = id_list(conversations.iter().map(|id| id.as_i64()));
        let rows = self.fetch_all(sql(INTERVALS_OF).bind(user.as_i64()).bind(list)).await?;
        rows.iter()
            .map(|row| Ok((ConversationId::from_i64(row.signed(0)?), read_interval(row, 1)?)))
            .collect()
    }

    async fn insert_join_request(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let statement = sql(REQUEST).bind(conversation.as_i64()).bind(user.as_i64()).bind(at.as_millis());
        Ok(self.execute(statement).await? > 0)
    }

    async fn delete_join_request(
        &mut self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<bool, StoreError> {
        Ok(self.execute(sql(WITHDRAW).bind(conversation.as_i64()).bind(user.as_i64())).await? > 0)
    }

    async fn has_join_request(
        &mut self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<bool, StoreError> {
        self.fetch_one(sql(REQUESTED).bind(conversation.as_i64()).bind(user.as_i64())).await?.flag(0)
    }

    async fn list_join_requests(
        &mut self,
        conversation: ConversationId,
        request: PageRequest,
    ) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
        let Cursor(at, user) = request.after.unwrap_or(Cursor(i64::MIN, i64::MIN));
        let statement =
            sql(REQUESTS).bind(conversation.as_i64()).bind(at).bind(user).bind(i64::from(request.limit) + 1);
        let rows = self.fetch_all(statement).await?;
        rows.iter().map(|row| Ok((UserId::from_i64(row.signed(0)?), row.time(1)?))).collect()
    }
}
