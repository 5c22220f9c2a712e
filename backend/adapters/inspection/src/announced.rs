//! Whether a file is what was announced.

use std::{
    fs::File,
    io::{Read as _, Seek as _},
};

use aws_lc_rs::digest;
use kith_domain::Upload;

use crate::fault::{Fault, require};

/// Compares length and SHA-256; leaves the file at its beginning.
pub(crate) fn check(upload: &Upload, file: &mut File) -> Result<(), Fault> {
    require(file.metadata()?.len() == upload.size_bytes, "the file is not as long as announced")?;
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => hash.update(&piece[..read]),
        }
    }
    file.rewind()?;
    require(hash.finish().as_ref() == upload.sha256, "the file is another one than announced")
}
