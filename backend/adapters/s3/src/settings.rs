//! Where the bucket is, and who signs.

use secrecy::SecretString;
use url::Url;

/// Where the bucket is, and who signs.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// The service: scheme, host and perhaps a port, such as `https://s3.eu-central-1.amazonaws.com`.
    pub endpoint: Url,
    /// The bucket.
    pub bucket: String,
    /// How the bucket is named in addresses.
    pub addressing: Addressing,
    /// Where clients find the bucket's keys, if not where Kith does: a host name of its own, whose requests reach the
    /// bucket with the `Host` they were sent with, as that is signed.
    pub public_url: Option<Url>,
    /// The region that signatures name.
    pub region: String,
    /// The access key's id. It has to be a lasting one: what it signs must hold as long as was promised.
    pub access_key_id: String,
    /// The access key's secret.
    pub secret_access_key: SecretString,
}

/// How the bucket is named in addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressing {
    /// In the path, `https://HOST/BUCKET/KEY`: what most stores but S3 want.
    Path,
    /// In the host name, `https://BUCKET.HOST/KEY`.
    Host,
}

/// Settings that cannot be meant.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not the address of a service or bucket.
    #[error("{0} is no address: scheme http or https and a host are wanted, and nothing after the path")]
    Address(Url),
    /// Not the name of a bucket.
    #[error("{0:?} is no name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens are wanted")]
    Bucket(String),
    /// The client could not be built.
    #[error("the client of the object storage could not be built")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Whether a bucket may have this name.
///
/// # Errors
/// [`SettingsError::Bucket`] when it may not.
pub fn check_bucket(name: &str) -> Result<(), SettingsError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    if (3..=63).contains(&name.len()) && name.bytes().all(plain) {
        Ok(())
    } else {
        Err(SettingsError::Bucket(name.to_owned()))
    }
}
