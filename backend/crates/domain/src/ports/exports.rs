//! Exports: everything of a person in an archive, made when they ask for it.

use async_trait::async_trait;

use super::StoreError;
use crate::{account::LinkedIdentity, blob::BlobKey, clock::Timestamp, id::UserId};

/// An export that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// When.
    pub requested_at: Timestamp,
    /// The archive, once it is made.
    pub ready: Option<ReadyExport>,
}

/// An archive that can be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyExport {
    /// Where it lies.
    pub archive: BlobKey,
    /// Its size.
    pub size_bytes: u64,
    /// When it is removed.
    pub expires_at: Timestamp,
}

/// Exports; of each person the newest. What takes an archive's place, or ends it, discards its blob
/// ([`super::MediaRepository::list_discarded`]), also of one that was begun and not completed.
#[async_trait]
pub trait ExportRepository {
    /// The person's export.
    async fn find_export(&mut self, user: UserId) -> Result<Option<Export>, StoreError>;
    /// Asks for an export, in place of the one before.
    async fn request_export(&mut self, user: UserId, at: Timestamp) -> Result<(), StoreError>;
    /// Who waits and since when, the longest waiting first.
    async fn waiting_exports(&mut self, limit: u32) -> Result<Vec<(UserId, Timestamp)>, StoreError>;
    /// Notes under which key the archive of the request made at that moment is about to be stored, in place of what was
    /// begun before; `false` when that request is no longer the one that waits.
    async fn begin_export(
        &mut self,
        user: UserId,
        requested_at: Timestamp,
        archive: BlobKey,
    ) -> Result<bool, StoreError>;
    /// Notes that the archive, which is the one begun last, is stored; `false` when it is not, or its request is no longer
    /// the one that waits.
    async fn complete_export(
        &mut self,
        user: UserId,
        requested_at: Timestamp,
        ready: &ReadyExport,
    ) -> Result<bool, StoreError>;
    /// Ends exports whose time is over at `now`; returns how many.
    async fn expire_exports(&mut self, now: Timestamp) -> Result<u64, StoreError>;
    /// What opens the person's account, by issuer and subject.
    async fn list_identities(&mut self, user: UserId) -> Result<Vec<LinkedIdentity>, StoreError>;
}
