//! Time stands still here but for waits, which pass at once.

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use kith_domain::ConversationId;
use prometheus_client::registry::Registry;

use super::*;

struct TestClock;

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_764_000_000_000)
    }
}

/// What a service answers, by what it has been asked already.
type Answer = Box<dyn Fn(u64, usize) -> Result<(), PushError> + Send + Sync>;

/// A service that answers as it is told: by the number of the device, and of the try of that device.
struct Scripted {
    answer: Answer,
    tries: Mutex<HashMap<u64, usize>>,
    most_at_once: Mutex<(usize, usize)>,
}

impl Scripted {
    fn tries(&self) -> usize {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

#[async_trait]
impl Push for Scripted {
    async fn push(&self, _: &PushToken, notice: &PushNotice) -> Result<(), PushError> {
        let at_once = |change: isize| {
            let mut counted = self.most_at_once.lock().unwrap_or_else(PoisonError::into_inner);
            counted.0 = counted.0.saturating_add_signed(change);
            counted.1 = counted.1.max(counted.0);
        };
        at_once(1);
        // Others have their turn.
        sleep(Duration::from_millis(100)).await;
        at_once(-1);
        let number = notice.seq;
        let tries = {
            let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
            let tries = tries.entry(number).or_default();
            *tries += 1;
            *tries
        };
        (self.answer)(number, tries)
    }
}

struct World {
    service: Arc<Scripted>,
    sender: Sender,
    metrics: Metrics,
}

impl World {
    fn new(answer: impl Fn(u64, usize) -> Result<(), PushError> + Send + Sync + 'static) -> Self {
        let service = Arc::new(Scripted {
            answer: Box::new(answer),
            tries: Mutex::default(),
            most_at_once: Mutex::default(),
        });
        let metrics = Metrics::new(&mut Registry::default());
        let sender = Sender::new(service.clone(), Arc::new(TestClock), metrics.clone());
        Self { service, sender, metrics }
    }

    /// Tells devices 1, 2, …; the numbers of those that are gone, and the seconds it took.
    async fn send(&self, devices: u64) -> (Vec<u64>, u64) {
        let due = |number: u64| Due {
            device_id: DeviceId::new(number),
            token: PushToken::from_store(format!("token-{number}")),
            notice: PushNotice { conversation_id: ConversationId::new(7), seq: number },
            said_at: TestClock.now(),
        };
        let began = Instant::now();
        let dead = self.sender.send((1..=devices).map(due).collect(), &Patience::begin()).await;
        let mut numbers: Vec<u64> = dead.iter().map(|(device, _)| device.get()).collect();
        numbers.sort_unstable();
        (numbers, began.elapsed().as_secs())
    }

    /// Sent, unregistered, refused, passed over.
    fn counted(&self) -> [u64; 4] {
        [Outcome::Sent, Outcome::Unregistered, Outcome::Refused, Outcome::PassedOver]
            .map(|outcome| self.metrics.counted(outcome))
    }
}

fn away() -> Result<(), PushError> {
    Err(PushError::Unavailable(Arc::new(io::Error::other("away"))))
}

#[tokio::test(start_paused = true)]
async fn each_device_is_told_once_and_few_at_a_time() {
    let world = World::new(|_, _| Ok(()));
    assert_eq!(world.send(100).await, (vec![], 0));
    assert_eq!(world.counted(), [100, 0, 0, 0]);
    assert_eq!(world.service.tries(), 100);
    assert_eq!(world.service.most_at_once.lock().unwrap().1, AT_ONCE);
    assert_eq!(world.send(0).await, (vec![], 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_or_refused_is_not_tried_again() {
    let world = World::new(|number, _| match number {
        2 | 5 => Err(PushError::Unregistered),
        3 => Err(PushError::Refused("status 400, INVALID_ARGUMENT".to_owned())),
        _ => Ok(()),
    });
    assert_eq!(world.send(6).await, (vec![2, 5], 0));
    assert_eq!(world.counted(), [3, 2, 1, 0]);
    assert_eq!(world.service.tries(), 6);
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_tried_again_after_a_pause() {
    let world = World::new(|number, tries| if number == 2 && tries < 3 { away() } else { Ok(()) });
    assert_eq!(world.send(3).await, (vec![], 30));
    assert_eq!(world.counted(), [3, 0, 0, 0]);
    assert_eq!(world.service.tries(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_busy_service_is_left_alone_for_as_long_as_it_wants() {
    let minute = Duration::from_secs(60);
    let world = World::new(move |number, tries| match (number, tries) {
        (1, 1) => Err(PushError::Busy(minute)),
        _ => Ok(()),
    });
    let devices = AT_ONCE as u64 + 10;
    assert_eq!(world.send(devices).await, (vec![], 60));
    assert_eq!(world.counted(), [devices, 0, 0, 0]);

    // Longer than there is time.
    let world = World::new(move |_, _| Err(PushError::Busy(2 * minute)));
    assert_eq!(world.send(devices).await, (vec![], 0));
    assert_eq!(world.counted(), [0, 0, 0, devices]);
    assert_eq!(world.service.tries(), AT_ONCE, "those that were under way");
}

#[tokio::test(start_paused = true)]
async fn an_outage_holds_the_first_batch_up_and_no_later_one() {
    let back = Arc::new(AtomicBool::new(false));
    let is_back = back.clone();
    let world = World::new(move |_, _| if is_back.load(Ordering::Relaxed) { Ok(()) } else { away() });
    let (_, seconds) = world.send(1_000).await;
    assert!((60..LIMIT.as_secs()).contains(&seconds), "{seconds}");
    let tries = world.service.tries();
    assert!(tries <= 5 * AT_ONCE, "{tries}");
    assert_eq!(world.counted(), [0, 0, 0, 1_000]);

    assert_eq!(world.send(1_000).await, (vec![], 0));
    assert_eq!(world.service.tries(), tries + AT_ONCE, "a few tries say that it is still away");
    back.store(true, Ordering::Relaxed);
    assert!(world.send(1_000).await.0.is_empty());
    assert_eq!(world.counted(), [1_000, 0, 0, 2_000]);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_refuses_all_is_not_called_for_each() {
    let world = World::new(|_, _| Err(PushError::Refused("status 403, SENDER_ID_MISMATCH".to_owned())));
    let (_, seconds) = world.send(1_000).await;
    assert!(seconds < LIMIT.as_secs(), "{seconds}");
    let [sent, _, refused, passed_over] = world.counted();
    assert_eq!((sent, refused + passed_over), (0, 1_000));
    assert!(world.service.tries() <= 5 * AT_ONCE, "{}", world.service.tries());
}

#[tokio::test(start_paused = true)]
async fn a_batch_with_too_much_to_tell_ends_in_time() {
    let world = World::new(|_, _| Ok(()));
    // A tenth of a second for each 32.
    let (_, seconds) = world.send(60_000).await;
    assert_eq!(seconds, LIMIT.as_secs());
    let [sent, .., passed_over] = world.counted();
    assert_eq!(sent + passed_over, 60_000);
    assert!(passed_over > 0 && !world.sender.failing.load(Ordering::Relaxed), "the service is well");
}
