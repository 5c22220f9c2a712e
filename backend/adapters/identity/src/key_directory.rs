//! Signing keys kept as files, so that they outlive a restart and can be rotated.
//!
//! Each key is one PEM file `<sign_from_ms>-<kid>.pem`, mode 0600. The name carries all there is to know (when the
//! key's turn to sign comes, and which key it is), so no second file can disagree with it. The newest key whose
//! time has come signs; every key in the directory verifies.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::{
    keys::{KeyError, KeyRing, SigningKey},
    random::Random,
};

/// How long a replaced key still verifies: a token's 15 minutes and the clock leeway, with room to spare.
pub const OVERLAP_MS: i64 = 60 * 60 * 1000;

/// A directory of signing keys.
#[derive(Debug, Clone)]
pub struct KeyDirectory {
    path: PathBuf,
}

impl KeyDirectory {
    /// Names the directory; nothing is touched yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Loads the ring as of `now_ms`, making the directory and a first key when there is none.
    ///
    /// # Errors
    /// Any [`KeyError`]; a damaged, misnamed or exposed file is never skipped.
    pub fn load_or_create(&self, now_ms: i64, random: &dyn Random) -> Result<KeyRing, KeyError> {
        fs::create_dir_all(&self.path).map_err(|source| io_error(&self.path, source))?;
        if self.stored()?.is_empty() {
            self.rotate(now_ms, random)?;
        }
        self.load(now_ms)
    }

    /// Loads the ring as of `now_ms`.
    ///
    /// # Errors
    /// [`KeyError::NoSigner`] when no key's turn has come, else as [`Self::load_or_create`].
    pub fn load(&self, now_ms: i64) -> Result<KeyRing, KeyError> {
        let mut stored = self.stored()?;
        let signer =
            stored.iter().rposition(|stored| stored.sign_from_ms <= now_ms).ok_or(KeyError::NoSigner)?;
        let signer = stored.remove(signer).read()?;
        let others = stored.iter().map(|stored| stored.read().map(|key| key.verifying_key().clone()));
        Ok(KeyRing::new(signer, others.collect::<Result<Vec<_>, _>>()?))
    }

    /// Adds a new key that verifies from the next load on and signs from `sign_from_ms`; answers its id.
    ///
    /// Where several nodes share the keys, `sign_from_ms` lies after the time by which all have loaded it.
    ///
    /// # Errors
    /// [`KeyError::Io`].
    pub fn rotate(&self, sign_from_ms: i64, random: &dyn Random) -> Result<String, KeyError> {
        let key = SigningKey::generate(random);
        let target = self.path.join(file_name(sign_from_ms, key.kid()));
        write_private(&self.path, &target, key.to_pem().as_bytes())
            .map_err(|source| io_error(&target, source))?;
        Ok(key.kid().to_owned())
    }

    /// Deletes every key that was replaced more than [`OVERLAP_MS`] before `now_ms`; answers how many.
    ///
    /// # Errors
    /// [`KeyError::Io`].
    pub fn prune(&self, now_ms: i64) -> Result<usize, KeyError> {
        let stored = self.stored()?;
        let expired =
            stored.windows(2).filter(|pair| pair[1].sign_from_ms.saturating_add(OVERLAP_MS) < now_ms);
        let mut deleted = 0;
        for pair in expired {
            fs::remove_file(&pair[0].path).map_err(|source| io_error(&pair[0].path, source))?;
            deleted += 1;
        }
        Ok(deleted)
    }

    /// The keys by their time to sign, oldest first.
    fn stored(&self) -> Result<Vec<StoredKey>, KeyError> {
        let mut keys = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(|source| io_error(&self.path, source))? {
            let path = entry.map_err(|source| io_error(&self.path, source))?.path();
            // What a crash left half written keeps its other suffix.
            if path.extension().is_some_and(|extension| extension == "pem") {
                keys.push(StoredKey::parse(path)?);
            }
        }
        keys.sort_by(|a, b| (a.sign_from_ms, &a.kid).cmp(&(b.sign_from_ms, &b.kid)));
        Ok(keys)
    }
}

struct StoredKey {
    sign_from_ms: i64,
    kid: String,
    path: PathBuf,
}

impl StoredKey {
    fn parse(path: PathBuf) -> Result<Self, KeyError> {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let named = stem.split_once('-').and_then(|(ms, kid)| Some((ms.parse().ok()?, kid.to_owned())));
        match named {
            Some((sign_from_ms, kid)) => Ok(Self { sign_from_ms, kid, path }),
            None => Err(KeyError::Misnamed { path: path.display().to_string() }),
        }
    }

    fn read(&self) -> Result<SigningKey, KeyError> {
        let path = || self.path.display().to_string();
        let mode =
            fs::metadata(&self.path).map_err(|source| io_error(&self.path, source))?.permissions().mode();
        // Group access stays allowed: mounted secrets are handed to a process by its group.
        if mode & 0o007 != 0 {
            return Err(KeyError::Exposed { path: path() });
        }
        let text = fs::read_to_string(&self.path).map_err(|source| io_error(&self.path, source))?;
        let key = SigningKey::from_pem(&text)?;
        if key.kid() == self.kid { Ok(key) } else { Err(KeyError::Misnamed { path: path() }) }
    }
}

fn file_name(sign_from_ms: i64, kid: &str) -> String {
    format!("{sign_from_ms}-{kid}.pem")
}

fn io_error(path: &Path, source: io::Error) -> KeyError {
    KeyError::Io { path: path.display().to_string(), source }
}

/// Writes a file that is either whole or absent after a crash, and never readable by others.
fn write_private(directory: &Path, target: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = target.with_extension("tmp");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, target)?;
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    const NOW: i64 = 1_800_000_000_000;

    #[test]
    fn the_first_load_makes_a_private_key_that_later_loads_find() {
        let root = tempfile::tempdir().unwrap();
        let directory = KeyDirectory::new(root.path().join("keys"));
        let first = directory.load_or_create(NOW, &SystemRandom).unwrap();
        let again = directory.load_or_create(NOW + 1, &SystemRandom).unwrap();
        assert_eq!(first.signer().kid(), again.signer().kid());
        let stored = directory.stored().unwrap();
        assert_eq!(stored.len(), 1);
        assert_eq!(fs::metadata(&stored[0].path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn keys_overlap_while_they_rotate() {
        let root = tempfile::tempdir().unwrap();
        let directory = KeyDirectory::new(root.path());
        let old = directory.load_or_create(NOW, &SystemRandom).unwrap().signer().kid().to_owned();
        let new = directory.rotate(NOW + 1000, &SystemRandom).unwrap();

        let before = directory.load(NOW + 999).unwrap();
        assert_eq!(before.signer().kid(), old);
        assert!(before.find(&new).is_some(), "published before it signs");

        let after = directory.load(NOW + 1000).unwrap();
        assert_eq!(after.signer().kid(), new);
        assert!(after.find(&old).is_some(), "what it signed still verifies");

        assert_eq!(directory.prune(NOW + 1000 + OVERLAP_MS).unwrap(), 0);
        assert_eq!(directory.prune(NOW + 1001 + OVERLAP_MS).unwrap(), 1);
        let pruned = directory.load(NOW + 1001 + OVERLAP_MS).unwrap();
        assert_eq!(pruned.signer().kid(), new);
        assert!(pruned.find(&old).is_none());
    }

    #[test]
    fn refuses_to_guess() {
        let root = tempfile::tempdir().unwrap();
        let directory = KeyDirectory::new(root.path());
        directory.rotate(NOW, &SystemRandom).unwrap();
        assert!(matches!(directory.load(NOW - 1), Err(KeyError::NoSigner)));

        let path = directory.stored().unwrap().remove(0).path;
        let pem = fs::read_to_string(&path).unwrap();
        fs::write(root.path().join("left-by-a-crash.tmp"), "half").unwrap();
        assert!(directory.load(NOW).is_ok());

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(directory.load(NOW), Err(KeyError::Exposed { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(directory.load(NOW).is_ok());

        fs::write(&path, &pem[..pem.len() / 2]).unwrap();
        assert!(matches!(directory.load(NOW), Err(KeyError::Malformed)));
        fs::write(&path, SigningKey::generate(&SystemRandom).to_pem()).unwrap();
        assert!(matches!(directory.load(NOW), Err(KeyError::Misnamed { .. })));
        fs::rename(&path, root.path().join("key.pem")).unwrap();
        assert!(matches!(directory.load(NOW), Err(KeyError::Misnamed { .. })));
    }
}
