//! Hashing of account passwords.

use async_trait::async_trait;

use super::StoreError;
use crate::password::{Password, PasswordHash};

/// Hashes and checks account passwords. Both cost much time and memory on purpose, so only a bounded number run at a
/// time; who waits too long for a turn gets [`StoreError::Unavailable`].
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// A hash under a fresh salt: hashing again gives another one.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, StoreError>;
    /// Whether `given`, taken as typed, is the password behind `hash`.
    async fn verify(&self, given: &Password, hash: &PasswordHash) -> Result<bool, StoreError>;
}
