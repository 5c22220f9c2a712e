//! Presigned requests: [Signature Version 4 in the query][sigv4]. Whoever has the address may make the request, with the
//! headers that were signed and until it expires.
//!
//! [sigv4]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html

use std::fmt::Write as _;

use aws_lc_rs::{digest, hmac};
use kith_domain::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};

use crate::place::Place;

/// All but the unreserved characters of RFC 3986, section 2.3.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Signs requests.
#[derive(Debug)]
pub(crate) struct Signer {
    access_key_id: String,
    secret_access_key: SecretString,
    region: String,
}

/// A request to be signed.
#[derive(Debug)]
pub(crate) struct Unsigned<'a> {
    pub(crate) method: &'a str,
    pub(crate) place: &'a Place,
    /// Empty for the bucket itself.
    pub(crate) key: &'a str,
    /// Headers that must be sent so, names in lower case. `host` is among them by itself.
    pub(crate) headers: &'a [(&'a str, String)],
    pub(crate) query: &'a [(&'a str, String)],
}

/// From when to when a signature holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Validity {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

impl Validity {
    /// S3 counts seconds and takes a request in the last of them as well: that one is left out, so that nothing is taken
    /// after `until`.
    fn seconds(self) -> i64 {
        (self.until.as_seconds() - self.from.as_seconds() - 1).max(0)
    }
}

impl Signer {
    pub(crate) fn new(access_key_id: &str, secret_access_key: &SecretString, region: &str) -> Self {
        Self {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.clone(),
            region: region.to_owned(),
        }
    }

    /// The address by which the request is made.
    pub(crate) fn presign(&self, request: &Unsigned<'_>, validity: Validity) -> String {
        let (day, time) = moment(validity.from);
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let mut headers = vec![("host", request.place.host.as_str())];
        headers.extend(request.headers.iter().map(|(name, value)| (*name, value.trim())));
        headers.sort_unstable();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");

        let own = [
            ("X-Amz-Algorithm", ALGORITHM.to_owned()),
            ("X-Amz-Credential", format!("{}/{scope}", self.access_key_id)),
            ("X-Amz-Date", time.clone()),
            ("X-Amz-Expires", validity.seconds().to_string()),
            ("X-Amz-SignedHeaders", names.clone()),
        ];
        let mut pairs: Vec<(String, String)> =
            own.iter().chain(request.query).map(|(name, value)| (escape(name), escape(value))).collect();
        pairs.sort_unstable();
        let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = pairs.join("&");

        let path = request.place.path(request.key);
        let mut canonical = format!("{}\n{path}\n{query}\n", request.method);
        for (name, value) in headers {
            // Writing to a string cannot fail.
            let _ = writeln!(canonical, "{name}:{value}");
        }
        let _ = write!(canonical, "\n{names}\nUNSIGNED-PAYLOAD");
        let canonical = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        let text = format!("{ALGORITHM}\n{time}\n{scope}\n{canonical}");
        let signature = hex(self.key(&day).sign(text.as_bytes()).as_ref());
        request.place.url(&format!("{path}?{query}&X-Amz-Signature={signature}"))
    }

    /// The key of a day.
    fn key(&self, day: &str) -> Key {
        let secret = format!("AWS4{}", self.secret_access_key.expose_secret());
        [day, &self.region, "s3", "aws4_request"]
            .iter()
            .fold(Key::new(secret.as_bytes()), |key, part| Key::new(key.sign(part.as_bytes()).as_ref()))
    }
}

struct Key(hmac::Key);

impl Key {
    fn new(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    fn sign(&self, text: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0, text)
    }
}

/// The day and the second of a time, in basic ISO 8601, UTC. Times outside of what can be written are those of 1970:
/// expired.
fn moment(at: Timestamp) -> (String, String) {
    let at = jiff::Timestamp::from_second(at.as_seconds()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    (at.strftime("%Y%m%d").to_string(), at.strftime("%Y%m%dT%H%M%SZ").to_string())
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::settings::{Addressing, S3Settings};

    /// The example of the specification: "Authenticating Requests: Using Query Parameters".
    #[test]
    fn the_example_of_the_specification() {
        let settings = S3Settings {
            endpoint: Url::parse("https://s3.amazonaws.com").unwrap(),
            bucket: "examplebucket".to_owned(),
            addressing: Addressing::Host,
            public_url: None,
            region: "us-east-1".to_owned(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned().into(),
        };
        let signer = Signer::new(&settings.access_key_id, &settings.secret_access_key, &settings.region);
        let place = Place::of_kith(&settings).unwrap();
        let request = Unsigned { method: "GET", place: &place, key: "test.txt", headers: &[], query: &[] };
        // 2013-05-24T00:00:00Z
        let from = Timestamp::from_millis(1_369_353_600_000);
        // One second more, as the last one is left out.
        let url = signer.presign(&request, Validity { from, until: from.plus_seconds(86_401) });
        assert_eq!(
            url,
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }

    #[test]
    fn a_request_is_never_taken_after_its_time() {
        let at = Timestamp::from_millis;
        for (from, until, seconds) in
            [(0, 300_000, 299), (999, 300_000, 299), (0, 300_999, 299), (5_000, 1_000, 0), (0, 0, 0)]
        {
            let validity = Validity { from: at(from), until: at(until) };
            assert_eq!(validity.seconds(), seconds, "{from} {until}");
        }
    }
}
