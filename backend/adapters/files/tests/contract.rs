//! The files keep the contract of their port.

use std::sync::Arc;

use axum::body::Body;
use http::Request;
use kith_contract::blobs::{Answer, BLOBS, BlobsAndClient, Call};
use kith_domain::{Clock, Random};
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
