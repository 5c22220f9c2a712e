//! Uploads, media, their references, and blobs that nothing needs any more.

use async_trait::async_trait;
use kith_domain::{
    BlobKey, ConversationId, Media, MediaId, MediaKind, MediaRef, MediaType, Seq, Timestamp, Upload, UserId,
    blob::Area,
    ports::{EntryRepository as _, MediaRepository, StoreError, entries::Found},
    text::FileName,
};

use crate::{
    lists::{id_list, ids},
    media_row::{media_columns, read_reference},
    rows::{Columns, Row, column},
    statement::sql,
    transaction::SqlTransaction,
};

const INSERT: &str = "INSERT INTO media (id, owner_id, created_at, unreferenced_since, name, content_type, size_bytes, \
     stored_bytes, sha256, blob, complete) VALUES ($1, $2, $3, $3, $4, $5, $6, $6, $7, $8, FALSE)";
const FIND_UPLOAD: &str = "SELECT id, owner_id, name, content_type, size_bytes, sha256, blob, created_at FROM media \
     WHERE id = $1 AND NOT complete";
const COMPLETE: &str = "UPDATE media SET name = $2, content_type = $3, size_bytes = $4, stored_bytes = $5, \
     complete = TRUE, width = $6, height = $7, duration_ms = $8, thumbnail_type = $9 WHERE id = $1 AND NOT complete";
const FIND: &str = concat!("SELECT ", media_columns!(), " FROM media m WHERE m.id = $1 AND m.complete");
const VISIBLE: &str = concat!(
    "SELECT ",
    media_columns!(),
    " FROM media m WHERE m.complete AND m.id IN ",
    ids!("$2"),
    " AND (m.owner_id = $1 OR EXISTS (SELECT 1 FROM media_refs r JOIN member_intervals i \
     ON i.user_id = $1 AND i.conversation_id = r.conversation_id AND i.from_seq <= r.seq \
     AND (i.to_seq IS NULL OR i.to_seq >= r.seq) WHERE r.media_id = m.id))"
);
const STORED_BYTES: &str =
    "SELECT CAST(COALESCE(SUM(stored_bytes), 0) AS BIGINT) FROM media WHERE owner_id = $1";
const UNREFERENCED: &str =
    "SELECT id FROM media WHERE unreferenced_since < $1 ORDER BY unreferenced_since LIMIT $2";
const DELETE: &str = "DELETE FROM media WHERE id = $1 AND unreferenced_since IS NOT NULL RETURNING blob";
const DISCARD: &str = "INSERT INTO discarded_blobs (blob) VALUES ($1) ON CONFLICT (blob) DO NOTHING";
const LIST_DISCARDED: &str = "SELECT blob FROM discarded_blobs LIMIT $1";
const FORGET_DISCARDED: &str = "DELETE FROM discarded_blobs WHERE blob = $1";
const DELETE_REFERENCE: &str =
    "DELETE FROM media_refs WHERE conversation_id = $1 AND seq = $2 RETURNING media_id";
const LOCK: &str = "SELECT 1 FROM media WHERE id = $1 FOR NO KEY UPDATE";
const RELEASE: &str = "UPDATE media SET unreferenced_since = 0 \
     WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM media_refs r WHERE r.media_id = $1)";
const PLACES: &str = "SELECT r.seq FROM media_refs r WHERE r.conversation_id = $1 AND r.seq < $3 \
     AND EXISTS (SELECT 1 FROM member_intervals i WHERE i.user_id = $2 AND i.conversation_id = $1 \
     AND i.from_seq <= r.seq AND (i.to_seq IS NULL OR i.to_seq >= r.seq)) ORDER BY r.seq DESC LIMIT $4";
const PLACES_OF_KIND: &str = "SELECT r.seq FROM media_refs r WHERE r.conversation_id = $1 AND r.kind = $5 \
     AND r.seq < $3 AND EXISTS (SELECT 1 FROM member_intervals i WHERE i.user_id = $2 AND i.conversation_id = $1 \
     AND i.from_seq <= r.seq AND (i.to_seq IS NULL OR i.to_seq >= r.seq)) ORDER BY r.seq DESC LIMIT $4";

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[
    FIND_UPLOAD,
    FIND,
    VISIBLE,
    STORED_BYTES,
    UNREFERENCED,
    DELETE_REFERENCE,
    RELEASE,
    PLACES,
    PLACES_OF_KIND,
];

fn read_upload(row: &Row) -> Result<Upload, StoreError> {
    Ok(Upload {
        id: MediaId::from_i64(row.signed(0)?),
        owner_id: UserId::from_i64(row.signed(1)?),
        name: FileName::from_store(row.text(2)?),
        content_type: row.named(3, MediaType::from_name)?,
        size_bytes: row.number(4)?,
        sha256: crate::rows::hash(row, 5)?,
        key: row.named(6, |name| BlobKey::parse(Area::Upload, name).ok())?,
        created_at: row.time(7)?,
    })
}

fn read_media(row: &Row) -> Result<Media, StoreError> {
    let reference = read_reference(row, 0)?;
    let thumbnail = match reference.thumbnail {
        true => Some(row.named(7, MediaType::from_name)?),
        false => None,
    };
    Ok(Media {
        owner_id: UserId::from_i64(row.signed(8)?),
        key: row.named(9, |name| BlobKey::parse(Area::Media, name).ok())?,
        stored_bytes: row.number(10)?,
        created_at: row.time(11)?,
        thumbnail,
        reference,
    })
}

impl SqlTransaction<'_> {
    /// Takes a message's reference away; a medium without any goes with it.
    pub(crate) async fn release_media(
        &mut self,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<(), StoreError> {
        let statement = sql(DELETE_REFERENCE).bind(conversation.as_i64()).bind(column(seq));
        let Some(row) = self.fetch_optional(statement).await? else { return Ok(()) };
        let id = MediaId::from_i64(row.signed(0)?);
        // A message that refers to it at this moment holds the row: what it has added is seen after the wait.
        self.lock(sql(LOCK).bind(id.as_i64())).await?;
        if self.execute(sql(RELEASE).bind(id.as_i64())).await? > 0 {
            self.delete_media(id).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl MediaRepository for SqlTransaction<'_> {
    async fn insert_upload(&mut self, upload: &Upload) -> Result<(), StoreError> {
        let statement = sql(INSERT)
            .bind(upload.id.as_i64())
            .bind(upload.owner_id.as_i64())
            .bind(upload.created_at.as_millis())
            .bind(upload.name.as_str())
            .bind(upload.content_type.as_str())
            .bind(column(upload.size_bytes))
            .bind(upload.sha256.to_vec())
            .bind(upload.key.name());
        self.execute(statement).await?;
        Ok(())
    }

    async fn find_upload(&mut self, id: MediaId) -> Result<Option<Upload>, StoreError> {
        let row = self.fetch_optional(sql(FIND_UPLOAD).bind(id.as_i64())).await?;
        row.as_ref().map(read_upload).transpose()
    }

    async fn complete_upload(&mut self, media: &Media) -> Result<bool, StoreError> {
        let MediaRef { id, name, content_type, size_bytes, width, height, duration_ms, thumbnail: _ } =
            &media.reference;
        let statement = sql(COMPLETE)
            .bind(id.as_i64())
            .bind(name.as_str())
            .bind(content_type.as_str())
            .bind(column(*size_bytes))
            .bind(column(media.stored_bytes))
            .bind(width.map(i64::from))
            .bind(height.map(i64::from))
            .bind(duration_ms.map(column))
            .bind(media.thumbnail.map(MediaType::as_str));
        Ok(self.execute(statement).await? > 0)
    }

    async fn find_media(&mut self, id: MediaId) -> Result<Option<Media>, StoreError> {
        let row = self.fetch_optional(sql(FIND).bind(id.as_i64())).await?;
        row.as_ref().map(read_media).transpose()
    }

    async fn visible_media(&mut self, viewer: UserId, ids: &[MediaId]) -> Result<Vec<Media>, StoreError> {
        let list = id_list(ids.iter().map(|id| id.as_i64()));
        let rows = self.fetch_all(sql(VISIBLE).bind(viewer.as_i64()).bind(list)).await?;
        rows.iter().map(read_media).collect()
    }

    async fn stored_bytes(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.fetch_one(sql(STORED_BYTES).bind(owner.as_i64())).await?.number(0)
    }

    async fn delete_media(&mut self, id: MediaId) -> Result<bool, StoreError> {
        let Some(row) = self.fetch_optional(sql(DELETE).bind(id.as_i64())).await? else { return Ok(false) };
        let key = row.named(0, |name| BlobKey::parse(Area::Upload, name).ok())?;
        for area in [Area::Upload, Area::Media, Area::Thumbnail] {
            self.discard_blob(key.in_area(area)).await?;
        }
        Ok(true)
    }

    async fn delete_unreferenced(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let statement = sql(UNREFERENCED).bind(before.as_millis()).bind(i64::from(limit));
        let mut deleted = 0;
        for row in self.fetch_all(statement).await? {
            deleted += u64::from(self.delete_media(MediaId::from_i64(row.signed(0)?)).await?);
        }
        Ok(deleted)
    }

    async fn list_media_entries(
        &mut self,
        conversation: ConversationId,
        viewer: UserId,
        kind: Option<MediaKind>,
        before: Seq,
        limit: u32,
    ) -> Result<Found, StoreError> {
        let statement = sql(if kind.is_some() { PLACES_OF_KIND } else { PLACES })
            .bind(conversation.as_i64())
            .bind(viewer.as_i64())
            .bind(column(before))
            .bind(i64::from(limit));
        let statement = match kind {
            Some(kind) => statement.bind(kind.as_str()),
            None => statement,
        };
        let rows = self.fetch_all(statement).await?;
        let seqs: Vec<Seq> = rows.iter().map(|row| row.number(0)).collect::<Result<_, _>>()?;
        self.find_entries(conversation, &seqs).await
    }

    async fn discard_blob(&mut self, key: BlobKey) -> Result<(), StoreError> {
        self.execute(sql(DISCARD).bind(key.to_string())).await?;
        Ok(())
    }

    async fn list_discarded(&mut self, limit: u32) -> Result<Vec<BlobKey>, StoreError> {
        let rows = self.fetch_all(sql(LIST_DISCARDED).bind(i64::from(limit))).await?;
        rows.iter().map(|row| row.named(0, |text| text.parse().ok())).collect()
    }

    async fn forget_discarded(&mut self, keys: &[BlobKey]) -> Result<(), StoreError> {
        for key in keys {
            self.execute(sql(FORGET_DISCARDED).bind(key.to_string())).await?;
        }
        Ok(())
    }
}
