//! How long the writer lets a group grow.
//!
//! A commit costs the same whatever it carries: a flush, and the pages that every group touches. Where many messages come, one
//! commit for a hundred of them costs a third of what three for thirty each do, and is as soon done; where few come, nobody
//! waits.

use std::time::{Duration, Instant};

/// From the beginning of one group of a crowd to that of the next.
const WINDOW: Duration = Duration::from_millis(6);
/// How often it is looked whether more have come: when none have, whoever sends waits for answers.
const STEP: Duration = Duration::from_micros(500);
/// A group of this size was one of a crowd.
const CROWD: usize = 16;
/// With so many waiting a larger group saves little.
const ENOUGH: usize = 128;

/// Remembers the last group.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    last: Option<(Instant, usize)>,
}

impl Gathering {
    /// Notes that a group of `size` begins.
    pub(crate) fn begin(&mut self, size: usize, now: Instant) {
        self.last = Some((now, size));
    }

    /// How long to wait for more, with `waiting` there; asked again after that time, and no more when it brought nothing.
    pub(crate) fn wait(&self, waiting: usize, now: Instant) -> Option<Duration> {
        let (begun, size) = self.last?;
        let left = (begun + WINDOW).checked_duration_since(now)?;
        (size >= CROWD && waiting < ENOUGH && !left.is_zero()).then(|| left.min(STEP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_gathered_and_a_few_are_not() {
        let begun = Instant::now();
        for (size, waiting, after, expected) in [
            (15, 1, 0, None),
            (16, 1, 0, Some(500)),
            (16, 127, 0, Some(500)),
            (16, 128, 0, None),
            (256, 1, 4_999, Some(500)),
            (256, 1, 5_700, Some(300)),
            (256, 1, 6_000, None),
            (256, 1, 60_000, None),
        ] {
            let mut gathering = Gathering::default();
            gathering.begin(size, begun);
            let wait = gathering.wait(waiting, begun + Duration::from_micros(after));
            assert_eq!(wait, expected.map(Duration::from_micros), "{size}, {waiting}, {after}");
        }
        assert_eq!(Gathering::default().wait(1, begun), None, "the first group");
    }
}
