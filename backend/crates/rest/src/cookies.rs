//! The two cookies of sign-in.
//!
//! Both are scoped to `/auth` (which rules the `__Host-` prefix out) and never readable by scripts. Over plain HTTP,
//! which is for loopback only, they carry neither `Secure` nor the prefix that demands it.

use http::{HeaderMap, HeaderValue, header};

/// A cookie of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The refresh token. `Strict`: no request that another site starts carries it.
    Refresh,
    /// Ties a sign-in to one browser. `Lax`: the return from the provider is such a request.
    SignIn,
}

impl Cookie {
    /// How long a sign-in may take.
    pub(crate) const SIGN_IN_SECONDS: i64 = 600;

    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Refresh, true) => "__Secure-kith-refresh",
            (Self::Refresh, false) => "kith-refresh",
            (Self::SignIn, true) => "__Secure-kith-sign-in",
            (Self::SignIn, false) => "kith-sign-in",
        }
    }

    fn same_site(self) -> &'static str {
        match self {
            Self::Refresh => "Strict",
            Self::SignIn => "Lax",
        }
    }

    /// The `Set-Cookie` that keeps `value` for `seconds`; 0 removes it. `None` when the value cannot stand there.
    pub(crate) fn set(self, value: &str, seconds: i64, secure: bool) -> Option<HeaderValue> {
        let plain =
            value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if !plain {
            return None;
        }
        let (name, same_site) = (self.name(secure), self.same_site());
        let flag = if secure { "; Secure" } else { "" };
        let seconds = seconds.max(0);
        let text =
            format!("{name}={value}; Path=/auth; Max-Age={seconds}; HttpOnly; SameSite={same_site}{flag}");
        HeaderValue::from_str(&text).ok()
    }

    /// The value the browser sent, unless it sent two.
    pub(crate) fn get(self, headers: &HeaderMap, secure: bool) -> Option<String> {
        let mut values = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| text.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.name(secure));
        let (_, value) = values.next()?;
        if values.next().is_some() || value.is_empty() { None } else { Some(value.to_owned()) }
    }
}

/// Whether a page of our own made this request, which is what lets its cookies count: the browser says so itself
/// (`Sec-Fetch-Site`), or, where it does not, by naming our origin. A request that says neither is not believed.
pub(crate) fn is_same_origin(headers: &HeaderMap, origin: &str) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers.get(header::ORIGIN).is_some_and(|value| value == origin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_as_browsers_get_them() {
        for (cookie, value, seconds, secure, expected) in [
            (
                Cookie::Refresh,
                "abc",
                60,
                true,
                Some("__Secure-kith-refresh=abc; Path=/auth; Max-Age=60; HttpOnly; SameSite=Strict; Secure"),
            ),
            (
                Cookie::Refresh,
                "abc",
                60,
                false,
                Some("kith-refresh=abc; Path=/auth; Max-Age=60; HttpOnly; SameSite=Strict"),
            ),
            (
                Cookie::SignIn,
                "abc",
                600,
                true,
                Some("__Secure-kith-sign-in=abc; Path=/auth; Max-Age=600; HttpOnly; SameSite=Lax; Secure"),
            ),
            (
                Cookie::SignIn,
                "",
                0,
                false,
                Some("kith-sign-in=; Path=/auth; Max-Age=0; HttpOnly; SameSite=Lax"),
            ),
            (
                Cookie::Refresh,
                "abc",
                -5,
                false,
                Some("kith-refresh=abc; Path=/auth; Max-Age=0; HttpOnly; SameSite=Strict"),
            ),
            (Cookie::Refresh, "a;b", 60, true, None),
            (Cookie::Refresh, "a\r\nb", 60, true, None),
        ] {
            let set = cookie.set(value, seconds, secure);
            assert_eq!(set.as_ref().and_then(|value| value.to_str().ok()), expected, "{value:?}");
        }
    }

    #[test]
    fn cookies_as_browsers_send_them() {
        for (lines, secure, expected) in [
            (&["kith-refresh=a"][..], false, Some("a")),
            (&["x=1; kith-refresh=a; y=2"], false, Some("a")),
            (&["x=1", "kith-refresh=a"], false, Some("a")),
            (&["__Secure-kith-refresh=a"], true, Some("a")),
            (&["kith-refresh=a"], true, None),
            (&["kith-refresh=a; kith-refresh=b"], false, None),
            (&["kith-refresh="], false, None),
            (&["xkith-refresh=a"], false, None),
            (&["kith-refresh"], false, None),
            (&[], false, None),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, HeaderValue::from_static(line));
            }
            assert_eq!(Cookie::Refresh.get(&headers, secure).as_deref(), expected, "{lines:?}");
        }
    }

    #[test]
    fn only_our_own_pages_may_use_cookies() {
        let ours = "https://kith.example";
        for (site, origin, expected) in [
            (Some("same-origin"), None, true),
            (Some("same-origin"), Some(ours), true),
            (Some("same-site"), Some(ours), false),
            (Some("cross-site"), Some("https://evil.example"), false),
            (Some("cross-site"), None, false),
            (Some("none"), None, false),
            (Some(""), Some(ours), false),
            (None, Some(ours), true),
            (None, Some("https://kith.example:8443"), false),
            (None, Some("http://kith.example"), false),
            (None, Some("https://kith.example.evil"), false),
            (None, Some("null"), false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(site) = site {
                headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            }
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_same_origin(&headers, ours), expected, "{site:?} {origin:?}");
        }
    }
}
