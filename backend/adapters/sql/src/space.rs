//! Keeps the disk from filling up: below a floor of free space writes stop, and a ballast file is held that can be
//! given up so that the database has room to tidy itself.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use kith_domain::disk::default_floor;
use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// The ballast's size where the disk is not small.
const BALLAST: u64 = 64 << 20;

/// Tells how many bytes are free for the data directory.
pub type SpaceProbe = Arc<dyn Fn() -> io::Result<u64> + Send + Sync>;

/// Watches the free space of the data directory.
pub(crate) struct SpaceGuard {
    probe: SpaceProbe,
    floor: u64,
    ballast: u64,
    ballast_path: PathBuf,
}

impl SpaceGuard {
    /// `floor` and `ballast` in bytes; by default min(5 % of the disk, 1 GiB) and min(5 %, 64 MiB).
    pub(crate) fn new(
        directory: &Path,
        floor: Option<u64>,
        ballast: Option<u64>,
        probe: Option<SpaceProbe>,
    ) -> io::Result<Self> {
        let whole = statvfs(directory)?;
        let by_default = default_floor(whole.f_blocks.saturating_mul(whole.f_frsize));
        let watched = directory.to_owned();
        let probe = probe.unwrap_or_else(|| {
            Arc::new(move || {
                let disk = statvfs(&watched)?;
                Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
            })
        });
        let guard = Self {
            probe,
            floor: floor.unwrap_or(by_default),
            ballast: ballast.unwrap_or(BALLAST.min(by_default)),
            ballast_path: directory.join("ballast"),
        };
        guard.take_ballast();
        Ok(guard)
    }

    /// Whether writes may go on. Asked before each commit: one system call, so that writing resumes by itself as soon
    /// as space returns. A probe that fails stops nothing: the disk itself will say when it is full.
    pub(crate) fn has_room(&self) -> bool {
        let Ok(free) = (self.probe)() else { return true };
        if free < self.floor {
            return false;
        }
        if free >= self.floor.saturating_add(self.ballast) {
            self.take_ballast();
        }
        true
    }

    /// Gives the ballast up: the disk was full in spite of the floor.
    pub(crate) fn drop_ballast(&self) {
        match fs::remove_file(&self.ballast_path) {
            Ok(()) => tracing::warn!(bytes = self.ballast, "the disk is full: the ballast file was given up"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::error!(%error, "the ballast file cannot be removed"),
        }
    }

    fn take_ballast(&self) {
        if self.ballast == 0 || self.ballast_path.exists() {
            return;
        }
        let taken = File::create(&self.ballast_path)
            .and_then(|file| Ok(fallocate(&file, FallocateFlags::empty(), 0, self.ballast)?));
        if let Err(error) = taken {
            // A file system without fallocate: a sparse file would hold nothing back, so there is none.
            tracing::warn!(%error, "no ballast file: the floor alone guards the disk");
            let _ = fs::remove_file(&self.ballast_path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn writes_stop_below_the_floor_and_resume_above_it() {
        let directory = tempfile::tempdir().unwrap();
        let free = Arc::new(AtomicU64::new(1000));
        let seen = Arc::clone(&free);
        let probe: SpaceProbe = Arc::new(move || Ok(seen.load(Ordering::Relaxed)));
        let guard = SpaceGuard::new(directory.path(), Some(500), Some(100), Some(probe)).unwrap();
        let ballast = directory.path().join("ballast");
        assert_eq!(ballast.metadata().unwrap().len(), 100);

        guard.drop_ballast();
        for (bytes, room, held) in
            [(499, false, false), (500, true, false), (599, true, false), (600, true, true), (0, false, true)]
        {
            free.store(bytes, Ordering::Relaxed);
            assert_eq!((guard.has_room(), ballast.exists()), (room, held), "{bytes} bytes free");
        }
    }
}
