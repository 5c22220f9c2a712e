//! The roster: which users have sockets at this node, for the other nodes to know.

use crate::id::UserId;

/// Told of every user's first socket here and of the end of their last one, in that order for each user. It must not
/// wait: sockets do.
pub trait Roster: Send + Sync {
    /// The user has a socket here.
    fn arrived(&self, user: UserId);
    /// The user has none here any more.
    fn left(&self, user: UserId);
}
