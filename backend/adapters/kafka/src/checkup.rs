//! Whether the cluster keeps what it acknowledges.

use std::{sync::Arc, time::Duration};

use kith_domain::Checkup;
use rdkafka::{
    admin::{AdminClient, AdminOptions, ResourceSpecifier},
    config::FromClientConfigAndContext as _,
    error::KafkaError,
    util::Timeout,
};

use crate::{
    context::Logged,
    settings::KafkaSettings,
    topic::{TopicError, unavailable},
};

const PATIENCE: Duration = Duration::from_secs(5);

/// What brokers say of the topic.
struct Shape {
    brokers: usize,
    partitions: usize,
    /// The fewest copies of any partition.
    copies: usize,
}

/// Looks at the cluster and the topic. Nothing is changed, and no topic is made.
///
/// # Errors
/// [`TopicError::Unavailable`] when nobody answers.
pub async fn check_up(settings: &KafkaSettings) -> Result<Checkup, TopicError> {
    let admin = AdminClient::from_config_and_context(&settings.client(), Logged).map_err(unavailable)?;
    let admin = Arc::new(admin);
    let shape = shape(&admin, settings).await?;
    let mut checkup = Checkup::of(match shape.partitions {
        0 => format!("{} brokers; topic {} is made with the first start", shape.brokers, settings.topic),
        _ => {
            format!("{} brokers, topic {} in {} partitions", shape.brokers, settings.topic, shape.partitions)
        }
    });
    checkup.should(
        shape.brokers >= 3,
        "fewer than three brokers: with one away nothing is taken, or a copy is lost",
    );
    if shape.partitions == 0 {
        let enough = usize::from(settings.replicas) <= shape.brokers;
        checkup.must(
            enough,
            format!("{} copies of each partition cannot lie on {} brokers", settings.replicas, shape.brokers),
        );
        return Ok(checkup);
    }
    checkup.must(
        shape.partitions == usize::from(settings.partitions),
        format!(
            "the settings say {} partitions: set the number the topic was made with, which never changes",
            settings.partitions
        ),
    );
    checkup.should(shape.copies >= 3, "fewer than three copies of a partition");
    let in_sync = config(&admin, settings, "min.insync.replicas").await?;
    checkup.should(
        in_sync.as_deref().and_then(|text| text.parse::<u32>().ok()).is_some_and(|number| number >= 2),
        "set min.insync.replicas = 2: one broker alone may lose what it acknowledged",
    );
    let unclean = config(&admin, settings, "unclean.leader.election.enable").await?;
    checkup.must(
        unclean.as_deref() == Some("false"),
        "set unclean.leader.election.enable = false: a broker that is behind would drop what was acknowledged",
    );
    Ok(checkup)
}

async fn shape(admin: &Arc<AdminClient<Logged>>, settings: &KafkaSettings) -> Result<Shape, TopicError> {
    let (admin, topic) = (Arc::clone(admin), settings.topic.clone());
    let asked = tokio::task::spawn_blocking(move || {
        let metadata = admin.inner().fetch_metadata(Some(&topic), Timeout::After(PATIENCE))?;
        let partitions: Vec<usize> = metadata
            .topics()
            .iter()
            .filter(|found| found.name() == topic)
            .flat_map(|topic| topic.partitions())
            .map(|partition| partition.replicas().len())
            .collect();
        Ok::<_, KafkaError>(Shape {
            brokers: metadata.brokers().len(),
            partitions: partitions.len(),
            copies: partitions.into_iter().min().unwrap_or(0),
        })
    });
    asked.await.map_err(unavailable)?.map_err(unavailable)
}

async fn config(
    admin: &AdminClient<Logged>,
    settings: &KafkaSettings,
    name: &str,
) -> Result<Option<String>, TopicError> {
    let options = AdminOptions::new().request_timeout(Some(PATIENCE));
    let topic = [ResourceSpecifier::Topic(&settings.topic)];
    let answers = admin.describe_configs(topic.iter(), &options).await.map_err(unavailable)?;
    let found = answers.into_iter().filter_map(Result::ok).find_map(|resource| {
        resource.entries.into_iter().find(|entry| entry.name == name).and_then(|entry| entry.value)
    });
    Ok(found)
}
