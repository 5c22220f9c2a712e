//! Who counts what may be done how often.

use kith_domain::ports::Limits;
use kith_embedded::InProcessLimits;

/// The limits of a node, which counts by itself or together with all others.
pub(crate) trait NodeLimits: Limits {
    /// Forgets what this node need not remember; every minute or so.
    fn retain_recent(&self);
}

impl NodeLimits for InProcessLimits {
    fn retain_recent(&self) {
        InProcessLimits::retain_recent(self);
    }
}
