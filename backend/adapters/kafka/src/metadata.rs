//! What brokers say of a topic, or why they say nothing.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rdkafka::{
    ClientContext,
    config::{FromClientConfigAndContext as _, RDKafkaLogLevel},
    error::{KafkaError, RDKafkaErrorCode},
    message::DeliveryResult,
    producer::{BaseProducer, Producer as _, ProducerContext},
    util::Timeout,
};

use crate::{
    errors::AccessError,
    settings::KafkaSettings,
    topic::{TopicError, unavailable},
};

/// How long the library is listened to when nobody answered. What it has to say is there by then.
const LISTEN: Duration = Duration::from_millis(50);

/// The library's word for a connection that failed.
const FAILURE: &str = "FAIL";

/// A topic, as brokers see it.
pub(crate) struct TopicMetadata {
    pub(crate) brokers: usize,
    /// How many copies each partition has; empty when there is no such topic.
    pub(crate) copies: Vec<usize>,
}

/// A client that asks for metadata. It hears why connections fail, which an
/// [`AdminClient`](rdkafka::admin::AdminClient) does not: that one never takes what the library has to say.
pub(crate) struct MetadataClient(Arc<BaseProducer<Heard>>);

impl MetadataClient {
    /// A client that asks nobody yet.
    ///
    /// # Errors
    /// [`TopicError::Unavailable`] when the settings are nothing that the library takes.
    pub(crate) fn new(settings: &KafkaSettings) -> Result<Self, TopicError> {
        let mut config = settings.client();
        // What is no error to the library, too.
        config.set_log_level(RDKafkaLogLevel::Info);
        let client = BaseProducer::from_config_and_context(&config, Heard::default());
        Ok(Self(Arc::new(client.map_err(unavailable)?)))
    }

    /// Waits until a broker answers.
    ///
    /// # Errors
    /// [`TopicError::Unavailable`] when none does within `patience`, with an [`AccessError`] if one of them said why.
    pub(crate) async fn topic(&self, topic: &str, patience: Duration) -> Result<TopicMetadata, TopicError> {
        let (client, topic) = (Arc::clone(&self.0), topic.to_owned());
        let asked = tokio::task::spawn_blocking(move || {
            let asked = client.client().fetch_metadata(Some(&topic), Timeout::After(patience));
            let metadata = asked.map_err(|error| {
                client.poll(LISTEN);
                client.client().context().why().map_or_else(|| unavailable(error), unavailable)
            })?;
            let found = metadata.topics().iter().filter(|found| found.name() == topic);
            let partitions = found.flat_map(|topic| topic.partitions());
            let copies = partitions.map(|partition| partition.replicas().len()).collect();
            Ok(TopicMetadata { brokers: metadata.brokers().len(), copies })
        });
        asked.await.map_err(unavailable)?
    }
}

/// Keeps why connections fail. Whoever asked logs it.
#[derive(Default)]
struct Heard(Mutex<Option<AccessError>>);

impl Heard {
    fn kept(&self) -> MutexGuard<'_, Option<AccessError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn why(&self) -> Option<AccessError> {
        self.kept().clone()
    }

    /// What a broker refuses says more than that another one is away.
    fn keep(&self, why: AccessError) {
        let mut kept = self.kept();
        if kept.as_ref().is_none_or(|kept| weight(kept) < weight(&why)) {
            *kept = Some(why);
        }
    }
}

const fn weight(why: &AccessError) -> u8 {
    match why {
        AccessError::Connection(_) => 0,
        AccessError::Ended(_) => 1,
        AccessError::Credentials(_) | AccessError::Encryption(_) => 2,
    }
}

impl ClientContext for Heard {
    /// That a connection was ended is no error to the library, and only said here. All else comes as one too.
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if facility == FAILURE && matches!(level, RDKafkaLogLevel::Warning | RDKafkaLogLevel::Info) {
            // The library's thread comes first.
            let message = message.split_once("]: ").map_or(message, |(_, message)| message);
            self.keep(AccessError::Ended(message.to_owned()));
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let reason = reason.to_owned();
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::Authentication) => self.keep(AccessError::Credentials(reason)),
            Some(RDKafkaErrorCode::SSL) => self.keep(AccessError::Encryption(reason)),
            // How many are away, and not why.
            Some(RDKafkaErrorCode::AllBrokersDown) => {}
            _ => self.keep(AccessError::Connection(reason)),
        }
    }
}

impl ProducerContext for Heard {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): Self::DeliveryOpaque) {}
}
