//! Where a sign-in may lead: a path of this origin, or a native client's loopback listener (RFC 8252 §7.3).
//!
//! Each text is judged twice, by the rules written here and by the `url` crate, which parses as browsers do; it passes
//! only where both agree, so a trick that fools one parser does not get through.

use std::fmt;

use url::{Host, Url};

/// The longest target that is taken, in bytes.
pub const MAX_BYTES: usize = 2048;

/// Why a target is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// Not a path on this origin.
    #[error("return_to must be a path on this site")]
    ReturnTo,
    /// Not an `http` URL with a literal loopback address and a port.
    #[error("redirect_uri must be http://127.0.0.1:PORT/… or http://[::1]:PORT/…")]
    RedirectUri,
}

/// A path (with query and fragment) of this origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Takes `text` if following it can only lead to this origin.
    ///
    /// # Errors
    /// [`RedirectError::ReturnTo`] for another origin in any disguise, a control or non-ASCII character, or a text
    /// longer than [`MAX_BYTES`].
    pub fn parse(text: &str) -> Result<Self, RedirectError> {
        if is_local_path(text) && stays_on_origin(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RedirectError::ReturnTo)
        }
    }

    /// The text as it was given, fit for a `Location` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ReturnTo {
    /// The start page.
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Own rules: `/`, then no second slash of either kind; visible ASCII; no backslash, which browsers read as a slash.
fn is_local_path(text: &str) -> bool {
    text.len() <= MAX_BYTES
        && text.starts_with('/')
        && !text.starts_with("//")
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// The second parser: resolved against an origin, the text stays there, and its normal form (`/..//host` becomes
/// `//host`) would stay there too.
fn stays_on_origin(text: &str) -> bool {
    let base = Url::parse("https://origin.invalid/sign-in").expect("a constant URL");
    base.join(text).is_ok_and(|url| {
        url.origin() == base.origin()
            && url.username().is_empty()
            && url.password().is_none()
            && !url.path().starts_with("//")
    })
}

/// The loopback listener of a native client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeRedirect(Url);

impl NativeRedirect {
    /// Takes `text` if it is `http://127.0.0.1:PORT/…` or `http://[::1]:PORT/…` to the letter.
    ///
    /// Names are refused, `localhost` too: a name can be made to resolve elsewhere (RFC 8252 §8.3).
    ///
    /// # Errors
    /// [`RedirectError::RedirectUri`].
    pub fn parse(text: &str) -> Result<Self, RedirectError> {
        let port = loopback_port(text).ok_or(RedirectError::RedirectUri)?;
        let url = Url::parse(text).map_err(|_| RedirectError::RedirectUri)?;
        let loopback = match url.host() {
            Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
            Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
            Some(Host::Domain(_)) | None => false,
        };
        let agrees = url.scheme() == "http"
            && loopback
            && url.port_or_known_default() == Some(port)
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none();
        if agrees { Ok(Self(url)) } else { Err(RedirectError::RedirectUri) }
    }

    /// The address with the one-time `code` added to its query.
    pub fn with_code(&self, code: &str) -> Url {
        self.with("code", code)
    }

    /// The address with an `error` added to its query.
    pub fn with_error(&self, error: &str) -> Url {
        self.with("error", error)
    }

    /// The address itself.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn with(&self, name: &str, value: &str) -> Url {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair(name, value);
        url
    }
}

/// Own rules: the exact beginning, a port of 1–65535 in plain digits, a path; visible ASCII without backslash or `#`.
fn loopback_port(text: &str) -> Option<u16> {
    if text.len() > MAX_BYTES
        || !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#')
    {
        return None;
    }
    let rest = text.strip_prefix("http://127.0.0.1:").or_else(|| text.strip_prefix("http://[::1]:"))?;
    let (port, _path) = rest.split_once('/')?;
    if port.len() > 5 || port.starts_with('0') || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    port.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_of_this_origin_are_taken_as_they_are() {
        for text in [
            "/",
            "/chats/1?x=//y&z=https://a#top",
            "/add/AB-12",
            "/a//b",
            "/%2F%2Fhost",
            "/a/../b",
            "/@host",
            "/:80",
            "/a:b@c",
        ] {
            assert_eq!(ReturnTo::parse(text).as_ref().map(ReturnTo::as_str), Ok(text));
        }
    }

    #[test]
    fn paths_that_lead_away_are_refused() {
        let long = format!("/{}", "a".repeat(MAX_BYTES));
        for text in [
            "",
            "chats",
            "//host",
            "///host",
            "//",
            "/\\host",
            "\\\\host",
            "/\\/host",
            "\\/host",
            "https:",
            "https://host",
            "https:/host",
            "https:host",
            "HTTPS://host",
            "javascript:alert(1)",
            "data:,x",
            "/a\r\nSet-Cookie: x=y",
            "/\r/host",
            "/\n/host",
            "/\t/host",
            "/\0",
            "/a b",
            " //host",
            "/a\u{7f}",
            "/é",
            "/\u{ff0f}host",
            "/\u{2028}",
            "\u{feff}/a",
            "/..//host",
            "/.//host",
            "/a/..//host",
            "/%2e%2e//host",
            "/./\\host",
            "@host",
            "?x",
            "#x",
            ".",
            "..//host",
            &long,
        ] {
            assert_eq!(ReturnTo::parse(text), Err(RedirectError::ReturnTo), "{text:?}");
        }
    }

    #[test]
    fn loopback_literals_with_a_port_are_taken() {
        for text in [
            "http://127.0.0.1:1/",
            "http://127.0.0.1:65535/cb?x=1",
            "http://[::1]:8080/a/b",
            "http://127.0.0.1:80/",
        ] {
            assert!(NativeRedirect::parse(text).is_ok(), "{text}");
        }
        let target = NativeRedirect::parse("http://[::1]:8080/cb?x=1").unwrap();
        assert_eq!(target.with_code("a&b").as_str(), "http://[::1]:8080/cb?x=1&code=a%26b");
        assert_eq!(
            target.with_error("access_denied").as_str(),
            "http://[::1]:8080/cb?x=1&error=access_denied"
        );
    }

    #[test]
    fn every_other_listener_is_refused() {
        for text in [
            "",
            "http://localhost:80/",
            "http://LOCALHOST:80/",
            "http://127.0.0.1.host:80/",
            "http://127.0.0.1:80@host/",
            "http://127.0.0.1@host:80/",
            "http://user@127.0.0.1:80/",
            "http://user:x@127.0.0.1:80/",
            "http://127.0.0.1:80\\@host/",
            "http://127.0.0.1:80#@host/",
            "http://127.0.0.1:80/#x",
            "http://127.0.0.1:80?@host/",
            "http://127.0.0.1:80",
            "http://127.0.0.1/",
            "http://127.0.0.1:/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:080/",
            "http://127.0.0.1:65536/",
            "http://127.0.0.1:99999999999/",
            "http://127.0.0.1:+80/",
            "http://127.0.0.1:8_0/",
            "https://127.0.0.1:80/",
            "HTTP://127.0.0.1:80/",
            "http:127.0.0.1:80/",
            "http:/127.0.0.1:80/",
            "http:\\\\127.0.0.1:80/",
            "//127.0.0.1:80/",
            "http://127.0.0.2:80/",
            "http://127.1:80/",
            "http://0x7f.1:80/",
            "http://0177.0.0.1:80/",
            "http://2130706433:80/",
            "http://0.0.0.0:80/",
            "http://192.168.1.2:80/",
            "http://10.0.0.1:80/",
            "http://169.254.169.254:80/",
            "http://[::]:80/",
            "http://[::ffff:127.0.0.1]:80/",
            "http://[0:0:0:0:0:0:0:1]:80/",
            "http://[::1%25lo]:80/",
            "http://[fe80::1]:80/",
            "http://host:80/",
            "http://127.0.0.1:80/a\r\nb",
            "http://127.0.0.1:80/a b",
            "http://127.0.0.1:80/é",
            " http://127.0.0.1:80/",
            "http://127.0.0.1\t:80/",
            "com.example.app:/cb",
            "urn:x",
        ] {
            assert_eq!(NativeRedirect::parse(text), Err(RedirectError::RedirectUri), "{text:?}");
        }
    }

    /// Texts made of the pieces that confuse URL parsers.
    fn tricky() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "/",
            "\\",
            ".",
            "..",
            ":",
            "@",
            "#",
            "?",
            "%2f",
            "%5c",
            "%00",
            "\t",
            "\r",
            "\n",
            " ",
            "http:",
            "https:",
            "http://",
            "127.0.0.1",
            "[::1]",
            "localhost",
            "host",
            ":80",
            ":0",
            "/cb",
            "é",
            "\u{ff0f}",
            "a",
            "http://127.0.0.1:80/",
        ]);
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_return_path_stays_on_whatever_origin_serves_it(text in prop_oneof![tricky(), "/\\PC{0,40}"]) {
            if let Ok(path) = ReturnTo::parse(&text) {
                for origin in ["https://chat.example", "http://127.0.0.1:8080", "http://[::1]:9/x/y?z"] {
                    let base = Url::parse(origin).unwrap();
                    let target = base.join(path.as_str()).unwrap();
                    prop_assert_eq!(target.origin(), base.origin());
                    // The normal form is followed again by proxies and by the page's router.
                    prop_assert_eq!(base.join(target.path()).unwrap().origin(), base.origin());
                }
            }
        }

        #[test]
        fn a_native_redirect_reaches_loopback_only(text in prop_oneof![tricky(), "http://127.0.0.1:\\PC{0,20}"]) {
            if let Ok(target) = NativeRedirect::parse(&text) {
                let url = target.with_code("c");
                let host = url.host_str().unwrap();
                prop_assert!(host == "127.0.0.1" || host == "[::1]", "{}", url);
                prop_assert_eq!(url.scheme(), "http");
                prop_assert!(url.query_pairs().any(|pair| pair == ("code".into(), "c".into())));
            }
        }
    }
}
