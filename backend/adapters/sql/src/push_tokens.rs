//! The push tokens of devices.

use async_trait::async_trait;
use kith_domain::{
    ConversationId, DeviceId, Timestamp, UserId,
    ports::{
        PushTokenRepository, StoreError,
        push::{PushTarget, PushToken},
    },
};

use crate::{
    rows::{Columns, Row},
    statement::sql,
    transaction::SqlTransaction,
};

const TAKE_FROM_OTHERS: &str = "DELETE FROM push_tokens WHERE token_hash = $2 AND device_id <> $1";
const PUT: &str = "INSERT INTO push_tokens (device_id, user_id, token, token_hash) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (device_id) DO UPDATE SET user_id = excluded.user_id, token = excluded.token, \
     token_hash = excluded.token_hash";
pub(crate) const DELETE: &str = "DELETE FROM push_tokens WHERE device_id = $1";
const DROP: &str = "DELETE FROM push_tokens WHERE device_id = $1 AND token_hash = $2";
const TARGETS: &str = "SELECT m.user_id, p.device_id, p.token, m.joined_seq, COALESCE(r.read_seq, 0), s.muted_until \
     FROM members m JOIN push_tokens p ON p.user_id = m.user_id \
     JOIN devices d ON d.id = p.device_id AND d.revoked_at IS NULL AND d.expires_at > $4 \
     JOIN accounts a ON a.id = m.user_id AND a.deletes_at IS NULL \
     AND (a.state = 'active' OR (a.state = 'suspended' AND a.suspended_until <= $4)) \
     LEFT JOIN read_markers r ON r.conversation_id = m.conversation_id AND r.user_id = m.user_id \
     LEFT JOIN conversation_settings s ON s.user_id = m.user_id AND s.conversation_id = m.conversation_id \
     WHERE m.conversation_id = $1 AND m.state = 'active' AND (m.user_id, p.device_id) > ($2, $3) \
     ORDER BY m.user_id, p.device_id LIMIT $5";

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[DELETE, DROP, TARGETS];

fn read_target(row: &Row) -> Result<PushTarget, StoreError> {
    Ok(PushTarget {
        user_id: UserId::from_i64(row.signed(0)?),
        device_id: DeviceId::from_i64(row.signed(1)?),
        token: PushToken::from_store(row.text(2)?),
        member_from: row.number(3)?,
        read_seq: row.number(4)?,
        muted_until: row.opt_time(5)?,
    })
}

#[async_trait]
impl PushTokenRepository for SqlTransaction<'_> {
    async fn put_push_token(
        &mut self,
        device: DeviceId,
        user: UserId,
        token: &PushToken,
    ) -> Result<(), StoreError> {
        let hash = token.hash();
        let take = sql(TAKE_FROM_OTHERS).bind(device.as_i64()).bind(hash.as_slice());
        self.execute(take).await?;
        let put = sql(PUT).bind(device.as_i64()).bind(user.as_i64());
        self.execute(put.bind(token.as_str()).bind(hash.as_slice())).await?;
        Ok(())
    }

    async fn delete_push_token(&mut self, device: DeviceId) -> Result<(), StoreError> {
        self.execute(sql(DELETE).bind(device.as_i64())).await?;
        Ok(())
    }

    async fn drop_push_tokens(&mut self, dead: &[(DeviceId, PushToken)]) -> Result<(), StoreError> {
        for (device, token) in dead {
            self.execute(sql(DROP).bind(device.as_i64()).bind(token.hash().as_slice())).await?;
        }
        Ok(())
    }

    async fn list_push_targets(
        &mut self,
        conversation: ConversationId,
        after: Option<(UserId, DeviceId)>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<PushTarget>, StoreError> {
        let (user, device) = after.map_or((0, 0), |(user, device)| (user.as_i64(), device.as_i64()));
        let statement = sql(TARGETS).bind(conversation.as_i64()).bind(user).bind(device);
        let rows = self.fetch_all(statement.bind(now.as_millis()).bind(i64::from(limit))).await?;
        rows.iter().map(read_target).collect()
    }
}
