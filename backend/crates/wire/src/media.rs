//! Uploads, and where media are found.

use std::collections::BTreeMap;

use kith_domain::{FieldError, MediaId, MediaKind as DomainKind, Refusal, Seq, Timestamp, view::MediaPage};
use kith_services::{MediaLocation, UploadCommand, UploadTicket};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{account::Brief, entry::Entry, links::Links, scalar};

/// The most media that are located at once.
const MAX_IDS: usize = 100;

/// What people call a medium; also the `type` of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// JPEG, PNG, GIF or WebP, up to 5 MB.
    Image,
    /// MP4, up to 50 MB.
    Video,
    /// MP3 or WAV, up to 10 MB.
    Audio,
    /// PDF or Word (.docx), up to 10 MB.
    File,
}

impl From<MediaKind> for DomainKind {
    fn from(kind: MediaKind) -> Self {
        match kind {
            MediaKind::Image => Self::Image,
            MediaKind::Video => Self::Video,
            MediaKind::Audio => Self::Audio,
            MediaKind::File => Self::File,
        }
    }
}

/// What a message shows of its object.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MediaRef)]
pub struct MediaRef<'a> {
    /// Its number.
    #[schema(value_type = scalar::Id)]
    pub id: MediaId,
    /// Names it; sends whoever may see it on to where it lies.
    #[schema(format = "uri")]
    pub url: String,
    /// What it is saved as.
    pub name: &'a str,
    /// What it really is.
    #[schema(value_type = String)]
    pub content_type: &'static str,
    /// Its size.
    pub size_bytes: u64,
    /// Pictures and videos: the width in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pictures and videos: the height in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Videos and sounds: how long it plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Names a small picture of it, at most 320 pixels wide and high.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uri")]
    pub thumbnail_url: Option<String>,
}

impl<'a> MediaRef<'a> {
    /// Shows an object.
    #[must_use]
    pub fn new(media: &'a kith_domain::MediaRef, links: &Links) -> Self {
        Self {
            id: media.id,
            url: links.media(media.id),
            name: media.name.as_str(),
            content_type: media.content_type.as_str(),
            size_bytes: media.size_bytes,
            width: media.width,
            height: media.height,
            duration_ms: media.duration_ms,
            thumbnail_url: media.thumbnail.then(|| links.thumbnail(media.id)),
        }
    }
}

/// An object to upload.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadBody {
    /// What messages will call it.
    pub kind: MediaKind,
    /// The file's name. It is made fit to be saved anywhere, with an extension of its type.
    pub name: String,
    /// The media type.
    pub content_type: String,
    /// The exact size.
    #[schema(minimum = 1)]
    pub size_bytes: u64,
    /// SHA-256 of all bytes, in lower-case hex.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
}

impl UploadBody {
    /// The command, if the fields keep their rules.
    ///
    /// # Errors
    /// [`Refusal::Validation`] of `sha256`.
    pub fn into_command(self) -> Result<UploadCommand, Refusal> {
        let sha256 = parse_sha256(&self.sha256)
            .ok_or_else(|| FieldError::new("sha256", "invalid", "64 lower-case hexadecimal digits"))?;
        Ok(UploadCommand {
            kind: self.kind.into(),
            name: self.name,
            content_type: self.content_type,
            size_bytes: self.size_bytes,
            sha256,
        })
    }
}

fn parse_sha256(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// An announced upload.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MediaUpload)]
pub struct Ticket<'a> {
    /// The number to complete it by.
    #[schema(value_type = scalar::Id)]
    pub media_id: MediaId,
    /// The request that carries the bytes.
    pub upload: UploadRequest<'a>,
    /// Until when that request is taken.
    #[schema(value_type = scalar::Time)]
    pub expires_at: Timestamp,
}

/// A request for the client to make: the object as its body, no token, no cookies.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadRequest<'a> {
    /// The method.
    #[schema(value_type = String)]
    pub method: &'static str,
    /// Where to.
    #[schema(value_type = String, format = "uri")]
    pub url: &'a str,
    /// Headers to send exactly so.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub headers: BTreeMap<&'static str, &'a str>,
}

impl<'a> From<&'a UploadTicket> for Ticket<'a> {
    fn from(ticket: &'a UploadTicket) -> Self {
        let request = &ticket.request;
        Self {
            media_id: ticket.media_id,
            upload: UploadRequest {
                method: request.method,
                url: &request.url,
                headers: request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect(),
            },
            expires_at: request.expires_at,
        }
    }
}

/// Where one object lies for a while.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignedUrl)]
pub struct SignedUrl<'a> {
    /// Where.
    #[schema(value_type = String, format = "uri")]
    pub url: &'a str,
    /// Until when.
    #[schema(value_type = scalar::Time)]
    pub expires_at: Timestamp,
}

/// Which media are to be located.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaUrlsBody {
    /// At most 100.
    #[schema(value_type = Vec<scalar::Id>, max_items = 100)]
    pub ids: Vec<MediaId>,
}

impl MediaUrlsBody {
    /// The ids, each once.
    ///
    /// # Errors
    /// [`Refusal::Validation`] of `ids` above 100.
    pub fn into_ids(self) -> Result<Vec<MediaId>, Refusal> {
        if self.ids.len() > MAX_IDS {
            return Err(FieldError::new("ids", "too_many", "at most 100").into());
        }
        let mut seen = std::collections::HashSet::new();
        Ok(self.ids.into_iter().filter(|id| seen.insert(*id)).collect())
    }
}

/// Where media lie for a while.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MediaUrls)]
pub struct MediaUrls<'a> {
    /// Those that the caller may see, in the order asked for.
    pub items: Vec<MediaUrl<'a>>,
}

/// Where one medium lies for a while.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MediaUrl)]
pub struct MediaUrl<'a> {
    /// Which.
    #[schema(value_type = scalar::Id)]
    pub id: MediaId,
    /// Where.
    #[schema(value_type = String, format = "uri")]
    pub url: &'a str,
    /// Where its small picture lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uri")]
    pub thumbnail_url: Option<&'a str>,
    /// Until when.
    #[schema(value_type = scalar::Time)]
    pub expires_at: Timestamp,
}

impl<'a> From<&'a [MediaLocation]> for MediaUrls<'a> {
    fn from(locations: &'a [MediaLocation]) -> Self {
        let item = |location: &'a MediaLocation| MediaUrl {
            id: location.id,
            url: &location.url,
            thumbnail_url: location.thumbnail_url.as_deref(),
            expires_at: location.expires_at,
        };
        Self { items: locations.iter().map(item).collect() }
    }
}

/// Entries with media, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MediaPage)]
pub struct MediaEntries<'a> {
    /// The entries.
    pub items: Vec<Entry<'a>>,
    /// The seq to go on below, when more follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub next: Option<Seq>,
    /// Everybody who sent one, former members too.
    pub users: Vec<Brief<'a>>,
}

impl<'a> MediaEntries<'a> {
    /// Shows a page.
    #[must_use]
    pub fn new(page: &'a MediaPage, links: &Links) -> Self {
        Self {
            items: page.items.iter().map(|entry| Entry::new(entry, links)).collect(),
            next: page.next,
            users: page.users.iter().map(|user| Brief::new(user, links)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_have_one_spelling() {
        let good = "00ff".repeat(16);
        for (text, valid) in [
            (good.clone(), true),
            (good.to_uppercase(), false),
            (format!("{good}0"), false),
            (format!("+{}", &good[1..]), false),
            ("é".repeat(32), false),
            (String::new(), false),
        ] {
            assert_eq!(parse_sha256(&text).is_some(), valid, "{text}");
        }
        assert_eq!(parse_sha256(&good).unwrap()[..2], [0, 255]);
    }

    #[test]
    fn each_medium_is_located_once() {
        let body = |ids: Vec<u64>| MediaUrlsBody { ids: ids.into_iter().map(MediaId::new).collect() };
        assert_eq!(body(vec![3, 4, 3]).into_ids().unwrap(), [MediaId::new(3), MediaId::new(4)]);
        assert!(body((1..=100).collect()).into_ids().is_ok());
        assert!(body((1..=101).collect()).into_ids().is_err());
    }
}
