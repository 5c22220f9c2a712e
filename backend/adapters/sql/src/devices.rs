//! Devices and their refresh tokens.

use std::collections::HashSet;

use async_trait::async_trait;
use kith_domain::{
    Device, DeviceId, Timestamp, UserId,
    ports::{DeviceRepository, StoreError},
    sign_in::{RefreshToken, SecretHash},
    text::DeviceName,
};

use crate::{
    lists::{id_list, ids, row_list, rows},
    push_tokens,
    rows::{Columns, Row, hash},
    statement::sql,
    transaction::SqlTransaction,
};

macro_rules! device_columns {
    () => {
        "id, user_id, name, client, created_at, last_seen, authenticated_at, expires_at, revoked_at, \
         reauthenticated"
    };
}

const INSERT: &str =
    concat!("INSERT INTO devices (", device_columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
const FIND: &str = concat!("SELECT ", device_columns!(), " FROM devices WHERE id = $1");
const LIST: &str = concat!(
    "SELECT ",
    device_columns!(),
    " FROM devices WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 \
     ORDER BY last_seen DESC, id DESC"
);
const REVOKE: &str = "UPDATE devices SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
const DROP_TOKENS: &str = "DELETE FROM refresh_tokens WHERE device_id = $1";
const TOUCH: &str = concat!(
    "UPDATE devices SET last_seen = k.seen FROM (SELECT a AS id, MAX(b) AS seen FROM ",
    rows!("$1"),
    " AS l GROUP BY a) AS k WHERE devices.id = k.id AND devices.last_seen < k.seen"
);
const LIVE_AMONG: &str = concat!(
    "SELECT d.id FROM devices d WHERE d.id IN ",
    ids!("$1"),
    " AND d.revoked_at IS NULL AND d.expires_at > $2 \
     AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = d.user_id AND a.deletes_at IS NOT NULL)"
);

const INSERT_TOKEN: &str = "INSERT INTO refresh_tokens (token_hash, device_id, user_id, issued_at, spent_at, \
     sealed_successor) VALUES ($1, $2, $3, $4, $5, $6)";
const FIND_TOKEN: &str = "SELECT token_hash, device_id, user_id, issued_at, spent_at, sealed_successor \
     FROM refresh_tokens WHERE token_hash = $1";
const SPEND_TOKEN: &str = "UPDATE refresh_tokens SET spent_at = $2, sealed_successor = $3 \
     WHERE token_hash = $1 AND spent_at IS NULL";

// A device's tokens end with it, a spent one by itself before.
const PURGE_PUSH_TOKENS: &str = "DELETE FROM push_tokens WHERE device_id IN \
     (SELECT id FROM devices WHERE expires_at < $1 OR revoked_at < $1)";
const PURGE_TOKENS: &str = "DELETE FROM refresh_tokens WHERE spent_at < $1 OR device_id IN \
     (SELECT id FROM devices WHERE expires_at < $1 OR revoked_at < $1)";
const PURGE: &str = "DELETE FROM devices WHERE expires_at < $1 OR revoked_at < $1";

fn read_device(row: &Row) -> Result<Device, StoreError> {
    Ok(Device {
        id: DeviceId::from_i64(row.signed(0)?),
        user_id: UserId::from_i64(row.signed(1)?),
        name: DeviceName::from_store(row.text(2)?),
        client: row.text(3)?,
        created_at: row.time(4)?,
        last_seen: row.time(5)?,
        authenticated_at: row.time(6)?,
        expires_at: row.time(7)?,
        revoked_at: row.opt_time(8)?,
        reauthenticated: row.flag(9)?,
    })
}

fn read_token(row: &Row) -> Result<RefreshToken, StoreError> {
    Ok(RefreshToken {
        token_hash: hash(row, 0)?,
        device_id: DeviceId::from_i64(row.signed(1)?),
        user_id: UserId::from_i64(row.signed(2)?),
        issued_at: row.time(3)?,
        spent_at: row.opt_time(4)?,
        sealed_successor: row.opt_bytes(5)?,
    })
}

#[async_trait]
impl DeviceRepository for SqlTransaction<'_> {
    async fn insert_device(&mut self, device: &Device) -> Result<(), StoreError> {
        let statement = sql(INSERT)
            .bind(device.id.as_i64())
            .bind(device.user_id.as_i64())
            .bind(device.name.as_str())
            .bind(device.client.as_str())
            .bind(device.created_at.as_millis())
            .bind(device.last_seen.as_millis())
            .bind(device.authenticated_at.as_millis())
            .bind(device.expires_at.as_millis())
            .bind(device.revoked_at.map(Timestamp::as_millis))
            .bind(device.reauthenticated);
        self.execute(statement).await?;
        Ok(())
    }

    async fn find_device(&mut self, id: DeviceId) -> Result<Option<Device>, StoreError> {
        let row = self.fetch_optional(sql(FIND).bind(id.as_i64())).await?;
        row.map(|row| read_device(&row)).transpose()
    }

    async fn list_devices(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Device>, StoreError> {
        let rows = self.fetch_all(sql(LIST).bind(user.as_i64()).bind(now.as_millis())).await?;
        rows.iter().map(read_device).collect()
    }

    async fn revoke_device(&mut self, id: DeviceId, at: Timestamp) -> Result<(), StoreError> {
        self.execute(sql(REVOKE).bind(id.as_i64()).bind(at.as_millis())).await?;
        self.execute(sql(DROP_TOKENS).bind(id.as_i64())).await?;
        self.execute(sql(push_tokens::DELETE).bind(id.as_i64())).await?;
        Ok(())
    }

    async fn touch_devices(&mut self, seen: &[(DeviceId, Timestamp)]) -> Result<(), StoreError> {
        let list = row_list(seen.iter().map(|(id, at)| [id.as_i64(), at.as_millis()]));
        self.execute(sql(TOUCH).bind(list)).await?;
        Ok(())
    }

    async fn ended_devices(&mut self, ids: &[DeviceId], now: Timestamp) -> Result<Vec<DeviceId>, StoreError> {
        let list = id_list(ids.iter().map(|id| id.as_i64()));
        let rows = self.fetch_all(sql(LIVE_AMONG).bind(list).bind(now.as_millis())).await?;
        let live: HashSet<i64> = rows.iter().map(|row| row.signed(0)).collect::<Result<_, _>>()?;
        Ok(ids.iter().copied().filter(|id| !live.contains(&id.as_i64())).collect())
    }

    async fn insert_refresh_token(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        let statement = sql(INSERT_TOKEN)
            .bind(token.token_hash.as_slice())
            .bind(token.device_id.as_i64())
            .bind(token.user_id.as_i64())
            .bind(token.issued_at.as_millis())
            .bind(token.spent_at.map(Timestamp::as_millis))
            .bind(token.sealed_successor.as_deref());
        self.execute(statement).await?;
        Ok(())
    }

    async fn find_refresh_token(&mut self, hash: &SecretHash) -> Result<Option<RefreshToken>, StoreError> {
        let row = self.fetch_optional(sql(FIND_TOKEN).bind(hash.as_slice())).await?;
        row.map(|row| read_token(&row)).transpose()
    }

    async fn spend_refresh_token(
        &mut self,
        hash: &SecretHash,
        at: Timestamp,
        sealed_successor: &[u8],
    ) -> Result<bool, StoreError> {
        let statement = sql(SPEND_TOKEN).bind(hash.as_slice()).bind(at.as_millis()).bind(sealed_successor);
        Ok(self.execute(statement).await? > 0)
    }

    async fn purge_devices(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(sql(PURGE_PUSH_TOKENS).bind(before.as_millis())).await?;
        self.execute(sql(PURGE_TOKENS).bind(before.as_millis())).await?;
        self.execute(sql(PURGE).bind(before.as_millis())).await
    }
}
