//! Where a sign-in may go back to. Everything else is refused before a provider hears of it: an open redirect would
//! hand a signed-in browser, or a code, to whoever made the link.

use kith_domain::{FieldError, Refusal, sign_in::SignInTarget};
use url::Url;

const MAX_LENGTH: usize = 2_048;

/// A page of our own origin: a path, with query and fragment.
///
/// # Errors
/// [`Refusal::Validation`] of `return_to`.
pub(crate) fn browser(return_to: &str) -> Result<SignInTarget, Refusal> {
    let path = return_to.starts_with('/') && !return_to.starts_with("//");
    if path && is_plain(return_to) && return_to.len() <= MAX_LENGTH && leads_to_a_page(return_to) {
        Ok(SignInTarget::Browser { return_to: return_to.to_owned() })
    } else {
        Err(FieldError::new("return_to", "invalid", "a path of this site, beginning with one slash").into())
    }
}

/// Printable ASCII, and none of what browsers write as `%…` in an address (the URL standard's path percent-encode set)
/// and parsers disagree about. Browsers read a backslash as a slash, so `/\host` leaves the origin as `//host` does.
fn is_plain(address: &str) -> bool {
    address.bytes().all(|byte| {
        byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'`' | b'{' | b'}')
    })
}

/// Signing in must not end on the sign-in's own routes, where a page could be made to call them in a circle. Judged by
/// the path as a browser will have it: without dots, and still below our own origin.
fn leads_to_a_page(return_to: &str) -> bool {
    let Ok(base) = Url::parse("http://origin.invalid/") else { return false };
    base.join(return_to).is_ok_and(|url| {
        let path = url.path();
        let ours =
            |own: &str| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        url.origin() == base.origin() && !path.starts_with("//") && !ours("/auth") && !ours("/api")
    })
}

/// A native client's loopback address with its PKCE challenge (RFC 8252 sections 7.3 and 8.1).
///
/// # Errors
/// [`Refusal::Validation`] of `redirect_uri`, `code_challenge`, `code_challenge_method` or `state`.
pub(crate) fn native(
    redirect_uri: &str,
    code_challenge: Option<&str>,
    method: Option<&str>,
    state: Option<String>,
) -> Result<SignInTarget, Refusal> {
    let mut errors = Vec::new();
    if !is_loopback(redirect_uri) {
        let detail = "http://127.0.0.1:PORT/… or http://[::1]:PORT/…";
        errors.push(FieldError::new("redirect_uri", "invalid", detail));
    }
    // The base64url of a SHA-256: 43 characters.
    let challenge = code_challenge.filter(|text| {
        text.len() == 43
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    });
    if challenge.is_none() {
        errors.push(FieldError::new("code_challenge", "invalid", "the S256 challenge of a PKCE verifier"));
    }
    if method != Some("S256") {
        errors.push(FieldError::new("code_challenge_method", "invalid", "S256"));
    }
    if state.as_ref().is_some_and(|state| state.len() > 512) {
        errors.push(FieldError::new("state", "too_long", "at most 512 bytes"));
    }
    match challenge {
        Some(challenge) if errors.is_empty() => Ok(SignInTarget::Native {
            redirect_uri: redirect_uri.to_owned(),
            code_challenge: challenge.to_owned(),
            state,
        }),
        _ => Err(Refusal::Validation(errors)),
    }
}

/// The literal forms only: a name, even `localhost`, is resolved by somebody.
fn is_loopback(uri: &str) -> bool {
    let rest = uri.strip_prefix("http://127.0.0.1:").or_else(|| uri.strip_prefix("http://[::1]:"));
    let Some(rest) = rest else { return false };
    let (port, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let port_is_good = !port.starts_with('0')
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && port.parse::<u16>().is_ok();
    // A fragment would swallow the code that is put behind it (RFC 6749 section 3.1.2).
    let path_is_plain = is_plain(path) && !path.contains('#');
    // A second parser must see the same place.
    let agreed = url::Url::parse(uri).is_ok_and(|url| {
        url.scheme() == "http"
            && matches!(url.host_str(), Some("127.0.0.1" | "[::1]"))
            && url.username().is_empty()
            && url.password().is_none()
    });
    port_is_good && path_is_plain && agreed && uri.len() <= MAX_LENGTH
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_stay_on_this_origin() {
        for (text, good) in [
            ("/", true),
            ("/c/42?at=7#x", true),
            ("/join/7KQ2M-X4TRD", true),
            ("/%E5%86%8D", true),
            ("", false),
            ("//evil.example", false),
            ("///evil.example", false),
            ("/\\evil.example", false),
            ("\\/evil.example", false),
            ("/a\\b", false),
            ("https:evil.example", false),
            ("https://evil.example/", false),
            ("javascript:alert(1)", false),
            ("evil.example", false),
            ("/\r\nSet-Cookie: x=1", false),
            ("/\t/evil.example", false),
            ("/a b", false),
            ("/é", false),
            ("/\0", false),
            ("/>", false),
            ("/a?x=\"b\"", false),
            ("/`id`", false),
            ("/{id}", false),
            ("/a?x=[1]|(2)^", true),
            ("/auth/login/dev", false),
            ("/api/docs", false),
            ("/x/../auth/login/dev", false),
            ("/./api/docs", false),
            ("/%2e%2e/auth/login/dev", false),
            ("/..//evil.example", false),
            ("/authors", true),
            (&format!("/{}", "a".repeat(2_047)), true),
            (&format!("/{}", "a".repeat(2_048)), false),
        ] {
            assert_eq!(browser(text).is_ok(), good, "{text:?}");
            if good {
                let base = url::Url::parse("https://kith.example").unwrap();
                assert_eq!(
                    base.join(text).unwrap().origin(),
                    base.origin(),
                    "a second parser agrees on {text:?}"
                );
            }
        }
    }

    #[test]
    fn native_clients_listen_on_loopback() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        for (uri, good) in [
            ("http://127.0.0.1:54321/callback", true),
            ("http://127.0.0.1:54321", true),
            ("http://127.0.0.1:54321/callback?x=1", true),
            ("http://[::1]:54321/", true),
            ("http://localhost:54321/", false),
            ("http://127.0.0.1/", false),
            ("http://127.0.0.1:/", false),
            ("http://127.0.0.1:0/", false),
            ("http://127.0.0.1:65536/", false),
            ("http://127.0.0.1:080/", false),
            ("http://127.0.0.1:80@evil.example/", false),
            ("http://127.0.0.1@evil.example:80/", false),
            ("http://127.0.0.1.evil.example:80/", false),
            ("http://127.0.0.1:80\\@evil.example/", false),
            ("http://127.1:80/", false),
            ("http://0x7f.0.0.1:80/", false),
            ("http://192.168.1.2:80/", false),
            ("http://0.0.0.0:80/", false),
            ("https://127.0.0.1:80/", false),
            ("kith://callback", false),
            ("http://127.0.0.1:80/#fragment", false),
            ("http://127.0.0.1:80/\r\nX: y", false),
            ("http://127.0.0.1:80/a b", false),
            ("http://127.0.0.1:80/`id`", false),
            ("http://127.0.0.1:80/{id}", false),
        ] {
            assert_eq!(native(uri, Some(challenge), Some("S256"), None).is_ok(), good, "{uri:?}");
        }
        for (challenge, method, good) in [
            (Some(challenge), Some("S256"), true),
            (Some(challenge), Some("plain"), false),
            (Some(challenge), None, false),
            (None, Some("S256"), false),
            (Some("short"), Some("S256"), false),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"), Some("S256"), false),
        ] {
            assert_eq!(
                native("http://127.0.0.1:1/", challenge, method, None).is_ok(),
                good,
                "{challenge:?} {method:?}"
            );
        }
    }
}
