//! The port: who may look at how much at once, and which module looks.

use std::{
    fs::File,
    io::{Read as _, Seek as _},
    path::Path,
    sync::Arc,
    time::Instant,
};

use async_trait::async_trait;
use kith_domain::{
    MediaKind, MediaType, Upload,
    ports::{InspectError, Inspector, inspector::Inspected},
};
use prometheus_client::registry::Registry;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{announced, docx, fault::Fault, metrics::Metrics, mp3, mp4, pdf, picture, scratch::Scratch, wav};

/// Memory for everything that is looked at, in MiB. One picture of 40 megapixels fits, or many ordinary ones.
const MEMORY_MIB: u32 = 352;
/// What anything but a picture takes at most: a document of 10 MB and its parts.
const OTHER_MIB: u32 = 32;

/// Looks at files on the runtime's blocking threads, as many at once as their memory allows.
#[derive(Clone)]
pub struct FileInspector {
    scratch: Scratch,
    memory: Arc<Semaphore>,
    metrics: Metrics,
}

impl FileInspector {
    /// An inspector that puts what it makes into `directory`, as files without a name.
    #[must_use]
    pub fn new(directory: &Path, registry: &mut Registry) -> Self {
        Self {
            scratch: Scratch::new(directory.to_owned()),
            memory: Arc::new(Semaphore::new(MEMORY_MIB as usize)),
            metrics: Metrics::register(registry),
        }
    }

    async fn room(&self, mebibytes: u32) -> Result<OwnedSemaphorePermit, InspectError> {
        let room = Arc::clone(&self.memory).acquire_many_owned(mebibytes.clamp(1, MEMORY_MIB)).await;
        room.map_err(|error| InspectError::Failed(Arc::new(error)))
    }

    async fn look(&self, upload: &Upload, mut file: File) -> Result<Inspected, InspectError> {
        let upload = upload.clone();
        let kind = upload.content_type.kind();
        let (file, media_type, mebibytes) = blocking(move || {
            announced::check(&upload, &mut file)?;
            let media_type = sniff(kind, &mut file)?;
            let mebibytes = match kind {
                MediaKind::Image => picture::memory_mib(media_type, &file)?,
                _ => OTHER_MIB,
            };
            Ok((file, media_type, mebibytes))
        })
        .await?;
        let room = self.room(mebibytes).await?;
        let scratch = self.scratch.clone();
        blocking(move || {
            let looked = examine(media_type, file, &scratch);
            drop(room);
            looked
        })
        .await
    }
}

#[async_trait]
impl Inspector for FileInspector {
    async fn inspect(&self, upload: &Upload, file: File) -> Result<Inspected, InspectError> {
        let begun = Instant::now();
        let looked = self.look(upload, file).await;
        let outcome = match &looked {
            Ok(_) => "passed",
            Err(InspectError::Refused(_)) => "refused",
            Err(InspectError::Failed(_)) => "failed",
        };
        self.metrics.inspected(upload.content_type.kind(), outcome, begun.elapsed());
        looked
    }

    async fn avatar(&self, mut image: File) -> Result<File, InspectError> {
        let (image, media_type, mebibytes) = blocking(move || {
            let media_type = sniff(MediaKind::Image, &mut image)?;
            let mebibytes = picture::memory_mib(media_type, &image)?;
            Ok((image, media_type, mebibytes))
        })
        .await?;
        let room = self.room(mebibytes).await?;
        let scratch = self.scratch.clone();
        blocking(move || {
            let made = picture::avatar(media_type, &image, &scratch);
            drop(room);
            made
        })
        .await
    }
}

async fn blocking<T, F>(work: F) -> Result<T, InspectError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Fault> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        // A decoder that panics has met a file that is none.
        Err(error) if error.is_panic() => {
            tracing::error!("looking at an upload panicked");
            Err(InspectError::Refused("the file cannot be read"))
        }
        Err(error) => Err(InspectError::Failed(Arc::new(error))),
    }
}

/// The type that the first bytes speak of; whether the rest agrees is for [`examine`].
fn sniff(kind: MediaKind, file: &mut File) -> Result<MediaType, Fault> {
    let mut start = Vec::with_capacity(16);
    file.take(16).read_to_end(&mut start)?;
    file.rewind()?;
    let at = |place: usize, magic: &[u8]| start.get(place..).is_some_and(|rest| rest.starts_with(magic));
    let found = match kind {
        MediaKind::Image if at(0, b"\xff\xd8\xff") => Some(MediaType::Jpeg),
        MediaKind::Image if at(0, b"\x89PNG\r\n\x1a\n") => Some(MediaType::Png),
        MediaKind::Image if at(0, b"GIF87a") || at(0, b"GIF89a") => Some(MediaType::Gif),
        MediaKind::Image if at(0, b"RIFF") && at(8, b"WEBP") => Some(MediaType::Webp),
        MediaKind::Video if at(4, b"ftyp") => Some(MediaType::Mp4),
        MediaKind::Audio if at(0, b"RIFF") && at(8, b"WAVE") => Some(MediaType::Wav),
        MediaKind::Audio if at(0, b"ID3") || at(0, b"\xff") => Some(MediaType::Mp3),
        MediaKind::File if at(0, b"%PDF-") => Some(MediaType::Pdf),
        MediaKind::File if at(0, b"PK\x03\x04") => Some(MediaType::Docx),
        _ => None,
    };
    found.ok_or(Fault::Refused(kind.type_rule()))
}

fn examine(media_type: MediaType, mut file: File, scratch: &Scratch) -> Result<Inspected, Fault> {
    match media_type.kind() {
        MediaKind::Image => picture::examine(media_type, &file, scratch),
        MediaKind::Video => mp4::examine(&mut file, scratch),
        MediaKind::Audio => {
            let duration_ms = match media_type {
                MediaType::Wav => wav::duration_ms(&mut file)?,
                _ => mp3::duration_ms(&mut file)?,
            };
            Ok(Inspected { duration_ms: Some(duration_ms), ..unchanged(media_type) })
        }
        MediaKind::File => {
            match media_type {
                MediaType::Docx => docx::check(&mut file)?,
                _ => pdf::check(&mut file)?,
            }
            Ok(unchanged(media_type))
        }
    }
}

/// A file that is kept as it is, about which nothing more is known.
pub(crate) fn unchanged(content_type: MediaType) -> Inspected {
    Inspected { content_type, rewritten: None, width: None, height: None, duration_ms: None, thumbnail: None }
}
