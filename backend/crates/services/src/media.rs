//! Uploading, verifying and finding media; letting go of what nothing needs.

use std::{collections::HashMap, sync::Arc};

use kith_domain::{
    BlobKey, Caller, ConversationId, FieldError, Media, MediaId, MediaKind, MediaRef, MediaType, Refusal,
    Seq, Timestamp, Upload, UserId,
    blob::Area,
    media::{QUOTA_BYTES, SIGNATURE_SECONDS, UNREFERENCED_SECONDS},
    ports::{
        BlobError, InspectError, Limit, Transaction,
        blobs::{Disposition, SignedRequest},
        inspector::Inspected,
        locks::Matter,
    },
    text::FileName,
    view::MediaPage,
};

use crate::{Context, ServiceError, messages::named_users};

/// How many media or blobs one step of letting go looks at.
const BATCH: u32 = 100;
/// After so many blobs that could not be removed, the others wait as well: it is the store that is away.
const FAILURES: usize = 3;
/// Uploads that were never completed lie a little longer than their rows.
const UPLOAD_SECONDS: i64 = UNREFERENCED_SECONDS + 3_600;

/// An object that somebody wants to upload.
#[derive(Debug, Clone)]
pub struct UploadCommand {
    /// What messages call it.
    pub kind: MediaKind,
    /// The file's name, as the client knows it.
    pub name: String,
    /// The media type, as the client knows it.
    pub content_type: String,
    /// Its exact size.
    pub size_bytes: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

/// An announced upload.
#[derive(Debug, Clone)]
pub struct UploadTicket {
    /// The number to complete it by.
    pub media_id: MediaId,
    /// The request that carries the bytes.
    pub request: SignedRequest,
}

/// Where an object can be fetched for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaLocation {
    /// Which.
    pub id: MediaId,
    /// Where it lies.
    pub url: String,
    /// Where its small picture lies.
    pub thumbnail_url: Option<String>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Media.
#[derive(Clone)]
pub struct MediaService {
    context: Arc<Context>,
}

impl MediaService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Announces an upload; it must be completed within a day.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`], [`Refusal::UnsupportedMedia`] for a type that is not of the kind,
    /// [`Refusal::PayloadTooLarge`] above the kind's limit or the quota, [`Refusal::Validation`] of an empty file.
    pub async fn create(
        &self,
        caller: &Caller,
        command: UploadCommand,
    ) -> Result<UploadTicket, ServiceError> {
        self.context.limits.take(Limit::Upload(caller.user_id)).await?;
        let kind = command.kind;
        let content_type = MediaType::from_name(&command.content_type)
            .filter(|content_type| content_type.kind() == kind)
            .ok_or(Refusal::UnsupportedMedia(kind.type_rule()))?;
        if command.size_bytes == 0 {
            return Err(FieldError::new("size_bytes", "empty", "at least 1 byte").into());
        }
        if command.size_bytes > kind.max_bytes() {
            return Err(Refusal::PayloadTooLarge(kind.size_rule()).into());
        }
        let now = self.context.now();
        let upload = Upload {
            id: MediaId::new(self.context.ids.next(now)),
            owner_id: caller.user_id,
            name: FileName::parse(&command.name, content_type),
            content_type,
            size_bytes: command.size_bytes,
            sha256: command.sha256,
            key: BlobKey::generate(Area::Upload, &*self.context.random),
            created_at: now,
        };
        let request = self.context.blobs.sign_upload(&upload, now.plus_seconds(SIGNATURE_SECONDS));
        let media_id = upload.id;
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    tx.lock_matters(&[Matter::Person(upload.owner_id)]).await?;
                    if tx.stored_bytes(upload.owner_id).await? + upload.size_bytes > QUOTA_BYTES {
                        return Err(Refusal::PayloadTooLarge("your 2 GB for files are used up").into());
                    }
                    Ok(tx.insert_upload(&upload).await?)
                })
            })
            .await?;
        Ok(UploadTicket { media_id, request })
    }

    /// Verifies what was uploaded and makes it usable; again answers the same.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for anything but the caller's own, [`Refusal::Conflict`] while nothing was uploaded,
    /// [`Refusal::UnsupportedMedia`] for what is not what was announced: then the upload is gone.
    pub async fn complete(&self, caller: &Caller, id: MediaId) -> Result<MediaRef, ServiceError> {
        let owner = caller.user_id;
        let (upload, media) = self
            .context
            .read(move |tx| {
                Box::pin(async move { Ok((tx.find_upload(id).await?, tx.find_media(id).await?)) })
            })
            .await?;
        if let Some(media) = media.filter(|media| media.owner_id == owner) {
            return Ok(media.reference);
        }
        let upload = upload.filter(|upload| upload.owner_id == owner).ok_or(Refusal::NotFound)?;
        let media = match self.verify(&upload).await {
            Err(ServiceError::Blobs(BlobError::NotFound)) => return self.completed(id).await,
            verified => verified?,
        };
        let stored = self.note(media).await?;
        // Left over at worst: the janitor finds it.
        if let Err(error) = self.context.blobs.delete(upload.key).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "an upload was not removed");
        }
        Ok(stored)
    }

    /// What to answer when there is nothing to verify: either nothing was uploaded, or another call has completed the
    /// upload meanwhile, with which the bytes go.
    async fn completed(&self, id: MediaId) -> Result<MediaRef, ServiceError> {
        let media =
            self.context.read(move |tx| Box::pin(async move { Ok(tx.find_media(id).await?) })).await?;
        let media = media.ok_or(Refusal::Conflict("nothing was uploaded yet"))?;
        Ok(media.reference)
    }

    /// Looks at what was uploaded, and stores what comes of it.
    async fn verify(&self, upload: &Upload) -> Result<Media, ServiceError> {
        let (id, file) = (upload.id, self.context.blobs.open(upload.key).await?);
        let inspected = match self.context.inspector.inspect(upload, file).await {
            Ok(inspected) => inspected,
            Err(InspectError::Refused(why)) => {
                self.context.write(move |tx| Box::pin(async move { Ok(tx.delete_media(id).await?) })).await?;
                self.context.remove_discarded().await;
                return Err(Refusal::UnsupportedMedia(why).into());
            }
            Err(InspectError::Failed(source)) => return Err(BlobError::Unavailable(source).into()),
        };
        self.keep(upload, inspected).await
    }

    /// Stores what the inspector made of an upload. What fails midway is stored again, under the same names, by the
    /// next try, or goes with the upload.
    async fn keep(&self, upload: &Upload, inspected: Inspected) -> Result<Media, ServiceError> {
        let blobs = &self.context.blobs;
        let (key, content_type) = (upload.key.in_area(Area::Media), inspected.content_type);
        let size_bytes = match inspected.rewritten {
            Some(file) => {
                let size = file.metadata().map_err(unreadable)?.len();
                blobs.put(key, file, content_type).await?;
                size
            }
            None => {
                blobs.copy(upload.key, key, content_type).await?;
                upload.size_bytes
            }
        };
        let mut stored_bytes = size_bytes;
        let mut thumbnail = None;
        if let Some((file, thumbnail_type)) = inspected.thumbnail {
            stored_bytes += file.metadata().map_err(unreadable)?.len();
            blobs.put(key.in_area(Area::Thumbnail), file, thumbnail_type).await?;
            thumbnail = Some(thumbnail_type);
        }
        Ok(Media {
            reference: MediaRef {
                id: upload.id,
                name: FileName::parse(upload.name.as_str(), content_type),
                content_type,
                size_bytes,
                width: inspected.width,
                height: inspected.height,
                duration_ms: inspected.duration_ms,
                thumbnail: thumbnail.is_some(),
            },
            owner_id: upload.owner_id,
            key,
            thumbnail,
            stored_bytes,
            created_at: upload.created_at,
        })
    }

    /// Makes it usable, unless another call did, or it was let go of, meanwhile.
    async fn note(&self, media: Media) -> Result<MediaRef, ServiceError> {
        let noted = self
            .context
            .write(move |tx| {
                Box::pin(async move {
                    if tx.complete_upload(&media).await? {
                        return Ok(Some(media.reference));
                    }
                    let other = tx.find_media(media.reference.id).await?;
                    if other.is_none() {
                        for area in [Area::Upload, Area::Media, Area::Thumbnail] {
                            tx.discard_blob(media.key.in_area(area)).await?;
                        }
                    }
                    Ok(other.map(|media| media.reference))
                })
            })
            .await?;
        noted.ok_or_else(|| Refusal::NotFound.into())
    }

    /// Where objects can be fetched for the next five minutes. Those that the caller may not see are left out.
    pub async fn locate(
        &self,
        caller: &Caller,
        ids: Vec<MediaId>,
    ) -> Result<Vec<MediaLocation>, ServiceError> {
        let viewer = caller.user_id;
        let wanted = ids.clone();
        let visible = self
            .context
            .read(move |tx| Box::pin(async move { Ok(tx.visible_media(viewer, &wanted).await?) }))
            .await?;
        let expires_at = self.context.now().plus_seconds(SIGNATURE_SECONDS);
        let visible: HashMap<MediaId, Media> =
            visible.into_iter().map(|media| (media.reference.id, media)).collect();
        let found = ids.iter().filter_map(|id| visible.get(id));
        Ok(found.map(|media| self.location(media, expires_at)).collect())
    }

    fn location(&self, media: &Media, expires_at: Timestamp) -> MediaLocation {
        let blobs = &self.context.blobs;
        let MediaRef { id, name, content_type, .. } = &media.reference;
        let shown = Disposition {
            content_type: *content_type,
            name: name.clone(),
            inline: content_type.kind() != MediaKind::File,
        };
        let thumbnail_url = media.thumbnail.map(|content_type| {
            let name = FileName::parse("thumbnail", content_type);
            let shown = Disposition { content_type, name, inline: true };
            blobs.sign_download(media.key.in_area(Area::Thumbnail), &shown, expires_at)
        });
        let url = blobs.sign_download(media.key, &shown, expires_at);
        MediaLocation { id: *id, url, thumbnail_url, expires_at }
    }

    /// The entries of a conversation that carry media, newest first, below `before`.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who was never in it, [`ServiceError::History`] for what reaches below the ledger.
    pub async fn entries(
        &self,
        caller: &Caller,
        id: ConversationId,
        kind: Option<MediaKind>,
        before: Seq,
        limit: u32,
    ) -> Result<MediaPage, ServiceError> {
        let user = caller.user_id;
        let found = self
            .context
            .read(move |tx| {
                Box::pin(async move {
                    if tx.intervals(id, user).await?.0.is_empty() {
                        return Err(Refusal::NotFound.into());
                    }
                    Ok(tx.list_media_entries(id, user, kind, before, limit + 1).await?)
                })
            })
            .await?;
        let mut items = self.context.whole(found).await?;
        items.reverse();
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|entry| entry.seq);
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let users = named_users(tx, items.iter()).await?;
                    Ok(MediaPage { items, next, users })
                })
            })
            .await
    }

    /// Lets go of what no message refers to for a day, and of blobs that nothing needs any more; about once a minute.
    pub async fn purge(&self) -> Result<(), ServiceError> {
        let now = self.context.now();
        let before = now.plus_seconds(-UNREFERENCED_SECONDS);
        loop {
            let deleted = self
                .context
                .write(move |tx| Box::pin(async move { Ok(tx.delete_unreferenced(before, BATCH).await?) }))
                .await?;
            if deleted < u64::from(BATCH) {
                break;
            }
        }
        let removed = async {
            while self.context.remove_batch(BATCH).await? {}
            Ok(())
        };
        let removed = removed.await;
        self.context.blobs.purge_uploads(now.plus_seconds(-UPLOAD_SECONDS)).await?;
        removed
    }
}

fn unreadable(error: std::io::Error) -> BlobError {
    BlobError::Unavailable(Arc::new(error))
}

impl Context {
    /// Removes blobs that were discarded just now. What is left over is found by [`MediaService::purge`].
    pub(crate) async fn remove_discarded(&self) {
        if let Err(error) = self.remove_batch(BATCH).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "discarded blobs were not removed");
        }
    }

    /// Removes some of the blobs that nothing needs any more; `false` when there were no more of them.
    async fn remove_batch(&self, limit: u32) -> Result<bool, ServiceError> {
        let keys = self.read(move |tx| Box::pin(async move { Ok(tx.list_discarded(limit).await?) })).await?;
        if keys.is_empty() {
            return Ok(false);
        }
        let more = keys.len() == limit as usize;
        let (mut removed, mut failures) = (Vec::with_capacity(keys.len()), Vec::new());
        for key in keys {
            match self.blobs.delete(key).await {
                Ok(()) => removed.push(key),
                Err(error) => failures.push(error),
            }
            if failures.len() == FAILURES {
                break;
            }
        }
        self.write(move |tx| Box::pin(async move { Ok(tx.forget_discarded(&removed).await?) })).await?;
        // One that cannot be removed holds up no other.
        failures.pop().map_or(Ok(more), |error| Err(error.into()))
    }

    /// Makes a picture of a person or group of one of the caller's own images, under a fresh key.
    ///
    /// # Errors
    /// [`Refusal::Validation`] of `avatar_media_id`, [`Refusal::RateLimited`].
    pub(crate) async fn make_avatar(&self, owner: UserId, id: MediaId) -> Result<BlobKey, ServiceError> {
        self.limits.take(Limit::Upload(owner)).await?;
        let media = self.read(move |tx| Box::pin(async move { Ok(tx.find_media(id).await?) })).await?;
        let media = media
            .filter(|media| {
                media.owner_id == owner && media.reference.content_type.kind() == MediaKind::Image
            })
            .ok_or_else(|| FieldError::new("avatar_media_id", "not_found", "no complete image of yours"))?;
        let image = self.blobs.open(media.key).await?;
        let square = match self.inspector.avatar(image).await {
            Ok(square) => square,
            Err(InspectError::Refused(why)) => return Err(Refusal::UnsupportedMedia(why).into()),
            Err(InspectError::Failed(source)) => return Err(BlobError::Unavailable(source).into()),
        };
        let key = BlobKey::generate(Area::Avatar, &*self.random);
        self.blobs.put(key, square, MediaType::Jpeg).await?;
        Ok(key)
    }

    /// Ends a change of a picture: whichever of the two is not needed goes.
    pub(crate) async fn settle_avatar<T>(&self, made: Option<BlobKey>, outcome: &Result<T, ServiceError>) {
        match (outcome, made) {
            (Err(ServiceError::Refused(_)), Some(key)) => {
                if let Err(error) = self.blobs.delete(key).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a picture was not removed");
                }
            }
            (Ok(_), _) => self.remove_discarded().await,
            // Whether it is in use is not known.
            (Err(_), _) => {}
        }
    }
}

/// Replaces a picture; the old one is discarded. `None` leaves it.
pub(crate) async fn replace_avatar(
    tx: &mut dyn Transaction,
    avatar: &mut Option<BlobKey>,
    change: Option<Option<BlobKey>>,
) -> Result<bool, ServiceError> {
    let Some(new) = change.filter(|new| new != avatar) else { return Ok(false) };
    if let Some(old) = std::mem::replace(avatar, new) {
        tx.discard_blob(old).await?;
    }
    Ok(true)
}
