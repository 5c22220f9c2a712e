//! What all devices write their history into.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use kith_checker::{Event, Line, Op};

/// One history, one clock.
#[derive(Clone)]
pub(crate) struct Recorder {
    start: Instant,
    lines: Arc<Mutex<Vec<Line>>>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), lines: Arc::default() }
    }

    /// Notes something that happens now.
    pub(crate) fn note(&self, device: &str, user: &str, op: Op) {
        let mut lines = self.lines();
        // Taken under the lock, so that lines stand in the order of their times.
        let at = u64::try_from(self.start.elapsed().as_micros()).unwrap();
        lines.push(Line::Event(Event { at, device: device.to_owned(), user: user.to_owned(), op }));
    }

    /// All that was noted so far.
    pub(crate) fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.lines.lock().unwrap()
    }
}
