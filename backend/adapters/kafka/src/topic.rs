//! The topic.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    config::FromClientConfigAndContext as _,
    error::{KafkaError, RDKafkaErrorCode},
};
use tokio::time::sleep;

use crate::{context::Logged, metadata::MetadataClient, settings::KafkaSettings};

/// How long one question to the cluster may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a new topic is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Why the topic cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TopicError {
    /// The cluster did not answer; worth a retry. Its source is an [`AccessError`](crate::AccessError) when a broker, or
    /// the way to it, said why.
    #[error("Kafka is unavailable")]
    Unavailable(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// It was made with another number of partitions.
    #[error(
        "topic {topic} has {found} partitions instead of {expected}: set the number it was made with, which never changes"
    )]
    Partitions {
        /// The topic.
        topic: String,
        /// The number of the settings.
        expected: u16,
        /// The number it has.
        found: usize,
    },
    /// The cluster refuses to make it: too few brokers, or not allowed.
    #[error("Kafka does not make topic {topic}")]
    Refused {
        /// The topic.
        topic: String,
        /// What it says.
        #[source]
        source: KafkaError,
    },
}

/// Makes the topic if it is missing, and sees to it that it has the partitions of the settings.
///
/// # Errors
/// [`TopicError`] when it cannot be used; at once, or after some seconds when nobody answers.
pub async fn ensure_topic(settings: &KafkaSettings) -> Result<(), TopicError> {
    let client = MetadataClient::new(settings)?;
    let found = match count(&client, settings).await? {
        0 => {
            create(settings).await?;
            wait_for(&client, settings).await?
        }
        found => found,
    };
    if found != usize::from(settings.partitions) {
        let (topic, expected) = (settings.topic.clone(), settings.partitions);
        return Err(TopicError::Partitions { topic, expected, found });
    }
    Ok(())
}

/// How many partitions the topic has; 0 when there is no such topic.
async fn count(client: &MetadataClient, settings: &KafkaSettings) -> Result<usize, TopicError> {
    Ok(client.topic(&settings.topic, PATIENCE).await?.copies.len())
}

/// How many partitions a topic has that was just made: brokers learn of it a moment later.
async fn wait_for(client: &MetadataClient, settings: &KafkaSettings) -> Result<usize, TopicError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match count(client, settings).await? {
            0 if Instant::now() >= deadline => {
                return Err(unavailable(KafkaError::AdminOp(RDKafkaErrorCode::UnknownTopicOrPartition)));
            }
            0 => sleep(LOOK_EVERY).await,
            found => return Ok(found),
        }
    }
}

async fn create(settings: &KafkaSettings) -> Result<(), TopicError> {
    let admin = AdminClient::from_config_and_context(&settings.client(), Logged).map_err(unavailable)?;
    // One copy may be away while another is written to.
    let in_sync = settings.replicas.saturating_sub(1).max(1).to_string();
    let replication = TopicReplication::Fixed(i32::from(settings.replicas));
    let topic = NewTopic::new(&settings.topic, i32::from(settings.partitions), replication)
        .set("min.insync.replicas", &in_sync)
        .set("unclean.leader.election.enable", "false");
    // Waits until every broker knows it.
    let options = AdminOptions::new().request_timeout(Some(PATIENCE)).operation_timeout(Some(PATIENCE));
    let outcomes = admin.create_topics([&topic], &options).await.map_err(unavailable)?;
    for outcome in outcomes {
        match outcome {
            // Another node was quicker.
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) if lasts(code) => {
                return Err(TopicError::Refused { topic, source: KafkaError::AdminOp(code) });
            }
            Err((_, code)) => return Err(unavailable(KafkaError::AdminOp(code))),
        }
    }
    Ok(())
}

/// Whether waiting does not help.
fn lasts(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::InvalidTopic
            | RDKafkaErrorCode::InvalidPartitions
            | RDKafkaErrorCode::InvalidReplicationFactor
            | RDKafkaErrorCode::InvalidConfig
            | RDKafkaErrorCode::PolicyViolation
            | RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed
    )
}

pub(crate) fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> TopicError {
    TopicError::Unavailable(Arc::new(error))
}
