//! The caller's profile, and other people.

use axum::extract::State;
use kith_domain::UserId;
use kith_services::ProfilePatch;
use kith_wire::{
    account::{FriendCode, ProfileBody, User},
    scalar,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    error::ApiError,
    extract::{PathIds, Signed, SignedLeaving, StrictBody},
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_me, update_me))
        .routes(routes!(renew_friend_code))
        .routes(routes!(get_user))
        .routes(routes!(get_user_by_code))
}

/// The caller's own profile.
#[utoipa::path(get, path = "/api/v1/me", tag = "people", responses((status = 200, description = "The profile", body = User<'static>)))]
async fn get_me(
    State(app): State<AppState>,
    SignedLeaving(caller): SignedLeaving,
) -> Result<Answer, ApiError> {
    Answer::ok(&User::new(&app.services.accounts.me(&caller).await?, &app.links))
}

/// Changes the caller's own profile. Other devices and friends are told at once.
#[utoipa::path(patch, path = "/api/v1/me", tag = "people", request_body = ProfileBody,
    responses((status = 200, description = "The profile after the change", body = User<'static>)))]
async fn update_me(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictBody(body): StrictBody<ProfileBody>,
) -> Result<Answer, ApiError> {
    let patch = ProfilePatch {
        username: body.username,
        gender: body.gender.map(|gender| gender.map(Into::into)),
        gender_shared: body.gender_shared,
        introduction: body.introduction,
        avatar: body.avatar_media_id,
    };
    Answer::ok(&User::new(&app.services.accounts.update_profile(&caller, patch).await?, &app.links))
}

/// Replaces the caller's friend code. The old one leads nowhere any more.
#[utoipa::path(post, path = "/api/v1/me/friend-code", tag = "people",
    responses((status = 200, description = "The new code", body = FriendCode)))]
async fn renew_friend_code(State(app): State<AppState>, Signed(caller): Signed) -> Result<Answer, ApiError> {
    let code = app.services.accounts.renew_friend_code(&caller).await?;
    Answer::ok(&FriendCode { friend_code: code.to_string() })
}

/// Somebody the caller may see: friends, open requests, members of shared groups.
#[utoipa::path(get, path = "/api/v1/users/{user_id}", tag = "people", params(("user_id" = scalar::Id, Path, description = "Whom")),
    responses((status = 200, description = "As far as the caller may see them", body = User<'static>)))]
async fn get_user(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((user,)): PathIds<(UserId,)>,
) -> Result<Answer, ApiError> {
    Answer::ok(&User::new(&app.services.accounts.user(&caller, user).await?, &app.links))
}

/// Somebody by the code they gave to the caller.
#[utoipa::path(get, path = "/api/v1/users/by-code/{friend_code}", tag = "people",
    params(("friend_code" = scalar::Code, Path, description = "Their code")),
    responses((status = 200, description = "Name only, unless they are more to the caller already", body = User<'static>)))]
async fn get_user_by_code(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((code,)): PathIds<(String,)>,
) -> Result<Answer, ApiError> {
    Answer::ok(&User::new(&app.services.accounts.user_by_code(&caller, &code).await?, &app.links))
}
