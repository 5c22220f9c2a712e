//! Exports.

use async_trait::async_trait;
use kith_domain::{
    BlobKey, LinkedIdentity, Timestamp, UserId,
    ports::{
        ExportRepository, MediaRepository as _, StoreError,
        exports::{Export, ReadyExport},
    },
};

use crate::{
    rows::{Columns, Row, column},
    statement::sql,
    transaction::SqlTransaction,
};

const FIND: &str = "SELECT requested_at, archive, size_bytes, expires_at FROM exports WHERE user_id = $1";
const REQUEST: &str = "INSERT INTO exports (user_id, requested_at) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE \
     SET requested_at = excluded.requested_at, archive = NULL, size_bytes = NULL, expires_at = NULL, begun = NULL";
const BEGUN: &str = "SELECT begun FROM exports WHERE user_id = $1";
const BEGIN: &str =
    "UPDATE exports SET begun = $3 WHERE user_id = $1 AND requested_at = $2 AND archive IS NULL";
const WAITING: &str =
    "SELECT user_id, requested_at FROM exports WHERE archive IS NULL ORDER BY requested_at LIMIT $1";
const COMPLETE: &str = "UPDATE exports SET archive = $3, size_bytes = $4, expires_at = $5, begun = NULL \
     WHERE user_id = $1 AND requested_at = $2 AND begun = $3";
const EXPIRE: &str = "DELETE FROM exports WHERE expires_at <= $1 RETURNING archive";
const IDENTITIES: &str = "SELECT issuer, subject, user_id, email, email_verified FROM identities \
     WHERE user_id = $1 ORDER BY issuer, subject";

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[FIND, BEGUN, WAITING, IDENTITIES];

fn archive(row: &Row, index: usize) -> Result<Option<BlobKey>, StoreError> {
    let key = row.opt_text(index)?.map(|text| text.parse()).transpose();
    key.map_err(|_| StoreError::corrupt("the key of an archive"))
}

impl SqlTransaction<'_> {
    /// Discards what was begun for the person and not completed.
    async fn discard_begun(&mut self, user: UserId) -> Result<(), StoreError> {
        let row = self.fetch_optional(sql(BEGUN).bind(user.as_i64())).await?;
        match row.map(|row| archive(&row, 0)).transpose()?.flatten() {
            Some(begun) => self.discard_blob(begun).await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl ExportRepository for SqlTransaction<'_> {
    async fn find_export(&mut self, user: UserId) -> Result<Option<Export>, StoreError> {
        let Some(row) = self.fetch_optional(sql(FIND).bind(user.as_i64())).await? else { return Ok(None) };
        let ready = match archive(&row, 1)? {
            Some(archive) => {
                Some(ReadyExport { archive, size_bytes: row.number(2)?, expires_at: row.time(3)? })
            }
            None => None,
        };
        Ok(Some(Export { requested_at: row.time(0)?, ready }))
    }

    async fn request_export(&mut self, user: UserId, at: Timestamp) -> Result<(), StoreError> {
        if let Some(Export { ready: Some(old), .. }) = self.find_export(user).await? {
            self.discard_blob(old.archive).await?;
        }
        self.discard_begun(user).await?;
        self.execute(sql(REQUEST).bind(user.as_i64()).bind(at.as_millis())).await?;
        Ok(())
    }

    async fn waiting_exports(&mut self, limit: u32) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
        let rows = self.fetch_all(sql(WAITING).bind(i64::from(limit))).await?;
        rows.iter().map(|row| Ok((UserId::from_i64(row.signed(0)?), row.time(1)?))).collect()
    }

    async fn begin_export(
        &mut self,
        user: UserId,
        requested_at: Timestamp,
        archive: BlobKey,
    ) -> Result<bool, StoreError> {
        let waits = self
            .find_export(user)
            .await?
            .is_some_and(|export| export.requested_at == requested_at && export.ready.is_none());
        if !waits {
            return Ok(false);
        }
        self.discard_begun(user).await?;
        let statement = sql(BEGIN).bind(user.as_i64()).bind(requested_at.as_millis());
        Ok(self.execute(statement.bind(archive.to_string())).await? > 0)
    }

    async fn complete_export(
        &mut self,
        user: UserId,
        requested_at: Timestamp,
        ready: &ReadyExport,
    ) -> Result<bool, StoreError> {
        let statement = sql(COMPLETE)
            .bind(user.as_i64())
            .bind(requested_at.as_millis())
            .bind(ready.archive.to_string())
            .bind(column(ready.size_bytes))
            .bind(ready.expires_at.as_millis());
        Ok(self.execute(statement).await? > 0)
    }

    async fn expire_exports(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let rows = self.fetch_all(sql(EXPIRE).bind(now.as_millis())).await?;
        for row in &rows {
            if let Some(key) = archive(row, 0)? {
                self.discard_blob(key).await?;
            }
        }
        Ok(rows.len() as u64)
    }

    async fn list_identities(&mut self, user: UserId) -> Result<Vec<LinkedIdentity>, StoreError> {
        let rows = self.fetch_all(sql(IDENTITIES).bind(user.as_i64())).await?;
        rows.iter()
            .map(|row| {
                Ok(LinkedIdentity {
                    issuer: row.text(0)?,
                    subject: row.text(1)?,
                    user_id: UserId::from_i64(row.signed(2)?),
                    email: row.opt_text(3)?,
                    email_verified: row.flag(4)?,
                })
            })
            .collect()
    }
}
