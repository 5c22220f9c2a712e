//! The topic's partitions never change.

use kith_domain::ports::EntryLog as _;
use kith_kafka::{FollowError, KafkaSettings, TopicError, ensure_topic};

use crate::support::{Following, Memory, a_log, a_topic, entries, publish, shared_kafka};

#[tokio::test(flavor = "multi_thread")]
async fn another_number_of_partitions_is_refused() {
    let settings = a_topic(shared_kafka());
    let published = entries(2, 2);
    publish(&a_log(&settings), &published).await;
    ensure_topic(&settings).await.expect("as it was made");
    for partitions in [settings.partitions - 1, settings.partitions + 1] {
        let other = KafkaSettings { partitions, ..settings.clone() };
        let refused = ensure_topic(&other).await;
        let Err(TopicError::Partitions { expected, found, .. }) = &refused else { panic!("{refused:?}") };
        assert_eq!((*expected, *found), (partitions, usize::from(settings.partitions)));
        assert!(a_log(&other).publish(&published).await.is_err());
        let failure = Following::start(&other, Memory::new("other")).failure().await;
        assert!(matches!(failure, FollowError::Topic(TopicError::Partitions { .. })), "{failure:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_make_one_topic() {
    let settings = a_topic(shared_kafka());
    let (one, two) = tokio::join!(ensure_topic(&settings), ensure_topic(&settings));
    one.and(two).expect("both see it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_cannot_be_made_is_refused() {
    let settings = KafkaSettings { replicas: 3, ..a_topic(shared_kafka()) };
    let refused = ensure_topic(&settings).await;
    assert!(
        matches!(refused, Err(TopicError::Refused { .. })),
        "one broker keeps no three copies: {refused:?}"
    );
}
