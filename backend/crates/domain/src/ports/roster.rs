//! The roster: which users have sockets at this node, for the other nodes to know.

use async_trait::async_trait;

use crate::id::UserId;

/// Told of every user's first socket here and of the end of their last one, in that order for each user. It must not
/// wait: sockets do.
#[async_trait]
pub trait Roster: Send + Sync {
    /// The user has a socket here.
    fn arrived(&self, user: UserId);
    /// The user has none here any more.
    fn left(&self, user: UserId);
    /// Resolves after events of other nodes may have been lost on their way here and their entries were read from the
    /// ledger: what else they carried (personal events, who takes part in what) is to be looked for. For one who waits at a
    /// time; what happens while nobody does is told to the next.
    async fn missed(&self);
}
