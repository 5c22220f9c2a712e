//! What [`Inspector`] promises, on files that are small enough to stand here.

use std::{
    fs::File,
    io::{Read as _, Seek as _, Write as _},
};

use kith_domain::{
    BlobKey, MediaId, MediaType, Timestamp, Upload, UserId,
    blob::Area,
    ports::{InspectError, Inspector, inspector::Inspected},
    text::FileName,
};
use sha2::{Digest as _, Sha256};

use crate::{Case, fixtures::fresh};

/// The suite.
pub const INSPECTOR: &[Case<dyn Inspector>] = cases![
    the_type_is_told_by_content,
    another_file_than_announced_is_refused,
    what_is_of_no_type_of_its_kind_is_refused,
    a_picture_comes_out_alone,
    a_document_stays_as_it_is,
    an_avatar_is_a_jpeg,
];

const GIF_HEAD: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00";
const GIF_PICTURE: &[u8] = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";
/// Eight samples of a byte, a thousandth of a second.
const WAV: &[u8] =
    b"RIFF\x2c\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\
    \x01\x00\x08\x00data\x08\x00\x00\x00\x80\x80\x80\x80\x80\x80\x80\x80";
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n";
const PAGE: &[u8] = b"<!doctype html><script>alert(1)</script>";

fn gif() -> Vec<u8> {
    [GIF_HEAD, GIF_PICTURE].concat()
}

fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(content).and_then(|()| file.rewind()).expect("room for a few bytes");
    file
}

fn bytes(mut file: File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).expect("a readable file");
    bytes
}

fn announced(said: MediaType, content: &[u8]) -> Upload {
    let key = BlobKey::parse(Area::Upload, &format!("{:032x}", fresh()));
    Upload {
        id: MediaId::new(fresh()),
        owner_id: UserId::new(1),
        name: FileName::parse("a", said),
        content_type: said,
        size_bytes: content.len() as u64,
        sha256: Sha256::digest(content).into(),
        key: key.expect("32 digits"),
        created_at: Timestamp::from_millis(0),
    }
}

async fn look(inspector: &dyn Inspector, said: MediaType, content: &[u8]) -> Result<Inspected, InspectError> {
    inspector.inspect(&announced(said, content), file(content)).await
}

fn is_refused<T>(outcome: &Result<T, InspectError>) -> bool {
    matches!(outcome, Err(InspectError::Refused(_)))
}

async fn the_type_is_told_by_content(inspector: &dyn Inspector) {
    for (said, content, expected) in [
        (MediaType::Gif, &*gif(), MediaType::Gif),
        (MediaType::Jpeg, &*gif(), MediaType::Gif),
        (MediaType::Mp3, WAV, MediaType::Wav),
        (MediaType::Docx, PDF, MediaType::Pdf),
    ] {
        let seen = look(inspector, said, content).await.expect("it passes");
        assert_eq!(seen.content_type, expected, "{said:?}");
        let measured = (seen.width, seen.height, seen.duration_ms);
        let real = match expected {
            MediaType::Gif => (Some(1), Some(1), None),
            MediaType::Wav => (None, None, Some(1)),
            _ => (None, None, None),
        };
        assert_eq!(measured, real, "{expected:?}");
    }
}

async fn another_file_than_announced_is_refused(inspector: &dyn Inspector) {
    let upload = announced(MediaType::Pdf, PDF);
    for size_bytes in [upload.size_bytes - 1, upload.size_bytes + 1] {
        let lie = Upload { size_bytes, ..upload.clone() };
        assert!(is_refused(&inspector.inspect(&lie, file(PDF)).await), "{size_bytes} bytes");
    }
    let other = Upload { sha256: [0; 32], ..upload };
    assert!(is_refused(&inspector.inspect(&other, file(PDF)).await));
}

async fn what_is_of_no_type_of_its_kind_is_refused(inspector: &dyn Inspector) {
    for said in MediaType::ALL {
        assert!(is_refused(&look(inspector, said, PAGE).await), "a page as {said:?}");
        assert!(is_refused(&look(inspector, said, b"").await), "nothing as {said:?}");
    }
    for (said, content) in [(MediaType::Png, PDF), (MediaType::Pdf, &*gif()), (MediaType::Mp4, WAV)] {
        assert!(is_refused(&look(inspector, said, content).await), "{said:?}");
    }
    let behind = [PDF, PAGE].concat();
    assert!(is_refused(&look(inspector, MediaType::Pdf, &behind).await), "a page behind a document");
}

async fn a_picture_comes_out_alone(inspector: &dyn Inspector) {
    let telling = [GIF_HEAD, b"\x21\xfe\x06secret\x00", GIF_PICTURE, PAGE].concat();
    let seen = look(inspector, MediaType::Gif, &telling).await.expect("it passes");
    let kept = bytes(seen.rewritten.expect("something else is kept"));
    assert!(!kept.windows(6).any(|part| part == b"secret" || part == b"script"));
    let (small, small_type) = seen.thumbnail.expect("a thumbnail");
    assert!(matches!(small_type, MediaType::Jpeg | MediaType::Png));
    assert!(!bytes(small).is_empty());
    let again = look(inspector, MediaType::Gif, &kept).await.expect("what is kept passes");
    assert_eq!(bytes(again.rewritten.expect("a picture")), kept);
}

async fn a_document_stays_as_it_is(inspector: &dyn Inspector) {
    let seen = look(inspector, MediaType::Pdf, PDF).await.expect("it passes");
    assert!(seen.rewritten.is_none() && seen.thumbnail.is_none());
}

async fn an_avatar_is_a_jpeg(inspector: &dyn Inspector) {
    let square = bytes(inspector.avatar(file(&gif())).await.expect("a picture"));
    assert!(square.starts_with(b"\xff\xd8\xff") && square.ends_with(b"\xff\xd9"));
    assert!(is_refused(&inspector.avatar(file(PDF)).await));
}
