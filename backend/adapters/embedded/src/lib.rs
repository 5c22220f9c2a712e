//! What one process has by itself: a bus, presence, limits, archives, the clock and randomness.
//!
//! A single node needs nothing else. In a cluster shared adapters take the place of the first three, and keep the
//! same contract.

mod archives;
mod bus;
mod clock;
mod limit_values;
mod limits;
mod presence;
mod random;

pub use archives::ZipArchives;
pub use bus::InProcessBus;
pub use clock::{OffsetClock, OffsetFileError, SystemClock};
pub use limit_values::{LimitValues, Rate};
pub use limits::InProcessLimits;
pub use presence::InProcessPresence;
pub use random::SystemRandom;

/// What [`InProcessLimits`] measures time by, which is not the wall clock: a step of that must open no limit.
pub mod limit_clock {
    pub use governor::clock::{Clock, DefaultClock, FakeRelativeClock};
}
