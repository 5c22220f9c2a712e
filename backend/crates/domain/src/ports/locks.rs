//! What jobs take turns at, where several run at once.

use async_trait::async_trait;

use super::StoreError;
use crate::{id::UserId, sign_in::SecretHash};

/// Something that a job reads, decides on and changes, and that is no conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// What one person has for themselves, and with another: profile, settings, drafts, friends, requests, blocks, quota.
    Person(UserId),
    /// Which account an identity opens.
    Identity {
        /// Who vouches for it.
        issuer: String,
        /// Its name there.
        subject: String,
    },
    /// Which device a push token is of, by the token's SHA-256.
    PushToken(SecretHash),
}

/// Turns.
#[async_trait]
pub trait LockRepository {
    /// Jobs that name one of the same matters run one after another from here until their transactions end: what is read
    /// after this is as the last of them has left it. To be called once, with all that are needed, and before conversations
    /// are locked.
    async fn lock_matters(&mut self, matters: &[Matter]) -> Result<(), StoreError>;
}
