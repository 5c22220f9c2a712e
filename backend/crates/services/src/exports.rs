//! Exports: everything that a person wrote and uploaded, in an archive to take away.

mod archive;

use std::sync::Arc;

use kith_domain::{
    BlobKey, Caller, MediaType, Timestamp, UserId,
    blob::Area,
    media::SIGNATURE_SECONDS,
    ports::{
        BlobError, Limit,
        archives::ArchiveError,
        blobs::Disposition,
        exports::{Export, ReadyExport},
    },
    text::FileName,
};

use crate::{Context, ServiceError};

/// An archive can be fetched for 7 days.
const LIFETIME_SECONDS: i64 = 7 * 86_400;
/// How many people one run serves.
const AT_ONCE: u32 = 8;

/// How an export stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportState {
    /// None was asked for lately.
    None,
    /// It is being made.
    Preparing,
    /// It can be fetched.
    Ready {
        /// Where, for the next five minutes.
        url: String,
        /// How large it is.
        size_bytes: u64,
        /// When it is removed.
        expires_at: Timestamp,
    },
}

/// Exports.
#[derive(Clone)]
pub struct ExportService {
    context: Arc<Context>,
}

impl ExportService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Asks for an export of the caller's data; while one is being made, that is the answer.
    ///
    /// # Errors
    /// [`kith_domain::Refusal::RateLimited`] above one in 24 hours.
    pub async fn request(&self, caller: &Caller) -> Result<ExportState, ServiceError> {
        let (user, now) = (caller.user_id, self.context.now());
        let waits = matches!(self.find(user).await?, Some(Export { ready: None, .. }));
        if !waits {
            self.context.limits.take(Limit::Export(user)).await?;
            self.context
                .write(move |tx| Box::pin(async move { Ok(tx.request_export(user, now).await?) }))
                .await?;
        }
        Ok(ExportState::Preparing)
    }

    /// How the caller's export stands.
    pub async fn state(&self, caller: &Caller) -> Result<ExportState, ServiceError> {
        let now = self.context.now();
        Ok(match self.find(caller.user_id).await? {
            None => ExportState::None,
            Some(Export { ready: None, .. }) => ExportState::Preparing,
            Some(Export { ready: Some(ready), .. }) if ready.expires_at <= now => ExportState::None,
            Some(Export { ready: Some(ready), requested_at }) => {
                let day = requested_at.to_string();
                let name = format!("kith-{}.zip", day.split('T').next().unwrap_or_default());
                let shown = Disposition {
                    content_type: MediaType::Zip,
                    name: FileName::parse(&name, MediaType::Zip),
                    inline: false,
                };
                let until = now.plus_seconds(SIGNATURE_SECONDS);
                ExportState::Ready {
                    url: self.context.blobs.sign_download(ready.archive, &shown, until),
                    size_bytes: ready.size_bytes,
                    expires_at: ready.expires_at,
                }
            }
        })
    }

    async fn find(&self, user: UserId) -> Result<Option<Export>, ServiceError> {
        self.context.read(move |tx| Box::pin(async move { Ok(tx.find_export(user).await?) })).await
    }

    /// Makes the archives that people wait for; returns how many. Called again and again: one that fails, or is cut off,
    /// is made again.
    pub async fn prepare_waiting(&self) -> Result<usize, ServiceError> {
        let waiting =
            self.context.read(|tx| Box::pin(async move { Ok(tx.waiting_exports(AT_ONCE).await?) })).await?;
        let mut outcome = Ok(waiting.len());
        for (user, requested_at) in waiting {
            if let Err(error) = self.prepare(user, requested_at).await {
                tracing::error!(user.id = %user, error = &error as &dyn std::error::Error, "an export failed");
                outcome = Err(error);
            }
        }
        outcome
    }

    async fn prepare(&self, user: UserId, requested_at: Timestamp) -> Result<(), ServiceError> {
        let context = &self.context;
        let mut archive = context.archives.begin().await.map_err(failed)?;
        archive::write(context, user, &mut *archive).await?;
        let file = archive.finish().await.map_err(failed)?;
        let size_bytes = file.metadata().map_err(|error| failed(error.into()))?.len();
        let key = BlobKey::generate(Area::Export, &*context.random);
        // Noted before there is anything under it: all that a person has said must not lie where nobody looks for it.
        let waits = context
            .write(move |tx| Box::pin(async move { Ok(tx.begin_export(user, requested_at, key).await?) }))
            .await?;
        if !waits {
            return Ok(());
        }
        context.blobs.put(key, file, MediaType::Zip).await?;
        let expires_at = context.now().plus_seconds(LIFETIME_SECONDS);
        let ready = ReadyExport { archive: key, size_bytes, expires_at };
        context
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.complete_export(user, requested_at, &ready).await? {
                        tx.discard_blob(key).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Removes archives whose time is over; about once an hour.
    pub async fn purge(&self) -> Result<(), ServiceError> {
        let now = self.context.now();
        self.context.write(move |tx| Box::pin(async move { Ok(tx.expire_exports(now).await?) })).await?;
        self.context.remove_discarded().await;
        Ok(())
    }
}

pub(super) fn failed(error: ArchiveError) -> ServiceError {
    BlobError::Unavailable(Arc::new(error)).into()
}
