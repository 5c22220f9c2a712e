//! Places of uploads that are taken in at the same time. One that is too slow keeps nobody out, and a request holds one.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kith_domain::BlobKey;
use tokio::{sync::Notify, time::Instant};

/// So long nobody is slow.
const START: Duration = Duration::from_secs(30);
/// Bytes a second below which an upload is slow.
const SLOW: u64 = 64 * 1024;

/// Places; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    taken: Arc<Mutex<Vec<Arc<Upload>>>>,
    most: usize,
}

/// One upload.
#[derive(Debug)]
struct Upload {
    key: BlobKey,
    length: u64,
    began: Instant,
    received: AtomicU64,
    displaced: Notify,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    upload: Arc<Upload>,
}

impl Places {
    pub(crate) fn new(most: usize) -> Self {
        Self { taken: Arc::default(), most }
    }

    /// Takes a place, in place of what the same request began before; when there is none, that of the slowest who is slow.
    pub(crate) fn take(&self, key: BlobKey, length: u64, now: Instant) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = taken.iter().position(|upload| upload.key == key);
        let displaced = match earlier {
            None if taken.len() < self.most => None,
            None => {
                let slowest = (0..taken.len()).max_by_key(|at| taken[*at].behind(now))?;
                if taken[slowest].behind(now) == 0 {
                    return None;
                }
                Some(slowest)
            }
            earlier => earlier,
        };
        if let Some(at) = displaced {
            taken.swap_remove(at).displaced.notify_one();
        }
        let (received, displaced) = (AtomicU64::new(0), Notify::new());
        let upload = Arc::new(Upload { key, length, began: now, received, displaced });
        taken.push(Arc::clone(&upload));
        Some(Place { places: self.clone(), upload })
    }
}

impl Upload {
    /// Bytes that are missing at the pace at which it would not be slow.
    fn behind(&self, now: Instant) -> u64 {
        let due =
            now.saturating_duration_since(self.began).saturating_sub(START).as_secs().saturating_mul(SLOW);
        due.min(self.length).saturating_sub(self.received.load(Ordering::Relaxed))
    }
}

impl Place {
    /// Notes that so many bytes have come by now.
    pub(crate) fn received(&self, bytes: u64) {
        self.upload.received.store(bytes, Ordering::Relaxed);
    }

    /// Resolves when another upload has taken the place.
    pub(crate) async fn displaced(&self) {
        self.upload.displaced.notified().await;
    }

    /// Bytes that are still to come to all places.
    pub(crate) fn awaited(&self) -> u64 {
        let taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let awaited =
            |upload: &Arc<Upload>| upload.length.saturating_sub(upload.received.load(Ordering::Relaxed));
        taken.iter().map(awaited).fold(0, u64::saturating_add)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|upload| !Arc::ptr_eq(upload, &self.upload));
    }
}

#[cfg(test)]
mod tests {
    use kith_domain::{Random, blob::Area};

    use super::*;

    struct Only(u8);

    impl Random for Only {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn key(number: u8) -> BlobKey {
        BlobKey::generate(Area::Upload, &Only(number))
    }

    async fn is_displaced(place: &Place) -> bool {
        tokio::time::timeout(Duration::from_millis(1), place.displaced()).await.is_ok()
    }

    #[tokio::test]
    async fn who_is_slow_gives_way_and_nobody_else() {
        let places = Places::new(2);
        let start = Instant::now();
        let slow = places.take(key(1), 100 * SLOW, start).unwrap();
        let fast = places.take(key(2), 100 * SLOW, start).unwrap();
        slow.received(10);
        fast.received(99 * SLOW);
        assert!(places.take(key(3), 1, start + START).is_none(), "nobody is slow yet");
        let third = places.take(key(3), 1, start + START + Duration::from_secs(1)).unwrap();
        assert!(is_displaced(&slow).await);
        assert!(!is_displaced(&fast).await);
        assert!(places.take(key(4), 1, start + START + Duration::from_secs(1)).is_none());
        // Who was displaced gives no place back a second time.
        drop(slow);
        assert!(places.take(key(4), 1, start + START + Duration::from_secs(1)).is_none());
        drop(third);
        places.take(key(4), 1, start + START + Duration::from_secs(1)).unwrap();
    }

    #[tokio::test]
    async fn a_request_holds_one_place() {
        let places = Places::new(2);
        let start = Instant::now();
        let first = places.take(key(1), 5, start).unwrap();
        let again = places.take(key(1), 5, start).unwrap();
        assert!(is_displaced(&first).await);
        again.received(3);
        let other = places.take(key(2), 7, start).unwrap();
        assert_eq!(other.awaited(), 2 + 7);
        assert!(!is_displaced(&again).await);
    }
}
