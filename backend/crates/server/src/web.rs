//! The web app, embedded in the binary and served as the build compressed it.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header},
};
use rust_embed::RustEmbed;

/// The built web app. A binary that was built without it serves the API alone and says so.
#[derive(RustEmbed)]
#[folder = "../../../frontend/dist"]
#[allow_missing = true]
struct Files;

/// What pages may do: our own files only, no inline script, no markup from strings; pictures, videos and sounds also
/// from where files are given out.
fn content_security_policy(file_origin: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob: {file_origin}; media-src 'self' blob: {file_origin}; font-src 'self'; \
         connect-src 'self' {file_origin}; worker-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; \
         require-trusted-types-for 'script'; trusted-types default"
    )
}

/// How pages are served.
#[derive(Debug, Clone)]
pub(crate) struct WebSettings {
    /// The one origin people use.
    pub(crate) origin: String,
    /// Whether that origin is https, so that browsers may insist on it.
    pub(crate) secure: bool,
    /// The policy of every page.
    policy: HeaderValue,
}

impl WebSettings {
    /// Pages for people who use `origin` and whose files lie at `file_origin`.
    pub(crate) fn new(origin: &str, file_origin: &str) -> Self {
        let policy = content_security_policy(file_origin);
        Self {
            origin: origin.to_owned(),
            secure: origin.starts_with("https://"),
            // Origins are plain ASCII.
            policy: HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
        }
    }
}

/// Serves a file of the web app, or its page for every path that is a view.
pub(crate) async fn serve(
    State(settings): State<WebSettings>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        return plain(&settings, StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD");
    }
    if let Some(location) = canonical_location(&settings, &headers, &uri) {
        return redirect(&settings, &location);
    }
    let path = uri.path().trim_start_matches('/');
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let (path, page) = if is_file { (path, false) } else { ("index.html", true) };
    let Some(identity) = Files::get(path) else {
        return match page {
            true => plain(
                &settings,
                StatusCode::NOT_FOUND,
                "This binary was built without the web app; build it with `make`.",
            ),
            false => plain(&settings, StatusCode::NOT_FOUND, "not found"),
        };
    };
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (body, encoding) = best_encoding(path, accepted).unwrap_or((identity.data, None));

    let mut response =
        Response::new(if method == Method::HEAD { Body::empty() } else { Body::from(body.into_owned()) });
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    // Files under assets/ carry their hash in their name.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    secure(answer, &settings);
    response
}

/// Sessions, stored messages and cookies belong to one origin: pages asked for under another name go there.
fn canonical_location(settings: &WebSettings, headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let canonical = settings.origin.split_once("://")?.1;
    (host != canonical).then(|| {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        format!("{}{path}", settings.origin)
    })
}

fn redirect(settings: &WebSettings, location: &str) -> Response<Body> {
    let mut response = plain(settings, StatusCode::TEMPORARY_REDIRECT, "");
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn best_encoding(
    path: &str,
    accepted: &str,
) -> Option<(std::borrow::Cow<'static, [u8]>, Option<&'static str>)> {
    [("br", "br"), ("gz", "gzip")].into_iter().find_map(|(suffix, encoding)| {
        let wanted = accepted.split(',').any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            parts.next() == Some(encoding) && !parts.any(|weight| weight == "q=0")
        });
        let file = wanted.then(|| Files::get(&format!("{path}.{suffix}"))).flatten()?;
        Some((file.data, Some(encoding)))
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn plain(settings: &WebSettings, status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    secure(headers, settings);
    response
}

fn secure(headers: &mut HeaderMap, settings: &WebSettings) {
    headers.insert(header::CONTENT_SECURITY_POLICY, settings.policy.clone());
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(self), microphone=(), geolocation=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if settings.secure {
        headers.insert(
            "strict-transport-security",
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_asked_for_under_another_name_go_to_the_one_origin() {
        let settings = WebSettings::new("http://127.0.0.1:8080", "http://files.example");
        for (host, location) in [
            ("127.0.0.1:8080", None),
            ("localhost:8080", Some("http://127.0.0.1:8080/join/7KQ2M-X4TRD?x=1")),
            ("evil.example", Some("http://127.0.0.1:8080/join/7KQ2M-X4TRD?x=1")),
        ] {
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            let uri = Uri::from_static("/join/7KQ2M-X4TRD?x=1");
            assert_eq!(canonical_location(&settings, &headers, &uri).as_deref(), location, "{host}");
        }
    }
}
