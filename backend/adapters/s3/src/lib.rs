//! Blobs in a bucket of S3, or of a store that speaks its protocol.
//!
//! Clients upload to the bucket and download from it by presigned requests ([Signature Version 4][sigv4]); an upload's
//! binds key, type, length and SHA-256. Kith itself reads, writes, copies and removes.
//!
//! # What the bucket must do
//! - Refuse a `PUT` with `If-None-Match: *` where an object is, which S3 does and some other stores do not. An upload's
//!   request can be sent as often as one likes until it expires, and S3 cannot take it back. But it only creates: while
//!   something lies under the key, nothing else gets there. So removing an upload puts an empty mark in its place, of a
//!   type that no upload has, which says that the request is spent. The mark goes with [`purge_uploads`], which is
//!   called for a time before which every request has expired. For a client this means that the same request sent again
//!   is answered 412: what it brought is there.
//! - Check `x-amz-checksum-sha256` before the object is seen.
//! - Be private, but for reading `avatars/`, which are given out to whoever knows their names.
//! - Answer the pages' origin by CORS: `PUT` and `GET`, with the headers `content-type`, `if-none-match` and
//!   `x-amz-checksum-sha256`.
//! - Forget parts of unfinished multipart uploads after some days (a life-cycle rule): a server that is killed while it
//!   stores something large leaves them, and nobody can refer to them.
//!
//! Versioning may be on: whatever is removed is removed with all its versions, for which the key needs the rights to
//! list and delete them. [`S3Blobs::check`] tries what can be tried.
//!
//! [sigv4]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
//! [`purge_uploads`]: kith_domain::ports::Blobs::purge_uploads

mod blobs;
mod check;
mod failure;
mod place;
mod remote;
mod removal;
mod settings;
mod signature;
mod spent;
mod transfer;
mod versions;

pub use blobs::S3Blobs;
pub use check::CheckError;
pub use settings::{Addressing, S3Settings, SettingsError, check_bucket};
