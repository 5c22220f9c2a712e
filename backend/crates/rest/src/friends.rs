//! Friends, requests and blocks.

use axum::extract::State;
use http::StatusCode;
use kith_domain::{FieldError, FriendRequestId, UserId, view::FriendRequestView};
use kith_services::ServiceError;
use kith_wire::{
    account::User,
    friendship::{Direction, FriendRequest, FriendRequestBody, Status},
    page::List,
    scalar,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    cursor::{self, PageQuery},
    error::ApiError,
    extract::{PathIds, Signed, StrictBody, StrictQuery},
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_friends))
        .routes(routes!(remove_friend))
        .routes(routes!(list_friend_requests, create_friend_request))
        .routes(routes!(accept_friend_request))
        .routes(routes!(reject_friend_request))
        .routes(routes!(cancel_friend_request))
        .routes(routes!(list_blocks))
        .routes(routes!(block_user, unblock_user))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FriendsQuery {
    /// Part of the name; case and accents do not matter.
    #[param(max_length = 100)]
    q: Option<String>,
    /// The size of the page; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The caller's friends with their presence, by name.
#[utoipa::path(get, path = "/api/v1/friends", tag = "friends", params(FriendsQuery),
    responses((status = 200, description = "A page", body = List<User<'static>>)))]
async fn list_friends(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictQuery(query): StrictQuery<FriendsQuery>,
) -> Result<Answer, ApiError> {
    if query.q.as_ref().is_some_and(|text| text.chars().count() > 100) {
        return Err(FieldError::new("q", "too_long", "at most 100 characters").into());
    }
    // A search is another list: its cursor does not fit the plain one.
    let name = if query.q.is_some() { "friends?q" } else { "friends" };
    let page = cursor::page(name, query.limit, query.cursor.as_deref())?;
    let found = app.services.friends.list(&caller, query.q.as_deref(), page).await?;
    Answer::page(name, &found, |view| User::new(view, &app.links))
}

/// Ends a friendship. The conversation stays readable for both.
#[utoipa::path(delete, path = "/api/v1/friends/{user_id}", tag = "friends",
    params(("user_id" = scalar::Id, Path, description = "Whom")), responses((status = 204, description = "No friends any more")))]
async fn remove_friend(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((user,)): PathIds<(UserId,)>,
) -> Result<StatusCode, ApiError> {
    app.services.friends.unfriend(&caller, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RequestsQuery {
    /// Only those of one direction.
    direction: Option<Direction>,
    /// Only those that stand so.
    status: Option<Status>,
    /// The size of the page; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Friend requests the caller sees, newest first.
#[utoipa::path(get, path = "/api/v1/friend-requests", tag = "friends", params(RequestsQuery),
    responses((status = 200, description = "A page", body = List<FriendRequest<'static>>)))]
async fn list_friend_requests(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictQuery(query): StrictQuery<RequestsQuery>,
) -> Result<Answer, ApiError> {
    let page = cursor::page("friend-requests", query.limit, query.cursor.as_deref())?;
    let (direction, status) = (query.direction.map(Into::into), query.status.map(Into::into));
    let found = app.services.friends.requests(&caller, direction, status, page).await?;
    Answer::page("friend-requests", &found, |view| FriendRequest::new(view, &app.links))
}

/// Asks the owner of a friend code. Two who ask each other are friends at once.
#[utoipa::path(post, path = "/api/v1/friend-requests", tag = "friends", request_body = FriendRequestBody,
    responses(
        (status = 201, description = "Asked, or friends at once", body = FriendRequest<'static>),
        (status = 200, description = "It stood already", body = FriendRequest<'static>),
        (status = 403, description = "`blocked_by_you`"),
        (status = 404, description = "No such code"),
        (status = 409, description = "A friend already, or 50 requests are open"),
    ))]
async fn create_friend_request(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictBody(body): StrictBody<FriendRequestBody>,
) -> Result<Answer, ApiError> {
    let (request, created) = app.services.friends.request(&caller, &body.friend_code).await?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Answer::new(status, &FriendRequest::new(&request, &app.links))
}

fn answered(app: &AppState, request: Result<FriendRequestView, ServiceError>) -> Result<Answer, ApiError> {
    Answer::ok(&FriendRequest::new(&request?, &app.links))
}

/// Accepts a request: friends, and a conversation.
#[utoipa::path(post, path = "/api/v1/friend-requests/{request_id}/accept", tag = "friends",
    params(("request_id" = scalar::Id, Path, description = "Which")),
    responses(
        (status = 200, description = "The request", body = FriendRequest<'static>),
        (status = 409, description = "No longer open"),
    ))]
async fn accept_friend_request(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(FriendRequestId,)>,
) -> Result<Answer, ApiError> {
    answered(&app, app.services.friends.accept(&caller, id).await)
}

/// Turns a request down. The other side is not told.
#[utoipa::path(post, path = "/api/v1/friend-requests/{request_id}/reject", tag = "friends",
    params(("request_id" = scalar::Id, Path, description = "Which")),
    responses(
        (status = 200, description = "The request", body = FriendRequest<'static>),
        (status = 409, description = "No longer open"),
    ))]
async fn reject_friend_request(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(FriendRequestId,)>,
) -> Result<Answer, ApiError> {
    answered(&app, app.services.friends.reject(&caller, id).await)
}

/// Takes one's own request back.
#[utoipa::path(post, path = "/api/v1/friend-requests/{request_id}/cancel", tag = "friends",
    params(("request_id" = scalar::Id, Path, description = "Which")),
    responses(
        (status = 200, description = "The request", body = FriendRequest<'static>),
        (status = 409, description = "No longer open"),
    ))]
async fn cancel_friend_request(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(FriendRequestId,)>,
) -> Result<Answer, ApiError> {
    answered(&app, app.services.friends.cancel(&caller, id).await)
}

/// Whom the caller blocks.
#[utoipa::path(get, path = "/api/v1/blocks", tag = "friends", params(PageQuery),
    responses((status = 200, description = "A page", body = List<User<'static>>)))]
async fn list_blocks(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<Answer, ApiError> {
    let page = query.of("blocks")?;
    Answer::page("blocks", &app.services.friends.blocks(&caller, page).await?, |view| {
        User::new(view, &app.links)
    })
}

/// Blocks somebody; again changes nothing. To the blocked it looks like being unfriended.
#[utoipa::path(put, path = "/api/v1/blocks/{user_id}", tag = "friends",
    params(("user_id" = scalar::Id, Path, description = "Whom")), responses((status = 204, description = "Blocked")))]
async fn block_user(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((user,)): PathIds<(UserId,)>,
) -> Result<StatusCode, ApiError> {
    app.services.friends.block(&caller, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lifts a block; again changes nothing.
#[utoipa::path(delete, path = "/api/v1/blocks/{user_id}", tag = "friends",
    params(("user_id" = scalar::Id, Path, description = "Whom")), responses((status = 204, description = "Not blocked")))]
async fn unblock_user(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((user,)): PathIds<(UserId,)>,
) -> Result<StatusCode, ApiError> {
    app.services.friends.unblock(&caller, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
