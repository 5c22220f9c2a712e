//! Conversations, and the caller's own settings of them.

use axum::extract::State;
use http::StatusCode;
use kith_domain::ConversationId;
use kith_services::{DraftPatch, SettingsPatch};
use kith_wire::{
    conversation::{Conversation, DirectBody, DraftVersion, SettingsBody},
    page::List,
    scalar,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    cursor::PageQuery,
    error::ApiError,
    extract::{PathIds, Signed, StrictBody, StrictQuery},
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_conversations))
        .routes(routes!(get_conversation, update_conversation, hide_conversation))
        .routes(routes!(list_draft_versions))
        .routes(routes!(open_direct_conversation))
}

/// The dashboard: newest activity first, each with its last entry and what is unread.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", params(PageQuery),
    responses((status = 200, description = "A page", body = List<Conversation<'static>>)))]
async fn list_conversations(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<Answer, ApiError> {
    let page = query.of("conversations")?;
    Answer::page("conversations", &app.services.conversations.list(&caller, page).await?, |view| {
        Conversation::new(view, &app.links)
    })
}

/// One conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{conversation_id}", tag = "conversations",
    params(("conversation_id" = scalar::Id, Path, description = "Which")),
    responses((status = 200, description = "As the caller sees it", body = Conversation<'static>)))]
async fn get_conversation(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
) -> Result<Answer, ApiError> {
    Answer::ok(&Conversation::new(&app.services.conversations.get(&caller, id).await?, &app.links))
}

/// Changes the caller's own settings of a conversation, on all their devices.
#[utoipa::path(patch, path = "/api/v1/conversations/{conversation_id}", tag = "conversations",
    params(("conversation_id" = scalar::Id, Path, description = "Which")), request_body = SettingsBody,
    responses(
        (status = 200, description = "After the change", body = Conversation<'static>),
        (status = 409, description = "The draft was changed on another device; `draft` is the stored one"),
    ))]
async fn update_conversation(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
    StrictBody(body): StrictBody<SettingsBody>,
) -> Result<Answer, ApiError> {
    let draft = body.draft.map(|draft| {
        draft.map(|draft| DraftPatch { text: draft.text, reply_to: draft.reply_to, version: draft.version })
    });
    let patch = SettingsPatch { muted_until: body.muted_until, pinned: body.pinned, draft };
    Answer::ok(&Conversation::new(
        &app.services.conversations.update_settings(&caller, id, patch).await?,
        &app.links,
    ))
}

/// Earlier versions of the caller's draft, the newest first: the last ten of the last 7 days. A version is kept when
/// something else takes its place, not when it is typed on; so is a text that was refused because another device had
/// written meanwhile.
#[utoipa::path(get, path = "/api/v1/conversations/{conversation_id}/drafts", tag = "conversations",
    params(("conversation_id" = scalar::Id, Path, description = "Which")),
    responses((status = 200, description = "All of them", body = List<DraftVersion<'static>>)))]
async fn list_draft_versions(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
) -> Result<Answer, ApiError> {
    let versions = app.services.conversations.draft_versions(&caller, id).await?;
    Answer::ok(&List { items: versions.iter().map(DraftVersion::from).collect(), next: None })
}

/// Hides a conversation from the caller's list, on all their devices. A direct one returns with the next message,
/// an ended one with a new membership.
#[utoipa::path(delete, path = "/api/v1/conversations/{conversation_id}", tag = "conversations",
    params(("conversation_id" = scalar::Id, Path, description = "Which")),
    responses((status = 204, description = "Hidden"), (status = 409, description = "A group the caller is still in")))]
async fn hide_conversation(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
) -> Result<StatusCode, ApiError> {
    app.services.conversations.hide(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller's conversation with a friend, opened if there is none yet.
#[utoipa::path(post, path = "/api/v1/conversations/direct", tag = "conversations", request_body = DirectBody,
    responses(
        (status = 200, description = "The conversation", body = Conversation<'static>),
        (status = 403, description = "`not_friends` or `blocked_by_you`"),
        (status = 404, description = "Nobody the caller knows"),
    ))]
async fn open_direct_conversation(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictBody(body): StrictBody<DirectBody>,
) -> Result<Answer, ApiError> {
    Answer::ok(&Conversation::new(
        &app.services.conversations.open_direct(&caller, body.user_id).await?,
        &app.links,
    ))
}
