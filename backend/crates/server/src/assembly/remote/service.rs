//! The names of the services.

/// A service elsewhere that Kith can be built to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Postgres,
    Redis,
    RabbitMq,
    Kafka,
    Cassandra,
    OpenSearch,
    S3,
    Fcm,
}

impl Service {
    /// All of them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Postgres,
        Self::Redis,
        Self::RabbitMq,
        Self::Kafka,
        Self::Cassandra,
        Self::OpenSearch,
        Self::S3,
        Self::Fcm,
    ];

    /// What people call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Redis => "Redis",
            Self::RabbitMq => "RabbitMQ",
            Self::Kafka => "Kafka",
            Self::Cassandra => "Cassandra",
            Self::OpenSearch => "OpenSearch",
            Self::S3 => "S3",
            Self::Fcm => "Firebase Cloud Messaging",
        }
    }

    /// The Cargo feature that brings its adapter.
    pub(crate) const fn feature(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Redis => "redis",
            Self::RabbitMq => "rabbitmq",
            Self::Kafka => "kafka",
            Self::Cassandra => "cassandra",
            Self::OpenSearch => "opensearch",
            Self::S3 => "s3",
            Self::Fcm => "fcm",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use config::{File, FileFormat};

    use super::*;

    /// The features of the package, each with what it brings along.
    fn features() -> BTreeMap<String, Vec<String>> {
        let manifest = File::from_str(include_str!("../../../Cargo.toml"), FileFormat::Toml);
        let manifest = config::Config::builder().add_source(manifest).build();
        manifest.and_then(|manifest| manifest.get("features")).expect("features in the manifest")
    }

    fn brought_by(feature: &str) -> BTreeSet<&'static str> {
        let features = features();
        let (mut seen, mut open) = (BTreeSet::new(), vec![feature]);
        while let Some(feature) = open.pop() {
            if seen.insert(feature) {
                open.extend(features.get(feature).into_iter().flatten().map(String::as_str));
            }
        }
        Service::ALL.map(Service::feature).into_iter().filter(|feature| seen.contains(feature)).collect()
    }

    #[test]
    fn a_feature_brings_all_that_its_settings_need() {
        let nodes = ["postgres", "redis"];
        for service in Service::ALL {
            let feature = service.feature();
            assert!(features().contains_key(feature), "{feature}");
            let mut needed = BTreeSet::from([feature]);
            // A bucket is good for one node too, and so is a push service.
            if !matches!(service, Service::S3 | Service::Fcm) {
                needed.extend(nodes);
            }
            assert_eq!(brought_by(feature), needed, "{feature}");
        }
        assert_eq!(brought_by("cluster"), Service::ALL.map(Service::feature).into());
    }
}
