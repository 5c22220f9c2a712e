//! Tells the other nodes who has sockets at this one.

use kith_domain::{UserId, ports::Roster};
use tokio::sync::mpsc;

use crate::links::Arrival;

/// Hands on what the gateway says.
#[derive(Debug, Clone)]
pub(crate) struct ToldRoster(pub(crate) mpsc::UnboundedSender<Arrival>);

impl Roster for ToldRoster {
    fn arrived(&self, user: UserId) {
        // At the end of the node nobody is told.
        let _ = self.0.send(Arrival { user, here: true });
    }

    fn left(&self, user: UserId) {
        let _ = self.0.send(Arrival { user, here: false });
    }
}
