//! The list of a backup's files, by which it is checked before anything is made of it.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Component, Path, PathBuf},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The layout of backups that this release writes and reads.
const FORMAT: u32 = 1;
const NAME: &str = "manifest.json";

/// What a backup is made of.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The release that made it.
    pub(super) release: String,
    /// When, in RFC 3339.
    pub(super) created_at: String,
    /// The epoch of the store it is a copy of.
    pub(super) epoch: String,
    pub(super) files: Vec<Listed>,
}

/// A file of a backup.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    /// Relative to the backup, with `/` between names.
    pub(super) path: String,
    size_bytes: u64,
    sha256: String,
}

impl Manifest {
    pub(super) fn new(created_at: String, epoch: String, files: Vec<Listed>) -> Self {
        Self { format: FORMAT, release: env!("CARGO_PKG_VERSION").to_owned(), created_at, epoch, files }
    }

    /// Writes it, durably: with it a backup is whole.
    pub(super) fn write(&self, directory: &Path) -> anyhow::Result<()> {
        let path = directory.join(NAME);
        fs::write(&path, serde_json::to_string_pretty(self)? + "\n")?;
        File::open(&path)?.sync_all()?;
        Ok(File::open(directory)?.sync_all()?)
    }

    /// Reads it and checks every file it lists.
    ///
    /// # Errors
    /// Says what is missing, changed or from another release.
    pub(super) fn verified(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join(NAME);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} is no backup: it has no {NAME}", directory.display()))?;
        let manifest: Self =
            serde_json::from_str(&text).with_context(|| format!("{} cannot be read", path.display()))?;
        anyhow::ensure!(
            manifest.format == FORMAT,
            "this backup has format {}; release {} made it, and this one reads format {FORMAT}",
            manifest.format,
            manifest.release
        );
        for listed in &manifest.files {
            let found = Listed::of(directory, &listed.path)?;
            anyhow::ensure!(
                found == *listed,
                "{} is not what was backed up: it was changed or cut off",
                listed.path
            );
        }
        Ok(manifest)
    }
}

impl Listed {
    /// The file as it is now.
    pub(super) fn of(directory: &Path, path: &str) -> anyhow::Result<Self> {
        let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        anyhow::ensure!(plain && !path.is_empty(), "{path:?} leads out of the backup");
        let (size_bytes, sha256) =
            digest(&directory.join(path)).with_context(|| format!("{path} cannot be read"))?;
        Ok(Self { path: path.to_owned(), size_bytes, sha256 })
    }
}

fn digest(path: &Path) -> anyhow::Result<(u64, String)> {
    let (mut file, mut hash, mut size) = (File::open(path)?, Sha256::new(), 0_u64);
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            let hex = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            return Ok((size, hex));
        }
        hash.update(&buffer[..read]);
        size += read as u64;
    }
}

/// Paths of all files below `directory`, relative to `base`, in no particular order. A directory that is not there has none.
pub(super) fn files_below(base: &Path, directory: &str) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut left = vec![PathBuf::from(directory)];
    while let Some(relative) = left.pop() {
        let entries = match fs::read_dir(base.join(&relative)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).context(format!("cannot read {}", relative.display())),
        };
        for entry in entries {
            let entry = entry?;
            let path = relative.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                left.push(path);
            } else if kind.is_file() {
                let text = path.to_str().with_context(|| format!("{} is no text", path.display()))?;
                found.push(text.to_owned());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup() -> (tempfile::TempDir, Manifest) {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("blobs/ab")).unwrap();
        fs::write(directory.path().join("kith.db"), "database").unwrap();
        fs::write(directory.path().join("blobs/ab/cd"), "picture").unwrap();
        let mut paths = files_below(directory.path(), "blobs").unwrap();
        paths.push("kith.db".to_owned());
        assert_eq!(paths, ["blobs/ab/cd", "kith.db"]);
        assert!(files_below(directory.path(), "keys").unwrap().is_empty());
        let files = paths.iter().map(|path| Listed::of(directory.path(), path).unwrap()).collect();
        let manifest = Manifest::new("2026-11-29T03:00:00.000Z".to_owned(), "e1".to_owned(), files);
        manifest.write(directory.path()).unwrap();
        (directory, manifest)
    }

    #[test]
    fn a_whole_backup_is_taken() {
        let (directory, manifest) = backup();
        let read = Manifest::verified(directory.path()).unwrap();
        assert_eq!((read.epoch, read.files), (manifest.epoch, manifest.files));
    }

    #[test]
    fn whatever_is_wrong_with_a_backup_is_said() {
        type Damage = fn(&Path);
        let cases: [(&str, Damage); 6] = [
            ("is no backup", |path| fs::remove_file(path.join(NAME)).unwrap()),
            ("cannot be read", |path| fs::write(path.join(NAME), "{").unwrap()),
            ("kith.db is not what", |path| fs::write(path.join("kith.db"), "databasf").unwrap()),
            ("kith.db is not what", |path| fs::write(path.join("kith.db"), "data").unwrap()),
            ("blobs/ab/cd cannot be read", |path| fs::remove_file(path.join("blobs/ab/cd")).unwrap()),
            ("has format 2", |path| {
                let text = fs::read_to_string(path.join(NAME)).unwrap();
                fs::write(path.join(NAME), text.replace("\"format\": 1", "\"format\": 2")).unwrap();
            }),
        ];
        for (part, damage) in cases {
            let (directory, _) = backup();
            damage(directory.path());
            let error = format!("{:#}", Manifest::verified(directory.path()).unwrap_err());
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn no_path_leads_out_of_the_backup() {
        let (directory, _) = backup();
        for path in ["../kith.db", "/etc/passwd", "blobs/../../x", "./kith.db", ""] {
            let error = Listed::of(directory.path(), path).unwrap_err().to_string();
            assert!(error.contains("leads out"), "{path}: {error}");
        }
    }
}
