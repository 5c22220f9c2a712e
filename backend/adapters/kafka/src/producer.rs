//! Writing to the log.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use kith_domain::{
    Entry,
    ports::{EntryLog, EntryLogError},
};
use rdkafka::{
    config::FromClientConfigAndContext as _,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{FutureProducer, FutureRecord, Producer as _, future_producer::DeliveryFuture},
};
use tokio::{sync::OnceCell, time::sleep};

use crate::{context::Logged, record::encode, settings::KafkaSettings, topic::ensure_topic};

/// How long an entry may take to be confirmed, and how long it may wait for room in the queue before.
const DELIVERY: Duration = Duration::from_secs(30);
/// How often room in the queue is looked for.
const QUEUE_FULL: Duration = Duration::from_millis(20);

type Producer = FutureProducer<Logged>;

/// The log in a Kafka cluster. It connects, and sees to the topic, with the first call.
pub struct KafkaEntryLog {
    settings: KafkaSettings,
    topic: OnceCell<()>,
    producer: Mutex<Option<Producer>>,
}

impl KafkaEntryLog {
    /// A log of those settings.
    #[must_use]
    pub fn new(settings: KafkaSettings) -> Self {
        Self { settings, topic: OnceCell::new(), producer: Mutex::new(None) }
    }

    fn producer(&self) -> Result<Producer, KafkaError> {
        let mut held = self.producer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(producer) = &*held {
            return Ok(producer.clone());
        }
        let mut config = self.settings.client();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("delivery.timeout.ms", DELIVERY.as_millis().to_string())
            .set("request.timeout.ms", "10000")
            // Nobody waits for this: a receipt was given at the commit. So batches may grow.
            .set("linger.ms", "20")
            .set("compression.type", "lz4")
            // The one of other languages' clients, should they ever write here.
            .set("partitioner", "murmur2_random");
        let producer = Producer::from_config_and_context(&config, Logged)?;
        Ok(held.insert(producer).clone())
    }

    /// A producer that lost the thread of its own sequence never works again; the next call makes a new one.
    fn forget_when_fatal(&self, producer: &Producer) {
        if let Some((code, reason)) = producer.client().fatal_error() {
            tracing::error!(?code, reason, "the Kafka producer failed for good and is made anew");
            *self.producer.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    async fn append(&self, producer: &Producer, entries: &[Entry]) -> Result<(), EntryLogError> {
        let (mut confirmations, mut outcome) = (Vec::with_capacity(entries.len()), Ok(()));
        for entry in entries {
            match self.enqueue(producer, entry).await {
                Ok(confirmation) => confirmations.push(confirmation),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        // All of them, whatever became of the first: what is still under way would mix with a second try.
        for confirmation in confirmations {
            let confirmed = match confirmation.await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err((error, _))) => Err(failed(error)),
                Err(canceled) => Err(failed(canceled)),
            };
            outcome = outcome.and(confirmed);
        }
        outcome
    }

    async fn enqueue(&self, producer: &Producer, entry: &Entry) -> Result<DeliveryFuture, EntryLogError> {
        let payload = encode(entry).map_err(failed)?;
        let key = entry.conversation_id.to_string();
        let deadline = Instant::now() + DELIVERY;
        loop {
            let record = FutureRecord::to(&self.settings.topic).key(&key).payload(&payload);
            match producer.send_result(record) {
                Ok(confirmation) => return Ok(confirmation),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _))
                    if Instant::now() < deadline =>
                {
                    sleep(QUEUE_FULL).await;
                }
                Err((error, _)) => return Err(failed(error)),
            }
        }
    }
}

#[async_trait]
impl EntryLog for KafkaEntryLog {
    async fn publish(&self, entries: &[Entry]) -> Result<(), EntryLogError> {
        self.topic.get_or_try_init(|| ensure_topic(&self.settings)).await.map_err(failed)?;
        let producer = self.producer().map_err(failed)?;
        let outcome = self.append(&producer, entries).await;
        if outcome.is_err() {
            self.forget_when_fatal(&producer);
        }
        outcome
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> EntryLogError {
    EntryLogError(Arc::new(error))
}
