//! The file origin shares the listener with everything else, but no answers: who asks for a host name gets what
//! lives there.

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use http::header;
use tower::ServiceExt as _;

/// The file origin's host and what lives there.
#[derive(Clone)]
struct FileHost {
    authority: String,
    files: Router,
}

/// Serves `files` to requests for the host of `origin`, and `others` to all others.
pub(crate) fn split(others: Router, files: Router, origin: &str) -> Router {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority).to_owned();
    others.layer(middleware::from_fn_with_state(FileHost { authority, files }, choose))
}

async fn choose(State(host): State<FileHost>, request: Request, next: Next) -> Response {
    let asked = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    if asked.is_some_and(|asked| asked.eq_ignore_ascii_case(&host.authority)) {
        let Ok(response) = host.files.oneshot(request).await;
        return response;
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::get};

    use super::*;

    #[tokio::test]
    async fn each_host_has_its_own_answers() {
        let others = Router::new().route("/x", get(|| async { "page" }));
        let files = Router::new().route("/x", get(|| async { "file" }));
        let both = split(others, files, "https://files.example");
        for (host, expected) in [
            (Some("files.example"), "file"),
            (Some("FILES.example"), "file"),
            (Some("files.example:444"), "page"),
            (Some("kith.example"), "page"),
            (None, "page"),
        ] {
            let mut request = Request::builder().uri("/x");
            if let Some(host) = host {
                request = request.header(header::HOST, host);
            }
            let response = both.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
            assert_eq!(body, expected, "{host:?}");
        }
    }
}
