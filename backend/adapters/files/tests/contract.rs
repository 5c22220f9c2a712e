//! The files keep the contract of their port.

use std::sync::Arc;

use axum::body::Body;
use http::Request;
use kith_contract::blobs::{Answer, BLOBS, BlobsAndClient, Call};
use kith_domain::{
    BlobKey, Clock, MediaId, MediaType, Random, Timestamp, Upload, UserId,
    blob::Area,
    ports::{BlobError, Blobs as _},
    text::FileName,
};
use kith_files::{FileBlobs, FileOrigin, router};
use kith_testing::ManualClock;
use prometheus_client::registry::Registry;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;
use tower::ServiceExt as _;

struct Sevens;

impl Random for Sevens {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

async fn answer(router: axum::Router, call: Call) -> Answer {
    let mut request = Request::builder().method(&*call.method).uri(&call.url);
    for (name, value) in &call.headers {
        request = request.header(name, value);
    }
    let response =
        router.oneshot(request.body(Body::from(call.body)).expect("a request")).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let headers = parts.headers.iter();
    Answer {
        status: parts.status.as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().expect("plain").to_owned()))
            .collect(),
        body: axum::body::to_bytes(body, usize::MAX).await.expect("a body").to_vec(),
    }
}

#[tokio::test]
async fn blobs() {
    kith_contract::run("blobs", BLOBS, async || {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::default());
        let (told, moved) = (clock.clone(), clock.clone());
        let blobs = FileBlobs::open(directory.path(), "http://files.test", clock, &Sevens).unwrap();
        let origin = FileOrigin { page_origin: "http://pages.test".to_owned(), secure: false };
        let router = router(blobs.clone(), &origin, &mut Registry::default());
        let subject = BlobsAndClient {
            blobs: Box::new(blobs),
            call: Box::new(move |call| Box::pin(answer(router.clone(), call))),
            now: Box::new(move || told.now()),
            advance: Box::new(move |seconds| moved.advance(seconds)),
        };
        (subject, directory)
    })
    .await;
}

/// What somebody may upload.
fn upload(content: &[u8]) -> Upload {
    Upload {
        id: MediaId::new(1),
        owner_id: UserId::new(1),
        name: FileName::parse("a.pdf", MediaType::Pdf),
        content_type: MediaType::Pdf,
        size_bytes: content.len() as u64,
        sha256: aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content)
            .as_ref()
            .try_into()
            .expect("32 bytes"),
        key: BlobKey::generate(Area::Upload, &Sevens),
        created_at: Timestamp::from_millis(0),
    }
}

/// The routes over a directory, beside a ledger that stops at `floor`.
fn served(directory: &TempDir, floor: Option<u64>) -> (FileBlobs, axum::Router) {
    let clock = Arc::new(ManualClock::default());
    let blobs = FileBlobs::open(directory.path(), "http://files.test", clock, &Sevens).expect("blobs");
    let blobs = blobs.above_ledger_floor(floor).expect("a disk");
    let origin = FileOrigin { page_origin: "http://pages.test".to_owned(), secure: false };
    (blobs.clone(), router(blobs, &origin, &mut Registry::default()))
}

/// The status of an upload with that body.
async fn put(blobs: &FileBlobs, router: axum::Router, upload: &Upload, body: Body) -> u16 {
    let signed = blobs.sign_upload(upload, ManualClock::default().now().plus_seconds(300));
    let mut request = Request::put(signed.url).header("content-length", upload.size_bytes);
    for (name, value) in signed.headers {
        request = request.header(name, value);
    }
    router.oneshot(request.body(body).expect("a request")).await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn uploads_leave_room_for_what_people_say() {
    let upload = upload(b"hi");
    for (floor, status) in [(Some(u64::MAX), 507), (Some(0), 204)] {
        let directory = tempfile::tempdir().unwrap();
        let (blobs, router) = served(&directory, floor);
        assert_eq!(put(&blobs, router, &upload, Body::from("hi")).await, status, "a floor of {floor:?}");
        let stored = blobs.open(upload.key).await;
        assert_eq!(matches!(stored, Err(BlobError::NotFound)), status == 507, "{stored:?}");
    }
}

#[tokio::test]
async fn an_upload_that_begins_anew_takes_the_place_of_what_stands_still() {
    let upload = upload(b"hi");
    let directory = tempfile::tempdir().unwrap();
    let (blobs, router) = served(&directory, Some(0));
    let (mut sending, arriving) = tokio::io::duplex(64);
    sending.write_all(b"h").await.unwrap();
    let body = Body::from_stream(ReaderStream::new(arriving));
    let stands_still = put(&blobs, router.clone(), &upload, body);
    let anew = async {
        // The first is taken in as far as it goes.
        while std::fs::read_dir(directory.path().join("partial")).unwrap().next().is_none() {
            tokio::task::yield_now().await;
        }
        let status = put(&blobs, router, &upload, Body::from("hi")).await;
        drop(sending);
        status
    };
    assert_eq!(tokio::join!(stands_still, anew), (503, 204));
    blobs.open(upload.key).await.unwrap();
}
