//! The parts of a run.

use super::RunOptions;

/// When a run warms up, is measured and ends, in monotonic nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// The first message may be due.
    pub(crate) start_ns: u64,
    /// The measured part begins.
    pub(crate) measure_ns: u64,
    /// No message is due any more.
    pub(crate) end_ns: u64,
}

impl Window {
    pub(crate) fn new(options: &RunOptions, start_ns: u64) -> Self {
        let measure_ns = start_ns + (options.warmup * 1e9) as u64;
        Self { start_ns, measure_ns, end_ns: measure_ns + (options.duration * 1e9) as u64 }
    }

    /// Whether a moment lies in the measured part.
    pub(crate) fn is_measured(&self, ns: u64) -> bool {
        (self.measure_ns..self.end_ns).contains(&ns)
    }
}
