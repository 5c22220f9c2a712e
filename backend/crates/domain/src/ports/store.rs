//! The store: one database behind two ports, [`Ledger`] and [`Directory`], written to in one way.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;

use super::{
    AccountRepository, ConversationRepository, DeletionRepository, DeviceRepository, DraftRepository,
    EntryRepository, ExportRepository, FriendRepository, LeaseRepository, LockRepository, MediaRepository,
    MemberRepository, OutboxRepository, PushTokenRepository, ReadRepository, RetentionRepository,
    SettingsRepository, SignInRepository, UserLogRepository,
};
use crate::{
    clock::Timestamp,
    content::{ContentHash, NewContent},
    entry::{ClientMsgId, ClientTime, Entry},
    event::LiveEvent,
    id::{ConversationId, EntryId, UserId},
    refusal::Refusal,
};

/// Why the store did not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A unique key is taken.
    #[error("a unique key is taken")]
    Conflict,
    /// The store cannot be reached or is busy; nothing was written. Worth a retry.
    #[error("the store is unavailable")]
    Unavailable(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The disk is full, or nearly; nothing was written. Worth a retry later.
    #[error("the store is full")]
    Full,
    /// The commit's outcome is not known: it may never be answered as success or as failure.
    #[error("the outcome of the commit is unknown")]
    UnknownOutcome(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// A row that cannot be read, or a statement that cannot run: a fault of ours or a damaged file.
    #[error("the store failed")]
    Internal(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// A row that makes no sense; `what` names it.
    #[must_use]
    pub fn corrupt(what: &'static str) -> Self {
        Self::Internal(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(what)))
    }
}

/// Accounts, sign-ins, devices and how to wake them, friends, and accounts on their way out.
pub trait Directory:
    AccountRepository
    + DeviceRepository
    + PushTokenRepository
    + SignInRepository
    + FriendRepository
    + DeletionRepository
    + ExportRepository
{
}
impl<
    T: AccountRepository
        + DeviceRepository
        + PushTokenRepository
        + SignInRepository
        + FriendRepository
        + DeletionRepository
        + ExportRepository
        + ?Sized,
> Directory for T
{
}

/// Conversations and all that happens in them.
pub trait Ledger:
    ConversationRepository
    + MemberRepository
    + EntryRepository
    + MediaRepository
    + ReadRepository
    + RetentionRepository
    + SettingsRepository
    + DraftRepository
    + UserLogRepository
    + OutboxRepository
    + LeaseRepository
{
}
impl<
    T: ConversationRepository
        + MemberRepository
        + EntryRepository
        + MediaRepository
        + ReadRepository
        + RetentionRepository
        + SettingsRepository
        + DraftRepository
        + UserLogRepository
        + OutboxRepository
        + LeaseRepository
        + ?Sized,
> Ledger for T
{
}

/// A transaction over both ports.
pub trait Transaction: Directory + Ledger + LockRepository + Send {
    /// Has `event` published after this transaction's durable commit, in the order that [`Store`] promises; dropped with a
    /// rollback.
    fn publish(&mut self, event: LiveEvent);
}

/// What a job wants done with its own changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Keep them.
    Commit,
    /// Undo them; jobs that share the physical commit are untouched.
    Rollback,
}

/// A boxed future that borrows its transaction.
pub type JobFuture<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;
/// A job over a transaction. It awaits nothing but the transaction's own methods: everybody else waits for it.
pub type Job = Box<dyn for<'t> FnOnce(&'t mut dyn Transaction) -> JobFuture<'t, Verdict> + Send>;

/// A message on its way into the ledger.
#[derive(Debug, Clone)]
pub struct SendMessage {
    /// The id it gets if it is new.
    pub id: EntryId,
    /// Where to.
    pub conversation_id: ConversationId,
    /// Who sends.
    pub sender_id: UserId,
    /// The sender's own name for it.
    pub client_msg_id: ClientMsgId,
    /// The sender's local time.
    pub client_time: ClientTime,
    /// What it says.
    pub content: NewContent,
    /// [`NewContent::hash`] of it.
    pub content_hash: ContentHash,
    /// The time it gets if it is new.
    pub server_time: Timestamp,
}

/// A message that is durable.
#[derive(Debug, Clone)]
pub struct SentMessage {
    /// The stored entry; erased content if it was unsent since.
    pub entry: Arc<Entry>,
    /// False when an earlier try had stored it.
    pub new: bool,
}

/// Why a message was not stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SendError {
    /// A rule refused it, inside the transaction.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed; see there what that means.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The one database behind all services.
///
/// - A job sees its own changes, and all of every job that was answered before it began.
/// - A job that says [`Verdict::Rollback`] leaves nothing behind and fails no other job.
/// - `write` and `send` answer only after the commit is durable (kill, operating-system crash, power cut).
/// - A commit that fails is [`StoreError::UnknownOutcome`] for every job of its group.
/// - Published events reach the bus after the commit, those of a job together, those about one conversation in the order
///   of its commits.
#[async_trait]
pub trait Store: Send + Sync {
    /// Runs `job` in a read-write transaction, alone or together with others.
    async fn write_job(&self, job: Job) -> Result<(), StoreError>;

    /// Runs `job` on one consistent snapshot. Its changes, if it makes any, are refused by the store.
    async fn read_job(&self, job: Job) -> Result<(), StoreError>;

    /// Stores a message, together with those that arrive at the same time.
    ///
    /// In one transaction: a stored (conversation, sender, `client_msg_id`), or one that left the ledger lately
    /// ([`super::retention::REMEMBERED_SECONDS`]), is answered first, whatever the sender's
    /// membership is by now, with [`Refusal::IdReused`] when its content hash differs; then
    /// [`crate::conversation::may_send`]; then the target of a reply, which must be an entry the sender may see
    /// (else [`Refusal::Validation`] of `content.reply_to`); then the object of a message that has one, which must be
    /// complete, the sender's own and of that kind (else [`Refusal::Validation`] of `content.media.id` or
    /// `content.type`); then the next seq, the entry, its reference to the object and its outbox row. A refused message
    /// fails no other. The [`LiveEvent::Entry`] is published for a new message only.
    async fn send(&self, message: SendMessage) -> Result<SentMessage, SendError>;

    /// The random id of this ledger's history. It changes when history was restored or may have lost commits.
    fn epoch(&self) -> &str;

    /// Whether the store can be used right now; what `/readyz` asks.
    async fn check(&self) -> Result<(), StoreError>;
}

/// Typed answers for jobs.
#[async_trait]
pub trait StoreExt: Store {
    /// Runs `job` in a read-write transaction: `Ok` commits, `Err` rolls back.
    async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut dyn Transaction) -> JobFuture<'t, Result<T, E>> + Send + 'static,
    {
        let (job, answer) = typed(job);
        self.write_job(job).await?;
        answer()
    }

    /// Runs `job` on one consistent snapshot.
    async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut dyn Transaction) -> JobFuture<'t, Result<T, E>> + Send + 'static,
    {
        let (job, answer) = typed(job);
        self.read_job(job).await?;
        answer()
    }
}

impl<S: Store + ?Sized> StoreExt for S {}

/// Turns a job with an answer into one with a verdict, and a way to take the answer out afterwards.
fn typed<T, E, F>(job: F) -> (Job, impl FnOnce() -> Result<T, E>)
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'t> FnOnce(&'t mut dyn Transaction) -> JobFuture<'t, Result<T, E>> + Send + 'static,
{
    let slot: Arc<Mutex<Option<Result<T, E>>>> = Arc::default();
    let inner = Arc::clone(&slot);
    let job: Job = Box::new(move |tx| {
        Box::pin(async move {
            let answer = job(tx).await;
            let verdict = if answer.is_ok() { Verdict::Commit } else { Verdict::Rollback };
            if let Ok(mut slot) = inner.lock() {
                *slot = Some(answer);
            }
            verdict
        })
    });
    let answer = move || {
        let taken = slot.lock().ok().and_then(|mut slot| slot.take());
        taken.unwrap_or_else(|| Err(StoreError::corrupt("a job ended without an answer").into()))
    };
    (job, answer)
}
