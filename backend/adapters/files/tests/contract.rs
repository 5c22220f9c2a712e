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

#[tokio::test]
async fn uploads_leave_room_for_what_people_say() {
    let content = b"hi";
    let upload = Upload {
        id: MediaId::new(1),
        owner_id: UserId::new(1),
        name: FileName::parse("a.pdf", MediaType::Pdf),
        content_type: MediaType::Pdf,
        size_bytes: content.len() as u64,
        sha256: aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content).as_ref().try_into().unwrap(),
        key: BlobKey::generate(Area::Upload, &Sevens),
        created_at: Timestamp::from_millis(0),
    };
    for (floor, status) in [(Some(u64::MAX), 507), (Some(0), 204)] {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::default());
        let expires_at = clock.now().plus_seconds(300);
        let blobs = FileBlobs::open(directory.path(), "http://files.test", clock, &Sevens).unwrap();
        let blobs = blobs.above_ledger_floor(floor).unwrap();
        let origin = FileOrigin { page_origin: "http://pages.test".to_owned(), secure: false };
        let router = router(blobs.clone(), &origin, &mut Registry::default());
        let signed = blobs.sign_upload(&upload, expires_at);
        let mut headers: Vec<_> =
            signed.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        headers.push(("content-length".to_owned(), content.len().to_string()));
        let (method, url, body) = (signed.method.to_owned(), signed.url, content.to_vec());
        let answer = answer(router, Call { method, url, headers, body }).await;
        assert_eq!(answer.status, status, "a floor of {floor:?}");
        let stored = blobs.open(upload.key).await;
        assert_eq!(matches!(stored, Err(BlobError::NotFound)), status == 507, "{stored:?}");
    }
}
