//! Following the log.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use kith_domain::{Entry, ports::EntrySink};
use rdkafka::{
    Message as _,
    config::FromClientConfigAndContext as _,
    consumer::{Consumer as _, StreamConsumer},
    error::{KafkaError, KafkaResult},
    message::BorrowedMessage,
};
use tokio::time::sleep;

use crate::{
    context::Logged,
    errors::FollowError,
    offsets::Offsets,
    record::{RecordError, decode},
    settings::KafkaSettings,
    topic::{TopicError, ensure_topic},
};

/// At most so many entries are handed to a sink at once.
const BATCH: usize = 1_000;
/// The pauses before something that failed is tried again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

type KafkaConsumer = StreamConsumer<Logged>;

/// Hands the log to a sink, as a member of the sink's group: its members share the partitions, and one that comes or goes
/// has them shared anew.
pub struct EntryFollower {
    settings: KafkaSettings,
    sink: Arc<dyn EntrySink>,
}

/// Some records in order, and how far they reach.
#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    offsets: Offsets,
    /// What stands after them and cannot be read.
    unreadable: Option<FollowError>,
}

impl EntryFollower {
    /// A follower for `sink`.
    #[must_use]
    pub fn new(settings: KafkaSettings, sink: Arc<dyn EntrySink>) -> Self {
        Self { settings, sink }
    }

    /// Follows until `stop` is ready; what a sink is taking then will come again. It waits for a cluster that is away, and
    /// hands a batch to a sink that fails again and again.
    ///
    /// # Errors
    /// [`FollowError`] for what does not pass by itself: the topic is another, or a record cannot be read.
    pub async fn run(&self, stop: impl Future<Output = ()>) -> Result<(), FollowError> {
        let mut stop = pin!(stop);
        tokio::select! {
            () = &mut stop => return Ok(()),
            ready = self.wait_for_topic() => ready?,
        }
        loop {
            let consumer = self.consumer()?;
            let ended = tokio::select! {
                () = &mut stop => None,
                ended = self.follow(&consumer) => Some(ended),
            };
            // Leaving the group waits for an answer of the cluster.
            let left = tokio::task::spawn_blocking(move || drop(consumer)).await;
            if left.is_err() {
                tracing::warn!("a Kafka consumer did not close well");
            }
            match ended {
                None => return Ok(()),
                Some(Err(FollowError::Client(error))) => {
                    tracing::error!(%error, "a Kafka consumer failed for good and is made anew");
                    tokio::select! {
                        () = &mut stop => return Ok(()),
                        () = sleep(LONGEST_PAUSE) => {}
                    }
                }
                Some(Err(error)) => return Err(error),
                Some(Ok(never)) => match never {},
            }
        }
    }

    async fn wait_for_topic(&self) -> Result<(), FollowError> {
        let mut pause = FIRST_PAUSE;
        loop {
            match ensure_topic(&self.settings).await {
                Err(error @ TopicError::Unavailable(_)) => {
                    // With its source, which says why.
                    let error: &(dyn std::error::Error + Send + Sync) = &error;
                    tracing::warn!(error, "waiting for Kafka");
                    sleep(pause).await;
                    pause = longer(pause);
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    fn consumer(&self) -> KafkaResult<KafkaConsumer> {
        let mut config = self.settings.client();
        config
            .set("group.id", format!("kith-{}", self.sink.name()))
            .set("group.protocol", "consumer")
            .set("auto.offset.reset", "earliest")
            // What was stored is committed once a second, when a partition goes to another member, and at the end: a
            // commit for each batch would hold up heartbeats. Only what a sink took is stored.
            .set("enable.auto.commit", "true")
            .set("auto.commit.interval.ms", "1000")
            .set("enable.auto.offset.store", "false")
            .set("fetch.wait.max.ms", "100")
            .set("fetch.error.backoff.ms", "100")
            .set("queued.max.messages.kbytes", "16384");
        let consumer = KafkaConsumer::from_config_and_context(&config, Logged)?;
        consumer.subscribe(&[&self.settings.topic])?;
        Ok(consumer)
    }

    /// Takes batch after batch. While a sink is at work the consumer is not asked for more, and so gives up no partition:
    /// its next owner begins behind what was taken.
    async fn follow(&self, consumer: &KafkaConsumer) -> Result<std::convert::Infallible, FollowError> {
        loop {
            let batch = match self.next(consumer).await {
                Ok(batch) => batch,
                Err(error @ KafkaError::MessageConsumptionFatal(_)) => return Err(error.into()),
                Err(error) => {
                    // A broker is away, or the group begins anew: it passes. There is nothing to wait for here: the library
                    // paces its tries, and an outage leaves a queue of such events that must not hold up what follows.
                    tracing::warn!(%error, "no entries from Kafka");
                    continue;
                }
            };
            if !batch.entries.is_empty() {
                self.hand_over(batch.entries).await;
                let done = batch.offsets.list(&self.settings.topic);
                if let Err(error) = done.and_then(|done| consumer.store_offsets(&done)) {
                    // Their partition went to another member in the meantime: they come again there.
                    tracing::warn!(%error, "entries were taken, but not counted as done");
                }
            }
            if let Some(unreadable) = batch.unreadable {
                return Err(unreadable);
            }
        }
    }

    /// Waits for a record, and takes those that are there with it.
    async fn next(&self, consumer: &KafkaConsumer) -> KafkaResult<Batch> {
        let mut batch = Batch::default();
        let mut record = consumer.recv().await?;
        loop {
            match self.read(&record) {
                Ok(entry) => {
                    batch.offsets.passed(record.partition(), record.offset());
                    batch.entries.push(entry);
                }
                Err(unreadable) => {
                    batch.unreadable = Some(unreadable);
                    return Ok(batch);
                }
            }
            if batch.entries.len() == BATCH {
                return Ok(batch);
            }
            record = match consumer.recv().now_or_never() {
                Some(Ok(record)) => record,
                // An error comes again, or is of no importance.
                Some(Err(_)) | None => return Ok(batch),
            };
        }
    }

    fn read(&self, record: &BorrowedMessage<'_>) -> Result<Entry, FollowError> {
        record.payload().ok_or(RecordError::Empty).and_then(decode).map_err(|source| FollowError::Record {
            topic: self.settings.topic.clone(),
            partition: record.partition(),
            offset: record.offset(),
            source,
        })
    }

    /// Returns when the sink took them.
    async fn hand_over(&self, entries: Vec<Entry>) {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = self.sink.take(entries.clone()).await {
            tracing::warn!(%error, sink = self.sink.name(), "entries are handed over again");
            sleep(pause).await;
            pause = longer(pause);
        }
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(LONGEST_PAUSE)
}
