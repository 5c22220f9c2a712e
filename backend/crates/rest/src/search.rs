//! Searching messages.

use axum::extract::State;
use kith_domain::{
    ConversationId, EntryId, UserId,
    ports::{Cursor, search::SearchPlace},
    search::SearchTerms,
};
use kith_services::MessageSearch;
use kith_wire::{
    scalar,
    search::{SearchPage, SearchSort, from_time, to_time},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    cursor,
    error::ApiError,
    extract::{Signed, StrictQuery},
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(search_messages))
}

#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MessagesQuery {
    /// What a message must contain: all words, the last one as a beginning while no blank follows it; what stands in
    /// quotation marks, in that order. Case, accents and width do not matter.
    #[param(min_length = 1, max_length = 200)]
    q: String,
    /// Only in this conversation.
    #[param(value_type = Option<scalar::Id>)]
    conversation_id: Option<ConversationId>,
    /// Only messages of this person.
    #[param(value_type = Option<scalar::Id>)]
    sender_id: Option<UserId>,
    /// Not before this date (its beginning in UTC) or date-time.
    #[param(example = "2026-11-24")]
    from: Option<String>,
    /// Not after this date (its end in UTC) or date-time.
    #[param(example = "2026-11-24T23:59:59+08:00")]
    to: Option<String>,
    /// The order; newest first when left out.
    #[param(inline)]
    sort: Option<SearchSort>,
    /// The size of the page; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next` of the page before, of the same search.
    cursor: Option<String>,
}

impl MessagesQuery {
    /// The list that a cursor belongs to: another search is another list.
    fn list(&self) -> String {
        let MessagesQuery { q, conversation_id, sender_id, from, to, sort, .. } = self;
        format!("search/messages {conversation_id:?} {sender_id:?} {from:?} {to:?} {sort:?} {q:?}")
    }
}

/// Messages by what they say, among those the caller may see at this moment. Limited to 30 per minute.
#[utoipa::path(get, path = "/api/v1/search/messages", tag = "search", params(MessagesQuery),
    responses(
        (status = 200, description = "A page", body = SearchPage<'static>),
        (status = 404, description = "No such conversation, or not for the caller to see"),
    ))]
async fn search_messages(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictQuery(query): StrictQuery<MessagesQuery>,
) -> Result<Answer, ApiError> {
    let list = query.list();
    let page = cursor::page(&list, query.limit, query.cursor.as_deref())?;
    let search = MessageSearch {
        terms: SearchTerms::parse("q", &query.q)?,
        conversation_id: query.conversation_id,
        sender_id: query.sender_id,
        from: query.from.as_deref().map(|text| from_time("from", text)).transpose()?,
        to: query.to.as_deref().map(|text| to_time("to", text)).transpose()?,
        order: query.sort.unwrap_or_default().into(),
        after: page.after.map(place).transpose()?,
        limit: page.limit,
    };
    let found = app.services.search.messages(&caller, search).await?;
    let next = found.next.map(|place| cursor::encode(&list, key(place)));
    Answer::ok(&SearchPage::new(&found, next, &app.links))
}

fn key(place: SearchPlace) -> Cursor {
    Cursor(place.weight.into(), place.id.as_i64())
}

fn place(Cursor(weight, id): Cursor) -> Result<SearchPlace, ApiError> {
    let weight = u32::try_from(weight).map_err(|_| cursor::foreign())?;
    Ok(SearchPlace { weight, id: EntryId::from_i64(id) })
}
