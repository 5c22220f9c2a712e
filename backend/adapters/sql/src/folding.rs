//! Folded usernames are stored, and what folding is can change with a version of Kith: they are then folded anew.

use kith_domain::{fold, ports::StoreError};

use crate::{rows::Columns, statement::sql, transaction::SqlTransaction};

/// Raised whenever [`fold`] answers something else. 1 was not noted yet.
const FOLDING: &str = "2";

/// A row that every database has.
const LOCK: &str = "SELECT 1 FROM meta WHERE name = 'epoch' FOR NO KEY UPDATE";
const NOTED: &str = "SELECT value FROM meta WHERE name = 'folding'";
const NOTE: &str = "INSERT INTO meta (name, value) VALUES ('folding', $1) \
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const NAMES: &str = "SELECT id, username, username_folded FROM accounts WHERE id > $1 ORDER BY id LIMIT 1000";
const RENEW: &str = "UPDATE accounts SET username_folded = $2 WHERE id = $1";

/// Folds every username as this version does, unless that was done. Nodes that start at once do this one after another.
pub(crate) async fn renew(tx: &mut SqlTransaction<'_>) -> Result<(), StoreError> {
    tx.lock(sql(LOCK)).await?;
    let noted = tx.fetch_optional(sql(NOTED)).await?.map(|row| row.text(0)).transpose()?;
    if noted.as_deref() == Some(FOLDING) {
        return Ok(());
    }
    let mut last = i64::MIN;
    loop {
        let rows = tx.fetch_all(sql(NAMES).bind(last)).await?;
        let Some(end) = rows.last() else { break };
        last = end.signed(0)?;
        for row in &rows {
            let (id, name, stored) = (row.signed(0)?, row.text(1)?, row.text(2)?);
            let folded = fold(&name);
            if folded != stored {
                tx.execute(sql(RENEW).bind(id).bind(folded)).await?;
            }
        }
    }
    tx.execute(sql(NOTE).bind(FOLDING)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::ConnectOptions as _;

    use super::*;
    use crate::{sqlite::DATABASE, testing};

    #[tokio::test]
    async fn names_of_an_older_version_are_folded_anew_once() {
        let kept = testing::temp_store().await;
        kept.store.close().await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(kept.path().join(DATABASE));
        let mut connection = options.connect().await.unwrap();
        let insert = "INSERT INTO accounts (id, username, username_folded, gender_shared, friend_code, \
             created_at, state) VALUES ($1, $2, $3, FALSE, $1, 0, 'active')";
        for (id, name, old) in [(1, "Đặng", "đang"), (2, "Zoë", "zoe"), (3, "Groß", "groß")] {
            sqlx::query(insert).bind(id).bind(name).bind(old).execute(&mut connection).await.unwrap();
        }
        let folded = "SELECT group_concat(username_folded, ' ') FROM accounts";
        for (forget, expected) in
            [(false, "đang zoe groß"), (true, "dang zoe gross"), (false, "dang zoe gross")]
        {
            if forget {
                sqlx::query("DELETE FROM meta WHERE name = 'folding'")
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
            renew(&mut SqlTransaction::new(&mut connection, 0)).await.unwrap();
            let now: String = sqlx::query_scalar(folded).fetch_one(&mut connection).await.unwrap();
            assert_eq!(now, expected);
        }
    }
}
