//! `kith backup` and `kith restore`: the embedded profile's data directory as a directory of plain files.
//!
//! A backup is `manifest.json`, the database, the keys, the blobs and the list of deletions. The database is copied first
//! and is one moment of it. Blobs never change, so that any blob that the copy refers to is either still there afterwards
//! or was erased since, which its author wanted. The search index is left out: it is made from the database.

mod create;
mod manifest;
mod restore;

pub(crate) use create::{create, run as run_backup};
pub(crate) use restore::run as run_restore;

/// What a backup takes along beside the database, if it is there: the keys, so that people stay signed in, and what
/// they uploaded.
const DIRECTORIES: [&str; 2] = ["keys", "blobs"];
