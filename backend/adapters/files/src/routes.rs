//! The routes of the file origin.

use axum::{
    Router,
    body::Body,
    extract::{Path, RawQuery, Request, State},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get, put},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kith_domain::{BlobKey, blob::Area};
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use crate::{
    answer::{Refused, protect, share},
    blobs::FileBlobs,
    download,
    metrics::Metrics,
    places::Places,
    signature::UploadGrant,
    upload,
};

/// Uploads taken in at the same time.
const UPLOADS_AT_ONCE: usize = 64;
/// As long as a signed address may be used: then the client asks anew whether it may still see the object.
const SIGNED_CACHE: &str = "private, max-age=300";
/// What lies under a key never changes.
const PUBLIC_CACHE: &str = "public, max-age=31536000, immutable";

/// How files are given out.
#[derive(Debug, Clone)]
pub struct FileOrigin {
    /// The origin of the pages that may read answers and upload, as browsers write it.
    pub page_origin: String,
    /// Whether the file origin is served over TLS.
    pub secure: bool,
}

#[derive(Clone)]
struct Files {
    blobs: FileBlobs,
    metrics: Metrics,
    page_origin: HeaderValue,
    secure: bool,
    places: Places,
}

/// The routes `PUT /uploads/…`, `GET` and `HEAD` of `/media/…`, `/thumbnails/…`, `/exports/…` and `/avatars/…`. Serve them, and
/// nothing else that matters, under a host name of their own.
pub fn router(blobs: FileBlobs, origin: &FileOrigin, registry: &mut Registry) -> Router {
    let files = Files {
        blobs,
        metrics: Metrics::register(registry),
        // An origin that is no header value is none that a browser could send.
        page_origin: HeaderValue::from_str(&origin.page_origin).unwrap_or(HeaderValue::from_static("null")),
        secure: origin.secure,
        places: Places::new(UPLOADS_AT_ONCE),
    };
    Router::new()
        .route("/uploads/{name}", put(take).options(preflight))
        .route("/media/{name}", give_signed(Area::Media).options(preflight))
        .route("/thumbnails/{name}", give_signed(Area::Thumbnail).options(preflight))
        .route("/exports/{name}", give_signed(Area::Export).options(preflight))
        .route("/avatars/{name}", get(give_avatar).options(preflight))
        .layer(middleware::from_fn_with_state(files.clone(), around))
        .with_state(files)
}

/// What goes around every handler.
async fn around(State(files): State<Files>, request: Request, next: Next) -> Response {
    let asked_by = request.headers().get(header::ORIGIN).cloned();
    let mut response = next.run(request).await;
    share(response.headers_mut(), asked_by.as_ref(), &files.page_origin);
    protect(response.headers_mut(), files.secure);
    response
}

/// A browser asks whether a page of that origin may send the request that was signed for it.
async fn preflight(State(files): State<Files>, headers: HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if headers.get(header::ORIGIN) == Some(&files.page_origin) {
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, PUT"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, range, if-range"),
            (header::ACCESS_CONTROL_MAX_AGE, "86400"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

async fn take(
    State(files): State<Files>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    mut body: Body,
) -> Result<StatusCode, Refused> {
    let query = query.unwrap_or_default();
    let grant = files.blobs.signer.read_upload(&name, &query, files.blobs.clock.now());
    let taken = match grant {
        None => Err(Refused::FORBIDDEN),
        Some(grant) => take_in(&files, &grant, &headers, &mut body).await,
    };
    if taken.is_err() {
        upload::discard(&mut body).await;
    }
    files.metrics.upload_ended(if taken.is_ok() { "stored" } else { "refused" });
    taken.map(|()| StatusCode::NO_CONTENT)
}

/// Takes an upload in while it has a place.
async fn take_in(
    files: &Files,
    grant: &UploadGrant,
    headers: &HeaderMap,
    body: &mut Body,
) -> Result<(), Refused> {
    let place = files.places.take(grant.key, grant.length, Instant::now()).ok_or(Refused::BUSY)?;
    upload::take(&files.blobs, grant, &place, headers, body).await?;
    files.metrics.took(grant.length);
    Ok(())
}

/// Gives what lies in `area` to whoever has an address that was signed for it.
fn give_signed(area: Area) -> MethodRouter<Files> {
    get(
        move |State(files): State<Files>,
              Path(name): Path<String>,
              RawQuery(query): RawQuery,
              method,
              headers| async move { signed(&files, area, &name, query, &method, &headers).await },
    )
}

async fn signed(
    files: &Files,
    area: Area,
    name: &str,
    query: Option<String>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Refused> {
    let blobs = &files.blobs;
    let query = query.unwrap_or_default();
    let grant = blobs.signer.read_download(area, name, &query, blobs.clock.now());
    let grant = grant.ok_or(Refused::FORBIDDEN)?;
    let mut response = download::give(blobs, &files.metrics, grant.key, method, headers).await?;
    if response.status().is_success() {
        let content_type = HeaderValue::from_static(grant.shown.content_type.as_str());
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        let disposition = HeaderValue::from_str(&grant.shown.content_disposition());
        let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    cache(&mut response, SIGNED_CACHE);
    Ok(response)
}

async fn give_avatar(
    State(files): State<Files>,
    Path(name): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let key = BlobKey::parse(Area::Avatar, &name).map_err(|_| Refused::NOT_FOUND)?;
    let mut response = download::give(&files.blobs, &files.metrics, key, &method, &headers).await?;
    if response.status().is_success() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    }
    cache(&mut response, PUBLIC_CACHE);
    Ok(response)
}

fn cache(response: &mut Response, rule: &'static str) {
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
    }
}
