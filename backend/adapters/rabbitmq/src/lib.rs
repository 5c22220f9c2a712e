//! A broker between nodes over RabbitMQ (version 3.10 or later), for where there is one already. It keeps nothing:
//! queues live as long as the connection of their node, and messages are never written to disk.

mod broker;
mod checkup;
mod consumption;

pub use broker::RabbitMqBroker;
pub use checkup::check_up;
