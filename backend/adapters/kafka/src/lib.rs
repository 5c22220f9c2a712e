//! The log of entries in [Kafka](https://kafka.apache.org) 4.
//!
//! One topic. A record is one committed entry; its key is the conversation, so that the entries of one conversation lie
//! in one partition, in order. The number of partitions is fixed for the life of the topic: with another number,
//! conversations would move between partitions and lose their order. The producer is idempotent and waits for all
//! replicas in sync; followers count a batch as done only after their sink took it.

mod checkup;
mod context;
mod errors;
mod follower;
mod metadata;
mod offsets;
mod producer;
mod record;
mod settings;
mod topic;

pub use checkup::check_up;
pub use errors::{AccessError, FollowError};
pub use follower::EntryFollower;
pub use producer::KafkaEntryLog;
pub use record::{RecordError, VERSION};
pub use settings::{Credentials, KafkaSettings, Mechanism};
pub use topic::{TopicError, ensure_topic};
