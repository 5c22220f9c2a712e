//! Uploads, and where media are found. The bytes themselves take another way: see the file origin.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use kith_domain::{Caller, ConversationId, MediaId, Refusal, Seq, Timestamp};
use kith_wire::{
    media::{MediaEntries, MediaKind, MediaRef, MediaUrls, MediaUrlsBody, SignedUrl, Ticket, UploadBody},
    scalar,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    cursor,
    error::ApiError,
    extract::{PathIds, Signed, StrictBody, StrictQuery},
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_media))
        .routes(routes!(locate_media))
        .routes(routes!(get_media))
        .routes(routes!(get_thumbnail))
        .routes(routes!(complete_media))
        .routes(routes!(list_conversation_media))
}

/// Announces an upload. The answer says by which request the bytes are to be sent; then it is to be completed.
#[utoipa::path(post, path = "/api/v1/media", tag = "media", request_body = UploadBody,
    responses(
        (status = 201, description = "Send the bytes now", body = Ticket<'static>),
        (status = 413, description = "`payload_too_large`: above the kind's limit, or the caller's 2 GB are used up"),
        (status = 415, description = "`unsupported_media`: not a type of that kind"),
    ))]
async fn create_media(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictBody(body): StrictBody<UploadBody>,
) -> Result<Answer, ApiError> {
    let ticket = app.services.media.create(&caller, body.into_command()?).await?;
    Answer::new(StatusCode::CREATED, &Ticket::from(&ticket))
}

/// Has an upload verified: size, SHA-256 and what it really is. From then on messages may refer to it. Again: the same.
#[utoipa::path(post, path = "/api/v1/media/{media_id}/complete", tag = "media",
    params(("media_id" = scalar::Id, Path, description = "Which upload")),
    responses(
        (status = 200, description = "Ready to be sent", body = MediaRef<'static>),
        (status = 409, description = "Nothing was uploaded yet"),
        (status = 415, description = "`unsupported_media`: not what was announced; the upload is gone"),
    ))]
async fn complete_media(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(MediaId,)>,
) -> Result<Answer, ApiError> {
    Answer::ok(&MediaRef::new(&app.services.media.complete(&caller, id).await?, &app.links))
}

/// How a location is answered.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LocationForm {
    /// As JSON instead of a redirect.
    Json,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LocationQuery {
    /// How to answer: a redirect when left out.
    #[serde(rename = "as")]
    #[param(inline)]
    form: Option<LocationForm>,
}

/// Where a medium lies for the next five minutes, for its owner and whoever may see a message with it.
#[utoipa::path(get, path = "/api/v1/media/{media_id}", tag = "media",
    params(("media_id" = scalar::Id, Path, description = "Which"), LocationQuery),
    responses(
        (status = 302, description = "There"),
        (status = 200, description = "With `as=json`", body = SignedUrl<'static>),
    ))]
async fn get_media(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(MediaId,)>,
    StrictQuery(query): StrictQuery<LocationQuery>,
) -> Result<Response, ApiError> {
    let (url, _, expires_at) = located(&app, &caller, id).await?;
    location(&url, expires_at, query.form)
}

/// Where the small picture of a medium lies for the next five minutes.
#[utoipa::path(get, path = "/api/v1/media/{media_id}/thumbnail", tag = "media",
    params(("media_id" = scalar::Id, Path, description = "Which"), LocationQuery),
    responses(
        (status = 302, description = "There"),
        (status = 200, description = "With `as=json`", body = SignedUrl<'static>),
    ))]
async fn get_thumbnail(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(MediaId,)>,
    StrictQuery(query): StrictQuery<LocationQuery>,
) -> Result<Response, ApiError> {
    let (_, thumbnail, expires_at) = located(&app, &caller, id).await?;
    location(&thumbnail.ok_or(Refusal::NotFound)?, expires_at, query.form)
}

async fn located(
    app: &AppState,
    caller: &Caller,
    id: MediaId,
) -> Result<(String, Option<String>, Timestamp), ApiError> {
    let found = app.services.media.locate(caller, vec![id]).await?;
    let found = found.into_iter().next().ok_or(Refusal::NotFound)?;
    Ok((found.url, found.thumbnail_url, found.expires_at))
}

fn location(url: &str, expires_at: Timestamp, form: Option<LocationForm>) -> Result<Response, ApiError> {
    match form {
        Some(LocationForm::Json) => Ok(Answer::ok(&SignedUrl { url, expires_at })?.into_response()),
        None => Ok((StatusCode::FOUND, [(header::LOCATION, url)]).into_response()),
    }
}

/// Where several media lie for the next five minutes. Those that the caller may not see are left out.
#[utoipa::path(post, path = "/api/v1/media/urls", tag = "media", request_body = MediaUrlsBody,
    responses((status = 200, description = "What was found", body = MediaUrls<'static>)))]
async fn locate_media(
    State(app): State<AppState>,
    Signed(caller): Signed,
    StrictBody(body): StrictBody<MediaUrlsBody>,
) -> Result<Answer, ApiError> {
    let found = app.services.media.locate(&caller, body.into_ids()?).await?;
    Answer::ok(&MediaUrls::from(&*found))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MediaQuery {
    /// Of this kind only.
    kind: Option<MediaKind>,
    /// Below this seq; the newest when left out.
    #[param(value_type = Option<scalar::Position>)]
    before: Option<Seq>,
    /// The size of the page; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// The entries of a conversation that carry media, newest first.
#[utoipa::path(get, path = "/api/v1/conversations/{conversation_id}/media", tag = "media",
    params(("conversation_id" = scalar::Id, Path, description = "Which"), MediaQuery),
    responses((status = 200, description = "A page", body = MediaEntries<'static>)))]
async fn list_conversation_media(
    State(app): State<AppState>,
    Signed(caller): Signed,
    PathIds((id,)): PathIds<(ConversationId,)>,
    StrictQuery(query): StrictQuery<MediaQuery>,
) -> Result<Answer, ApiError> {
    let (kind, before) = (query.kind.map(Into::into), query.before.unwrap_or(Seq::MAX));
    let limit = cursor::limit(query.limit)?;
    let page = app.services.media.entries(&caller, id, kind, before, limit).await?;
    Answer::ok(&MediaEntries::new(&page, &app.links))
}
