//! Blobs as files of one directory, and the origin that gives them out.
//!
//! The directory has one part per area, each divided by the first two digits of the names. A file appears there whole and
//! durable or not at all: it is written beside, synced, and moved into place. Requests to upload and download carry a
//! signature of ours (HMAC-SHA256) over all that they may do, as an object store's presigned requests do.
//!
//! The routes are to be served under a host name of their own: what strangers uploaded must share neither origin nor
//! cookies with the pages.

mod answer;
mod blobs;
mod directory;
mod download;
mod metrics;
mod places;
mod range;
mod routes;
mod signature;
mod upload;

pub use blobs::FileBlobs;
pub use directory::OpenError;
pub use routes::{FileOrigin, router};
