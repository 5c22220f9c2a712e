//! Lets old things go.

use std::sync::Arc;

use kith_domain::{
    Clock,
    ports::{Store, StoreExt as _},
};
use kith_services::{ServiceError, Services};

/// The user log reaches back 30 days; a device that was away longer reads its lists again.
const USER_LOG_SECONDS: i64 = 30 * 86_400;
/// Outbox rows stay 2 minutes after every consumer confirmed them, for readers that read again with slack.
const OUTBOX_SECONDS: i64 = 120;

/// Lets old things go.
pub struct Janitor {
    services: Arc<Services>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Janitor {
    /// A janitor over `store`.
    #[must_use]
    pub fn new(services: Arc<Services>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { services, store, clock }
    }

    /// Removes outbox rows that nobody needs any more; about once a minute.
    pub async fn purge_outbox(&self) -> Result<(), ServiceError> {
        let before = self.clock.now().plus_seconds(-OUTBOX_SECONDS);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    tx.purge_outbox(before).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Ends old friend requests and removes expired sign-ins, devices, versions of drafts and log lines; about once an hour.
    pub async fn purge_expired(&self) -> Result<(), ServiceError> {
        self.services.friends.expire_requests().await?;
        self.services.sign_ins.purge().await?;
        self.services.conversations.purge_draft_versions().await?;
        self.services.exports.purge().await?;
        let before = self.clock.now().plus_seconds(-USER_LOG_SECONDS);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    tx.purge_log(before).await?;
                    Ok(())
                })
            })
            .await
    }
}
