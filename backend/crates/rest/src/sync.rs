//! Catching up.

use axum::extract::State;
use kith_wire::sync::{SyncAnswer, SyncBody};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Signed, StrictBody},
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(sync_device))
}

/// Everything after the given positions, conversations that were not named included.
#[utoipa::path(post, path = "/api/v1/sync", tag = "sync", request_body = SyncBody,
    responses((status = 200, description = "What is new", body = SyncAnswer<'static>)))]
async fn sync_device(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictBody(body): StrictBody<SyncBody>,
) -> Result<Answer, ApiError> {
    Answer::ok(&SyncAnswer::new(&app.services.sync.sync(&caller, body.into()).await?, &app.links))
}
