//! What a message says.

use kith_domain::{Content as DomainContent, FieldError, Refusal, Seq, text::MessageText};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::scalar;

/// The content of a message, by `type`. Its JSON is the ledger's canonical form.
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
}

impl<'a> From<&'a DomainContent> for Content<'a> {
    fn from(content: &'a DomainContent) -> Self {
        match content {
            DomainContent::Text { text, reply_to } => Self::Text { text: text.as_str(), reply_to: *reply_to },
        }
    }
}

/// The kinds of content that can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContentType {
    /// Text.
    Text,
}

/// The content of a message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentBody {
    /// The kind.
    #[serde(rename = "type")]
    pub kind: ContentType,
    /// 1–8,000 characters.
    #[schema(min_length = 1, max_length = 8000)]
    pub text: String,
    /// The seq of the message it answers.
    #[serde(default)]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub reply_to: Option<Seq>,
}

impl ContentBody {
    /// The content, if it keeps the rules.
    ///
    /// # Errors
    /// [`Refusal::Validation`] naming `content.text` or `content.reply_to`.
    pub fn into_content(self) -> Result<DomainContent, Refusal> {
        if self.reply_to.is_some_and(|seq| seq == 0 || i64::try_from(seq).is_err()) {
            return Err(
                FieldError::new("content.reply_to", "invalid", "the seq of an earlier message").into()
            );
        }
        match self.kind {
            ContentType::Text => Ok(DomainContent::Text {
                text: MessageText::parse("content.text", self.text)?,
                reply_to: self.reply_to,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_the_ledgers_canonical_form() {
        for (text, reply_to) in [("hi \"there\"\n\u{7}", None), ("再見 😀", Some(7))] {
            let body = ContentBody { kind: ContentType::Text, text: text.to_owned(), reply_to };
            let content = body.into_content().unwrap();
            assert_eq!(serde_json::to_string(&Content::from(&content)).unwrap(), content.to_json());
        }
    }

    #[test]
    fn answers_name_a_possible_seq() {
        for (reply_to, good) in [(None, true), (Some(1), true), (Some(0), false), (Some(u64::MAX), false)] {
            let body = ContentBody { kind: ContentType::Text, text: "x".to_owned(), reply_to };
            assert_eq!(body.into_content().is_ok(), good, "{reply_to:?}");
        }
    }
}
