//! Uploads, media, and which messages refer to them.

use async_trait::async_trait;

use super::{StoreError, entries::Found};
use crate::{
    blob::BlobKey,
    clock::Timestamp,
    entry::Seq,
    id::{ConversationId, MediaId, UserId},
    media::{Media, MediaKind, Upload},
};

/// Media. References are written with the messages that make them ([`super::Store::send`]) and go with them
/// ([`super::EntryRepository::erase_entry`]); a medium goes with its last reference, and its blobs are then listed by
/// [`MediaRepository::list_discarded`].
#[async_trait]
pub trait MediaRepository {
    /// Adds an upload; [`StoreError::Conflict`] when its id is taken.
    async fn insert_upload(&mut self, upload: &Upload) -> Result<(), StoreError>;
    /// The upload of that number, while it is not complete.
    async fn find_upload(&mut self, id: MediaId) -> Result<Option<Upload>, StoreError>;
    /// Turns the upload of the same number into `media`; `false` when there is no such upload (any more).
    async fn complete_upload(&mut self, media: &Media) -> Result<bool, StoreError>;
    /// The medium of that number, once it is complete.
    async fn find_media(&mut self, id: MediaId) -> Result<Option<Media>, StoreError>;
    /// Those of `ids` that are complete and that the person may see: their own, and what an entry refers to that lies
    /// in one of their intervals. In no particular order.
    async fn visible_media(&mut self, viewer: UserId, ids: &[MediaId]) -> Result<Vec<Media>, StoreError>;
    /// What the person's uploads and media take, in bytes.
    async fn stored_bytes(&mut self, owner: UserId) -> Result<u64, StoreError>;
    /// Removes an upload or medium that no message refers to and discards its blobs; `false` when there is none.
    async fn delete_media(&mut self, id: MediaId) -> Result<bool, StoreError>;
    /// As [`MediaRepository::delete_media`] for at most `limit` that were made before `before`; returns how many.
    async fn delete_unreferenced(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
    /// The newest entries with media below `before` that the person may see, at most `limit`, ascending by seq.
    async fn list_media_entries(
        &mut self,
        conversation: ConversationId,
        viewer: UserId,
        kind: Option<MediaKind>,
        before: Seq,
        limit: u32,
    ) -> Result<Found, StoreError>;
    /// Lists a blob that nothing needs any more.
    async fn discard_blob(&mut self, key: BlobKey) -> Result<(), StoreError>;
    /// Blobs that nothing needs any more, at most `limit`.
    async fn list_discarded(&mut self, limit: u32) -> Result<Vec<BlobKey>, StoreError>;
    /// Takes blobs from that list: they are removed.
    async fn forget_discarded(&mut self, keys: &[BlobKey]) -> Result<(), StoreError>;
}
