//! What [`Blobs`] promises.

use std::{
    fs::File,
    future::Future,
    io::{Read as _, Seek as _, Write as _},
    pin::Pin,
};

use kith_domain::{
    BlobKey, MediaId, MediaType, Timestamp, Upload, UserId,
    blob::Area,
    ports::{
        BlobError, Blobs,
        blobs::{Disposition, SignedRequest},
    },
    text::FileName,
};
use sha2::{Digest as _, Sha256};

use crate::{Case, fixtures::fresh};

/// A request that a client makes.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method.
    pub method: String,
    /// Where to.
    pub url: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// A call under way.
pub type Calling = Pin<Box<dyn Future<Output = Answer>>>;

/// Blobs, a client, and a hand on the clock that signatures are judged by.
pub struct BlobsAndClient {
    /// The blobs.
    pub blobs: Box<dyn Blobs>,
    /// Makes a request as any client would.
    pub call: Box<dyn Fn(Call) -> Calling>,
    /// Tells the time.
    pub now: Box<dyn Fn() -> Timestamp>,
    /// Moves it on by so many seconds.
    pub advance: Box<dyn Fn(i64)>,
}

impl AsRef<BlobsAndClient> for BlobsAndClient {
    fn as_ref(&self) -> &BlobsAndClient {
        self
    }
}

/// The suite.
pub const BLOBS: &[Case<BlobsAndClient>] = cases![
    what_is_put_is_there_whole,
    an_upload_is_taken_as_announced,
    anything_but_what_was_announced_leaves_nothing,
    a_deleted_upload_is_not_taken_again,
    an_upload_is_copied_and_never_given_out,
    what_is_deleted_is_gone,
    a_download_is_what_was_signed,
    old_uploads_are_purged,
];

const SECONDS: i64 = 300;

fn key(area: Area) -> BlobKey {
    match BlobKey::parse(area, &format!("{:032x}", fresh())) {
        Ok(key) => key,
        Err(error) => panic!("{error}"),
    }
}

fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(content).and_then(|()| file.rewind()).expect("room for a few bytes");
    file
}

async fn content(subject: &BlobsAndClient, key: BlobKey) -> Option<Vec<u8>> {
    match subject.blobs.open(key).await {
        Ok(mut file) => {
            let mut content = Vec::new();
            file.read_to_end(&mut content).expect("a readable file");
            Some(content)
        }
        Err(BlobError::NotFound) => None,
        Err(error) => panic!("{error}"),
    }
}

fn an_upload(content: &[u8]) -> Upload {
    Upload {
        id: MediaId::new(fresh()),
        owner_id: UserId::new(1),
        name: FileName::parse("a.pdf", MediaType::Pdf),
        content_type: MediaType::Pdf,
        size_bytes: content.len() as u64,
        sha256: Sha256::digest(content).into(),
        key: key(Area::Upload),
        created_at: Timestamp::from_millis(0),
    }
}

fn signed(subject: &BlobsAndClient, upload: &Upload) -> SignedRequest {
    subject.blobs.sign_upload(upload, (subject.now)().plus_seconds(SECONDS))
}

fn call_of(request: &SignedRequest, body: &[u8]) -> Call {
    let headers = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Call {
        method: request.method.to_owned(),
        url: request.url.clone(),
        headers: headers.chain([("content-length".to_owned(), body.len().to_string())]).collect(),
        body: body.to_vec(),
    }
}

async fn upload(subject: &BlobsAndClient, content: &[u8]) -> Upload {
    let upload = an_upload(content);
    let answer = (subject.call)(call_of(&signed(subject, &upload), content)).await;
    assert!((200..300).contains(&answer.status), "{answer:?}");
    upload
}

async fn get(subject: &BlobsAndClient, url: &str) -> Answer {
    (subject.call)(Call {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    })
    .await
}

fn shown(name: &str, inline: bool) -> Disposition {
    Disposition { content_type: MediaType::Pdf, name: FileName::parse(name, MediaType::Pdf), inline }
}

async fn what_is_put_is_there_whole(subject: &BlobsAndClient) {
    let (key, large) = (key(Area::Media), vec![7; 300_000]);
    assert_eq!(content(subject, key).await, None);
    for _ in 0..2 {
        let mut source = file(&large);
        // From its beginning, wherever it stands.
        source.seek(std::io::SeekFrom::End(0)).expect("a seekable file");
        subject.blobs.put(key, source, MediaType::Pdf).await.expect("put");
        assert_eq!(content(subject, key).await.as_ref(), Some(&large));
    }
    assert_eq!(content(subject, key.in_area(Area::Thumbnail)).await, None, "areas are apart");
}

async fn an_upload_is_taken_as_announced(subject: &BlobsAndClient) {
    let announced = upload(subject, b"hello").await;
    assert_eq!(content(subject, announced.key).await.as_deref(), Some(&b"hello"[..]));
    // A client that did not hear the answer asks again: it may hear that the upload is there (Precondition Failed).
    let again = (subject.call)(call_of(&signed(subject, &announced), b"hello")).await;
    assert!((200..300).contains(&again.status) || again.status == 412, "{again:?}");
    assert_eq!(content(subject, announced.key).await.as_deref(), Some(&b"hello"[..]));
}

async fn anything_but_what_was_announced_leaves_nothing(subject: &BlobsAndClient) {
    let announced = an_upload(b"hello");
    let good = call_of(&signed(subject, &announced), b"hello");
    let with = |name: &str, value: &str| {
        let mut call = good.clone();
        call.headers.retain(|(known, _)| known != name);
        if !value.is_empty() {
            call.headers.push((name.to_owned(), value.to_owned()));
        }
        call
    };
    let body = |body: &[u8]| {
        let length = body.len().to_string();
        Call { body: body.to_vec(), ..with("content-length", &length) }
    };
    let other = an_upload(b"hello").key;
    let calls = [
        ("one byte more", body(b"hello!")),
        ("one byte less", body(b"hell")),
        ("other bytes", body(b"HELLO")),
        ("a lie about the length", Call { body: b"hell".to_vec(), ..good.clone() }),
        ("no length", with("content-length", "")),
        ("another type", with("content-type", "text/html")),
        ("no type", with("content-type", "")),
        ("another method", Call { method: "POST".to_owned(), ..good.clone() }),
        ("another key", Call { url: good.url.replace(&announced.key.name(), &other.name()), ..good.clone() }),
        (
            "another length in the address",
            Call { url: good.url.replace("length=5", "length=6"), ..body(b"hello!") },
        ),
        (
            "no signature",
            Call { url: good.url.split('?').next().unwrap_or_default().to_owned(), ..good.clone() },
        ),
    ];
    for (what, call) in calls {
        let answer = (subject.call)(call).await;
        assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
        assert_eq!(content(subject, announced.key).await, None, "{what}");
        assert_eq!(content(subject, other).await, None, "{what}");
    }
    (subject.advance)(SECONDS);
    let late = (subject.call)(good).await;
    assert!((400..500).contains(&late.status), "{late:?}");
    assert_eq!(content(subject, announced.key).await, None);
}

async fn a_deleted_upload_is_not_taken_again(subject: &BlobsAndClient) {
    let announced = upload(subject, b"hello").await;
    let never_sent = an_upload(b"hello");
    for one in [&announced, &never_sent] {
        subject.blobs.delete(one.key).await.expect("deleted");
        let again = (subject.call)(call_of(&signed(subject, one), b"hello")).await;
        assert!((400..500).contains(&again.status), "{again:?}");
        assert_eq!(content(subject, one.key).await, None);
    }
}

async fn an_upload_is_copied_and_never_given_out(subject: &BlobsAndClient) {
    let announced = upload(subject, b"hello").await;
    let to = announced.key.in_area(Area::Media);
    for _ in 0..2 {
        subject.blobs.copy(announced.key, to, MediaType::Pdf).await.expect("copied");
    }
    subject.blobs.delete(announced.key).await.expect("deleted");
    assert_eq!(content(subject, to).await.as_deref(), Some(&b"hello"[..]), "the copy stays");
    let missing = subject.blobs.copy(announced.key, key(Area::Media), MediaType::Pdf).await;
    assert!(matches!(missing, Err(BlobError::NotFound)), "{missing:?}");
    let waiting = upload(subject, b"secret").await;
    let url =
        subject.blobs.sign_download(waiting.key, &shown("a.pdf", true), (subject.now)().plus_seconds(60));
    assert!(!(200..300).contains(&get(subject, &url).await.status));
}

async fn what_is_deleted_is_gone(subject: &BlobsAndClient) {
    let key = key(Area::Media);
    subject.blobs.put(key, file(b"hello"), MediaType::Pdf).await.expect("put");
    let url = subject.blobs.sign_download(key, &shown("a.pdf", true), (subject.now)().plus_seconds(60));
    assert_eq!(get(subject, &url).await.status, 200);
    for _ in 0..2 {
        subject.blobs.delete(key).await.expect("deleted");
    }
    assert_eq!(content(subject, key).await, None);
    assert_eq!(get(subject, &url).await.status, 404);
}

async fn a_download_is_what_was_signed(subject: &BlobsAndClient) {
    let (key, other) = (key(Area::Media), key(Area::Media));
    subject.blobs.put(key, file(b"hello"), MediaType::Pdf).await.expect("put");
    subject.blobs.put(other, file(b"secret"), MediaType::Pdf).await.expect("put");
    let until = (subject.now)().plus_seconds(SECONDS);
    for (inline, word) in [(true, "inline"), (false, "attachment")] {
        let url = subject.blobs.sign_download(key, &shown("報告.pdf", inline), until);
        let answer = get(subject, &url).await;
        assert_eq!((answer.status, &*answer.body), (200, &b"hello"[..]));
        assert_eq!(answer.header("content-type"), "application/pdf");
        let disposition = answer.header("content-disposition");
        assert!(disposition.starts_with(word), "{disposition}");
        assert!(disposition.contains("%E5%A0%B1%E5%91%8A.pdf"), "{disposition}");
        for changed in [
            url.replace(&key.name(), &other.name()),
            url.split('?').next().unwrap_or_default().to_owned(),
            url.replace("application%2Fpdf", "text%2Fhtml"),
        ] {
            let answer = get(subject, &changed).await;
            assert!((400..500).contains(&answer.status), "{changed}: {answer:?}");
        }
    }
    let url = subject.blobs.sign_download(key, &shown("a.pdf", true), until);
    (subject.advance)(SECONDS - 1);
    assert_eq!(get(subject, &url).await.status, 200);
    (subject.advance)(1);
    assert_eq!(get(subject, &url).await.status, 403);
}

async fn old_uploads_are_purged(subject: &BlobsAndClient) {
    let announced = upload(subject, b"hello").await;
    let kept = key(Area::Media);
    subject.blobs.put(kept, file(b"hello"), MediaType::Pdf).await.expect("put");
    subject.blobs.purge_uploads(Timestamp::from_millis(1_000_000)).await.expect("purged");
    assert!(content(subject, announced.key).await.is_some(), "it is younger");
    // After the year 5000.
    subject.blobs.purge_uploads(Timestamp::from_millis(100_000_000_000_000)).await.expect("purged");
    assert_eq!(content(subject, announced.key).await, None);
    assert!(content(subject, kept).await.is_some());
}
