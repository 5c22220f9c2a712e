//! Setting and changing the account password.

use std::sync::Arc;

use kith_domain::{Caller, Password, event::LogLine, ports::Limit};

use crate::{Context, ServiceError, accounts::own_account, notify::Notifier, step_up::StepUp};

/// The account password: a second proof, never a way to sign in.
#[derive(Clone)]
pub struct PasswordService {
    context: Arc<Context>,
}

impl PasswordService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Sets the caller's password. One that is set already is asked for as `current`, unless a sign-in on request stands
    /// in for it.
    ///
    /// # Errors
    /// [`kith_domain::Refusal::Validation`] of `new`, [`kith_domain::Refusal::PasswordRequired`],
    /// [`kith_domain::Refusal::PasswordWrong`], [`kith_domain::Refusal::RateLimited`] above 10 checks in 15 minutes.
    pub async fn set(
        &self,
        caller: &Caller,
        current: Option<String>,
        new: String,
    ) -> Result<(), ServiceError> {
        let new = Password::parse("new", new)?;
        let (caller, context) = (*caller, Arc::clone(&self.context));
        if current.is_none() {
            // Hashing costs as much as checking.
            context.limits.take(Limit::PasswordCheck(caller.user_id)).await?;
        }
        let step_up = Arc::new(StepUp::prove(&context, caller.user_id, current).await?);
        let (early, now) = (Arc::clone(&step_up), context.now());
        context.read(move |tx| Box::pin(async move { early.confirm(tx, &caller, now).await })).await?;
        let hash = context.passwords.hash(&new).await?;
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    own_account(tx, caller.user_id).await?;
                    step_up.confirm(tx, &caller, now).await?;
                    tx.update_password(caller.user_id, &hash).await?;
                    let notifier = Notifier { presence: &*context.presence, now };
                    Ok(notifier.line(tx, caller.user_id, LogLine::Profile).await?)
                })
            })
            .await
    }
}
