//! A person's own settings of a conversation.

use async_trait::async_trait;
use kith_domain::{
    ConversationId, Timestamp, UserId,
    conversation::{ConversationSettings, Draft},
    ports::{SettingsRepository, StoreError},
};

use crate::{
    rows::{Columns, Row, column},
    statement::sql,
    transaction::SqlTransaction,
};

/// The columns of settings `s`, in the order that [`read_settings`] reads them.
macro_rules! settings_columns {
    () => {
        "s.muted_until, s.pinned, s.hidden_at_seq, s.draft_text, s.draft_reply_to, s.draft_version"
    };
}
pub(crate) use settings_columns;

const FIND: &str = concat!(
    "SELECT ",
    settings_columns!(),
    " FROM conversation_settings s WHERE s.user_id = $1 AND s.conversation_id = $2"
);
const PUT: &str = "INSERT INTO conversation_settings (user_id, conversation_id, muted_until, pinned, hidden_at_seq, \
     draft_text, draft_reply_to, draft_version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
     ON CONFLICT (user_id, conversation_id) DO UPDATE SET muted_until = excluded.muted_until, \
     pinned = excluded.pinned, hidden_at_seq = excluded.hidden_at_seq, draft_text = excluded.draft_text, \
     draft_reply_to = excluded.draft_reply_to, draft_version = excluded.draft_version";

/// Reads [`settings_columns!`], the first of which stands at `first`; an outer join without a row is the default.
pub(crate) fn read_settings(row: &Row, first: usize) -> Result<ConversationSettings, StoreError> {
    let Some(draft_version) = row.opt_number(first + 5)? else { return Ok(ConversationSettings::default()) };
    let reply_to = row.opt_number(first + 4)?;
    Ok(ConversationSettings {
        muted_until: row.opt_time(first)?,
        pinned: row.flag(first + 1)?,
        hidden_at_seq: row.opt_number(first + 2)?,
        draft: row.opt_text(first + 3)?.map(|text| Draft { text, reply_to, version: draft_version }),
        draft_version,
    })
}

#[async_trait]
impl SettingsRepository for SqlTransaction<'_> {
    async fn find_settings(
        &mut self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<ConversationSettings, StoreError> {
        let row = self.fetch_optional(sql(FIND).bind(user.as_i64()).bind(conversation.as_i64())).await?;
        row.map_or_else(|| Ok(ConversationSettings::default()), |row| read_settings(&row, 0))
    }

    async fn put_settings(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        settings: &ConversationSettings,
    ) -> Result<(), StoreError> {
        let draft = settings.draft.as_ref();
        let statement = sql(PUT)
            .bind(user.as_i64())
            .bind(conversation.as_i64())
            .bind(settings.muted_until.map(Timestamp::as_millis))
            .bind(settings.pinned)
            .bind(settings.hidden_at_seq.map(column))
            .bind(draft.map(|draft| draft.text.as_str()))
            .bind(draft.and_then(|draft| draft.reply_to).map(column))
            .bind(column(settings.draft_version));
        self.execute(statement).await?;
        Ok(())
    }
}
