//! What the tests share.

use std::{
    fs::File,
    io::{Read as _, Seek as _, Write as _},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use kith_contract::blobs::Call;
use kith_domain::{
    BlobKey, Clock, MediaId, MediaType, Timestamp, Upload, UserId,
    blob::Area,
    ports::{BlobError, Blobs, blobs::SignedRequest},
    text::FileName,
};
use kith_embedded::{SystemClock, SystemRandom};
use kith_harness::S3;
use kith_s3::{Addressing, S3Blobs, S3Settings};
use sha2::{Digest as _, Sha256};

/// The bucket on a server of the harness.
pub(crate) fn settings(url: &str, bucket: &str) -> S3Settings {
    S3Settings {
        endpoint: url.parse().expect("an address"),
        bucket: bucket.to_owned(),
        addressing: Addressing::Path,
        public_url: None,
        region: S3::REGION.to_owned(),
        access_key_id: S3::ACCESS_KEY_ID.to_owned(),
        secret_access_key: S3::SECRET_ACCESS_KEY.to_owned().into(),
    }
}

/// Blobs in a fresh bucket, by the system's clock.
pub(crate) fn fresh(server: &S3) -> S3Blobs {
    let bucket = server.create_bucket().expect("a bucket");
    S3Blobs::new(&settings(&server.url(), &bucket), Arc::new(SystemClock)).expect("good settings")
}

/// A clock that stands until it is moved, so that a test has all the time it needs within one second.
#[derive(Clone)]
pub(crate) struct StandingClock(Arc<AtomicI64>);

impl StandingClock {
    /// Stands at the beginning of this second.
    pub(crate) fn now_and_here() -> Self {
        Self(Arc::new(AtomicI64::new(SystemClock.now().as_seconds())))
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.seconds() * 1_000)
    }
}

pub(crate) fn key(area: Area) -> BlobKey {
    BlobKey::generate(area, &SystemRandom)
}

pub(crate) fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(content).and_then(|()| file.rewind()).expect("room");
    file
}

/// What lies under a key; `None` when nothing does.
pub(crate) async fn content(blobs: &S3Blobs, key: BlobKey) -> Option<Vec<u8>> {
    match blobs.open(key).await {
        Ok(mut file) => {
            let mut content = Vec::new();
            file.read_to_end(&mut content).expect("a readable file");
            Some(content)
        }
        Err(BlobError::NotFound) => None,
        Err(error) => panic!("{error:?}"),
    }
}

pub(crate) fn an_upload(content: &[u8]) -> Upload {
    Upload {
        id: MediaId::new(1),
        owner_id: UserId::new(1),
        name: FileName::parse("a.pdf", MediaType::Pdf),
        content_type: MediaType::Pdf,
        size_bytes: content.len() as u64,
        sha256: Sha256::digest(content).into(),
        key: key(Area::Upload),
        created_at: Timestamp::from_millis(0),
    }
}

/// What a client makes of a signed request.
pub(crate) fn call_of(request: &SignedRequest, body: &[u8]) -> Call {
    let headers = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Call {
        method: request.method.to_owned(),
        url: request.url.clone(),
        headers: headers.chain([("content-length".to_owned(), body.len().to_string())]).collect(),
        body: body.to_vec(),
    }
}

/// Five minutes from now.
pub(crate) fn soon() -> Timestamp {
    SystemClock.now().plus_seconds(300)
}
