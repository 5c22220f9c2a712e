//! Sign-ins on their way. Everything here is short-lived and taken once.

use async_trait::async_trait;

use super::StoreError;
use crate::{
    clock::Timestamp,
    sign_in::{PendingSignIn, SecretHash, SignInCode, SignInNotice},
};

/// A step of a sign-in, by what names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInStep {
    /// A sign-in on its way, by the hash of its state.
    Pending(SecretHash),
    /// A native client's one-time code, by its hash.
    Code(SecretHash),
    /// A notice, by the hash of its ticket.
    Notice(SecretHash),
}

/// Sign-ins on their way.
#[async_trait]
pub trait SignInRepository {
    /// Whether the step is stored: asked before a write, so that guesses cost no place in the writer's queue.
    async fn has_sign_in_step(&mut self, step: SignInStep) -> Result<bool, StoreError>;
    /// Keeps a sign-in until its callback.
    async fn insert_pending_sign_in(&mut self, pending: &PendingSignIn) -> Result<(), StoreError>;
    /// Takes a sign-in out: a second call finds nothing.
    async fn take_pending_sign_in(
        &mut self,
        state_hash: &SecretHash,
    ) -> Result<Option<PendingSignIn>, StoreError>;
    /// Keeps a native client's one-time code.
    async fn insert_sign_in_code(&mut self, code: &SignInCode) -> Result<(), StoreError>;
    /// The code as it stood before this call, which marks it as used at `at` if it was not.
    async fn redeem_sign_in_code(
        &mut self,
        code_hash: &SecretHash,
        at: Timestamp,
    ) -> Result<Option<SignInCode>, StoreError>;
    /// Keeps a notice.
    async fn insert_sign_in_notice(&mut self, notice: &SignInNotice) -> Result<(), StoreError>;
    /// Takes a notice out: a second call finds nothing.
    async fn take_sign_in_notice(
        &mut self,
        ticket_hash: &SecretHash,
    ) -> Result<Option<SignInNotice>, StoreError>;
    /// Removes what expired before `now`.
    async fn purge_sign_ins(&mut self, now: Timestamp) -> Result<(), StoreError>;
}
