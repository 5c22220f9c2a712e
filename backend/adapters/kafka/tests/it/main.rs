//! The log of entries on a real Kafka.

mod faults;
mod groups;
mod order;
mod records;
mod secured;
mod support;
mod topics;
