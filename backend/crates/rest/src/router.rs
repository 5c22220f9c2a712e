//! All routes in one router.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use bytes::Bytes;
use http::{HeaderValue, Method, header};
use kith_domain::Refusal;
use kith_wire::{ProblemCode, trace::TraceIds};
use utoipa::{OpenApi, openapi::OpenApi as Document};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    accounts,
    answer::Answer,
    conversations, deletions, devices, docs,
    error::ApiError,
    exports, friends, groups, health, media, messages, observe,
    openapi::{self, Base},
    passwords, reads, search, sign_ins,
    state::AppState,
    sync,
};

/// The documented routes, and the document.
pub(crate) fn routes() -> (Router<AppState>, Document) {
    let (router, document) = OpenApiRouter::with_openapi(Base::openapi())
        .merge(sign_ins::routes())
        .merge(accounts::routes())
        .merge(passwords::routes())
        .merge(deletions::routes())
        .merge(exports::routes())
        .merge(devices::routes())
        .merge(friends::routes())
        .merge(conversations::routes())
        .merge(groups::routes())
        .merge(messages::routes())
        .merge(media::routes())
        .merge(reads::routes())
        .merge(search::routes())
        .merge(sync::routes())
        .merge(health::routes())
        .split_for_parts();
    (router, openapi::complete(document))
}

/// The whole REST side: `/api`, `/auth`, `/.well-known/jwks.json`, `/healthz` and `/readyz`. It has no fallback, so
/// that pages can be merged beside it; unknown paths under `/api` and `/auth` are its own.
pub fn router(state: AppState) -> Router {
    let (documented, document) = routes();
    // Every key of the document is a string, so encoding it cannot fail.
    let document = Bytes::from(serde_json::to_vec(&document).unwrap_or_default());
    documented
        .merge(docs::routes())
        .route("/api/v1/openapi.json", get(move || async move { api_document(document) }))
        .method_not_allowed_fallback(method_not_allowed)
        .route("/api", any(not_found))
        .route("/api/", any(not_found))
        .route("/api/{*rest}", any(not_found))
        .route("/auth", any(not_found))
        .route("/auth/", any(not_found))
        .route("/auth/{*rest}", any(not_found))
        .layer(middleware::from_fn(no_head_for_sign_in))
        .layer(middleware::from_fn_with_state(state.clone(), observe::observe))
        .with_state(state)
}

/// Names every request of `router` and every answer by `x-request-id`. It goes around everything that is served.
pub fn with_request_ids(router: Router) -> Router {
    router.layer(middleware::from_fn_with_state(Arc::new(TraceIds::default()), observe::identify))
}

fn api_document(document: Bytes) -> Response {
    let mut response = Answer::encoded(document).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn not_found() -> ApiError {
    Refusal::NotFound.into()
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(ProblemCode::MethodNotAllowed)
}

/// GET under `/auth` takes things that exist once (a sign-in on its way, a notice). A HEAD, which a link checker may
/// send, would use them up.
async fn no_head_for_sign_in(request: Request, next: Next) -> Response {
    if request.method() == Method::HEAD && request.uri().path().starts_with("/auth/") {
        let mut response = ApiError::new(ProblemCode::MethodNotAllowed).into_response();
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
        return response;
    }
    next.run(request).await
}
