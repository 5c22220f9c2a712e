//! What the bucket refuses: everything but exactly what was signed.

use std::sync::Arc;

use kith_contract::blobs::{Answer, Call};
use kith_domain::{
    Clock as _, MediaType,
    blob::Area,
    ports::{Blobs as _, blobs::Disposition},
    text::FileName,
};
use kith_embedded::{SystemClock, SystemRandom};
use kith_harness::S3;
use kith_s3::{CheckError, S3Blobs};

use crate::{
    client::call,
    support::{StandingClock, an_upload, call_of, content, file, fresh, key, settings, soon},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_not_the_signed_one() {
    let blobs = fresh(S3::shared());
    let announced = an_upload(b"hello");
    let good = call_of(&blobs.sign_upload(&announced, soon()), b"hello");
    let with = |name: &str, value: &str| {
        let mut call = good.clone();
        call.headers.retain(|(known, _)| known != name);
        if !value.is_empty() {
            call.headers.push((name.to_owned(), value.to_owned()));
        }
        call
    };
    let of_hello_again = an_upload(b"HELLO");
    let other_hash = call_of(&blobs.sign_upload(&of_hello_again, soon()), b"HELLO");
    let other_hash = other_hash.headers.iter().find(|(name, _)| name.contains("sha256")).expect("a hash");
    for (what, call_made, status) in [
        (
            "the hash of what is sent",
            Call { body: b"HELLO".to_vec(), ..with("x-amz-checksum-sha256", &other_hash.1) },
            403,
        ),
        ("other bytes", Call { body: b"HELLO".to_vec(), ..good.clone() }, 400),
        ("no hash", with("x-amz-checksum-sha256", ""), 403),
        ("no condition", with("if-none-match", ""), 403),
        ("another condition", with("if-none-match", "\"a\""), 403),
        ("another length", Call { body: b"hello!".to_vec(), ..with("content-length", "6") }, 403),
        ("another type", with("content-type", "image/png"), 403),
        (
            "a tampered signature",
            Call { url: good.url.replace("Signature=", "Signature=0"), ..good.clone() },
            400,
        ),
        ("a longer time", Call { url: good.url.replace("Expires=2", "Expires=9"), ..good.clone() }, 403),
        ("another method", Call { method: "DELETE".to_owned(), ..good.clone() }, 403),
    ] {
        let answer = call(call_made).await;
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert_eq!(content(&blobs, announced.key).await, None, "{what}");
    }
    assert_eq!(call(good).await.status, 200);
    assert_eq!(content(&blobs, announced.key).await.as_deref(), Some(&b"hello"[..]));
}

/// By the system's clock: what was signed ten minutes ago for five has expired.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_has_expired() {
    let server = S3::shared();
    let bucket = server.create_bucket().expect("a bucket");
    let clock = StandingClock::now_and_here();
    clock.advance(-600);
    let earlier = S3Blobs::new(&settings(&server.url(), &bucket), Arc::new(clock.clone())).expect("settings");
    let now = S3Blobs::new(&settings(&server.url(), &bucket), Arc::new(SystemClock)).expect("settings");
    let announced = an_upload(b"hello");
    let request = earlier.sign_upload(&announced, clock.now().plus_seconds(300));
    let answer = call(call_of(&request, b"hello")).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(String::from_utf8_lossy(&answer.body).contains("expired"), "{answer:?}");
    assert_eq!(content(&now, announced.key).await, None);

    let stored = key(Area::Media);
    now.put(stored, file(b"hello"), MediaType::Pdf).await.expect("put");
    let shown = Disposition {
        content_type: MediaType::Pdf,
        name: FileName::parse("a.pdf", MediaType::Pdf),
        inline: false,
    };
    let old = earlier.sign_download(stored, &shown, clock.now().plus_seconds(300));
    assert_eq!(get(&old).await.status, 403);
    let young = now.sign_download(stored, &shown, soon());
    assert_eq!(get(&young).await.status, 200);
    for changed in [
        young.replace("Signature=", "Signature=0"),
        young.replace("attachment", "inline"),
        young.replace("response-content-type", "response-content-language"),
        format!("{young}&response-content-encoding=gzip"),
    ] {
        let answer = get(&changed).await;
        assert!((400..500).contains(&answer.status), "{changed}: {answer:?}");
    }
    let other = Call { method: "DELETE".to_owned(), ..a_get(&young) };
    assert_eq!(call(other).await.status, 403);
    assert_eq!(content(&now, stored).await.as_deref(), Some(&b"hello"[..]));
}

/// An upload that is there is not replaced, and one that was completed is not brought back, by the same request.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_used() {
    let blobs = fresh(S3::shared());
    let announced = an_upload(b"hello");
    let request = call_of(&blobs.sign_upload(&announced, soon()), b"hello");
    assert_eq!(call(request.clone()).await.status, 200);
    assert_eq!(call(request.clone()).await.status, 412);
    let to = announced.key.in_area(Area::Media);
    blobs.copy(announced.key, to, MediaType::Pdf).await.expect("copied");
    blobs.delete(announced.key).await.expect("deleted");
    assert_eq!(call(request).await.status, 412);
    assert_eq!(content(&blobs, announced.key).await, None);
    // The mark in its place is nothing to copy.
    assert!(blobs.copy(announced.key, to, MediaType::Pdf).await.is_err());
    assert_eq!(content(&blobs, to).await.as_deref(), Some(&b"hello"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_and_a_wrong_key() {
    let server = S3::shared();
    let bucket = server.create_bucket().expect("a bucket");
    let good = settings(&server.url(), &bucket);
    let blobs = S3Blobs::new(&good, Arc::new(SystemClock)).expect("settings");
    blobs.check(&SystemRandom).await.expect("a bucket that does what it must");
    let stored = key(Area::Media);
    blobs.put(stored, file(b"hello"), MediaType::Pdf).await.expect("put");
    assert_eq!(get(&format!("{}/{stored}", blobs.public_url())).await.status, 403);

    let wrong = kith_s3::S3Settings { secret_access_key: "another".to_owned().into(), ..good };
    let stranger = S3Blobs::new(&wrong, Arc::new(SystemClock)).expect("settings");
    let checked = stranger.check(&SystemRandom).await;
    assert!(matches!(checked, Err(CheckError::Unusable(_))), "{checked:?}");
    assert!(stranger.open(stored).await.is_err());
    assert!(stranger.delete(stored).await.is_err());
    assert_eq!(content(&blobs, stored).await.as_deref(), Some(&b"hello"[..]));
}

fn a_get(url: &str) -> Call {
    Call { method: "GET".to_owned(), url: url.to_owned(), headers: Vec::new(), body: Vec::new() }
}

async fn get(url: &str) -> Answer {
    call(a_get(url)).await
}
