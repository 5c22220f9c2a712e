//! The bucket keeps the contract of its port.

use std::sync::Arc;

use kith_contract::blobs::{BLOBS, BlobsAndClient};
use kith_domain::Clock as _;
use kith_harness::S3;
use kith_s3::S3Blobs;

use crate::{
    client::call,
    support::{StandingClock, settings},
};

#[tokio::test(flavor = "multi_thread")]
async fn blobs() {
    kith_contract::run("blobs", BLOBS, async || {
        let clock = StandingClock::now_and_here();
        let [judging, signing, told, moved] = std::array::from_fn(|_| clock.clone());
        let server = S3::start_at(Arc::new(move || judging.seconds())).expect("a server");
        let bucket = server.create_bucket().expect("a bucket");
        let blobs =
            S3Blobs::new(&settings(&server.url(), &bucket), Arc::new(signing)).expect("good settings");
        let subject = BlobsAndClient {
            blobs: Box::new(blobs),
            call: Box::new(|request| Box::pin(call(request))),
            now: Box::new(move || told.now()),
            advance: Box::new(move |seconds| moved.advance(seconds)),
        };
        (subject, server)
    })
    .await;
}
