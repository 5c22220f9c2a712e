//! How fast entries go through the log, on real servers: `cargo bench -p kith-kafka`.
//!
//! It prints entries per second: published in batches as the relay does, followed by one member of a group, and from the
//! outbox in PostgreSQL into the log as the relay of a node does it all. `KITH_BENCH_ENTRIES` says how many (100,000; the
//! relay gets a fifth of them).

use std::{
    env,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use kith_contract::{
    fixtures::{a_group, a_message, user, with_members},
    history::{a_conversation, a_text},
};
use kith_domain::{
    Clock, ConversationId, Entry, Timestamp,
    ports::{EntryLog as _, EntrySink, EntrySinkError, Store},
};
use kith_harness::{Kafka, Postgres};
use kith_kafka::{EntryFollower, KafkaEntryLog, KafkaSettings};
use kith_sql::{
    postgres::{Options, PostgresStore},
    testing::{CountingRandom, RecordingBus},
};
use kith_worker::{LogPublisher, Relay, Tenure};
use prometheus_client::registry::Registry;
use tokio::sync::watch;

const CONVERSATIONS: u64 = 500;
/// What a relay reads and publishes at once.
const BATCH: usize = 1_000;
/// A message of common length.
const TEXT: &str =
    "See you at the night market, the one behind the station; bring an umbrella, it looks like rain 🌧";

/// Counts what it takes, and says when that is all.
struct Counting {
    taken: AtomicU64,
    expected: u64,
    done: watch::Sender<bool>,
}

#[async_trait]
impl EntrySink for Counting {
    fn name(&self) -> &'static str {
        "bench"
    }

    async fn take(&self, entries: Vec<Entry>) -> Result<(), EntrySinkError> {
        let taken = self.taken.fetch_add(entries.len() as u64, Ordering::Relaxed) + entries.len() as u64;
        if taken >= self.expected {
            self.done.send_replace(true);
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

fn settings(kafka: &Kafka, topic: &str) -> KafkaSettings {
    KafkaSettings {
        brokers: kafka.brokers(),
        topic: topic.to_owned(),
        partitions: 32,
        replicas: 1,
        credentials: None,
        ca_file: None,
    }
}

fn report(what: &str, count: u64, began: Instant) {
    println!("{what}\t{count} entries\t{:.0} entries/s", count as f64 / began.elapsed().as_secs_f64());
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let count: u64 = env::var("KITH_BENCH_ENTRIES").map_or(Ok(100_000), |text| text.parse())?;
    let (kafka, postgres) = (Kafka::start()?, Postgres::start()?);
    through_the_log(&settings(&kafka, "published"), count).await?;
    from_the_outbox(&postgres, settings(&kafka, "relayed"), count / 5).await
}

async fn through_the_log(settings: &KafkaSettings, count: u64) -> Result<(), Box<dyn Error>> {
    let conversations: Vec<ConversationId> = (0..CONVERSATIONS).map(|_| a_conversation()).collect();
    let entries: Vec<Entry> = (0..count)
        .map(|n| a_text(conversations[(n % CONVERSATIONS) as usize], n / CONVERSATIONS + 1, Some(TEXT)))
        .collect();
    let log = KafkaEntryLog::new(settings.clone());
    log.publish(&entries[..1]).await?;
    let began = Instant::now();
    for batch in entries.chunks(BATCH) {
        log.publish(batch).await?;
    }
    report("published", count, began);

    let (done, mut is_done) = watch::channel(false);
    let sink = Arc::new(Counting { taken: AtomicU64::new(0), expected: count + 1, done });
    let began = Instant::now();
    let follower = EntryFollower::new(settings.clone(), sink);
    let stop = async {
        let _ = is_done.wait_for(|done| *done).await;
    };
    follower.run(stop).await?;
    report("followed, joining the group included", count + 1, began);
    Ok(())
}

async fn from_the_outbox(
    postgres: &Postgres,
    settings: KafkaSettings,
    count: u64,
) -> Result<(), Box<dyn Error>> {
    let url = postgres.create_database()?;
    let (bus, random) = (Arc::new(RecordingBus::default()), CountingRandom::default());
    let store = Arc::new(PostgresStore::open(&url, Options::default(), bus, &random).await?);
    let mut groups = Vec::new();
    for _ in 0..CONVERSATIONS {
        groups.push(with_members(&*store, a_group(), &[user(1)]).await);
    }
    stream::iter((0..count).map(|n| groups[(n % CONVERSATIONS) as usize]))
        .map(|group| store.send(a_message(group, user(1), TEXT)))
        .buffer_unordered(512)
        .for_each(|sent| async move { drop(sent.expect("it is stored")) })
        .await;

    let (shared, clock, registry) =
        (Arc::clone(&store) as Arc<dyn Store>, Arc::new(Now) as Arc<dyn Clock>, &mut Registry::default());
    let log = Arc::new(KafkaEntryLog::new(settings));
    log.publish(&[a_text(a_conversation(), 1, Some(TEXT))]).await?;
    let publisher = LogPublisher::new(shared.clone(), log, clock.clone(), registry);
    let relay = Relay::new(shared, clock, vec![Arc::new(publisher)], Vec::new(), registry);
    let began = Instant::now();
    relay.step(&Tenure::endless()).await?;
    report("relayed from PostgreSQL", count, began);
    store.close().await;
    Ok(())
}
