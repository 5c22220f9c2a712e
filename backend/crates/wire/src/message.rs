//! Sending: one body for `POST …/messages` and the SEND frame of the same name.

use kith_domain::{ClientMsgId, ClientTime, FieldError, NewContent, Refusal, Seq};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{content::ContentBody, scalar};

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageBody {
    /// The sender's own name for it, made once: a retry with the same one is answered with the stored message.
    #[schema(format = "uuid")]
    pub client_msg_id: String,
    /// The sender's local time with its offset.
    #[schema(format = DateTime)]
    pub client_time: String,
    /// What it says.
    pub content: ContentBody,
    /// The newest seq on the sender's screen: moves their read marker.
    #[serde(default, deserialize_with = "scalar::optional_position")]
    #[schema(value_type = Option<scalar::Position>)]
    pub viewed_seq: Option<Seq>,
}

/// A [`MessageBody`] whose fields keep their rules.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// The sender's own name for it.
    pub client_msg_id: ClientMsgId,
    /// The sender's local time.
    pub client_time: ClientTime,
    /// What it says.
    pub content: NewContent,
    /// The newest seq on the sender's screen.
    pub viewed_seq: Option<Seq>,
}

impl MessageBody {
    /// Checks the fields.
    ///
    /// # Errors
    /// [`Refusal::Validation`] naming every field that breaks a rule.
    pub fn into_message(self) -> Result<Message, Refusal> {
        let mut errors = Vec::new();
        // Hyphenated only: one id has one spelling.
        let id = uuid::Uuid::parse_str(&self.client_msg_id).ok().filter(|_| self.client_msg_id.len() == 36);
        if id.is_none() {
            errors.push(FieldError::new("client_msg_id", "invalid", "a UUID"));
        }
        let time = self.client_time.parse::<ClientTime>();
        if let Err(error) = &time {
            errors.push(FieldError::new("client_time", "invalid", error.to_string()));
        }
        let content = self.content.into_content();
        match (id, time, content) {
            (Some(client_msg_id), Ok(client_time), Ok(content)) => {
                Ok(Message { client_msg_id, client_time, content, viewed_seq: self.viewed_seq })
            }
            (_, _, Err(Refusal::Validation(more))) => {
                errors.extend(more);
                Err(Refusal::Validation(errors))
            }
            (_, _, Err(refusal)) => Err(refusal),
            (_, _, Ok(_)) => Err(Refusal::Validation(errors)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::json;

    use super::*;

    fn fields(json: &str) -> Vec<String> {
        let problem = match json::read::<MessageBody>(json.as_bytes()) {
            Ok(body) => match body.into_message() {
                Ok(_) => return Vec::new(),
                Err(refusal) => crate::Problem::from(refusal),
            },
            Err(problem) => problem,
        };
        problem.errors.iter().map(|error| format!("{} {}", error.field, error.code)).collect()
    }

    #[test]
    fn every_fault_is_named() {
        let id = "0192f7a0-7c00-7000-8000-000000000001";
        let time = "2026-11-24T21:15:45+08:00";
        let body = |id: &str, time: &str, content: &str| {
            format!(r#"{{"client_msg_id":"{id}","client_time":"{time}","content":{content}}}"#)
        };
        let long = format!(r#"{{"type":"text","text":"{}"}}"#, "a".repeat(8_001));
        for (json, expected) in [
            (body(id, time, r#"{"type":"text","text":"hi"}"#), &[][..]),
            (body(id, time, r#"{"type":"text","text":"hi","reply_to":3}"#), &[]),
            (
                body("7", "now", r#"{"type":"text","text":" "}"#),
                &["client_msg_id invalid", "client_time invalid", "content.text empty"],
            ),
            (body(&id.replace('-', ""), time, r#"{"type":"text","text":"x"}"#), &["client_msg_id invalid"]),
            (body(id, "2026-11-24T21:15:45", r#"{"type":"text","text":"x"}"#), &["client_time invalid"]),
            (body(id, time, &long), &["content.text too_long"]),
            (body(id, time, r#"{"type":"text","text":"a\u0000"}"#), &["content.text control_character"]),
            (body(id, time, r#"{"type":"html","text":"x"}"#), &["content.type invalid"]),
            (body(id, time, r#"{"type":"text"}"#), &["content.text required"]),
            (body(id, time, r#"{"type":"text","text":"x","seq":1}"#), &["content.seq unknown_field"]),
            (body(id, time, r#""hi""#), &["content wrong_type"]),
            ("{}".to_owned(), &["client_msg_id required"]),
        ] {
            assert_eq!(fields(&json), expected, "{}", &json[..json.len().min(120)]);
        }
    }
}
