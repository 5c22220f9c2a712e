use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

use bolero::{check, generator::*};
use http::Uri;

use super::*;

/// What the standard library knows of addresses that are not public.
fn is_special(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_documentation()
        }
        IpAddr::V6(v6) => match v6.to_ipv4() {
            Some(v4) if v6.to_ipv4_mapped().is_some() => is_special(v4.into()),
            // The old form `::a.b.c.d`.
            Some(_) => true,
            None => {
                v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
            }
        },
    }
}

const PREFIXES: [&str; 10] = [
    "::",
    "::ffff:0:0",
    "64:ff9b::",
    "2001::",
    "2001:db8::",
    "2002::",
    "fc00::",
    "fe80::",
    "ff00::",
    "2600::",
];

#[test]
fn public_addresses_are_not_special() {
    let given = (produce::<u32>(), one_value_of(PREFIXES), produce::<u128>(), 0_u32..128);
    check!().with_generator(given).for_each(|(v4, prefix, bits, shift)| {
        let prefix: Ipv6Addr = prefix.parse().unwrap();
        let (v4, v6) = (Ipv4Addr::from(*v4), Ipv6Addr::from(u128::from(prefix) ^ (bits >> shift)));
        for address in [IpAddr::from(v4), v4.to_ipv6_mapped().into(), v6.into()] {
            assert!(!(is_public(address) && is_special(address)), "{address}");
        }
        assert_eq!(is_public(v4.into()), is_public(v4.to_ipv6_mapped().into()), "{v4}");
    });
}

const PIECES: [&str; 28] = [
    "https://",
    "http://",
    "ftp://",
    "//",
    "/",
    "\\",
    "@",
    ":",
    "?",
    "#",
    "443",
    "80",
    "8443",
    ".",
    "%00",
    "%2e",
    "user",
    "provider.example",
    "localhost",
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "[::1]",
    "[::ffff:10.0.0.1]",
    "169.254.169.254",
    "1.1.1.1",
];

#[test]
fn only_public_https_is_admitted() {
    static GUARD: LazyLock<OutgoingHttp> = LazyLock::new(|| OutgoingHttp::builder().build().unwrap());
    let pieces = produce::<Vec<usize>>().with().values(0..PIECES.len()).len(0_usize..8);
    check!().with_generator((produce::<bool>(), pieces)).for_each(|(https, pieces)| {
        let pieces: String = pieces.iter().map(|number| PIECES[*number]).collect();
        let text = format!("{}{pieces}", if *https { "https://" } else { "" });
        let Ok(url) = Url::parse(&text) else { return };
        if GUARD.admit(&url).is_err() {
            return;
        }
        assert_eq!((url.scheme(), url.port_or_known_default()), ("https", Some(443)), "{text}");
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        assert!(literal.map_or(true, |address| is_public(address) && !is_special(address)), "{text}");
        // A second parser connects to the same host.
        let uri: Uri = url.as_str().parse().unwrap();
        assert_eq!(uri.host(), Some(host), "{text}");
        assert!(matches!(uri.port_u16(), None | Some(443)), "{text}");
    });
}
