//! Whether the cluster keeps what it acknowledges.

use std::time::Duration;

use kith_domain::Checkup;
use rdkafka::{
    admin::{AdminClient, AdminOptions, ResourceSpecifier},
    config::FromClientConfigAndContext as _,
};

use crate::{
    context::Logged,
    metadata::MetadataClient,
    settings::KafkaSettings,
    topic::{TopicError, unavailable},
};

const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at the cluster and the topic. Nothing is changed, and no topic is made.
///
/// # Errors
/// [`TopicError::Unavailable`] when nobody answers; its source says why, as far as it is known.
pub async fn check_up(settings: &KafkaSettings) -> Result<Checkup, TopicError> {
    let found = MetadataClient::new(settings)?.topic(&settings.topic, PATIENCE).await?;
    let (brokers, partitions) = (found.brokers, found.copies.len());
    let mut checkup = Checkup::of(match partitions {
        0 => format!("{brokers} brokers; topic {} is made with the first start", settings.topic),
        _ => format!("{brokers} brokers, topic {} in {partitions} partitions", settings.topic),
    });
    checkup
        .should(brokers >= 3, "fewer than three brokers: with one away nothing is taken, or a copy is lost");
    if partitions == 0 {
        let enough = usize::from(settings.replicas) <= brokers;
        checkup.must(
            enough,
            format!("{} copies of each partition cannot lie on {brokers} brokers", settings.replicas),
        );
        return Ok(checkup);
    }
    checkup.must(
        partitions == usize::from(settings.partitions),
        format!(
            "the settings say {} partitions: set the number the topic was made with, which never changes",
            settings.partitions
        ),
    );
    let enough = found.copies.iter().all(|copies| *copies >= 3);
    checkup.should(enough, "fewer than three copies of a partition");
    let admin = AdminClient::from_config_and_context(&settings.client(), Logged).map_err(unavailable)?;
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
