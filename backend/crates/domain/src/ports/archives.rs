//! Archives: many files in one, for people to take away.

use std::{fs::File, io, sync::Arc};

use async_trait::async_trait;

/// Why an archive cannot be written: the disk is full, or fails.
#[derive(Debug, Clone, thiserror::Error)]
#[error("an archive cannot be written")]
pub struct ArchiveError(#[source] pub Arc<dyn std::error::Error + Send + Sync>);

impl From<io::Error> for ArchiveError {
    fn from(error: io::Error) -> Self {
        Self(Arc::new(error))
    }
}

/// Makes archives.
#[async_trait]
pub trait Archives: Send + Sync {
    /// Begins an empty archive. It takes little memory, however large it becomes, and leaves nothing behind when it is
    /// dropped.
    async fn begin(&self) -> Result<Box<dyn Archive>, ArchiveError>;
}

/// An archive being written, one file after another. Names are relative, with `/` between their parts.
#[async_trait]
pub trait Archive: Send {
    /// Begins a text file, which will be compressed.
    async fn begin_text(&mut self, name: &str) -> Result<(), ArchiveError>;
    /// Goes on with the text file.
    async fn write(&mut self, text: String) -> Result<(), ArchiveError>;
    /// Adds all of `content`, from its beginning, as it is.
    async fn add(&mut self, name: &str, content: File) -> Result<(), ArchiveError>;
    /// Ends the archive; the file stands at its beginning.
    async fn finish(self: Box<Self>) -> Result<File, ArchiveError>;
}
