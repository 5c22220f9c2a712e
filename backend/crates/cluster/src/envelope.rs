//! What one node says to another: JSON, so that a node of the next release may add fields that this one passes over.

use bytes::Bytes;
use kith_domain::{LiveEvent, NodeNumber, UserId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The version of the form; a node that does not know it treats the message as one that was lost.
const VERSION: u8 = 1;

/// The life of a node: chosen at random at each start, so that a node which comes back under its old number is told
/// apart from the one that went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Boot(pub(crate) u64);

/// An envelope as it was received.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope {
    version: u8,
    /// Who sends.
    pub(crate) from: NodeNumber,
    /// In which life.
    pub(crate) boot: Boot,
    /// Counts what was sent from there to here in that life, from 1: a hole is a loss.
    pub(crate) count: u64,
    /// What is said.
    pub(crate) message: Message,
}

/// What a node is told.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Message {
    /// Nothing, but that the way is open; counted as all messages are.
    Ping,
    /// These happened; the node has sockets that they concern.
    Events(Vec<LiveEvent>),
    /// These users have sockets at the sender from now on.
    Came(Vec<UserId>),
    /// These users have none there any more.
    Went(Vec<UserId>),
    /// These users have sockets at the sender; the first part of such a list replaces all that was known.
    Present { users: Vec<UserId>, first: bool },
    /// The sender wants to be told who is present.
    Ask,
}

/// What a node says; events were encoded before, once for all nodes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Saying<'a> {
    /// See [`Message::Ping`].
    Ping,
    /// See [`Message::Events`].
    Events(&'a [&'a RawValue]),
    /// See [`Message::Came`].
    Came(&'a [UserId]),
    /// See [`Message::Went`].
    Went(&'a [UserId]),
    /// See [`Message::Present`].
    Present { users: &'a [UserId], first: bool },
    /// See [`Message::Ask`].
    Ask,
}

#[derive(Serialize)]
struct Sealed<'a> {
    version: u8,
    from: NodeNumber,
    boot: Boot,
    count: u64,
    message: &'a Saying<'a>,
}

/// Bytes that are no envelope of a version known here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvelopeError {
    #[error("a message between nodes that cannot be read")]
    Malformed(#[from] serde_json::Error),
    #[error("a message between nodes in form {0}, which this release does not know")]
    Version(u8),
}

/// Puts a saying into an envelope.
pub(crate) fn seal(
    from: NodeNumber,
    boot: Boot,
    count: u64,
    message: &Saying<'_>,
) -> Result<Bytes, EnvelopeError> {
    Ok(serde_json::to_vec(&Sealed { version: VERSION, from, boot, count, message })?.into())
}

/// Opens an envelope.
pub(crate) fn open(bytes: &[u8]) -> Result<Envelope, EnvelopeError> {
    let envelope: Envelope = serde_json::from_slice(bytes)?;
    if envelope.version == VERSION { Ok(envelope) } else { Err(EnvelopeError::Version(envelope.version)) }
}

/// Encodes an event for all nodes.
pub(crate) fn encode(event: &LiveEvent) -> Result<Box<RawValue>, EnvelopeError> {
    Ok(serde_json::value::to_raw_value(event)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kith_domain::{
        Content, ConversationId, Entry, EntryBody, EntryId, Timestamp,
        event::{MembershipChange, SessionEnd},
        text::MessageText,
    };

    use super::*;

    fn node(number: u16) -> NodeNumber {
        NodeNumber::try_from(number).unwrap()
    }

    fn sealed(saying: &Saying<'_>) -> Envelope {
        open(&seal(node(7), Boot(99), 3, saying).unwrap()).unwrap()
    }

    #[test]
    fn events_arrive_as_they_were() {
        let entry = Entry {
            conversation_id: ConversationId::new(5),
            seq: 12,
            id: EntryId::new(77),
            sender_id: UserId::new(3),
            server_time: Timestamp::from_millis(1_700_000_000_123),
            body: EntryBody::Message {
                client_msg_id: "0192f0c1-2345-7000-8000-000000000001".parse().unwrap(),
                client_time: "2026-05-01T10:00:00+08:00".parse().unwrap(),
                content: Some(Content::Text {
                    text: MessageText::from_store("\"名\" \u{1F600}\n</script>".into()),
                    reply_to: Some(3),
                }),
            },
        };
        let events = [
            LiveEvent::Entry(Arc::new(entry)),
            LiveEvent::Typing { conversation_id: ConversationId::new(5), user_id: UserId::new(3) },
            LiveEvent::Membership {
                conversation_id: ConversationId::new(5),
                user_id: UserId::new(4),
                change: MembershipChange::Ended { at: 12 },
            },
            LiveEvent::SessionEnded {
                user_id: UserId::new(4),
                devices: None,
                end: SessionEnd::Banned { reason: "spam".into() },
            },
        ];
        let encoded: Vec<_> = events.iter().map(|event| encode(event).unwrap()).collect();
        let borrowed: Vec<&RawValue> = encoded.iter().map(|event| &**event).collect();
        let envelope = sealed(&Saying::Events(&borrowed));
        assert_eq!((envelope.from, envelope.boot, envelope.count), (node(7), Boot(99), 3));
        let Message::Events(arrived) = envelope.message else { panic!("{envelope:?}") };
        assert_eq!(format!("{arrived:?}"), format!("{events:?}"));
    }

    #[test]
    fn what_is_unknown_is_an_error_and_what_is_added_is_passed_over() {
        let bytes = seal(node(1), Boot(1), 1, &Saying::Ask).unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(matches!(open(text.as_bytes()).unwrap().message, Message::Ask));
        let added = text.replacen('{', r#"{"added":[1],"#, 1);
        assert!(matches!(open(added.as_bytes()).unwrap().message, Message::Ask));
        for broken in
            [text.replace("\"version\":1", "\"version\":2"), text.replace("ask", "dance"), "{".into()]
        {
            assert!(open(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
