//! What a message says.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{entry::Seq, json_text, text::MessageText};

/// SHA-256 of the canonical content: the part of a retry that must not change.
pub type ContentHash = [u8; 32];

/// The content of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text, kept as typed and shown as text.
    Text {
        /// What was typed.
        text: MessageText,
        /// The seq of the message it answers.
        reply_to: Option<Seq>,
    },
}

/// The stored form: the wire's own field names, so that an entry is encoded without a second mapping.
#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(tag = "type", rename_all = "snake_case")]
enum Stored {
    Text {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
    },
}

impl Content {
    /// The message it answers.
    #[must_use]
    pub fn reply_to(&self) -> Option<Seq> {
        match self {
            Self::Text { reply_to, .. } => *reply_to,
        }
    }

    /// What it is found by, and what a snippet is cut from. Empty for content that cannot be searched.
    #[must_use]
    pub fn search_text(&self) -> &str {
        match self {
            Self::Text { text, .. } => text.as_str(),
        }
    }

    /// The canonical JSON: fixed field order, no blanks. This is what is stored, hashed and sent.
    #[must_use]
    pub fn to_json(&self) -> String {
        use std::fmt::Write as _;
        let Self::Text { text, reply_to } = self;
        // Room for the frame around the text and for a few escapes.
        let mut json = String::with_capacity(text.as_str().len() + 64);
        json.push_str(r#"{"type":"text","text":""#);
        json_text::escape(text.as_str(), &mut json);
        json.push('"');
        if let Some(seq) = reply_to {
            // Writing to a string cannot fail.
            let _ = write!(json, r#","reply_to":{seq}"#);
        }
        json.push('}');
        json
    }

    /// Reads what [`Content::to_json`] wrote.
    ///
    /// # Errors
    /// When the text is something else.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        Ok(match serde_json::from_str(json)? {
            Stored::Text { text, reply_to } => Self::Text { text: MessageText::from_store(text), reply_to },
        })
    }

    /// The hash of the canonical JSON. Neither the client's spelling of the JSON nor `client_time` is part of it.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        Sha256::digest(self.to_json()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_reads_back() {
        for (content, json) in [
            (("hi \"there\"\n", None), r#"{"type":"text","text":"hi \"there\"\n"}"#),
            (("再見", Some(7)), r#"{"type":"text","text":"再見","reply_to":7}"#),
        ] {
            let content = Content::Text {
                text: MessageText::parse("text", content.0.to_owned()).unwrap(),
                reply_to: content.1,
            };
            assert_eq!(content.to_json(), json);
            let Content::Text { text, reply_to } = content.clone();
            let stored = Stored::Text { text: text.as_str().to_owned(), reply_to };
            assert_eq!(serde_json::to_string(&stored).unwrap(), json, "as the declaration says");
            assert_eq!(Content::from_json(json).unwrap(), content);
        }
    }
}
