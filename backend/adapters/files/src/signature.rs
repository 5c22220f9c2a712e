//! Signatures over what a request may do. Every field is part of what is signed, each in its own line.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kith_domain::{
    BlobKey, MediaType, Timestamp, Upload, blob::Area, ports::blobs::Disposition, text::FileName,
};
use url::form_urlencoded::{self, Serializer};

use crate::directory::KEY_BYTES;

/// Signs requests and knows its own signatures again.
#[derive(Debug)]
pub(crate) struct Signer(hmac::Key);

/// An upload that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UploadGrant {
    pub(crate) key: BlobKey,
    pub(crate) content_type: MediaType,
    pub(crate) length: u64,
    /// Lower-case hex.
    pub(crate) sha256: String,
    pub(crate) expires: i64,
}

/// A download that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DownloadGrant {
    pub(crate) key: BlobKey,
    pub(crate) shown: Disposition,
    pub(crate) expires: i64,
}

/// Seconds since 1970: finer is of no use.
fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1_000)
}

impl UploadGrant {
    pub(crate) fn new(upload: &Upload, expires_at: Timestamp) -> Self {
        Self {
            key: upload.key,
            content_type: upload.content_type,
            length: upload.size_bytes,
            sha256: upload.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            expires: seconds(expires_at),
        }
    }

    fn fields(&self) -> [(&'static str, String); 4] {
        [
            ("type", self.content_type.as_str().to_owned()),
            ("length", self.length.to_string()),
            ("sha256", self.sha256.clone()),
            ("expires", self.expires.to_string()),
        ]
    }
}

impl DownloadGrant {
    pub(crate) fn new(key: BlobKey, shown: &Disposition, expires_at: Timestamp) -> Self {
        Self { key, shown: shown.clone(), expires: seconds(expires_at) }
    }

    fn fields(&self) -> [(&'static str, String); 4] {
        [
            ("type", self.shown.content_type.as_str().to_owned()),
            ("as", if self.shown.inline { "inline" } else { "attachment" }.to_owned()),
            ("name", self.shown.name.as_str().to_owned()),
            ("expires", self.expires.to_string()),
        ]
    }
}

impl Signer {
    pub(crate) fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The query of a request to upload.
    pub(crate) fn upload_query(&self, grant: &UploadGrant) -> String {
        self.query("PUT", grant.key, &grant.fields())
    }

    /// The query of a request to download.
    pub(crate) fn download_query(&self, grant: &DownloadGrant) -> String {
        self.query("GET", grant.key, &grant.fields())
    }

    /// What the query lets its bearer upload under `name`; `None` for anything that was not signed so, or is too old.
    pub(crate) fn read_upload(&self, name: &str, query: &str, now: Timestamp) -> Option<UploadGrant> {
        let [content_type, length, sha256, expires, signature] =
            fields(query, ["type", "length", "sha256", "expires", "signature"])?;
        let grant = UploadGrant {
            key: BlobKey::parse(Area::Upload, name).ok()?,
            content_type: MediaType::from_name(&content_type)?,
            length: length.parse().ok()?,
            sha256,
            expires: expires.parse().ok()?,
        };
        self.holds("PUT", grant.key, &grant.fields(), &signature, grant.expires, now).then_some(grant)
    }

    /// What the query lets its bearer download under `name`; `None` as for [`Signer::read_upload`].
    pub(crate) fn read_download(
        &self,
        area: Area,
        name: &str,
        query: &str,
        now: Timestamp,
    ) -> Option<DownloadGrant> {
        let [content_type, shown_as, file_name, expires, signature] =
            fields(query, ["type", "as", "name", "expires", "signature"])?;
        let content_type = MediaType::given_out(&content_type)?;
        let shown = Disposition {
            content_type,
            name: FileName::parse(&file_name, content_type),
            inline: match shown_as.as_str() {
                "inline" => true,
                "attachment" => false,
                _ => return None,
            },
        };
        let grant =
            DownloadGrant { key: BlobKey::parse(area, name).ok()?, shown, expires: expires.parse().ok()? };
        self.holds("GET", grant.key, &grant.fields(), &signature, grant.expires, now).then_some(grant)
    }

    fn query(&self, method: &str, key: BlobKey, fields: &[(&'static str, String)]) -> String {
        let tag = hmac::sign(&self.0, text(method, key, fields).as_bytes());
        let mut query = Serializer::new(String::new());
        query.extend_pairs(fields);
        query.append_pair("signature", &URL_SAFE_NO_PAD.encode(tag.as_ref()));
        query.finish()
    }

    fn holds(
        &self,
        method: &str,
        key: BlobKey,
        fields: &[(&'static str, String)],
        signature: &str,
        expires: i64,
        now: Timestamp,
    ) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let signed = hmac::verify(&self.0, text(method, key, fields).as_bytes(), &tag).is_ok();
        signed && seconds(now) < expires
    }
}

/// What is signed. No field can hold a line break: names are cleaned of them.
fn text(method: &str, key: BlobKey, fields: &[(&'static str, String)]) -> String {
    let mut text = format!("kith-files-1\n{method}\n{key}");
    for (name, value) in fields {
        text.push('\n');
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

/// The values of exactly these fields of a query, each given once.
fn fields<const N: usize>(query: &str, names: [&str; N]) -> Option<[String; N]> {
    let mut values = [const { None }; N];
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let at = names.iter().position(|known| *known == name)?;
        if values[at].replace(value.into_owned()).is_some() {
            return None;
        }
    }
    let found: Option<Vec<String>> = values.into_iter().collect();
    found?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "00112233445566778899aabbccddeeff";

    fn grant() -> DownloadGrant {
        let content_type = MediaType::Pdf;
        DownloadGrant {
            key: BlobKey::parse(Area::Media, NAME).unwrap(),
            shown: Disposition {
                content_type,
                name: FileName::parse("報告 1.pdf", content_type),
                inline: false,
            },
            expires: 1_000,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_grant_reads_back_until_it_expires() {
        let signer = Signer::new(&[7; KEY_BYTES]);
        let query = signer.download_query(&grant());
        for (now, area, good) in [
            (0, Area::Media, true),
            (999, Area::Media, true),
            (1_000, Area::Media, false),
            (0, Area::Thumbnail, false),
        ] {
            let read = signer.read_download(area, NAME, &query, at(now));
            assert_eq!(read, good.then(grant), "{now} {area:?}");
        }
    }

    #[test]
    fn whatever_is_changed_is_not_signed() {
        let signer = Signer::new(&[7; KEY_BYTES]);
        let query = signer.download_query(&grant());
        let other_name = NAME.replace('f', "e");
        assert_eq!(signer.read_download(Area::Media, &other_name, &query, at(0)), None);
        assert_eq!(Signer::new(&[8; KEY_BYTES]).read_download(Area::Media, NAME, &query, at(0)), None);
        for changed in [
            query.replace("attachment", "inline"),
            query.replace("expires=1000", "expires=9000"),
            query.replace("pdf", "png"),
            format!("{query}&name=x.pdf"),
            format!("{query}&more=1"),
            query.replace("signature=", "signature=A"),
            query.split("&signature").next().unwrap().to_owned(),
            String::new(),
        ] {
            assert_eq!(signer.read_download(Area::Media, NAME, &changed, at(0)), None, "{changed}");
            assert_eq!(signer.read_upload(NAME, &changed, at(0)), None, "{changed}");
        }
    }
}
