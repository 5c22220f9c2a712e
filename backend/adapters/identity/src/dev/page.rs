//! The page that asks whom to sign in: no script, nothing loaded, every value escaped.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:15vh auto;padding:0 1rem;\
color:#1c1e21;background:#fff}label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit}\
input,button{margin-top:.5rem;padding:.5rem .75rem;border:1px solid #8d949e;border-radius:.5rem}\
button{margin-top:1rem;color:#fff;background:#1a56db;border-color:#1a56db;cursor:pointer}p{color:#4b4f56}\
p[role=alert]{color:#b42318}@media(prefers-color-scheme:dark){body{color:#e4e6eb;background:#18191a}\
input{color:inherit;background:#242526}p{color:#b0b3b8}p[role=alert]{color:#f97066}}";

/// The form's target sends the browser on to the callback and from there, for a native client, to its listener; what
/// follows a form is judged by `form-action` too.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self' http://127.0.0.1:* http://localhost:*; \
         frame-ancestors 'none'; base-uri 'none'"
    )
});

/// Asks for an address; `hidden` are the request's parameters, sent along with it.
pub(super) fn ask(hidden: &[(&str, &str)], given: Option<&str>) -> Response {
    let hidden: String = hidden
        .iter()
        .map(|(name, value)| {
            format!(r#"<input type="hidden" name="{}" value="{}">"#, escape(name), escape(value))
        })
        .collect();
    let alert = if given.is_some() { r#"<p role="alert">That is not an e-mail address.</p>"# } else { "" };
    let given = escape(given.unwrap_or_default());
    let body = format!(
        r#"<h1>Development sign-in</h1>
<p>This server runs with the built-in provider: any address signs in, no mail is sent.</p>
{alert}<form method="get" action="authorize">{hidden}
<label for="login_hint">E-mail address</label>
<input id="login_hint" name="login_hint" type="email" autocomplete="email" required autofocus value="{given}">
<button>Sign in</button></form>"#
    );
    page(StatusCode::OK, &body)
}

/// Says what is wrong with a request that must not be sent back to whom it names.
pub(super) fn refuse(reason: &str) -> Response {
    page(
        StatusCode::BAD_REQUEST,
        &format!("<h1>Development sign-in</h1><p role=\"alert\">{}</p>", escape(reason)),
    )
}

fn page(status: StatusCode, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Development sign-in</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    (status, headers, Html(html)).into_response()
}

/// Makes text safe inside an element or a double-quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
