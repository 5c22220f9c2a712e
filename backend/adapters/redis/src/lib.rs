//! What nodes share and may lose, in Redis (version 7 or later): presence, limits, and a broker between them.
//!
//! Nothing here is the truth about a message or a person. While Redis is away presence does not answer, and each
//! node counts limits for itself; nobody waits for it.

mod broker;
mod checkup;
mod limits;
mod link;
mod presence;

pub use broker::RedisBroker;
pub use checkup::check_up;
pub use limits::{RedisLimits, TimeSource};
pub use link::{Away, Link, LinkSettings};
pub use presence::RedisPresence;
