//! The files themselves.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use kith_domain::{BlobKey, Random, Timestamp, blob::Area, ports::BlobError};
use rustix::fs::statvfs;
use tempfile::NamedTempFile;

/// Where files are written before they are moved to their place.
const PARTIAL: &str = "partial";
/// Names of uploads whose requests are spent.
const SPENT: &str = "spent";
/// The key that requests are signed with.
const KEY: &str = "signing-key";
/// Bytes of it: as many as the hash gives.
pub(crate) const KEY_BYTES: usize = 32;

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {}", path.display())]
pub struct OpenError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// A directory of blobs. Its calls block.
#[derive(Debug)]
pub(crate) struct Directory {
    root: PathBuf,
}

/// A file on its way in.
pub(crate) struct Partial {
    file: NamedTempFile,
}

impl Directory {
    /// Opens the directory, makes what is missing of it, and removes what an earlier process did not finish.
    pub(crate) fn open(root: &Path) -> Result<Self, OpenError> {
        let made = Self { root: root.to_owned() };
        let prepare = || {
            let partial = root.join(PARTIAL);
            if partial.exists() {
                fs::remove_dir_all(&partial)?;
            }
            fs::create_dir_all(partial)?;
            fs::create_dir_all(root.join(SPENT))?;
            for area in Area::ALL {
                fs::create_dir_all(root.join(area.as_str()))?;
            }
            sync_directory(root)
        };
        prepare().map_err(|source| OpenError { path: root.to_owned(), source })?;
        Ok(made)
    }

    /// The key that requests are signed with; made when there is none.
    pub(crate) fn signing_key(&self, random: &dyn Random) -> Result<[u8; KEY_BYTES], OpenError> {
        let path = self.root.join(KEY);
        let load = || {
            let mut key = [0; KEY_BYTES];
            match File::open(&path) {
                Ok(mut file) => file.read_exact(&mut key)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    random.fill(&mut key);
                    let mut options = OpenOptions::new();
                    let mut file = options.write(true).create_new(true).mode(0o600).open(&path)?;
                    file.write_all(&key)?;
                    file.sync_all()?;
                    sync_directory(&self.root)?;
                }
                Err(error) => return Err(error),
            }
            Ok(key)
        };
        load().map_err(|source| OpenError { path: path.clone(), source })
    }

    /// The size of the disk in bytes, and how many of them are free.
    pub(crate) fn disk(&self) -> io::Result<(u64, u64)> {
        let disk = statvfs(&self.root)?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        Ok((bytes(disk.f_blocks), bytes(disk.f_bavail)))
    }

    fn path(&self, key: BlobKey) -> PathBuf {
        let name = key.name();
        self.root.join(key.area().as_str()).join(&name[..2]).join(name)
    }

    /// Where a file is to be; its directory is there, too.
    fn place(&self, key: BlobKey) -> io::Result<PathBuf> {
        let path = self.path(key);
        if let Some(shard) = path.parent()
            && !shard.is_dir()
        {
            fs::create_dir_all(shard)?;
            sync_parent(shard)?;
        }
        Ok(path)
    }

    fn spent_path(&self, key: BlobKey) -> PathBuf {
        self.root.join(SPENT).join(key.name())
    }

    /// Begins a file.
    pub(crate) fn begin(&self) -> Result<Partial, BlobError> {
        let file = NamedTempFile::new_in(self.root.join(PARTIAL)).map_err(failed)?;
        Ok(Partial { file })
    }

    /// Moves a file, synced before, to its place; durable when this returns.
    pub(crate) fn finish(&self, partial: Partial, key: BlobKey) -> Result<(), BlobError> {
        let path = self.place(key).map_err(failed)?;
        partial.file.as_file().sync_all().map_err(failed)?;
        partial.file.persist(&path).map_err(|error| failed(error.error))?;
        sync_parent(&path).map_err(failed)
    }

    pub(crate) fn open_blob(&self, key: BlobKey) -> Result<File, BlobError> {
        File::open(self.path(key)).map_err(failed)
    }

    /// Stores all of `content` under `key`.
    pub(crate) fn put(&self, key: BlobKey, mut content: File) -> Result<(), BlobError> {
        let mut partial = self.begin()?;
        content.rewind().map_err(failed)?;
        io::copy(&mut content, partial.file.as_file_mut()).map_err(failed)?;
        self.finish(partial, key)
    }

    /// Gives what lies under `from` a second name.
    pub(crate) fn copy(&self, from: BlobKey, to: BlobKey) -> Result<(), BlobError> {
        let path = self.place(to).map_err(failed)?;
        match fs::hard_link(self.path(from), &path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            linked => linked.map_err(failed)?,
        }
        sync_parent(&path).map_err(failed)
    }

    /// Removes a blob. An upload's request is spent first, so that it cannot bring the upload back.
    pub(crate) fn delete(&self, key: BlobKey) -> Result<(), BlobError> {
        if key.area() == Area::Upload {
            File::create(self.spent_path(key)).map_err(failed)?;
        }
        let path = self.path(key);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| sync_parent(&path)).map_err(failed),
        }
    }

    /// Whether the request of an upload is spent.
    pub(crate) fn is_spent(&self, key: BlobKey) -> bool {
        self.spent_path(key).exists()
    }

    /// Removes uploads, and marks of spent ones, that were written before `before`.
    pub(crate) fn purge_uploads(&self, before: Timestamp) -> Result<(), BlobError> {
        let before = UNIX_EPOCH + Duration::from_millis(u64::try_from(before.as_millis()).unwrap_or(0));
        let purge = |directory: &Path| -> io::Result<()> {
            for file in fs::read_dir(directory)? {
                let file = file?;
                if file.metadata()?.modified()? < before {
                    fs::remove_file(file.path())?;
                }
            }
            Ok(())
        };
        let uploads = self.root.join(Area::Upload.as_str());
        for shard in fs::read_dir(uploads).map_err(failed)? {
            purge(&shard.map_err(failed)?.path()).map_err(failed)?;
        }
        purge(&self.root.join(SPENT)).map_err(failed)
    }
}

impl Partial {
    /// Another handle to write through.
    pub(crate) fn writer(&self) -> Result<File, BlobError> {
        self.file.reopen().map_err(failed)
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_directory)
}

/// A name is durable once its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// An error of the file system in the words of the port.
pub(crate) fn failed(error: io::Error) -> BlobError {
    match error.kind() {
        io::ErrorKind::NotFound => BlobError::NotFound,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BlobError::Full,
        _ => BlobError::Unavailable(Arc::new(error)),
    }
}
