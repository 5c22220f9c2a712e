//! The account password, asked for again before grave changes.

use std::sync::Arc;

use kith_domain::{
    Caller, Device, Password, PasswordHash, Refusal, Timestamp, UserId,
    password::may_step_up,
    ports::{Limit, Transaction},
};

use crate::{Context, ServiceError};

/// What a caller has proven before a grave change. Hashing takes far too long for a transaction, so the proof is made
/// before it and held against the stored hash inside.
pub(crate) struct StepUp {
    proven: Option<PasswordHash>,
}

impl StepUp {
    /// Checks a password, where one is given and one is set. Each check counts against a limit, right or wrong, so that
    /// right answers are no way to buy more guesses.
    ///
    /// # Errors
    /// [`Refusal::PasswordWrong`], [`Refusal::RateLimited`].
    pub(crate) async fn prove(
        context: &Arc<Context>,
        user: UserId,
        given: Option<String>,
    ) -> Result<Self, ServiceError> {
        let Some(given) = given else { return Ok(Self { proven: None }) };
        context.limits.take(Limit::PasswordCheck(user)).await?;
        let stored =
            context.read(move |tx| Box::pin(async move { Ok(tx.find_password(user).await?) })).await?;
        let Some(stored) = stored else { return Ok(Self { proven: None }) };
        // What could never have been set is not worth a hashing.
        let given = Password::parse("password", given).map_err(|_| Refusal::PasswordWrong)?;
        if context.passwords.verify(&given, &stored).await? {
            Ok(Self { proven: Some(stored) })
        } else {
            Err(Refusal::PasswordWrong.into())
        }
    }

    /// Holds the proof against what is stored now; see [`may_step_up`].
    ///
    /// # Errors
    /// [`Refusal::PasswordRequired`], and [`Refusal::Unauthenticated`] when the caller's device is gone.
    pub(crate) async fn confirm(
        &self,
        tx: &mut dyn Transaction,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let device: Device = tx.find_device(caller.device_id).await?.ok_or(Refusal::Unauthenticated)?;
        let stored = tx.find_password(caller.user_id).await?;
        Ok(may_step_up(stored.as_ref(), self.proven.as_ref(), &device, now)?)
    }
}
