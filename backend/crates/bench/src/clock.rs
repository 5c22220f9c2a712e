//! Time as the kernel tells it to every process alike.
//!
//! Latencies span processes: the stamp in a message holds when one of them meant to send it, and another one notes when
//! it came. Both read the machine's monotonic clock, which `std::time::Instant` gives no number of.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds in a second.
pub(crate) const SECOND: u64 = 1_000_000_000;

/// Nanoseconds since the machine started.
pub(crate) fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * SECOND + now.tv_nsec as u64
}

/// Milliseconds since the Unix epoch.
pub(crate) fn unix_ms() -> u64 {
    let now = clock_gettime(ClockId::Realtime);
    now.tv_sec as u64 * 1_000 + now.tv_nsec as u64 / 1_000_000
}
