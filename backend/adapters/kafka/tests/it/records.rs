//! Records that cannot be read.

use kith_kafka::{FollowError, RecordError, VERSION, ensure_topic};
use rdkafka::{
    ClientConfig,
    producer::{FutureProducer, FutureRecord},
    util::Timeout,
};

use crate::support::{Following, Memory, a_log, a_topic, entries, publish, seqs, shared_kafka};

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_record_stops_the_follower_instead_of_being_passed_over() {
    let mut settings = a_topic(shared_kafka());
    settings.partitions = 1;
    ensure_topic(&settings).await.expect("a topic");
    let log = a_log(&settings);
    let (before, after) = (entries(3, 3), entries(1, 1));
    publish(&log, &before).await;
    let raw: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", &settings.brokers).create().expect("a producer");
    let newer = format!(r#"{{"version":{},"conversation":"70"}}"#, VERSION + 1);
    let record = FutureRecord::to(&settings.topic).key("70").payload(&newer);
    raw.send(record, Timeout::Never).await.expect("a record");
    publish(&log, &after).await;

    let sink = Memory::new("older");
    // As often as it is started: the record is never passed over, and what stands before it is done once.
    for _ in 0..2 {
        let failure = Following::start(&settings, sink.clone()).failure().await;
        let FollowError::Record { topic, partition: 0, offset: 9, source } = &failure else {
            panic!("{failure:?}")
        };
        assert_eq!(topic, &settings.topic);
        assert!(matches!(source, RecordError::Version { found } if *found == VERSION + 1), "{source:?}");
        assert!(source.to_string().contains("update"), "{source}");
        assert_eq!(sink.seqs(), seqs(&before));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_record_stops_the_follower() {
    let settings = a_topic(shared_kafka());
    ensure_topic(&settings).await.expect("a topic");
    let raw: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", &settings.brokers).create().expect("a producer");
    raw.send(FutureRecord::<str, str>::to(&settings.topic).key("70"), Timeout::Never)
        .await
        .expect("a record");
    let failure = Following::start(&settings, Memory::new("empty")).failure().await;
    assert!(matches!(failure, FollowError::Record { source: RecordError::Empty, .. }), "{failure:?}");
}
