//! The bucket of uploads.

use crate::config::S3;

/// A bucket is named whole or not at all.
pub(super) fn check(s3: &S3, dev: bool, faults: &mut Vec<String>) {
    let needed = [
        ("endpoint", s3.endpoint.is_some()),
        ("bucket", s3.bucket.is_some()),
        ("access_key_id", s3.access_key_id.is_some()),
        ("secret_access_key", s3.secret_access_key.is_some()),
    ];
    if needed.iter().all(|(_, there)| !there) && s3.public_url.is_none() {
        return;
    }
    for (name, _) in needed.iter().filter(|(_, there)| !there) {
        faults.push(format!("s3.{name}: missing"));
    }
    for (name, address) in [("endpoint", &s3.endpoint), ("public_url", &s3.public_url)] {
        let Some(address) = address else { continue };
        let scheme = url::Url::parse(address).map(|url| url.scheme().to_owned());
        match scheme.as_deref() {
            Ok("https") => {}
            Ok("http") if dev || (name == "endpoint" && s3.public_url.is_some()) => {}
            _ => faults.push(format!("s3.{name}: {address} is no https address")),
        }
    }
}
