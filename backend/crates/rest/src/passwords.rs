//! The caller's account password.

use axum::extract::State;
use http::StatusCode;
use kith_wire::password::NewPassword;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    error::ApiError,
    extract::{Signed, StrictBody},
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(set_password))
}

/// Sets or changes the account password. It is no way to sign in: it is asked for again before signing other devices
/// out, before deleting the account and before changing it.
#[utoipa::path(put, path = "/api/v1/me/password", tag = "people", request_body = NewPassword,
    responses(
        (status = 204, description = "Set"),
        (status = 403, description = "`password_required` or `password_wrong`"),
        (status = 429, description = "More than 10 checks in 15 minutes"),
    ))]
async fn set_password(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictBody(body): StrictBody<NewPassword>,
) -> Result<StatusCode, ApiError> {
    app.services.passwords.set(&caller, body.current, body.new).await?;
    Ok(StatusCode::NO_CONTENT)
}
