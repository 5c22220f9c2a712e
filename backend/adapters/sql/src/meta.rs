//! Facts about the database as a whole.

use kith_domain::{Random, ports::StoreError, random::random_u128};

use crate::{rows::Columns, statement::sql, transaction::SqlTransaction};

const MAKE_EPOCH: &str = "INSERT INTO meta (name, value) VALUES ('epoch', $1) ON CONFLICT (name) DO NOTHING";
const EPOCH: &str = "SELECT value FROM meta WHERE name = 'epoch'";

/// The store's epoch, made on first use.
pub(crate) async fn epoch(tx: &mut SqlTransaction<'_>, random: &dyn Random) -> Result<String, StoreError> {
    tx.execute(sql(MAKE_EPOCH).bind(format!("{:032x}", random_u128(random)))).await?;
    stored_epoch(tx).await
}

/// The store's epoch as it is now.
pub(crate) async fn stored_epoch(tx: &mut SqlTransaction<'_>) -> Result<String, StoreError> {
    tx.fetch_one(sql(EPOCH)).await?.text(0)
}
