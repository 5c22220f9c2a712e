//! Takes an upload in: exactly as long as was announced, with exactly that SHA-256, or not at all.

use std::{io::Write as _, time::Duration};

use aws_lc_rs::digest;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use kith_domain::ports::BlobError;
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    answer::Refused,
    blobs::FileBlobs,
    directory::{Partial, failed},
    places::Place,
    signature::UploadGrant,
};

/// How long nothing may arrive.
const PATIENCE: Duration = Duration::from_secs(30);
/// So much of a refused upload is read and thrown away: a connection that ends with unread bytes is reset, and then the
/// client may never read why it was refused.
const MAX_DISCARDED_BYTES: usize = 1024 * 1024;
/// Pieces between the connection and the disk.
const PIECES: usize = 16;

/// Stores the body of a request.
pub(crate) async fn take(
    blobs: &FileBlobs,
    grant: &UploadGrant,
    place: &Place,
    headers: &HeaderMap,
    body: &mut Body,
) -> Result<(), Refused> {
    check_headers(headers, grant)?;
    if blobs.directory.is_spent(grant.key) {
        return Err(Refused::SPENT);
    }
    if !blobs.has_room(place.awaited()) {
        return Err(BlobError::Full.into());
    }
    let (pieces, writing) = write(blobs.directory.begin()?)?;
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut received = 0;
    loop {
        let frame = tokio::select! {
            frame = tokio::time::timeout(PATIENCE, body.frame()) => frame.map_err(|_| Refused::INTERRUPTED)?,
            () = place.displaced() => return Err(Refused::BUSY),
        };
        let Some(frame) = frame else { break };
        let Ok(piece) = frame.map_err(|_| Refused::INTERRUPTED)?.into_data() else { continue };
        received += piece.len() as u64;
        place.received(received);
        if received > grant.length {
            return Err(Refused::LENGTH);
        }
        hash.update(&piece);
        if pieces.send(piece).await.is_err() {
            break;
        }
    }
    drop(pieces);
    let partial = writing.await.map_err(|_| Refused::INTERRUPTED)??;
    if received != grant.length {
        return Err(Refused::INTERRUPTED);
    }
    let sha256: String = hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    if sha256 != grant.sha256 {
        return Err(Refused::HASH);
    }
    let (directory, key) = (blobs.directory.clone(), grant.key);
    let finished = tokio::task::spawn_blocking(move || directory.finish(partial, key)).await;
    Ok(finished.map_err(|_| Refused::INTERRUPTED)??)
}

/// Reads on for a while.
pub(crate) async fn discard(body: &mut Body) {
    let discarding = async {
        let mut discarded = 0;
        while discarded < MAX_DISCARDED_BYTES
            && let Some(Ok(frame)) = body.frame().await
        {
            discarded += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    // Whoever is slower than that is reset.
    let _ = tokio::time::timeout(PATIENCE, discarding).await;
}

fn check_headers(headers: &HeaderMap, grant: &UploadGrant) -> Result<(), Refused> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::CONTENT_TYPE) != Some(grant.content_type.as_str())
        || headers.contains_key(header::CONTENT_ENCODING)
    {
        return Err(Refused::TYPE);
    }
    let length: Option<u64> = text(header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    if length == Some(grant.length) { Ok(()) } else { Err(Refused::LENGTH) }
}

/// A file that is being written; resolves when all is.
type Writing = JoinHandle<Result<Partial, Refused>>;

/// Writes what is sent to it beside the runtime; gives the file back at the end.
fn write(partial: Partial) -> Result<(mpsc::Sender<Bytes>, Writing), Refused> {
    let mut file = partial.writer()?;
    let (sender, mut pieces) = mpsc::channel::<Bytes>(PIECES);
    let writing = tokio::task::spawn_blocking(move || {
        while let Some(piece) = pieces.blocking_recv() {
            file.write_all(&piece).map_err(failed)?;
        }
        file.flush().map_err(failed)?;
        Ok(partial)
    });
    Ok((sender, writing))
}
