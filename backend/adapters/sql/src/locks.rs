//! Turns of jobs, by advisory locks.

use async_trait::async_trait;
use kith_domain::ports::{LockRepository, StoreError, locks::Matter};

use crate::{statement::sql, transaction::SqlTransaction};

/// Of PostgreSQL alone. Two names with one hash wait for each other without need, and nothing else comes of it.
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

fn name(matter: &Matter) -> String {
    match matter {
        Matter::Person(user) => format!("person {user}"),
        Matter::Identity { issuer, subject } => format!("identity {issuer} {subject}"),
        Matter::PushToken(hash) => format!("push token {hash:02x?}"),
    }
}

#[async_trait]
impl LockRepository for SqlTransaction<'_> {
    async fn lock_matters(&mut self, matters: &[Matter]) -> Result<(), StoreError> {
        // In one order everywhere, so that no two jobs wait for each other.
        let mut matters: Vec<&Matter> = matters.iter().collect();
        matters.sort();
        matters.dedup();
        for matter in matters {
            self.lock(sql(LOCK).bind(name(matter))).await?;
        }
        Ok(())
    }
}
