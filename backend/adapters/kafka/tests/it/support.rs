//! Topics, sinks and followers.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use kith_contract::history::{a_conversation, a_text};
use kith_domain::{
    ConversationId, Entry, Seq,
    ports::{EntryLog, EntrySink, EntrySinkError},
};
use kith_harness::Kafka;
use kith_kafka::{EntryFollower, FollowError, KafkaEntryLog, KafkaSettings};
use tokio::{
    sync::oneshot,
    task::{JoinHandle, block_in_place},
};

/// What comes to pass does so within this time, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Partitions of a topic.
pub(crate) const PARTITIONS: u16 = 6;

pub(crate) fn shared_kafka() -> &'static Kafka {
    block_in_place(Kafka::shared)
}

pub(crate) fn own_kafka() -> Kafka {
    block_in_place(Kafka::start).unwrap_or_else(|error| panic!("{error}"))
}

/// A topic that nobody else uses.
pub(crate) fn a_topic(kafka: &Kafka) -> KafkaSettings {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    the_topic(kafka.brokers(), format!("entries-{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

pub(crate) fn the_topic(brokers: String, topic: String) -> KafkaSettings {
    KafkaSettings { brokers, topic, partitions: PARTITIONS, replicas: 1, credentials: None, ca_file: None }
}

pub(crate) fn a_log(settings: &KafkaSettings) -> KafkaEntryLog {
    KafkaEntryLog::new(settings.clone())
}

/// `rounds` entries of each of `count` new conversations, in turn.
pub(crate) fn entries(count: u64, rounds: Seq) -> Vec<Entry> {
    let conversations: Vec<ConversationId> = (0..count).map(|_| a_conversation()).collect();
    let round = |seq| conversations.iter().map(move |&here| a_text(here, seq, Some(&format!("text {seq}"))));
    (1..=rounds).flat_map(round).collect()
}

pub(crate) async fn publish(log: &dyn EntryLog, entries: &[Entry]) {
    if let Err(error) = log.publish(entries).await {
        panic!("not published: {error:?}");
    }
}

/// A sink that remembers what it took, in order.
pub(crate) struct Memory {
    name: &'static str,
    taken: Mutex<Vec<Entry>>,
    /// How many batches it refuses before it takes one.
    refusals: AtomicU64,
}

impl Memory {
    pub(crate) fn new(name: &'static str) -> Arc<Self> {
        Self::refusing(name, 0)
    }

    pub(crate) fn refusing(name: &'static str, refusals: u64) -> Arc<Self> {
        Arc::new(Self { name, taken: Mutex::default(), refusals: AtomicU64::new(refusals) })
    }

    pub(crate) fn taken(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The seqs of each conversation, in the order in which they came.
    pub(crate) fn seqs(&self) -> BTreeMap<ConversationId, Vec<Seq>> {
        seqs(&self.taken())
    }
}

pub(crate) fn seqs(entries: &[Entry]) -> BTreeMap<ConversationId, Vec<Seq>> {
    let mut seqs: BTreeMap<ConversationId, Vec<Seq>> = BTreeMap::new();
    for entry in entries {
        seqs.entry(entry.conversation_id).or_default().push(entry.seq);
    }
    seqs
}

#[async_trait]
impl EntrySink for Memory {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn take(&self, entries: Vec<Entry>) -> Result<(), EntrySinkError> {
        let refused =
            self.refusals.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if refused.is_ok() {
            return Err(EntrySinkError(Arc::new(std::io::Error::other("not now"))));
        }
        self.taken().extend(entries);
        Ok(())
    }
}

/// A follower at work.
pub(crate) struct Following {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), FollowError>>,
}

impl Following {
    pub(crate) fn start(settings: &KafkaSettings, sink: Arc<dyn EntrySink>) -> Self {
        let follower = EntryFollower::new(settings.clone(), sink);
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            follower
                .run(async {
                    let _ = stopped.await;
                })
                .await
        });
        Self { stop, task }
    }

    /// Stops it as a process that ends in order does.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.expect("a task").expect("no failure");
    }

    /// Lets it follow until the process is killed.
    pub(crate) async fn for_ever(self) {
        self.task.await.expect("a task").expect("no failure");
    }

    /// Waits until it ends by itself.
    pub(crate) async fn failure(self) -> FollowError {
        let ended = tokio::time::timeout(PATIENCE, self.task).await.expect("in time");
        ended.expect("a task").expect_err("a failure")
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
