//! Accounts, the identities that open them, and operators' grants.

use async_trait::async_trait;

use super::StoreError;
use crate::{
    account::{Account, LinkedIdentity, Profile},
    clock::Timestamp,
    code::ShareCode,
    id::UserId,
    password::PasswordHash,
    sign_in::AdminGrant,
};

/// Accounts. Deleted ones are found by id only.
#[async_trait]
pub trait AccountRepository {
    /// The account of that number.
    async fn find_account(&mut self, id: UserId) -> Result<Option<Account>, StoreError>;
    /// The accounts of those numbers that exist, in no particular order.
    async fn find_accounts(&mut self, ids: &[UserId]) -> Result<Vec<Account>, StoreError>;
    /// The account with that friend code.
    async fn find_account_by_code(&mut self, code: &ShareCode) -> Result<Option<Account>, StoreError>;
    /// The account that (issuer, subject) opens.
    async fn find_account_by_identity(
        &mut self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Account>, StoreError>;
    /// Adds an account; [`StoreError::Conflict`] when its id or friend code is taken.
    async fn insert_account(&mut self, account: &Account) -> Result<(), StoreError>;
    /// Adds or refreshes an identity: a known (issuer, subject) keeps its account and gets the new address.
    async fn upsert_identity(&mut self, identity: &LinkedIdentity) -> Result<(), StoreError>;
    /// Replaces the profile.
    async fn update_profile(&mut self, id: UserId, profile: &Profile) -> Result<(), StoreError>;
    /// Replaces the friend code; [`StoreError::Conflict`] when another account has it.
    async fn update_friend_code(&mut self, id: UserId, code: &ShareCode) -> Result<(), StoreError>;
    /// The hash of the account password; `None` when none is set.
    async fn find_password(&mut self, id: UserId) -> Result<Option<PasswordHash>, StoreError>;
    /// Replaces the hash of the account password.
    async fn update_password(&mut self, id: UserId, hash: &PasswordHash) -> Result<(), StoreError>;
    /// Notes when the person was last online.
    async fn update_last_online(&mut self, id: UserId, at: Timestamp) -> Result<(), StoreError>;
    /// Adds a grant; an equal one stays as it is.
    async fn insert_admin_grant(&mut self, grant: &AdminGrant) -> Result<(), StoreError>;
    /// Gives grants that wait for `email` of `provider` to `user`.
    async fn claim_admin_grants(
        &mut self,
        email: &str,
        provider: &str,
        user: UserId,
    ) -> Result<(), StoreError>;
    /// Removes a grant; `false` when there was none.
    async fn delete_admin_grant(&mut self, email: &str, provider: &str) -> Result<bool, StoreError>;
    /// Whether a grant belongs to the account.
    async fn is_admin(&mut self, user: UserId) -> Result<bool, StoreError>;
    /// The account that a verified address of a provider belongs to, for the command line only.
    async fn find_account_by_verified_email(
        &mut self,
        email: &str,
        issuer: &str,
    ) -> Result<Option<UserId>, StoreError>;
    /// The largest id of any row, so that a restarted node's ids go on above it; 0 in an empty store.
    async fn highest_id(&mut self) -> Result<u64, StoreError>;
}
