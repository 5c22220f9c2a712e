//! Read markers.

use axum::extract::State;
use kith_domain::ConversationId;
use kith_wire::{
    read::{ReadBody, ReadState, Readers},
    scalar,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    error::ApiError,
    extract::{PathIds, Signed, StrictBody},
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(mark_read)).routes(routes!(list_reads))
}

/// Moves the caller's marker forward; it never goes back.
#[utoipa::path(put, path = "/api/v1/conversations/{conversation_id}/read", tag = "messages",
    params(("conversation_id" = scalar::Id, Path, description = "Which")), request_body = ReadBody,
    responses((status = 200, description = "The marker after the call", body = ReadState)))]
async fn mark_read(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
    StrictBody(body): StrictBody<ReadBody>,
) -> Result<Answer, ApiError> {
    Answer::ok(&ReadState::from(&app.services.reads.mark(&caller, id, body.seq).await?))
}

/// How far the members have read.
#[utoipa::path(get, path = "/api/v1/conversations/{conversation_id}/reads", tag = "messages",
    params(("conversation_id" = scalar::Id, Path, description = "Which")),
    responses((status = 200, description = "All markers", body = Readers)))]
async fn list_reads(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
) -> Result<Answer, ApiError> {
    Answer::ok(&Readers::from(&*app.services.reads.list(&caller, id).await?))
}
