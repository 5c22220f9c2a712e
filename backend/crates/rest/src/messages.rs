//! Messages and timelines.

use axum::extract::State;
use http::StatusCode;
use kith_domain::{ConversationId, FieldError, Refusal, Seq};
use kith_services::{EntriesQuery, SendCommand};
use kith_wire::{
    entry::{Entries, Entry},
    message::MessageBody,
    scalar,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    cursor,
    error::ApiError,
    extract::{PathIds, PathSeq, Signed, StrictBody, StrictQuery},
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_entries))
        .routes(routes!(send_message))
        .routes(routes!(unsend_message))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PositionQuery {
    /// The newest entries below this seq.
    #[param(value_type = Option<scalar::Position>)]
    before: Option<Seq>,
    /// The oldest entries above this seq.
    #[param(value_type = Option<scalar::Position>)]
    after: Option<Seq>,
    /// Entries on both sides of this seq, itself included.
    #[param(value_type = Option<scalar::Position>)]
    around: Option<Seq>,
    /// The size of the page; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

impl PositionQuery {
    fn position(&self) -> Result<EntriesQuery, Refusal> {
        match (self.before, self.after, self.around) {
            (None, None, None) => Ok(EntriesQuery::Before(Seq::MAX)),
            (Some(seq), None, None) => Ok(EntriesQuery::Before(seq)),
            (None, Some(seq), None) => Ok(EntriesQuery::After(seq)),
            (None, None, Some(seq)) => Ok(EntriesQuery::Around(seq)),
            _ => Err(FieldError::new("before", "ambiguous", "one of before, after and around").into()),
        }
    }
}

/// A page of a timeline, ascending by seq; without a position, the newest one.
#[utoipa::path(get, path = "/api/v1/conversations/{conversation_id}/entries", tag = "messages",
    params(("conversation_id" = scalar::Id, Path, description = "Which"), PositionQuery),
    responses((status = 200, description = "A page", body = Entries<'static>)))]
async fn list_entries(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
    StrictQuery(query): StrictQuery<PositionQuery>,
) -> Result<Answer, ApiError> {
    let (position, limit) = (query.position()?, cursor::limit(query.limit)?);
    Answer::ok(&Entries::new(&app.services.messages.entries(&caller, id, position, limit).await?, &app.links))
}

/// Sends a message. A retry with the same `client_msg_id` is answered with the stored one.
#[utoipa::path(post, path = "/api/v1/conversations/{conversation_id}/messages", tag = "messages",
    params(("conversation_id" = scalar::Id, Path, description = "Where to")), request_body = MessageBody,
    responses(
        (status = 201, description = "Stored", body = Entry<'static>),
        (status = 200, description = "An earlier try had stored it", body = Entry<'static>),
        (status = 403, description = "`not_friends`, `blocked_by_you` or `not_member`"),
        (status = 409, description = "`id_reused`: the id stands for another message"),
    ))]
async fn send_message(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((conversation_id,)): PathIds<(ConversationId,)>,
    StrictBody(body): StrictBody<MessageBody>,
) -> Result<Answer, ApiError> {
    let message = body.into_message()?;
    let command = SendCommand {
        conversation_id,
        client_msg_id: message.client_msg_id,
        client_time: message.client_time,
        content: message.content,
        viewed_seq: message.viewed_seq,
    };
    let sent = app.services.messages.send(&caller, command).await?;
    let status = if sent.new { StatusCode::CREATED } else { StatusCode::OK };
    Answer::new(status, &Entry::new(&sent.entry, &app.links))
}

/// Erases one of the caller's messages, within an hour. Again: the same answer.
#[utoipa::path(post, path = "/api/v1/conversations/{conversation_id}/entries/{seq}/unsend", tag = "messages",
    params(("conversation_id" = scalar::Id, Path, description = "Where"), ("seq" = scalar::SeqNumber, Path, description = "Which message")),
    responses(
        (status = 200, description = "The entry that says so", body = Entry<'static>),
        (status = 403, description = "`forbidden`: somebody else's; `not_member`"),
        (status = 409, description = "`unsend_expired`"),
    ))]
async fn unsend_message(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id, seq)): PathIds<(ConversationId, PathSeq)>,
) -> Result<Answer, ApiError> {
    Answer::ok(&Entry::new(&app.services.messages.unsend(&caller, id, seq.0).await?, &app.links))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_position_at_most() {
        let query =
            |before, after, around| PositionQuery { before, after, around, limit: None }.position().ok();
        for (asked, expected) in [
            ((None, None, None), Some(EntriesQuery::Before(Seq::MAX))),
            ((Some(5), None, None), Some(EntriesQuery::Before(5))),
            ((None, Some(0), None), Some(EntriesQuery::After(0))),
            ((None, None, Some(7)), Some(EntriesQuery::Around(7))),
            ((Some(1), Some(2), None), None),
            ((Some(1), None, Some(2)), None),
        ] {
            assert_eq!(query(asked.0, asked.1, asked.2), expected, "{asked:?}");
        }
    }
}
