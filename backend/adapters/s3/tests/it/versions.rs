//! A bucket that keeps versions: what is removed is removed with all of them.

use std::sync::Arc;

use kith_contract::blobs::Call;
use kith_domain::{
    BlobKey, MediaType, Timestamp,
    blob::Area,
    ports::{BlobError, Blobs as _},
};
use kith_embedded::SystemClock;
use kith_harness::Moto;
use kith_s3::S3Blobs;

use crate::{
    client::call,
    support::{an_upload, call_of, content, file, key, settings, soon},
};

/// A fresh bucket with versioning, on a server that asks for no signature.
struct Versioned {
    url: String,
    blobs: S3Blobs,
}

impl Versioned {
    async fn new(server: &Moto, name: &str) -> Self {
        let url = format!("{}/{name}", server.url());
        let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        for (url, body) in [(url.clone(), ""), (format!("{url}?versioning"), versioning)] {
            let answer = call(signed("PUT", url, body)).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        let blobs = S3Blobs::new(&settings(&server.url(), name), Arc::new(SystemClock)).expect("settings");
        Self { url, blobs }
    }

    /// How many versions and marks of deletion of a key there are.
    async fn versions(&self, key: BlobKey) -> usize {
        let answer = call(signed("GET", format!("{}?versions&prefix={key}", self.url), "")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        String::from_utf8_lossy(&answer.body).matches("<VersionId>").count()
    }
}

/// This server wants an access key in the header, and believes any. In another region a bucket would have to name it.
fn signed(method: &str, url: String, body: &str) -> Call {
    let authorization = "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/s3/aws4_request, \
                         SignedHeaders=host, Signature=any";
    Call {
        method: method.to_owned(),
        url,
        headers: vec![
            ("authorization".to_owned(), authorization.to_owned()),
            ("content-length".to_owned(), body.len().to_string()),
        ],
        body: body.as_bytes().to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_version_of_what_was_removed_is_left() {
    let bucket = Versioned::new(Moto::shared(), "kith-removed").await;
    let blobs = &bucket.blobs;
    let (stored, other) = (key(Area::Media), key(Area::Media));
    for content in [&b"hello"[..], b"hello", b"hello"] {
        blobs.put(stored, file(content), MediaType::Pdf).await.expect("put");
    }
    blobs.put(other, file(b"other"), MediaType::Pdf).await.expect("put");
    assert_eq!(bucket.versions(stored).await, 3, "the bucket keeps versions");
    for _ in 0..2 {
        blobs.delete(stored).await.expect("deleted");
        assert_eq!(bucket.versions(stored).await, 0);
        assert_eq!(content(blobs, stored).await, None);
    }
    assert_eq!(bucket.versions(other).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_upload_only_the_mark_is_left_and_then_nothing() {
    let bucket = Versioned::new(Moto::shared(), "kith-uploads").await;
    let blobs = &bucket.blobs;
    let announced = an_upload(b"hello");
    let request = call_of(&blobs.sign_upload(&announced, soon()), b"hello");
    assert_eq!(call(request.clone()).await.status, 200);
    let to = announced.key.in_area(Area::Media);
    blobs.copy(announced.key, to, MediaType::Pdf).await.expect("copied");
    blobs.delete(announced.key).await.expect("deleted");
    assert_eq!(bucket.versions(announced.key).await, 1, "the mark");
    assert_eq!(content(blobs, announced.key).await, None);
    assert_eq!(call(request).await.status, 412);
    assert_eq!(content(blobs, to).await.as_deref(), Some(&b"hello"[..]));

    blobs.purge_uploads(Timestamp::FOREVER).await.expect("purged");
    assert_eq!(bucket.versions(announced.key).await, 0);
    assert_eq!(bucket.versions(to).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_stands_still_is_unavailable_and_goes_on() {
    let server = Moto::start().unwrap_or_else(|error| panic!("{error}"));
    let bucket = Versioned::new(&server, "kith-paused").await;
    let stored = key(Area::Media);
    bucket.blobs.put(stored, file(b"hello"), MediaType::Pdf).await.expect("put");
    server.pause();
    let opened = bucket.blobs.open(stored).await;
    assert!(matches!(opened, Err(BlobError::Unavailable(_))), "{opened:?}");
    server.resume();
    assert_eq!(content(&bucket.blobs, stored).await.as_deref(), Some(&b"hello"[..]));
}
