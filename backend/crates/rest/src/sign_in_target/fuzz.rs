use bolero::{check, generator::*};
use http::Uri;

use super::*;

const PIECES: [&str; 40] = [
    "/",
    "//",
    "\\",
    ".",
    "..",
    "/../",
    "%2e",
    "%2f",
    "%5c",
    "%00",
    ":",
    "@",
    "?",
    "#",
    "&",
    "=",
    "a",
    "auth",
    "api",
    "/auth/",
    "evil.example",
    "http:",
    "https://",
    "javascript:",
    "127.0.0.1",
    "[::1]",
    "localhost",
    "80",
    "54321",
    "\t",
    "\r\n",
    "é",
    "\"",
    "<",
    ">",
    "`",
    "{",
    "|",
    "^",
    "'",
];
const STARTS: [&str; 6] =
    ["", "/", "http://127.0.0.1:", "http://[::1]:", "http://127.0.0.1:8080/", "http://"];

/// A start, the numbers of pieces, and any other character.
fn addresses() -> impl ValueGenerator<Output = (&'static str, Vec<usize>, Option<char>)> {
    let pieces = produce::<Vec<usize>>().with().values(0..PIECES.len()).len(0_usize..10);
    (one_value_of(STARTS), pieces, produce::<Option<char>>())
}

fn join((start, pieces, last): &(&str, Vec<usize>, Option<char>)) -> String {
    let pieces = pieces.iter().flat_map(|number| PIECES[*number].chars());
    start.chars().chain(pieces).chain(*last).collect()
}

#[test]
fn a_browser_stays_on_this_origin() {
    let base = Url::parse("https://kith.example/auth/callback?code=1").unwrap();
    check!().with_generator(addresses()).for_each(|parts| {
        let text = join(parts);
        if browser(&text).is_err() {
            return;
        }
        let there = base.join(&text).unwrap();
        assert_eq!(there.origin(), base.origin(), "{text:?}");
        assert!(!there.path().starts_with("/auth/") && !there.path().starts_with("/api/"), "{text:?}");
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?} goes into a header");
        // A second parser sees no host in it either.
        let uri = text.split('#').next().unwrap_or_default().parse::<Uri>();
        assert!(uri.is_ok_and(|uri| uri.authority().is_none()), "{text:?}");
    });
}

#[test]
fn a_native_client_is_on_loopback() {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let given = (addresses(), produce::<String>());
    check!().with_generator(given).for_each(|(parts, state)| {
        let text = join(parts);
        if native(&text, Some(challenge), Some("S256"), None).is_err() {
            return;
        }
        let (url, uri) = (Url::parse(&text).unwrap(), text.parse::<Uri>().unwrap());
        assert!(matches!(uri.host(), Some("127.0.0.1" | "[::1]")), "{text:?}");
        assert_eq!((url.host_str(), url.port_or_known_default()), (uri.host(), uri.port_u16()), "{text:?}");
        assert_ne!(uri.port_u16(), None, "{text:?}");

        let location = SignInTarget::native_location(&text, "c0de", Some(state));
        let location = Url::parse(&location).unwrap();
        assert_eq!(location.origin(), url.origin());
        let pairs: Vec<_> = location.query_pairs().collect();
        let last = &pairs[pairs.len() - 2..];
        assert_eq!((&*last[0].0, &*last[0].1), ("code", "c0de"), "{text:?}");
        assert_eq!((&*last[1].0, &*last[1].1), ("state", state.as_str()), "{text:?}");
    });
}
