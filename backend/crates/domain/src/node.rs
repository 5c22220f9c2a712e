//! Nodes: the processes that together are one Kith.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::snowflake::MAX_NODE;

/// The number of a node, 0–1023: part of the ids it hands out, and its address among the others. No two running nodes
/// share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16")]
pub struct NodeNumber(u16);

/// A number above [`MAX_NODE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a node's number is at most {MAX_NODE}")]
pub struct InvalidNodeNumber;

impl NodeNumber {
    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for NodeNumber {
    type Error = InvalidNodeNumber;
    fn try_from(number: u16) -> Result<Self, InvalidNodeNumber> {
        if number <= MAX_NODE { Ok(Self(number)) } else { Err(InvalidNodeNumber) }
    }
}

impl fmt::Display for NodeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
