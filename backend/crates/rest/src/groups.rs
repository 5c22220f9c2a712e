//! Groups, their codes and their members.

use axum::extract::State;
use http::StatusCode;
use kith_domain::{ConversationId, UserId};
use kith_services::{GroupPatch, JoinOutcome};
use kith_wire::{
    conversation::Conversation,
    group::{
        GroupBody, GroupCode, GroupPatchBody, JoinBody, JoinRequest, JoinRequested, JoinState, Joined,
        Member, MembersBody, Preview, RoleBody,
    },
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
        .routes(routes!(create_group))
        .routes(routes!(update_group))
        .routes(routes!(preview_group))
        .routes(routes!(join_group))
        .routes(routes!(renew_group_code))
        .routes(routes!(list_join_requests))
        .routes(routes!(approve_join_request))
        .routes(routes!(reject_join_request))
        .routes(routes!(list_members, add_members))
        .routes(routes!(remove_member))
        .routes(routes!(set_member_role))
}

/// Creates a group of the caller and some of their friends. The caller is admin.
#[utoipa::path(post, path = "/api/v1/groups", tag = "groups", request_body = GroupBody,
    responses(
        (status = 201, description = "The group", body = Conversation<'static>),
        (status = 403, description = "`not_friends`: somebody named is no friend"),
    ))]
async fn create_group(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictBody(body): StrictBody<GroupBody>,
) -> Result<Answer, ApiError> {
    let group = app.services.groups.create(&caller, &body.name, body.member_ids).await?;
    Answer::new(StatusCode::CREATED, &Conversation::new(&group, &app.links))
}

/// Changes a group (admins). Each change is a notice in the timeline.
#[utoipa::path(patch, path = "/api/v1/groups/{group_id}", tag = "groups",
    params(("group_id" = scalar::Id, Path, description = "Which")), request_body = GroupPatchBody,
    responses(
        (status = 200, description = "After the change", body = Conversation<'static>),
        (status = 403, description = "`forbidden` or `not_member`"),
    ))]
async fn update_group(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
    StrictBody(body): StrictBody<GroupPatchBody>,
) -> Result<Answer, ApiError> {
    let patch = GroupPatch {
        name: body.name,
        avatar: body.avatar_media_id,
        join_policy: body.join_policy.map(Into::into),
        history_visibility: body.history_visibility.map(Into::into),
    };
    Answer::ok(&Conversation::new(&app.services.groups.update(&caller, id, patch).await?, &app.links))
}

/// What a group's code leads to.
#[utoipa::path(get, path = "/api/v1/groups/by-code/{code}", tag = "groups",
    params(("code" = scalar::Code, Path, description = "The group's code")),
    responses((status = 200, description = "What one may know before joining", body = Preview<'static>)))]
async fn preview_group(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((code,)): PathIds<(String,)>,
) -> Result<Answer, ApiError> {
    Answer::ok(&Preview::new(&app.services.groups.preview(&caller, &code).await?, &app.links))
}

/// Joins a group by its code, or asks its admins to be let in.
#[utoipa::path(post, path = "/api/v1/groups/join", tag = "groups", request_body = JoinBody,
    responses(
        (status = 200, description = "In it", body = Joined<'static>),
        (status = 202, description = "An admin decides", body = JoinRequested),
        (status = 404, description = "No such code"),
        (status = 409, description = "The group is full"),
    ))]
async fn join_group(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictBody(body): StrictBody<JoinBody>,
) -> Result<Answer, ApiError> {
    match app.services.groups.join(&caller, &body.code).await? {
        JoinOutcome::Joined(group) => {
            Answer::ok(&Joined { conversation: Conversation::new(&group, &app.links) })
        }
        JoinOutcome::Requested => {
            Answer::new(StatusCode::ACCEPTED, &JoinRequested { state: JoinState::Requested })
        }
    }
}

/// Replaces a group's code (admins). The old one leads nowhere any more.
#[utoipa::path(post, path = "/api/v1/groups/{group_id}/code", tag = "groups",
    params(("group_id" = scalar::Id, Path, description = "Which")),
    responses(
        (status = 200, description = "The new code", body = GroupCode),
        (status = 403, description = "`forbidden` or `not_member`"),
    ))]
async fn renew_group_code(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
) -> Result<Answer, ApiError> {
    let code = app.services.groups.renew_code(&caller, id).await?;
    Answer::ok(&GroupCode { group_code: code.to_string() })
}

/// Who waits to be let in (admins), oldest first.
#[utoipa::path(get, path = "/api/v1/groups/{group_id}/join-requests", tag = "groups",
    params(("group_id" = scalar::Id, Path, description = "Which"), PageQuery),
    responses(
        (status = 200, description = "A page", body = List<JoinRequest<'static>>),
        (status = 403, description = "`forbidden` or `not_member`"),
    ))]
async fn list_join_requests(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<Answer, ApiError> {
    let page = query.of("join-requests")?;
    Answer::page("join-requests", &app.services.groups.join_requests(&caller, id, page).await?, |view| {
        JoinRequest::new(view, &app.links)
    })
}

/// Lets somebody in who asked (admins).
#[utoipa::path(post, path = "/api/v1/groups/{group_id}/join-requests/{user_id}/approve", tag = "groups",
    params(("group_id" = scalar::Id, Path, description = "Which"), ("user_id" = scalar::Id, Path, description = "Whom")),
    responses(
        (status = 204, description = "They are in"),
        (status = 403, description = "`forbidden` or `not_member`"),
        (status = 409, description = "The group is full"),
    ))]
async fn approve_join_request(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id, user)): PathIds<(ConversationId, UserId)>,
) -> Result<StatusCode, ApiError> {
    app.services.groups.approve(&caller, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Turns somebody away who asked (admins). They are not told.
#[utoipa::path(post, path = "/api/v1/groups/{group_id}/join-requests/{user_id}/reject", tag = "groups",
    params(("group_id" = scalar::Id, Path, description = "Which"), ("user_id" = scalar::Id, Path, description = "Whom")),
    responses(
        (status = 204, description = "Turned away"),
        (status = 403, description = "`forbidden` or `not_member`"),
    ))]
async fn reject_join_request(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id, user)): PathIds<(ConversationId, UserId)>,
) -> Result<StatusCode, ApiError> {
    app.services.groups.reject(&caller, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The members: admins first, then by when they joined.
#[utoipa::path(get, path = "/api/v1/groups/{group_id}/members", tag = "groups",
    params(("group_id" = scalar::Id, Path, description = "Which"), PageQuery),
    responses(
        (status = 200, description = "A page", body = List<Member<'static>>),
        (status = 403, description = "`not_member`"),
    ))]
async fn list_members(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<Answer, ApiError> {
    let page = query.of("members")?;
    Answer::page("members", &app.services.groups.members(&caller, id, page).await?, |view| {
        Member::new(view, &app.links)
    })
}

/// Adds friends of the caller: any member may where joining is open, admins where it needs approval.
#[utoipa::path(post, path = "/api/v1/groups/{group_id}/members", tag = "groups",
    params(("group_id" = scalar::Id, Path, description = "Which")), request_body = MembersBody,
    responses(
        (status = 204, description = "They are in"),
        (status = 403, description = "`forbidden`, `not_member` or `not_friends`"),
        (status = 409, description = "The group is full"),
    ))]
async fn add_members(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
    StrictBody(body): StrictBody<MembersBody>,
) -> Result<StatusCode, ApiError> {
    app.services.groups.add_members(&caller, id, body.user_ids).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes somebody (admins), or leaves.
#[utoipa::path(delete, path = "/api/v1/groups/{group_id}/members/{user_id}", tag = "groups",
    params(("group_id" = scalar::Id, Path, description = "Which"), ("user_id" = scalar::Id, Path, description = "Whom; oneself to leave")),
    responses(
        (status = 204, description = "They are out"),
        (status = 403, description = "`forbidden` or `not_member`"),
    ))]
async fn remove_member(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id, user)): PathIds<(ConversationId, UserId)>,
) -> Result<StatusCode, ApiError> {
    app.services.groups.remove_member(&caller, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a member's role (admins).
#[utoipa::path(put, path = "/api/v1/groups/{group_id}/members/{user_id}/role", tag = "groups",
    params(("group_id" = scalar::Id, Path, description = "Which"), ("user_id" = scalar::Id, Path, description = "Whose")),
    request_body = RoleBody,
    responses(
        (status = 204, description = "Changed"),
        (status = 403, description = "`forbidden` or `not_member`"),
        (status = 409, description = "The last admin stays one"),
    ))]
async fn set_member_role(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id, user)): PathIds<(ConversationId, UserId)>,
    StrictBody(body): StrictBody<RoleBody>,
) -> Result<StatusCode, ApiError> {
    app.services.groups.set_role(&caller, id, user, body.role.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
