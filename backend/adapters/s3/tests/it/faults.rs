//! What happens when the store goes away.

use std::{
    io::Write as _,
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

use kith_domain::{
    MediaType,
    blob::Area,
    ports::{BlobError, Blobs as _},
};
use kith_embedded::SystemClock;
use kith_harness::S3;
use kith_s3::S3Blobs;

use crate::{
    client::{call, send_head},
    support::{an_upload, call_of, content, file, fresh, key, settings, soon},
};

/// A failure is known within this time, so that whoever waits can be told.
const BOUND: Duration = Duration::from_secs(30);

/// Every call fails with [`BlobError::Unavailable`], and soon enough.
async fn assert_unavailable(blobs: &S3Blobs) {
    let (stored, upload) = (key(Area::Media), key(Area::Upload));
    let began = Instant::now();
    let (opened, put, copied, deleted, purged) = tokio::join!(
        blobs.open(stored),
        blobs.put(stored, file(b"hello"), MediaType::Pdf),
        blobs.copy(upload, stored, MediaType::Pdf),
        blobs.delete(stored),
        blobs.purge_uploads(soon()),
    );
    for outcome in [opened.map(drop), put, copied, deleted, purged] {
        assert!(matches!(outcome, Err(BlobError::Unavailable(_))), "{outcome:?}");
    }
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_is_unavailable_and_comes_back() {
    let server = S3::start().expect("a server");
    let blobs = fresh(&server);
    let stored = key(Area::Media);
    blobs.put(stored, file(b"hello"), MediaType::Pdf).await.expect("put");
    server.kill();
    assert_unavailable(&blobs).await;
    server.restart().expect("a server");
    assert_eq!(content(&blobs, stored).await.as_deref(), Some(&b"hello"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_says_nothing_is_unavailable() {
    // Connections are made by the system; nobody ever reads from them.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("its address");
    let blobs = S3Blobs::new(&settings(&format!("http://{address}"), "kith"), Arc::new(SystemClock));
    assert_unavailable(&blobs.expect("settings")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_cut_off_leaves_nothing() {
    let server = S3::start().expect("a server");
    let blobs = fresh(&server);
    let body = vec![7; 3 << 20];
    let announced = an_upload(&body);
    let request = call_of(&blobs.sign_upload(&announced, soon()), &body);
    let mut stream = send_head(&request);
    stream.write_all(&body[..2 << 20]).expect("a server that reads");
    server.kill();
    drop(stream);
    server.restart().expect("a server");
    assert_eq!(content(&blobs, announced.key).await, None);
    // Nothing is in its way either.
    assert_eq!(call(request).await.status, 200);
    assert_eq!(content(&blobs, announced.key).await, Some(body));
}

/// More than one part, so that the store puts it together.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_whole_or_not_there() {
    let server = S3::start().expect("a server");
    let blobs = fresh(&server);
    let large: Vec<u8> = (0..40 << 20).map(|n: u32| (n >> 10) as u8).collect();
    let stored = key(Area::Export);
    let storing = {
        let (blobs, large) = (blobs.clone(), file(&large));
        tokio::spawn(async move { blobs.put(stored, large, MediaType::Zip).await })
    };
    // While the first parts are there and the rest is not.
    let directory = server.directory().to_owned();
    let part_is_there = move || {
        std::fs::read_dir(&directory)
            .expect("a directory")
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().contains(".part-"))
    };
    let deadline = Instant::now() + BOUND;
    while !part_is_there() && !storing.is_finished() {
        assert!(Instant::now() < deadline, "no part arrived");
        tokio::task::yield_now().await;
    }
    server.kill();
    let outcome = storing.await.expect("an outcome");
    server.restart().expect("a server");
    assert!(matches!(outcome, Err(BlobError::Unavailable(_))), "{outcome:?}");
    assert_eq!(content(&blobs, stored).await, None);
    blobs.put(stored, file(&large), MediaType::Zip).await.expect("put");
    assert!(content(&blobs, stored).await == Some(large));
}
