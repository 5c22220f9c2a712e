//! The wall clock, and one that a file moves.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use kith_domain::{Clock, Timestamp};
use tokio::time::MissedTickBehavior;

/// How often an [`OffsetClock`] reads its file.
const REREAD_EVERY: Duration = Duration::from_secs(1);

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[allow(clippy::disallowed_methods, reason = "the one place where time enters the program")]
        let now = SystemTime::now();
        let millis = match now.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        };
        Timestamp::from_millis(millis)
    }
}

/// Why a file gives no offset.
#[derive(Debug, thiserror::Error)]
pub enum OffsetFileError {
    /// It cannot be read.
    #[error("cannot read the clock offset file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It holds something else than one whole number of seconds.
    #[error("the clock offset file {} does not hold a whole number of seconds", path.display())]
    NotANumber {
        /// The file.
        path: PathBuf,
    },
}

/// A clock that runs ahead of another by as many seconds as a file says (behind it when negative), so that tests
/// of a whole server can move time. Clones share their offset.
#[derive(Debug, Clone)]
pub struct OffsetClock<C = SystemClock> {
    base: C,
    file: Arc<Path>,
    offset_millis: Arc<AtomicI64>,
}

impl<C: Clock> OffsetClock<C> {
    /// Reads the offset for the first time.
    ///
    /// # Errors
    /// When the file holds no offset.
    pub fn open(base: C, file: impl Into<PathBuf>) -> Result<Self, OffsetFileError> {
        let file: PathBuf = file.into();
        let clock = Self { base, file: file.into(), offset_millis: Arc::default() };
        clock.apply(std::fs::read_to_string(&clock.file))?;
        Ok(clock)
    }

    /// Reads the file again every second, for ever. While it holds no offset the last one stays.
    pub async fn follow(&self) {
        let mut ticks = tokio::time::interval(REREAD_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut readable = true;
        loop {
            ticks.tick().await;
            let result = self.apply(tokio::fs::read_to_string(&self.file).await);
            match &result {
                Err(error) if readable => {
                    tracing::warn!(error = error as &dyn std::error::Error, "clock offset kept")
                }
                _ => {}
            }
            readable = result.is_ok();
        }
    }

    fn apply(&self, text: io::Result<String>) -> Result<(), OffsetFileError> {
        let path = || self.file.to_path_buf();
        let text = text.map_err(|source| OffsetFileError::Unreadable { path: path(), source })?;
        let seconds: i64 = text.trim().parse().map_err(|_| OffsetFileError::NotANumber { path: path() })?;
        let millis = seconds.saturating_mul(1_000);
        let before = self.offset_millis.swap(millis, Ordering::Relaxed);
        if before != millis {
            tracing::info!(offset_seconds = seconds, "clock moved");
        }
        Ok(())
    }
}

impl<C: Clock> Clock for OffsetClock<C> {
    fn now(&self) -> Timestamp {
        self.base.now().plus_millis(self.offset_millis.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Standing;
    impl Clock for Standing {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(5_000)
        }
    }

    #[test]
    fn the_system_clock_is_past_the_writing_of_this_test() {
        assert!(SystemClock.now() > Timestamp::parse("2026-11-24T00:00:00Z").unwrap());
    }

    #[test]
    fn a_file_moves_time_both_ways_and_nonsense_leaves_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("offset");
        std::fs::write(&file, "0").unwrap();
        let clock = OffsetClock::open(Standing, &file).unwrap();
        for (text, accepted, millis) in [
            ("3600\n", true, 3_605_000),
            ("-2", true, 3_000),
            ("", false, 3_000),
            ("1.5", false, 3_000),
            ("9223372036854775807", true, i64::MAX),
            ("0", true, 5_000),
        ] {
            assert_eq!(clock.apply(Ok(text.to_owned())).is_ok(), accepted, "{text:?}");
            assert_eq!(clock.clone().now().as_millis(), millis, "{text:?}");
        }
        assert!(clock.apply(Err(io::ErrorKind::NotFound.into())).is_err());
        assert_eq!(clock.now().as_millis(), 5_000);
    }

    #[test]
    fn a_clock_without_its_file_does_not_start() {
        let directory = tempfile::tempdir().unwrap();
        let missing = OffsetClock::open(Standing, directory.path().join("none"));
        assert!(matches!(missing, Err(OffsetFileError::Unreadable { .. })));
    }

    #[tokio::test]
    async fn following_picks_a_new_offset_up() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("offset");
        std::fs::write(&file, "0").unwrap();
        let clock = OffsetClock::open(Standing, &file).unwrap();
        std::fs::write(&file, "7").unwrap();
        let moved = async {
            while clock.now().as_millis() != 12_000 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = clock.follow() => unreachable!("it follows for ever"),
            () = moved => {}
        }
    }
}
