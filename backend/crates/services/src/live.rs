//! What the gateway asks for its sockets.

use std::{collections::HashMap, sync::Arc};

use kith_domain::{ConversationId, DeviceId, Seq, Timestamp, UserId, ports::Limit, view::ConversationView};

use crate::{Context, ServiceError, conversations::conversation_view};

/// The newest seqs of conversations that changed, read from the ledger: the check against silent loss.
#[derive(Debug, Clone, Default)]
pub struct Heads {
    /// Where the next reading goes on from.
    pub pos: u64,
    /// Each conversation that changed and its newest seq among the rows read.
    pub heads: Vec<(ConversationId, Seq)>,
}

/// Where a user's sockets are routed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memberships {
    /// The conversations, and the first seq of the present membership in each.
    pub conversations: Vec<(ConversationId, Seq)>,
    /// Where the user's log stood before they were read.
    pub user_seq: u64,
}

/// How many outbox rows one reading of heads covers. A longer stretch is read by calling again.
const HEADS_BATCH: u32 = 10_000;

/// What the gateway asks for its sockets.
#[derive(Clone)]
pub struct LiveService {
    context: Arc<Context>,
}

impl LiveService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// The server's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.context.now()
    }

    /// The ledger's epoch.
    #[must_use]
    pub fn epoch(&self) -> String {
        self.context.store.epoch().to_owned()
    }

    /// Counts a call by a socket that no other limit counts.
    ///
    /// # Errors
    /// [`kith_domain::Refusal::RateLimited`].
    pub async fn count_call(&self, user: UserId) -> Result<(), ServiceError> {
        Ok(self.context.limits.take(Limit::Call(user)).await?)
    }

    /// Where a user's sockets are routed.
    pub async fn memberships(&self, user: UserId) -> Result<Memberships, ServiceError> {
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    // The log first: what it tells of is then certainly in what is read after it.
                    let user_seq = tx.log_head(user).await?;
                    Ok(Memberships { conversations: tx.active_memberships(user).await?, user_seq })
                })
            })
            .await
    }

    /// A conversation as the user sees it.
    pub async fn view(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<ConversationView>, ServiceError> {
        let context = Arc::clone(&self.context);
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    Ok(conversation_view(tx, &*context.presence, user, id, context.now()).await?)
                })
            })
            .await
    }

    /// Where heads are read from when a node starts: what is older is in `/sync`.
    pub async fn heads_start(&self) -> Result<u64, ServiceError> {
        self.context.read(|tx| Box::pin(async move { Ok(tx.outbox_head().await?) })).await
    }

    /// Conversations that changed after `pos`, at most 10,000 entries' worth.
    pub async fn heads(&self, pos: u64) -> Result<Heads, ServiceError> {
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let rows = tx.list_outbox(pos, HEADS_BATCH).await?;
                    let pos = rows.last().map_or(pos, |row| row.pos);
                    let mut heads: HashMap<ConversationId, Seq> = HashMap::new();
                    for row in rows {
                        let head = heads.entry(row.conversation_id).or_default();
                        *head = row.seq.max(*head);
                    }
                    Ok(Heads { pos, heads: heads.into_iter().collect() })
                })
            })
            .await
    }

    /// The heads of these users' logs.
    pub async fn user_seqs(&self, users: &[UserId]) -> Result<Vec<(UserId, u64)>, ServiceError> {
        let users = users.to_vec();
        self.context.read(move |tx| Box::pin(async move { Ok(tx.log_heads(&users).await?) })).await
    }

    /// Which of these devices are signed out or expired: their sockets must close.
    pub async fn ended_devices(&self, devices: &[DeviceId]) -> Result<Vec<DeviceId>, ServiceError> {
        let (devices, now) = (devices.to_vec(), self.context.now());
        self.context.read(move |tx| Box::pin(async move { Ok(tx.ended_devices(&devices, now).await?) })).await
    }
}
