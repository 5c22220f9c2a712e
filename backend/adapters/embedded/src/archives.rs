//! ZIP archives, which every system opens by itself.

use std::{
    fs::File,
    io::{self, Seek as _, SeekFrom, Write as _},
};

use async_trait::async_trait;
use kith_domain::ports::archives::{Archive, ArchiveError, Archives};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Writes archives to nameless temporary files of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct ZipArchives;

#[async_trait]
impl Archives for ZipArchives {
    async fn begin(&self) -> Result<Box<dyn Archive>, ArchiveError> {
        let writer = blocking(|| Ok(ZipWriter::new(tempfile::tempfile()?))).await?;
        Ok(Box::new(ZipArchive { writer: Some(writer) }))
    }
}

struct ZipArchive {
    /// Away while it is written to; gone for good after a failure.
    writer: Option<ZipWriter<File>>,
}

impl ZipArchive {
    async fn with(
        &mut self,
        work: impl FnOnce(&mut ZipWriter<File>) -> io::Result<()> + Send + 'static,
    ) -> Result<(), ArchiveError> {
        let mut writer = self.take()?;
        let written = blocking(move || work(&mut writer).map(|()| writer)).await;
        self.writer = Some(written?);
        Ok(())
    }

    fn take(&mut self) -> Result<ZipWriter<File>, ArchiveError> {
        self.writer.take().ok_or_else(|| io::Error::other("the archive has failed before").into())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ArchiveError> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(io::Error::other)??)
}

/// Dates are left out: they would be those of the archive's making.
fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(method).large_file(true)
}

#[async_trait]
impl Archive for ZipArchive {
    async fn begin_text(&mut self, name: &str) -> Result<(), ArchiveError> {
        let name = name.to_owned();
        let begin =
            |writer: &mut ZipWriter<File>| Ok(writer.start_file(name, options(CompressionMethod::Deflated))?);
        self.with(begin).await
    }

    async fn write(&mut self, text: String) -> Result<(), ArchiveError> {
        self.with(move |writer| writer.write_all(text.as_bytes())).await
    }

    async fn add(&mut self, name: &str, mut content: File) -> Result<(), ArchiveError> {
        let name = name.to_owned();
        let add = move |writer: &mut ZipWriter<File>| {
            content.rewind()?;
            // Pictures and films are compressed already.
            writer.start_file(name, options(CompressionMethod::Stored))?;
            io::copy(&mut content, writer).map(drop)
        };
        self.with(add).await
    }

    async fn finish(mut self: Box<Self>) -> Result<File, ArchiveError> {
        let writer = self.take()?;
        blocking(move || {
            let mut file = writer.finish()?;
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[tokio::test]
    async fn what_is_written_is_in_the_archive() {
        let mut archive = ZipArchives.begin().await.unwrap();
        archive.begin_text("a/texts.jsonl").await.unwrap();
        for line in ["one\n", "zwei 林\n"] {
            archive.write(line.to_owned()).await.unwrap();
        }
        let mut picture = tempfile::tempfile().unwrap();
        picture.write_all(&[0, 255, 7]).unwrap();
        archive.add("b/picture.png", picture).await.unwrap();
        archive.begin_text("empty").await.unwrap();
        let mut read = zip::ZipArchive::new(archive.finish().await.unwrap()).unwrap();
        assert_eq!(read.len(), 3);
        for (name, expected) in
            [("a/texts.jsonl", "one\nzwei 林\n".as_bytes()), ("b/picture.png", &[0, 255, 7]), ("empty", &[])]
        {
            let mut content = Vec::new();
            read.by_name(name).unwrap().read_to_end(&mut content).unwrap();
            assert_eq!(content, expected, "{name}");
        }
    }
}
