//! What a message says.

use kith_domain::{
    Content as DomainContent, FieldError, MediaId, MediaKind, NewContent, Refusal, Seq, text::MessageText,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{links::Links, media::MediaRef, scalar};

/// The content of a message, by `type`.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = Content)]
pub enum Content<'a> {
    /// Text, to be shown as text.
    #[schema(title = "TextContent")]
    Text {
        /// As typed.
        text: &'a str,
        /// The seq of the message it answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<scalar::SeqNumber>)]
        reply_to: Option<Seq>,
    },
    /// A picture.
    #[schema(title = "ImageContent")]
    Image(MediaContent<'a>),
    /// A video.
    #[schema(title = "VideoContent")]
    Video(MediaContent<'a>),
    /// A sound.
    #[schema(title = "AudioContent")]
    Audio(MediaContent<'a>),
    /// A document, to be saved only.
    #[schema(title = "FileContent")]
    File(MediaContent<'a>),
}

/// An object with what was typed beside it.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MediaContent)]
pub struct MediaContent<'a> {
    /// The object.
    pub media: MediaRef<'a>,
    /// As typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<&'a str>,
    /// The seq of the message it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub reply_to: Option<Seq>,
}

impl<'a> Content<'a> {
    /// Shows what a message says.
    #[must_use]
    pub fn new(content: &'a DomainContent, links: &Links) -> Self {
        match content {
            DomainContent::Text { text, reply_to } => Self::Text { text: text.as_str(), reply_to: *reply_to },
            DomainContent::Media { media, caption, reply_to } => {
                let shown = MediaContent {
                    media: MediaRef::new(media, links),
                    caption: caption.as_ref().map(|text| text.as_str()),
                    reply_to: *reply_to,
                };
                match media.content_type.kind() {
                    MediaKind::Image => Self::Image(shown),
                    MediaKind::Video => Self::Video(shown),
                    MediaKind::Audio => Self::Audio(shown),
                    MediaKind::File => Self::File(shown),
                }
            }
        }
    }
}

/// The kinds of content that can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContentType {
    /// Text.
    Text,
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A sound.
    Audio,
    /// A document.
    File,
}

/// The content of a message to send: `text` for a text, `media` for everything else.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentBody {
    /// The kind.
    #[serde(rename = "type")]
    pub kind: ContentType,
    /// Texts: 1–8,000 characters.
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 8000)]
    pub text: Option<String>,
    /// Everything else: a complete upload of one's own, of that kind.
    #[serde(default)]
    #[schema(value_type = MediaName, required = false)]
    pub media: Option<MediaName>,
    /// Beside an upload: 1–8,000 characters.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 8000)]
    pub caption: Option<String>,
    /// The seq of the message it answers.
    #[serde(default)]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub reply_to: Option<Seq>,
}

/// Names an upload; the server fills in the rest.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaName {
    /// Its number.
    #[schema(value_type = scalar::Id)]
    pub id: MediaId,
}

impl ContentBody {
    /// The content, if it keeps the rules.
    ///
    /// # Errors
    /// [`Refusal::Validation`] naming the field below `content`.
    pub fn into_content(self) -> Result<NewContent, Refusal> {
        let Self { kind, text, media, caption, reply_to } = self;
        if reply_to.is_some_and(|seq| seq == 0 || i64::try_from(seq).is_err()) {
            return Err(
                FieldError::new("content.reply_to", "invalid", "the seq of an earlier message").into()
            );
        }
        let kind = match kind {
            ContentType::Text => {
                unexpected("content.media", media.is_some(), "a text has no upload")?;
                unexpected("content.caption", caption.is_some(), "a text has no caption")?;
                let text = text.ok_or_else(|| missing("content.text"))?;
                return Ok(NewContent::Text { text: MessageText::parse("content.text", text)?, reply_to });
            }
            ContentType::Image => MediaKind::Image,
            ContentType::Video => MediaKind::Video,
            ContentType::Audio => MediaKind::Audio,
            ContentType::File => MediaKind::File,
        };
        unexpected("content.text", text.is_some(), "what stands beside an upload is its caption")?;
        let id = media.ok_or_else(|| missing("content.media"))?.id;
        let caption = caption.map(|text| MessageText::parse("content.caption", text)).transpose()?;
        Ok(NewContent::Media { kind, id, caption, reply_to })
    }
}

fn missing(field: &'static str) -> FieldError {
    FieldError::new(field, "required", "this field is needed")
}

fn unexpected(field: &'static str, given: bool, rule: &'static str) -> Result<(), FieldError> {
    if given { Err(FieldError::new(field, "unexpected", rule)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use kith_domain::{MediaRef as DomainRef, MediaType, text::FileName};

    use super::*;

    fn text(text: &str, reply_to: Option<Seq>) -> ContentBody {
        let text = Some(text.to_owned());
        ContentBody { kind: ContentType::Text, text, media: None, caption: None, reply_to }
    }

    #[test]
    fn the_wire_form_of_text_is_the_ledgers_canonical_form() {
        for (said, reply_to) in [("hi \"there\"\n\u{7}", None), ("再見 😀", Some(7))] {
            let content = text(said, reply_to).into_content().unwrap().into_text().unwrap();
            let shown = Content::new(&content, &Links::default());
            assert_eq!(serde_json::to_string(&shown).unwrap(), content.to_json());
        }
    }

    #[test]
    fn media_are_shown_with_their_addresses() {
        let media = DomainRef {
            id: MediaId::new(5),
            name: FileName::parse("a.png", MediaType::Png),
            content_type: MediaType::Png,
            size_bytes: 9,
            width: Some(3),
            height: Some(2),
            duration_ms: None,
            thumbnail: true,
        };
        let caption = Some(MessageText::from_store("hi".to_owned()));
        let content = DomainContent::Media { media, caption, reply_to: Some(4) };
        let links = Links::new("https://kith.example", "https://files.example");
        assert_eq!(
            serde_json::to_string(&Content::new(&content, &links)).unwrap(),
            r#"{"type":"image","media":{"id":"5","url":"https://kith.example/api/v1/media/5","name":"a.png","content_type":"image/png","size_bytes":9,"width":3,"height":2,"thumbnail_url":"https://kith.example/api/v1/media/5/thumbnail"},"caption":"hi","reply_to":4}"#
        );
    }

    #[test]
    fn each_kind_has_its_own_fields() {
        let named = || Some(MediaName { id: MediaId::new(5) });
        let hi = || Some("hi".to_owned());
        let blank = || Some(" ".to_owned());
        for (kind, said, media, caption, wrong) in [
            (ContentType::Text, hi(), None, None, None),
            (ContentType::Text, None, None, None, Some("content.text")),
            (ContentType::Text, hi(), named(), None, Some("content.media")),
            (ContentType::Text, hi(), None, hi(), Some("content.caption")),
            (ContentType::Image, None, named(), None, None),
            (ContentType::File, None, named(), hi(), None),
            (ContentType::Audio, None, None, hi(), Some("content.media")),
            (ContentType::Video, hi(), named(), None, Some("content.text")),
            (ContentType::Video, None, named(), blank(), Some("content.caption")),
        ] {
            let body = ContentBody { kind, text: said, media, caption, reply_to: None };
            let field = match body.into_content() {
                Ok(_) => None,
                Err(Refusal::Validation(errors)) => Some(errors[0].field.to_string()),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(field.as_deref(), wrong, "{kind:?}");
        }
    }

    #[test]
    fn answers_name_a_possible_seq() {
        for (reply_to, good) in [(None, true), (Some(1), true), (Some(0), false), (Some(u64::MAX), false)] {
            assert_eq!(text("x", reply_to).into_content().is_ok(), good, "{reply_to:?}");
        }
    }
}
