//! Gives a file out, or a part of it.

use std::{
    fs::File,
    io::{Seek as _, SeekFrom},
};

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kith_domain::{BlobKey, ports::Blobs as _};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use crate::{
    answer::Refused,
    blobs::FileBlobs,
    directory::failed,
    metrics::Metrics,
    range::{self, Asked},
};

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// Answers with the file under `key`. What lies there never changes, so its name tells one version from another.
pub(crate) async fn give(
    blobs: &FileBlobs,
    metrics: &Metrics,
    key: BlobKey,
    method: &Method,
    asked: &HeaderMap,
) -> Result<Response, Refused> {
    let file = blobs.open(key).await?;
    let length = file.metadata().map_err(failed)?.len();
    let tag = format!("\"{}\"", key.name());
    let text = |name| asked.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| lists(tags, &tag)) {
        return Ok(answer(StatusCode::NOT_MODIFIED, &tag, Body::empty()));
    }
    let fresh = text(header::IF_RANGE).is_none_or(|condition| condition == tag);
    let part = if fresh { range::read(text(header::RANGE), length) } else { Asked::All };
    let (status, first, count) = match part {
        Asked::All => (StatusCode::OK, 0, length),
        Asked::Part(first, last) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Asked::Unsatisfiable => {
            use axum::response::IntoResponse as _;
            let mut response = Refused::RANGE.into_response();
            insert(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{length}"));
            return Ok(response);
        }
    };
    let body = if *method == Method::HEAD { Body::empty() } else { read(file, first, count)? };
    if *method != Method::HEAD {
        metrics.gave(count);
    }
    let mut response = answer(status, &tag, body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(count));
    if status == StatusCode::PARTIAL_CONTENT {
        insert(headers, header::CONTENT_RANGE, &format!("bytes {first}-{}/{length}", first + count - 1));
    }
    Ok(response)
}

fn lists(tags: &str, tag: &str) -> bool {
    tags.trim() == "*" || tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
}

fn answer(status: StatusCode, tag: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    insert(headers, header::ETAG, tag);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response
}

/// Every value here is made of digits and plain letters.
fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn read(mut file: File, first: u64, count: u64) -> Result<Body, Refused> {
    file.seek(SeekFrom::Start(first)).map_err(failed)?;
    let part = tokio::fs::File::from_std(file).take(count);
    Ok(Body::from_stream(ReaderStream::with_capacity(part, PIECE)))
}
