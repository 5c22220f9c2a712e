//! How far a batch reaches.

use std::collections::BTreeMap;

use rdkafka::{Offset, TopicPartitionList, error::KafkaResult};

/// The place after the last record of each partition.
#[derive(Debug, Default)]
pub(crate) struct Offsets(BTreeMap<i32, i64>);

impl Offsets {
    /// Counts a record in.
    pub(crate) fn passed(&mut self, partition: i32, offset: i64) {
        self.0.insert(partition, offset + 1);
    }

    /// As the client library takes it.
    pub(crate) fn list(&self, topic: &str) -> KafkaResult<TopicPartitionList> {
        let mut list = TopicPartitionList::new();
        for (&partition, &next) in &self.0 {
            list.add_partition_offset(topic, partition, Offset::Offset(next))?;
        }
        Ok(list)
    }
}
