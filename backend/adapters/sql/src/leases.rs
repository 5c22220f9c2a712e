//! Leases.

use async_trait::async_trait;
use kith_domain::{
    Timestamp,
    ports::{
        LeaseRepository, StoreError,
        leases::{FencingToken, Lease},
    },
};

use crate::{
    rows::{Columns, column},
    statement::sql,
    transaction::SqlTransaction,
};

const TAKE: &str = "INSERT INTO leases (name, holder, token, expires_at) VALUES ($1, $2, 1, $4) \
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at, \
     token = leases.token + CASE WHEN leases.expires_at > $3 THEN 0 ELSE 1 END \
     WHERE leases.holder = excluded.holder OR leases.expires_at <= $3 RETURNING token";
/// Changes nothing and locks the row, so that it is decided here who comes first.
const HOLD: &str = "UPDATE leases SET token = token WHERE name = $1 AND token = $2";
const RELEASE: &str = "UPDATE leases SET expires_at = $3 WHERE name = $1 AND holder = $2";
const LIST: &str = "SELECT name, holder, token, expires_at FROM leases \
     WHERE substr(name, 1, length($1)) = $1 AND expires_at > $2 ORDER BY name";

#[async_trait]
impl LeaseRepository for SqlTransaction<'_> {
    async fn take_lease(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<FencingToken>, StoreError> {
        let statement = sql(TAKE).bind(name).bind(holder).bind(now.as_millis()).bind(until.as_millis());
        let row = self.fetch_optional(statement).await?;
        row.map(|row| row.number(0).map(FencingToken)).transpose()
    }

    async fn holds_lease(&mut self, name: &str, token: FencingToken) -> Result<bool, StoreError> {
        Ok(self.execute(sql(HOLD).bind(name).bind(column(token.0))).await? == 1)
    }

    async fn release_lease(&mut self, name: &str, holder: &str) -> Result<(), StoreError> {
        // It ended at the earliest moment there is, which every clock has passed.
        self.execute(sql(RELEASE).bind(name).bind(holder).bind(i64::MIN)).await?;
        Ok(())
    }

    async fn list_leases(&mut self, prefix: &str, now: Timestamp) -> Result<Vec<Lease>, StoreError> {
        let rows = self.fetch_all(sql(LIST).bind(prefix).bind(now.as_millis())).await?;
        rows.iter()
            .map(|row| {
                Ok(Lease {
                    name: row.text(0)?,
                    holder: row.text(1)?,
                    token: FencingToken(row.number(2)?),
                    expires_at: row.time(3)?,
                })
            })
            .collect()
    }
}
