//! Pictures, videos, sounds and documents that messages carry.

use serde::{Deserialize, Serialize};

use crate::{
    blob::BlobKey,
    clock::Timestamp,
    id::{MediaId, UserId},
    text::FileName,
};

/// The most bytes that one person may have stored: 2 GB.
pub const QUOTA_BYTES: u64 = 2 << 30;
/// How long an object may stay without a message that refers to it.
pub const UNREFERENCED_SECONDS: i64 = 86_400;
/// How long the request to upload stays valid, and one to download: 5 minutes.
pub const SIGNATURE_SECONDS: i64 = 300;

/// What people call it; also the `type` of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A sound.
    Audio,
    /// A document, which is only ever saved, never shown.
    File,
}

impl MediaKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Image, Self::Video, Self::Audio, Self::File];

    /// Its name on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::File => "file",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The most bytes of one upload: images 5 MB, videos 50 MB, sounds and documents 10 MB.
    #[must_use]
    pub fn max_bytes(self) -> u64 {
        match self {
            Self::Image => 5 << 20,
            Self::Video => 50 << 20,
            Self::Audio | Self::File => 10 << 20,
        }
    }

    /// Why an upload above [`MediaKind::max_bytes`] is refused.
    #[must_use]
    pub fn size_rule(self) -> &'static str {
        match self {
            Self::Image => "an image has at most 5 MB",
            Self::Video => "a video has at most 50 MB",
            Self::Audio => "a sound has at most 10 MB",
            Self::File => "a file has at most 10 MB",
        }
    }

    /// Why another type is refused.
    #[must_use]
    pub fn type_rule(self) -> &'static str {
        match self {
            Self::Image => "an image is JPEG, PNG, GIF or WebP",
            Self::Video => "a video is MP4",
            Self::Audio => "a sound is MP3 or WAV",
            Self::File => "a file is PDF or Word (.docx)",
        }
    }
}

/// The types that are taken, and that of archives, which are only given out. Nothing active is among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MediaType {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
    /// MPEG-4.
    Mp4,
    /// MPEG audio, layer III.
    Mp3,
    /// RIFF WAVE.
    Wav,
    /// PDF.
    Pdf,
    /// Office Open XML, a text without macros.
    Docx,
    /// A ZIP archive of our own making. It is never taken.
    Zip,
}

impl MediaType {
    /// Every type that is taken.
    pub const ALL: [Self; 9] = [
        Self::Jpeg,
        Self::Png,
        Self::Gif,
        Self::Webp,
        Self::Mp4,
        Self::Mp3,
        Self::Wav,
        Self::Pdf,
        Self::Docx,
    ];

    /// The media type as HTTP names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Mp4 => "video/mp4",
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Zip => "application/zip",
        }
    }

    /// The type of that name among those that are given out.
    #[must_use]
    pub fn given_out(name: &str) -> Option<Self> {
        if name == Self::Zip.as_str() { Some(Self::Zip) } else { Self::from_name(name) }
    }

    /// The type of that name among those that are taken, as browsers and systems write it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "image/jpg" => Some(Self::Jpeg),
            "audio/mp3" => Some(Self::Mp3),
            "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => Some(Self::Wav),
            _ => Self::ALL.into_iter().find(|known| known.as_str() == name),
        }
    }

    /// The kind it is of.
    #[must_use]
    pub fn kind(self) -> MediaKind {
        match self {
            Self::Jpeg | Self::Png | Self::Gif | Self::Webp => MediaKind::Image,
            Self::Mp4 => MediaKind::Video,
            Self::Mp3 | Self::Wav => MediaKind::Audio,
            Self::Pdf | Self::Docx | Self::Zip => MediaKind::File,
        }
    }

    /// The extensions of its files, the usual one first.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
            Self::Gif => &["gif"],
            Self::Webp => &["webp"],
            Self::Mp4 => &["mp4", "m4v"],
            Self::Mp3 => &["mp3"],
            Self::Wav => &["wav", "wave"],
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Zip => &["zip"],
        }
    }
}

/// What a message shows of its object. It never changes once the object is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRef {
    /// Its number.
    pub id: MediaId,
    /// What it is saved as.
    pub name: FileName,
    /// What it really is.
    pub content_type: MediaType,
    /// Its size.
    pub size_bytes: u64,
    /// Pictures and videos: the width in pixels, as shown.
    pub width: Option<u32>,
    /// Pictures and videos: the height in pixels, as shown.
    pub height: Option<u32>,
    /// Videos and sounds: how long it plays, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Whether there is a small picture of it.
    pub thumbnail: bool,
}

/// An object that was announced and is not verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its number.
    pub id: MediaId,
    /// Whose it is.
    pub owner_id: UserId,
    /// What it is to be saved as.
    pub name: FileName,
    /// What it is said to be.
    pub content_type: MediaType,
    /// How large it is said to be.
    pub size_bytes: u64,
    /// Its SHA-256, as announced.
    pub sha256: [u8; 32],
    /// Where it is uploaded to. What is made of it lies under the same name in other areas.
    pub key: BlobKey,
    /// When it was announced.
    pub created_at: Timestamp,
}

/// An object that was verified: messages may refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// What messages show of it.
    pub reference: MediaRef,
    /// Whose it is.
    pub owner_id: UserId,
    /// Where it lies.
    pub key: BlobKey,
    /// The type of its thumbnail, which lies under the same name.
    pub thumbnail: Option<MediaType>,
    /// What it takes of its owner's quota: the object and its thumbnail.
    pub stored_bytes: u64,
    /// When it was announced.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for kind in MediaKind::ALL {
            assert_eq!(MediaKind::from_name(kind.as_str()), Some(kind));
        }
        for media_type in MediaType::ALL {
            assert_eq!(MediaType::from_name(media_type.as_str()), Some(media_type));
            assert!(media_type.as_str().starts_with(match media_type.kind() {
                MediaKind::File => "application/",
                kind => kind.as_str(),
            }));
        }
    }

    #[test]
    fn types_are_an_allow_list() {
        for (name, expected) in [
            ("image/jpg", Some(MediaType::Jpeg)),
            ("IMAGE/PNG", Some(MediaType::Png)),
            ("audio/x-wav", Some(MediaType::Wav)),
            ("image/svg+xml", None),
            ("text/html", None),
            ("application/zip", None),
            ("application/vnd.ms-word.document.macroEnabled.12", None),
            ("image/jpeg; charset=utf-8", None),
            ("", None),
        ] {
            assert_eq!(MediaType::from_name(name), expected, "{name}");
        }
    }
}
