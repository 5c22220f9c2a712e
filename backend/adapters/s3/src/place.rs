//! Addresses of a bucket and of what lies in it.

use url::Url;

use crate::settings::{Addressing, S3Settings, SettingsError, check_bucket};

/// A bucket under one of its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Scheme, host and port, without a slash at the end.
    origin: String,
    /// What the `Host` header says.
    pub(crate) host: String,
    /// What stands before the keys: empty, or a slash and a name, without a slash at the end.
    prefix: String,
}

impl Place {
    /// Where Kith finds the bucket.
    pub(crate) fn of_kith(settings: &S3Settings) -> Result<Self, SettingsError> {
        let bucket = &settings.bucket;
        check_bucket(bucket)?;
        let mut url = settings.endpoint.clone();
        match settings.addressing {
            Addressing::Path => url.set_path(&format!("{}/{bucket}", url.path().trim_end_matches('/'))),
            Addressing::Host => {
                let host = url.host_str().map(|host| format!("{bucket}.{host}"));
                if url.set_host(host.as_deref()).is_err() {
                    return Err(SettingsError::Address(settings.endpoint.clone()));
                }
            }
        }
        Self::new(&url)
    }

    /// Where clients find it.
    pub(crate) fn of_clients(settings: &S3Settings) -> Result<Self, SettingsError> {
        settings.public_url.as_ref().map_or_else(|| Self::of_kith(settings), Self::new)
    }

    fn new(url: &Url) -> Result<Self, SettingsError> {
        let refused = || SettingsError::Address(url.clone());
        let host = url.host_str().ok_or_else(refused)?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain {
            return Err(refused());
        }
        // A port that belongs to the scheme is left out, as clients leave it out of `Host`.
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let prefix = url.path().trim_end_matches('/').to_owned();
        Ok(Self { origin: format!("{}://{host}", url.scheme()), host, prefix })
    }

    /// The path of a key, or of the bucket itself for an empty one. Keys are plain: nothing is to be encoded.
    pub(crate) fn path(&self, key: &str) -> String {
        match key {
            "" if !self.prefix.is_empty() => self.prefix.clone(),
            key => format!("{}/{key}", self.prefix),
        }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The address of the bucket.
    pub(crate) fn bucket_url(&self) -> String {
        format!("{}{}", self.origin, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(endpoint: &str, bucket: &str, addressing: Addressing, public: Option<&str>) -> S3Settings {
        S3Settings {
            endpoint: Url::parse(endpoint).unwrap(),
            bucket: bucket.to_owned(),
            addressing,
            public_url: public.map(|url| Url::parse(url).unwrap()),
            region: "eu-central-1".to_owned(),
            access_key_id: "key".to_owned(),
            secret_access_key: "secret".to_owned().into(),
        }
    }

    #[test]
    fn a_bucket_is_named_in_the_path_or_in_the_host() {
        for (endpoint, addressing, public, kith, clients) in [
            ("http://127.0.0.1:9000", Addressing::Path, None, "http://127.0.0.1:9000/kith/k", None),
            ("https://store.test/s3/", Addressing::Path, None, "https://store.test/s3/kith/k", None),
            ("https://s3.test:443/", Addressing::Host, None, "https://kith.s3.test/k", None),
            (
                "https://s3.test",
                Addressing::Host,
                Some("https://files.test/"),
                "https://kith.s3.test/k",
                Some("https://files.test/k"),
            ),
        ] {
            let settings = settings(endpoint, "kith", addressing, public);
            let address = |place: Place| place.url(&place.path("k"));
            assert_eq!(address(Place::of_kith(&settings).unwrap()), kith);
            assert_eq!(address(Place::of_clients(&settings).unwrap()), clients.unwrap_or(kith));
        }
    }

    #[test]
    fn the_bucket_itself_has_a_path() {
        let path = |addressing| {
            Place::of_kith(&settings("http://s3.test", "kith", addressing, None)).unwrap().path("")
        };
        assert_eq!(path(Addressing::Path), "/kith");
        assert_eq!(path(Addressing::Host), "/");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (endpoint, bucket, addressing) in [
            ("ftp://s3.test", "kith", Addressing::Path),
            ("http://s3.test/?x", "kith", Addressing::Path),
            ("http://s3.test/#x", "kith", Addressing::Path),
            ("http://user:word@s3.test", "kith", Addressing::Path),
            ("http://s3.test", "", Addressing::Path),
            ("http://s3.test", "Kith", Addressing::Path),
            ("http://s3.test", "a/b", Addressing::Path),
            ("http://127.0.0.1", "kith", Addressing::Host),
        ] {
            let place = Place::of_kith(&settings(endpoint, bucket, addressing, None));
            assert!(place.is_err(), "{endpoint} {bucket:?}: {place:?}");
        }
    }
}
