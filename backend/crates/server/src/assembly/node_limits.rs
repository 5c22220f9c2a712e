//! Who counts what may be done how often.

use std::sync::Arc;

use kith_domain::ports::Limits;
use kith_embedded::InProcessLimits;
#[cfg(feature = "cluster")]
use kith_redis::RedisLimits;

/// The limits of a node.
#[derive(Clone)]
pub(crate) enum NodeLimits {
    /// It counts by itself.
    Alone(Arc<InProcessLimits>),
    /// All nodes count together.
    #[cfg(feature = "cluster")]
    Shared(Arc<RedisLimits>),
}

impl NodeLimits {
    /// The port.
    pub(crate) fn port(&self) -> Arc<dyn Limits> {
        match self {
            Self::Alone(limits) => Arc::clone(limits) as Arc<dyn Limits>,
            #[cfg(feature = "cluster")]
            Self::Shared(limits) => Arc::clone(limits) as Arc<dyn Limits>,
        }
    }

    /// Forgets what this node need not remember; every minute or so.
    pub(crate) fn retain_recent(&self) {
        match self {
            Self::Alone(limits) => limits.retain_recent(),
            #[cfg(feature = "cluster")]
            Self::Shared(limits) => limits.retain_recent(),
        }
    }
}
