//! An archive of the caller's own data.

use axum::extract::State;
use http::StatusCode;
use kith_wire::export::Export;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{answer::Answer, error::ApiError, extract::SignedLeaving, state::AppState};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(request_export, get_export))
}

/// Asks for an archive of everything the caller wrote and uploaded. While one is being made, that is the answer.
#[utoipa::path(post, path = "/api/v1/me/export", tag = "people",
    responses((status = 202, description = "It is being made", body = Export), (status = 429, description = "More than one in 24 hours")))]
async fn request_export(
    State(app): State<AppState>,
    SignedLeaving(caller): SignedLeaving,
) -> Result<Answer, ApiError> {
    Answer::new(StatusCode::ACCEPTED, &Export::from(app.services.exports.request(&caller).await?))
}

/// How the caller's export stands.
#[utoipa::path(get, path = "/api/v1/me/export", tag = "people",
    responses((status = 200, description = "Whether it can be fetched, and where", body = Export)))]
async fn get_export(
    State(app): State<AppState>,
    SignedLeaving(caller): SignedLeaving,
) -> Result<Answer, ApiError> {
    Answer::ok(&Export::from(app.services.exports.state(&caller).await?))
}
