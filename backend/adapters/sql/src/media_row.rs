//! How what messages show of a medium lies in its row, and the step of a send that reads and refers to it.

use kith_domain::{
    Content, FieldError, MediaId, MediaRef, MediaType, NewContent, Refusal, Seq,
    ports::{SendMessage, StoreError},
    text::FileName,
};
use rusqlite::{Connection, params};

use crate::{
    rows::{Columns, column},
    transaction::Failure,
};

/// The columns of a medium `m`; [`read_reference`] reads the first eight.
macro_rules! media_columns {
    () => {
        "m.id, m.name, m.content_type, m.size_bytes, m.width, m.height, m.duration_ms, m.thumbnail_type, \
         m.owner_id, m.blob, m.stored_bytes, m.created_at"
    };
}
pub(crate) use media_columns;

const OWN: &str =
    concat!("SELECT ", media_columns!(), " FROM media m WHERE m.id = ?1 AND m.owner_id = ?2 AND m.complete");
const REFER: &str = "INSERT INTO media_refs (conversation_id, seq, media_id, kind) VALUES (?1, ?2, ?3, ?4)";
const KEEP: &str =
    "UPDATE media SET unreferenced_since = NULL WHERE id = ?1 AND unreferenced_since IS NOT NULL";

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[OWN, KEEP];

/// Reads what messages show, from [`media_columns!`] that begin at `first`.
pub(crate) fn read_reference(row: &impl Columns, first: usize) -> Result<MediaRef, StoreError> {
    let pixels = |index| -> Result<Option<u32>, StoreError> {
        let number = row.opt_number(index)?.map(u32::try_from).transpose();
        number.map_err(|_| StoreError::corrupt("a size in pixels"))
    };
    Ok(MediaRef {
        id: MediaId::from_i64(row.signed(first)?),
        name: FileName::from_store(row.text(first + 1)?),
        content_type: row.named(first + 2, MediaType::from_name)?,
        size_bytes: row.number(first + 3)?,
        width: pixels(first + 4)?,
        height: pixels(first + 5)?,
        duration_ms: row.opt_number(first + 6)?,
        thumbnail: row.opt_text(first + 7)?.is_some(),
    })
}

/// The content of a message with an object, what is shown of it filled in; `None` for one that has none.
pub(crate) fn fill(
    connection: &Connection,
    message: &SendMessage,
) -> Result<Result<Option<Content>, Refusal>, Failure> {
    let NewContent::Media { kind, id, caption, reply_to } = &message.content else { return Ok(Ok(None)) };
    let mut statement = connection.prepare_cached(OWN)?;
    let mut rows = statement.query(params![id.as_i64(), message.sender_id.as_i64()])?;
    let Some(row) = rows.next()? else {
        let wrong = FieldError::new("content.media.id", "not_found", "no complete upload of yours");
        return Ok(Err(wrong.into()));
    };
    let media = read_reference(row, 0)?;
    if media.content_type.kind() != *kind {
        let wrong = FieldError::new("content.type", "mismatch", "the upload is of another kind");
        return Ok(Err(wrong.into()));
    }
    Ok(Ok(Some(Content::Media { media, caption: caption.clone(), reply_to: *reply_to })))
}

/// Notes which medium the message at `seq` shows.
pub(crate) fn refer(
    connection: &Connection,
    message: &SendMessage,
    seq: Seq,
    media: &MediaRef,
) -> Result<(), Failure> {
    connection.prepare_cached(REFER)?.execute(params![
        message.conversation_id.as_i64(),
        column(seq),
        media.id.as_i64(),
        media.content_type.kind().as_str(),
    ])?;
    connection.prepare_cached(KEEP)?.execute(params![media.id.as_i64()])?;
    Ok(())
}
