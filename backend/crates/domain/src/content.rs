//! What a message says.

use std::{borrow::Cow, fmt::Write as _};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    entry::Seq,
    id::MediaId,
    json_text,
    media::{MediaKind, MediaRef, MediaType},
    text::{FileName, MessageText},
};

/// SHA-256 of the canonical content as it was sent: the part of a retry that must not change.
pub type ContentHash = [u8; 32];

/// The content of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Text, kept as typed and shown as text.
    Text {
        /// What was typed.
        text: MessageText,
        /// The seq of the message it answers.
        reply_to: Option<Seq>,
    },
    /// A picture, video, sound or document.
    Media {
        /// The object.
        media: MediaRef,
        /// What was typed beside it.
        caption: Option<MessageText>,
        /// The seq of the message it answers.
        reply_to: Option<Seq>,
    },
}

/// Content on its way into the ledger: objects are named by their ids, and what is shown of them is filled in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewContent {
    /// See [`Content::Text`].
    Text {
        /// What was typed.
        text: MessageText,
        /// The seq of the message it answers.
        reply_to: Option<Seq>,
    },
    /// See [`Content::Media`].
    Media {
        /// What the sender says it is.
        kind: MediaKind,
        /// The object.
        id: MediaId,
        /// What was typed beside it.
        caption: Option<MessageText>,
        /// The seq of the message it answers.
        reply_to: Option<Seq>,
    },
}

impl NewContent {
    /// The message it answers.
    #[must_use]
    pub fn reply_to(&self) -> Option<Seq> {
        match self {
            Self::Text { reply_to, .. } | Self::Media { reply_to, .. } => *reply_to,
        }
    }

    /// The same as content of the ledger, if nothing has to be filled in.
    #[must_use]
    pub fn into_text(self) -> Option<Content> {
        match self {
            Self::Text { text, reply_to } => Some(Content::Text { text, reply_to }),
            Self::Media { .. } => None,
        }
    }

    /// The canonical JSON of what was sent: fixed field order, no blanks. For text it is what is stored.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Text { text, reply_to } => text_json(text, *reply_to),
            Self::Media { kind, id, caption, reply_to } => {
                media_json(*kind, *id, |_| {}, caption.as_ref(), *reply_to)
            }
        }
    }

    /// The hash of the canonical JSON. Neither the client's spelling of the JSON nor `client_time` is part of it.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        Sha256::digest(self.to_json()).into()
    }
}

impl Content {
    /// The message it answers.
    #[must_use]
    pub fn reply_to(&self) -> Option<Seq> {
        match self {
            Self::Text { reply_to, .. } | Self::Media { reply_to, .. } => *reply_to,
        }
    }

    /// The object it carries.
    #[must_use]
    pub fn media(&self) -> Option<&MediaRef> {
        match self {
            Self::Text { .. } => None,
            Self::Media { media, .. } => Some(media),
        }
    }

    /// What it is found by, and what a snippet is cut from: what was typed, and what a file is called. Empty for content
    /// that cannot be searched.
    #[must_use]
    pub fn search_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text { text, .. } => Cow::Borrowed(text.as_str()),
            Self::Media { media, caption: None, .. } => Cow::Borrowed(media.name.as_str()),
            Self::Media { media, caption: Some(caption), .. } => {
                Cow::Owned(format!("{caption}\n{}", media.name))
            }
        }
    }

    /// About how many bytes it takes on the wire.
    #[must_use]
    pub fn size_hint(&self) -> usize {
        match self {
            Self::Text { text, .. } => text.as_str().len(),
            Self::Media { media, caption, .. } => {
                400 + media.name.as_str().len() + caption.as_ref().map_or(0, |text| text.as_str().len())
            }
        }
    }

    /// The canonical JSON: fixed field order, no blanks. This is what is stored.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Text { text, reply_to } => text_json(text, *reply_to),
            Self::Media { media, caption, reply_to } => media_json(
                media.content_type.kind(),
                media.id,
                |json| push_facts(media, json),
                caption.as_ref(),
                *reply_to,
            ),
        }
    }

    /// Reads what [`Content::to_json`] wrote.
    ///
    /// # Errors
    /// When the text is something else.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        Ok(match serde_json::from_str(json)? {
            Stored::Text { text, reply_to } => Self::Text { text: MessageText::from_store(text), reply_to },
            Stored::Image(stored) | Stored::Video(stored) | Stored::Audio(stored) | Stored::File(stored) => {
                stored.into_content()?
            }
        })
    }

    /// The hash that a retry of this content is recognised by; see [`NewContent::hash`].
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        let json = match self {
            Self::Text { text, reply_to } => text_json(text, *reply_to),
            Self::Media { media, caption, reply_to } => {
                media_json(media.content_type.kind(), media.id, |_| {}, caption.as_ref(), *reply_to)
            }
        };
        Sha256::digest(json).into()
    }
}

/// The stored form: the wire's own field names. Addresses are no part of it: they are made for each reader.
#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(tag = "type", rename_all = "snake_case")]
enum Stored {
    Text {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
    },
    Image(StoredMedia),
    Video(StoredMedia),
    Audio(StoredMedia),
    File(StoredMedia),
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
struct StoredMedia {
    media: StoredRef,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caption: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<Seq>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
struct StoredRef {
    id: MediaId,
    name: String,
    content_type: String,
    size_bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    thumbnail: bool,
}

impl StoredMedia {
    fn into_content(self) -> Result<Content, serde_json::Error> {
        let stored = self.media;
        let content_type = MediaType::from_name(&stored.content_type)
            .ok_or_else(|| serde::de::Error::custom("an unknown media type"))?;
        Ok(Content::Media {
            media: MediaRef {
                id: stored.id,
                name: FileName::from_store(stored.name),
                content_type,
                size_bytes: stored.size_bytes,
                width: stored.width,
                height: stored.height,
                duration_ms: stored.duration_ms,
                thumbnail: stored.thumbnail,
            },
            caption: self.caption.map(MessageText::from_store),
            reply_to: self.reply_to,
        })
    }
}

fn text_json(text: &MessageText, reply_to: Option<Seq>) -> String {
    // Room for the frame around the text and for a few escapes.
    let mut json = String::with_capacity(text.as_str().len() + 64);
    json.push_str(r#"{"type":"text","text":""#);
    json_text::escape(text.as_str(), &mut json);
    json.push('"');
    push_reply(reply_to, &mut json);
    json.push('}');
    json
}

/// The JSON of a message with an object; `facts` adds what is known of the object beside its id.
fn media_json(
    kind: MediaKind,
    id: MediaId,
    facts: impl FnOnce(&mut String),
    caption: Option<&MessageText>,
    reply_to: Option<Seq>,
) -> String {
    let mut json = format!(r#"{{"type":"{}","media":{{"id":"{id}""#, kind.as_str());
    facts(&mut json);
    json.push('}');
    if let Some(caption) = caption {
        json.push_str(r#","caption":""#);
        json_text::escape(caption.as_str(), &mut json);
        json.push('"');
    }
    push_reply(reply_to, &mut json);
    json.push('}');
    json
}

fn push_facts(media: &MediaRef, json: &mut String) {
    json.push_str(r#","name":""#);
    json_text::escape(media.name.as_str(), json);
    // Writing to a string cannot fail.
    let _ = write!(
        json,
        r#"","content_type":"{}","size_bytes":{}"#,
        media.content_type.as_str(),
        media.size_bytes
    );
    let numbers = [
        ("width", media.width.map(u64::from)),
        ("height", media.height.map(u64::from)),
        ("duration_ms", media.duration_ms),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            let _ = write!(json, r#","{name}":{number}"#);
        }
    }
    if media.thumbnail {
        json.push_str(r#","thumbnail":true"#);
    }
}

fn push_reply(reply_to: Option<Seq>, json: &mut String) {
    if let Some(seq) = reply_to {
        let _ = write!(json, r#","reply_to":{seq}"#);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> MessageText {
        MessageText::parse("text", text.to_owned()).unwrap()
    }

    #[test]
    fn the_stored_form_of_text_reads_back() {
        for (content, json) in [
            (("hi \"there\"\n", None), r#"{"type":"text","text":"hi \"there\"\n"}"#),
            (("再見", Some(7)), r#"{"type":"text","text":"再見","reply_to":7}"#),
        ] {
            let (said, reply_to) = content;
            let content = Content::Text { text: text(said), reply_to };
            assert_eq!(content.to_json(), json);
            let stored = Stored::Text { text: said.to_owned(), reply_to };
            assert_eq!(serde_json::to_string(&stored).unwrap(), json, "as the declaration says");
            assert_eq!(Content::from_json(json).unwrap(), content);
            let sent = NewContent::Text { text: text(said), reply_to };
            assert_eq!((sent.to_json(), sent.hash()), (content.to_json(), content.hash()));
        }
    }

    #[test]
    fn the_stored_form_of_media_reads_back() {
        let reference = |content_type, name: &str| MediaRef {
            id: MediaId::new(5),
            name: FileName::parse(name, content_type),
            content_type,
            size_bytes: 9,
            width: None,
            height: None,
            duration_ms: None,
            thumbnail: false,
        };
        let image = MediaRef {
            width: Some(3),
            height: Some(2),
            thumbnail: true,
            ..reference(MediaType::Png, "a \"b\".png")
        };
        let video = MediaRef { duration_ms: Some(70), ..reference(MediaType::Mp4, "貓.mp4") };
        for (media, caption, reply_to, json) in [
            (
                image,
                Some("so \\ it is"),
                Some(4),
                r#"{"type":"image","media":{"id":"5","name":"a _b_.png","content_type":"image/png","size_bytes":9,"width":3,"height":2,"thumbnail":true},"caption":"so \\ it is","reply_to":4}"#,
            ),
            (
                video,
                None,
                None,
                r#"{"type":"video","media":{"id":"5","name":"貓.mp4","content_type":"video/mp4","size_bytes":9,"duration_ms":70}}"#,
            ),
        ] {
            let content = Content::Media { media, caption: caption.map(text), reply_to };
            assert_eq!(content.to_json(), json);
            let found_by = content.search_text();
            assert!(caption.is_none_or(|caption| found_by.starts_with(caption)), "{found_by}");
            assert!(content.media().is_some_and(|media| found_by.ends_with(media.name.as_str())));
            assert_eq!(Content::from_json(json).unwrap(), content);
            let stored: Stored = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&stored).unwrap(), json, "as the declaration says");
        }
    }

    #[test]
    fn a_retry_is_known_by_what_was_sent() {
        let sent = NewContent::Media {
            kind: MediaKind::File,
            id: MediaId::new(5),
            caption: Some(text("x")),
            reply_to: Some(2),
        };
        assert_eq!(sent.to_json(), r#"{"type":"file","media":{"id":"5"},"caption":"x","reply_to":2}"#);
        let stored = Content::Media {
            media: MediaRef {
                id: MediaId::new(5),
                name: FileName::parse("a.pdf", MediaType::Pdf),
                content_type: MediaType::Pdf,
                size_bytes: 1,
                width: None,
                height: None,
                duration_ms: None,
                thumbnail: false,
            },
            caption: Some(text("x")),
            reply_to: Some(2),
        };
        assert_eq!(stored.hash(), sent.hash());
    }
}
