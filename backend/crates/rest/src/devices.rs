//! The caller's devices.

use axum::extract::State;
use http::StatusCode;
use kith_domain::DeviceId;
use kith_wire::{
    device::{Device, PushRegistration},
    page::List,
    password::PasswordProof,
    scalar,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    error::ApiError,
    extract::{MaybeBody, PathIds, Signed, StrictBody},
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_devices, sign_out_other_devices))
        .routes(routes!(sign_out_device))
        .routes(routes!(set_push_token, forget_push_token))
}

/// The caller's sign-ins, last seen first.
#[utoipa::path(get, path = "/api/v1/me/devices", tag = "devices",
    responses((status = 200, description = "All of them", body = List<Device<'static>>)))]
async fn list_devices(State(app): State<AppState>, Signed(caller): Signed) -> Result<Answer, ApiError> {
    let devices = app.services.devices.list(&caller).await?;
    let items = devices.iter().map(|device| Device::new(device, caller.device_id)).collect();
    Answer::ok(&List { items, next: None })
}

/// Signs one of the caller's devices out: its tokens stop working and its socket closes.
#[utoipa::path(delete, path = "/api/v1/me/devices/{device_id}", tag = "devices",
    params(("device_id" = scalar::Id, Path, description = "Which")), request_body = Option<PasswordProof>,
    responses((status = 204, description = "Signed out"), (status = 403, description = "`password_required` or `password_wrong`")))]
async fn sign_out_device(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((device,)): PathIds<(DeviceId,)>,
    MaybeBody(proof): MaybeBody<PasswordProof>,
) -> Result<StatusCode, ApiError> {
    app.services.devices.sign_out(&caller, device, proof.password).await?;
    app.services.sign_ins.forget_devices(&[device]);
    Ok(StatusCode::NO_CONTENT)
}

/// Signs every device out but the one that asks.
#[utoipa::path(delete, path = "/api/v1/me/devices", tag = "devices", request_body = Option<PasswordProof>,
    responses((status = 204, description = "Signed out"), (status = 403, description = "`password_required` or `password_wrong`")))]
async fn sign_out_other_devices(
    State(app): State<AppState>,
    Signed(caller): Signed,
    MaybeBody(proof): MaybeBody<PasswordProof>,
) -> Result<StatusCode, ApiError> {
    let devices = app.services.devices.sign_out_others(&caller, proof.password).await?;
    app.services.sign_ins.forget_devices(&devices);
    Ok(StatusCode::NO_CONTENT)
}

/// Has the caller's device woken by messages that come while it is not connected. What it is told is the conversation and
/// the seq of the newest message, never its words. Again replaces the token; signing out forgets it.
#[utoipa::path(put, path = "/api/v1/me/devices/current/push-token", tag = "devices", request_body = PushRegistration,
    responses(
        (status = 204, description = "Noted. Another device that had this token is woken no more"),
        (status = 409, description = "`push_not_offered`: this server wakes no devices"),
    ))]
async fn set_push_token(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictBody(body): StrictBody<PushRegistration>,
) -> Result<StatusCode, ApiError> {
    app.services.devices.set_push_token(&caller, body.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has the caller's device woken no more. Again changes nothing.
#[utoipa::path(delete, path = "/api/v1/me/devices/current/push-token", tag = "devices",
    responses((status = 204, description = "Forgotten")))]
async fn forget_push_token(
    State(app): State<AppState>,
    Signed(caller): Signed,
) -> Result<StatusCode, ApiError> {
    app.services.devices.forget_push_token(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
