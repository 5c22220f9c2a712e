//! Conversations.

use async_trait::async_trait;
use kith_domain::{
    Conversation, ConversationId, ConversationKind, ConversationState, HistoryVisibility, JoinPolicy, Pair,
    Seq, ShareCode, UserId,
    ports::{
        ConversationRepository, StoreError,
        conversations::{Overview, Scope, SearchScope},
    },
    text::GroupName,
};

use crate::{
    account_row::read_avatar,
    overview,
    recent::read_gate,
    rows::{Columns, Row, column},
    statement::sql,
    transaction::SqlTransaction,
};

/// The columns of a conversation `c` with its head `h`, in the order that [`read_conversation`] reads them.
macro_rules! conversation_columns {
    () => {
        "c.id, c.kind, c.home_region, c.encrypted, c.name, c.group_code, c.join_policy, c.history_visibility, \
         c.created_at, h.last_seq, h.last_activity, c.member_count, c.members_version, c.direct_low, c.direct_high, \
         c.direct_friends, c.direct_low_blocks, c.direct_high_blocks, c.state, c.avatar, c.archived_to"
    };
}
/// The tables that [`conversation_columns!`] lie in.
macro_rules! conversation_tables {
    () => {
        "conversations c JOIN heads h ON h.conversation_id = c.id"
    };
}
pub(crate) use conversation_columns;

/// How many columns [`conversation_columns!`] has.
pub(crate) const CONVERSATION_COLUMNS: usize = 21;

const FIND: &str =
    concat!("SELECT ", conversation_columns!(), " FROM ", conversation_tables!(), " WHERE c.id = $1");
const FIND_DIRECT: &str = "SELECT id FROM conversations WHERE direct_low = $1 AND direct_high = $2";
const FIND_BY_CODE: &str = "SELECT id FROM conversations WHERE group_code = $1 AND state = 'open'";
const INSERT: &str = "INSERT INTO conversations (id, kind, home_region, encrypted, name, group_code, join_policy, \
     history_visibility, created_at, member_count, members_version, direct_low, direct_high, \
     direct_friends, direct_low_blocks, direct_high_blocks, state, avatar) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
const INSERT_HEAD: &str = "INSERT INTO heads (conversation_id, last_seq, last_activity) VALUES ($1, $2, $3)";
const UPDATE: &str = "UPDATE conversations SET encrypted = $2, name = $3, group_code = $4, join_policy = $5, \
     history_visibility = $6, member_count = $7, members_version = $8, direct_friends = $9, direct_low_blocks = $10, \
     direct_high_blocks = $11, state = $12, avatar = $13 WHERE id = $1";
/// Gives the next seq; the time never goes back with the clock.
pub(crate) const MOVE_HEAD: &str = "UPDATE heads SET last_seq = last_seq + 1, \
     last_activity = CASE WHEN last_activity < $2 THEN $2 ELSE last_activity END WHERE conversation_id = $1 \
     RETURNING last_seq";

/// Reads [`conversation_columns!`], the first of which stands at 0.
pub(crate) fn read_conversation(row: &Row) -> Result<Conversation, StoreError> {
    Ok(Conversation {
        id: ConversationId::from_i64(row.signed(0)?),
        kind: row.named(1, ConversationKind::from_name)?,
        home_region: row.text(2)?,
        encrypted: row.flag(3)?,
        name: row.opt_text(4)?.map(GroupName::from_store),
        group_code: row.opt_text(5)?.map(|code| share_code(&code)).transpose()?,
        join_policy: row.named(6, JoinPolicy::from_name)?,
        history_visibility: row.named(7, HistoryVisibility::from_name)?,
        created_at: row.time(8)?,
        last_seq: row.number(9)?,
        last_activity: row.time(10)?,
        member_count: u32::try_from(row.number(11)?)
            .map_err(|_| StoreError::corrupt("a count of members"))?,
        members_version: row.number(12)?,
        direct: read_gate(row, 13)?,
        state: row.named(18, ConversationState::from_name)?,
        avatar: read_avatar(row, 19)?,
        archived_to: row.number(20)?,
    })
}

fn share_code(code: &str) -> Result<ShareCode, StoreError> {
    code.parse().map_err(|_| StoreError::corrupt("a group code"))
}

#[async_trait]
impl ConversationRepository for SqlTransaction<'_> {
    async fn lock_conversation(&mut self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        self.hold(id).await?;
        self.find_conversation(id).await
    }

    async fn find_conversation(&mut self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        let row = self.fetch_optional(sql(FIND).bind(id.as_i64())).await?;
        row.as_ref().map(read_conversation).transpose()
    }

    async fn find_direct(&mut self, pair: Pair) -> Result<Option<ConversationId>, StoreError> {
        let statement = sql(FIND_DIRECT).bind(pair.low().as_i64()).bind(pair.high().as_i64());
        self.fetch_optional(statement)
            .await?
            .map(|row| row.signed(0).map(ConversationId::from_i64))
            .transpose()
    }

    async fn find_group_by_code(&mut self, code: &ShareCode) -> Result<Option<ConversationId>, StoreError> {
        let row = self.fetch_optional(sql(FIND_BY_CODE).bind(code.as_str())).await?;
        row.map(|row| row.signed(0).map(ConversationId::from_i64)).transpose()
    }

    async fn insert_conversation(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        let c = conversation;
        let statement = sql(INSERT)
            .bind(c.id.as_i64())
            .bind(c.kind.as_str())
            .bind(c.home_region.as_str())
            .bind(c.encrypted)
            .bind(c.name.as_ref().map(GroupName::as_str))
            .bind(c.group_code.as_ref().map(ShareCode::as_str))
            .bind(c.join_policy.as_str())
            .bind(c.history_visibility.as_str())
            .bind(c.created_at.as_millis())
            .bind(i64::from(c.member_count))
            .bind(column(c.members_version))
            .bind(c.direct.map(|gate| gate.pair.low().as_i64()))
            .bind(c.direct.map(|gate| gate.pair.high().as_i64()))
            .bind(c.direct.map(|gate| gate.friends))
            .bind(c.direct.map(|gate| gate.low_blocks))
            .bind(c.direct.map(|gate| gate.high_blocks))
            .bind(c.state.as_str())
            .bind(c.avatar.map(|key| key.to_string()));
        self.execute(statement).await?;
        self.touch(c.id);
        let head =
            sql(INSERT_HEAD).bind(c.id.as_i64()).bind(column(c.last_seq)).bind(c.last_activity.as_millis());
        self.execute(head).await?;
        self.holds(c.id);
        Ok(())
    }

    async fn update_conversation(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        let c = conversation;
        self.hold(c.id).await?;
        let statement = sql(UPDATE)
            .bind(c.id.as_i64())
            .bind(c.encrypted)
            .bind(c.name.as_ref().map(GroupName::as_str))
            .bind(c.group_code.as_ref().map(ShareCode::as_str))
            .bind(c.join_policy.as_str())
            .bind(c.history_visibility.as_str())
            .bind(i64::from(c.member_count))
            .bind(column(c.members_version))
            .bind(c.direct.map(|gate| gate.friends))
            .bind(c.direct.map(|gate| gate.low_blocks))
            .bind(c.direct.map(|gate| gate.high_blocks))
            .bind(c.state.as_str())
            .bind(c.avatar.map(|key| key.to_string()));
        self.execute(statement).await?;
        self.touch(c.id);
        Ok(())
    }

    async fn overview(&mut self, user: UserId, scope: Scope<'_>) -> Result<Vec<Overview>, StoreError> {
        overview::read(self, user, scope).await
    }

    async fn search_scopes(
        &mut self,
        user: UserId,
        only: Option<ConversationId>,
    ) -> Result<Vec<SearchScope>, StoreError> {
        overview::search_scopes(self, user, only).await
    }

    async fn heads_of(&mut self, user: UserId) -> Result<Vec<(ConversationId, Seq)>, StoreError> {
        overview::heads(self, user).await
    }
}
