//! `/sync`: everything after a device's positions.

use std::collections::{BTreeMap, HashMap};

use kith_domain::{ConversationId, Seq, Timestamp, view};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    account::Brief, conversation::Conversation, entry::Entry, event::Event, links::Links, read::Marker,
    scalar,
};

/// Where a device stands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncBody {
    /// Per conversation, the last seq it holds without a hole.
    #[serde(default)]
    #[schema(value_type = HashMap<String, scalar::Position>, required = false)]
    pub conversations: HashMap<ConversationId, Seq>,
    /// The last personal event it has applied; 0 for none.
    #[serde(default)]
    #[schema(value_type = scalar::Position, required = false)]
    pub user_seq: u64,
    /// The epoch its positions belong to.
    #[serde(default)]
    pub epoch: Option<String>,
    /// Markers that have not moved since this moment (a `server_time` of ours) are not wanted.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub markers_since: Option<Timestamp>,
}

impl From<SyncBody> for view::SyncPositions {
    /// A position beyond what a ledger can hold stands above any head, which is all that matters of it.
    fn from(body: SyncBody) -> Self {
        Self {
            conversations: body
                .conversations
                .into_iter()
                .map(|(id, seq)| (id, scalar::bounded(seq)))
                .collect(),
            user_seq: scalar::bounded(body.user_seq),
            epoch: body.epoch,
            markers_since: body.markers_since,
        }
    }
}

/// Everything after the given positions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncAnswer)]
pub struct SyncAnswer<'a> {
    /// The epoch that the positions below belong to.
    pub epoch: &'a str,
    /// The server's clock.
    #[schema(value_type = scalar::Time)]
    pub server_time: Timestamp,
    /// The positions belong to another history: drop cached timelines.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub reload: bool,
    /// Everybody named in the entries.
    pub users: Vec<Brief<'a>>,
    /// Targets of replies outside the entries.
    pub quoted: Vec<Entry<'a>>,
    /// Conversations in which something is new, newest activity first.
    pub conversations: Vec<SyncedConversation<'a>>,
    /// Conversations whose membership ended or which were hidden.
    #[schema(value_type = Vec<scalar::Id>)]
    pub removed: &'a [ConversationId],
    /// Markers that moved, by conversation.
    #[schema(value_type = HashMap<String, Marker>)]
    pub markers: BTreeMap<ConversationId, Marker>,
    /// Personal events after the given `user_seq`.
    pub user_events: Vec<Event<'a>>,
    /// False when the log does not reach back that far: read the lists again.
    pub user_events_complete: bool,
    /// The last personal event there is.
    pub user_seq: u64,
}

/// What is new in one conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncedConversation)]
pub struct SyncedConversation<'a> {
    /// The conversation as it stands.
    pub conversation: Conversation<'a>,
    /// The entries after the position, ascending.
    pub entries: Vec<Entry<'a>>,
    /// Whether they reach back to the position; else they are the newest page.
    pub complete: bool,
}

impl<'a> SyncAnswer<'a> {
    /// Shows what a device missed.
    #[must_use]
    pub fn new(answer: &'a view::SyncAnswer, links: &Links) -> Self {
        Self {
            epoch: &answer.epoch,
            server_time: answer.server_time,
            reload: answer.reload,
            users: answer.users.iter().map(|user| Brief::new(user, links)).collect(),
            quoted: answer.quoted.iter().map(|entry| Entry::new(entry, links)).collect(),
            conversations: answer
                .conversations
                .iter()
                .map(|synced| SyncedConversation {
                    conversation: Conversation::new(&synced.conversation, links),
                    entries: synced.entries.iter().map(|entry| Entry::new(entry, links)).collect(),
                    complete: synced.complete,
                })
                .collect(),
            removed: &answer.removed,
            markers: answer
                .markers
                .iter()
                .map(|marker| (marker.conversation_id, Marker::from(marker)))
                .collect(),
            user_events: answer
                .user_events
                .iter()
                .map(|(seq, event)| Event::personal(event, Some(*seq), links))
                .collect(),
            user_events_complete: answer.user_events_complete,
            user_seq: answer.user_seq,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::json;

    use super::*;

    #[test]
    fn positions_are_bounded_or_refused() {
        for (json, expected) in [
            (r#"{"conversations":{"7":3},"user_seq":2,"epoch":"e"}"#, Ok(Some(3))),
            (r#"{"conversations":{"7":9223372036854775808},"user_seq":0}"#, Ok(Some(i64::MAX as u64))),
            (
                r#"{"conversations":{"7":18446744073709551615},"user_seq":18446744073709551615}"#,
                Ok(Some(i64::MAX as u64)),
            ),
            (r#"{"conversations":{},"user_seq":0}"#, Ok(None)),
            (r#"{"conversations":{"7":-1},"user_seq":0}"#, Err((422, "conversations.7"))),
            (r#"{"conversations":{"7":18446744073709551616},"user_seq":0}"#, Err((422, "conversations.7"))),
            (r#"{"conversations":{"x":1},"user_seq":0}"#, Err((422, "conversations.x"))),
            (r#"{"conversations":{"7":1,"7":2},"user_seq":0}"#, Err((400, ""))),
            (r#"{"conversations":{},"user_seq":-1}"#, Err((422, "user_seq"))),
            (r#"{"conversations":{},"user_seq":0,"user_id":"1"}"#, Err((422, "user_id"))),
        ] {
            let read = json::read::<SyncBody>(json.as_bytes());
            let read =
                read.map(|body| view::SyncPositions::from(body).conversations.values().next().copied());
            let read = read.map_err(|problem| {
                (
                    problem.status(),
                    problem.errors.first().map(|error| error.field.to_string()).unwrap_or_default(),
                )
            });
            assert_eq!(read, expected.map_err(|(status, field)| (status, field.to_owned())), "{json}");
        }
    }
}
