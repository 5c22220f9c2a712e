//! Deleting an account: the wish, the time to change one's mind, and the erasure.

mod erasure;

use std::sync::Arc;

use kith_domain::{
    Account, Caller, DeviceId, LiveEvent, Refusal, Timestamp, UserId,
    event::{LogLine, SessionEnd},
    ports::locks::Matter,
    view::UserView,
};

use crate::{Context, ServiceError, accounts::own_account, notify::Notifier, people, step_up::StepUp};

pub(crate) use erasure::erase_identity;

/// How many accounts one run takes on.
const AT_ONCE: u32 = 16;

/// Deleting an account. From the wish on nobody finds the account any more, its sockets close, and all that its owner
/// can do is look at the profile, export, sign out and restore; friends and groups keep what they have. After 14 days it is
/// erased.
#[derive(Clone)]
pub struct DeletionService {
    context: Arc<Context>,
}

impl DeletionService {
    /// The use cases over `context`, for who needs no others.
    #[must_use]
    pub fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Has the caller's account deleted in 14 days; again changes nothing. Also returns the devices whose tokens say
    /// something else now.
    ///
    /// # Errors
    /// [`Refusal::PasswordRequired`], [`Refusal::PasswordWrong`], [`Refusal::RateLimited`].
    pub async fn request(
        &self,
        caller: &Caller,
        password: Option<String>,
    ) -> Result<(UserView, Vec<DeviceId>), ServiceError> {
        let step_up = StepUp::prove(&self.context, caller.user_id, password).await?;
        let (caller, now) = (*caller, self.context.now());
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let user = caller.user_id;
                    tx.lock_matters(&[Matter::Person(user)]).await?;
                    let mut account = own_account(tx, user).await?;
                    if account.deletes_at.is_none() {
                        step_up.confirm(tx, &caller, now).await?;
                        let at = now.plus_seconds(Account::GRACE_SECONDS);
                        tx.set_deletes_at(user, Some(at)).await?;
                        account.deletes_at = Some(at);
                        let end = SessionEnd::Deleting { at };
                        tx.publish(LiveEvent::SessionEnded { user_id: user, devices: None, end });
                    }
                    Ok((people::own_view(&account), tx.device_ids(user).await?))
                })
            })
            .await
    }

    /// Takes the deletion of the caller's account back; again changes nothing. Also returns the devices whose tokens say
    /// something else now.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] when the time is over.
    pub async fn restore(&self, caller: &Caller) -> Result<(UserView, Vec<DeviceId>), ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    tx.lock_matters(&[Matter::Person(user)]).await?;
                    let now = context.now();
                    let mut account = own_account(tx, user).await?;
                    if !account.is_kept(now) {
                        return Err(Refusal::Unauthenticated.into());
                    }
                    if account.deletes_at.take().is_some() {
                        tx.set_deletes_at(user, None).await?;
                        let notifier = Notifier { presence: &*context.presence, now };
                        notifier.line(tx, user, LogLine::Profile).await?;
                    }
                    Ok((people::own_view(&account), tx.device_ids(user).await?))
                })
            })
            .await
    }

    /// Erases the accounts whose time has come; returns how many were finished. Called again and again: what a run
    /// leaves undone, the next one goes on with.
    ///
    /// # Errors
    /// The last failure; one account holds up no other.
    pub async fn erase_due(&self) -> Result<usize, ServiceError> {
        let now = self.context.now();
        let due = self
            .context
            .read(move |tx| Box::pin(async move { Ok(tx.due_deletions(now, AT_ONCE).await?) }))
            .await?;
        let mut outcome = Ok(due.len());
        for user in due {
            tracing::info!(user.id = %user, "erasing a deleted account");
            if let Err(error) = erasure::erase(&self.context, user).await {
                tracing::error!(user.id = %user, error = &error as &dyn std::error::Error, "an account is not erased yet");
                outcome = Err(error);
            }
            self.context.remove_discarded().await;
        }
        outcome
    }

    /// Has accounts that were deleted once deleted again, at once: what restoring an older backup is followed by.
    pub async fn repeat(&self, users: Vec<UserId>) -> Result<(), ServiceError> {
        let now = self.context.now();
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let known = tx.find_accounts(&users).await?;
                    for account in known.iter().filter(|account| account.is_kept(now)) {
                        tx.set_deletes_at(account.id, Some(now)).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        while self.erase_due().await? > 0 {}
        Ok(())
    }

    /// Everybody who was deleted, and when, the first one first.
    pub async fn list(&self) -> Result<Vec<(UserId, Timestamp)>, ServiceError> {
        self.context.read(|tx| Box::pin(async move { Ok(tx.list_deletions().await?) })).await
    }
}
