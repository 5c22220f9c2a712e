//! Nameless files for what is made of an upload: they are gone with their last handle, also after a crash.

use std::{
    fs::File,
    io::{self, Seek as _, Write as _},
    path::PathBuf,
    sync::Arc,
};

/// Where they lie.
#[derive(Debug, Clone)]
pub(crate) struct Scratch(Arc<PathBuf>);

impl Scratch {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self(Arc::new(directory))
    }

    /// An empty file.
    pub(crate) fn file(&self) -> io::Result<File> {
        tempfile::tempfile_in(&*self.0)
    }

    /// A file of `bytes`, at its beginning.
    pub(crate) fn keep(&self, bytes: &[u8]) -> io::Result<File> {
        let mut file = self.file()?;
        file.write_all(bytes)?;
        file.rewind()?;
        Ok(file)
    }
}
