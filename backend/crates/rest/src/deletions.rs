//! Deleting the caller's account, and changing one's mind.

use axum::extract::State;
use http::StatusCode;
use kith_wire::{account::User, password::PasswordProof};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    error::ApiError,
    extract::{MaybeBody, SignedLeaving},
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(delete_me)).routes(routes!(restore_me))
}

/// Has the account deleted in 14 days. From now on nobody finds it, its sockets close, and all that is left to do is to
/// look at the profile, to export, to sign out and to restore it; everything else is refused with `account_deleting`.
/// Again: the same answer.
#[utoipa::path(delete, path = "/api/v1/me", tag = "people", request_body = Option<PasswordProof>,
    responses(
        (status = 202, description = "The profile, with `deletes_at`", body = User<'static>),
        (status = 403, description = "`password_required` or `password_wrong`"),
    ))]
async fn delete_me(
    State(app): State<AppState>,
    SignedLeaving(caller): SignedLeaving,
    MaybeBody(proof): MaybeBody<PasswordProof>,
) -> Result<Answer, ApiError> {
    let (view, devices) = app.services.deletions.request(&caller, proof.password).await?;
    app.services.sign_ins.forget_devices(&devices);
    Answer::new(StatusCode::ACCEPTED, &User::new(&view, &app.links))
}

/// Takes the deletion of the account back, while its time has not come. Again: the same answer.
#[utoipa::path(post, path = "/api/v1/me/restore", tag = "people",
    responses((status = 200, description = "The profile, without `deletes_at`", body = User<'static>)))]
async fn restore_me(
    State(app): State<AppState>,
    SignedLeaving(caller): SignedLeaving,
) -> Result<Answer, ApiError> {
    let (view, devices) = app.services.deletions.restore(&caller).await?;
    app.services.sign_ins.forget_devices(&devices);
    Answer::ok(&User::new(&view, &app.links))
}
