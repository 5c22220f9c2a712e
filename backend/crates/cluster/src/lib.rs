//! Many nodes as one Kith.
//!
//! Every node knows which others are there ([`NodeLease`]: a lease in the ledger, renewed each second) and who has
//! sockets where (`routes`: told at each coming and going). An event of one node is sent once to each other node that
//! has a socket it concerns, through a [`kith_domain::ports::Broker`], which may lose it. What is lost is noticed by the
//! numbers that messages between two nodes carry, by a sign of life each second, and by the lapse of a dead node's lease;
//! then the entries are read from the ledger. Entries of a conversation reach the sockets in the order of their seqs.

mod audiences;
mod bus;
mod delivery;
mod envelope;
mod inbox;
mod links;
mod metrics;
mod node_set;
mod peers;
mod recovery;
mod roster;
mod routes;
mod sequencer;

pub use bus::{Cluster, ClusterBus, Means, Parts};
pub use peers::{NodeLease, NumberError, NumberLost};
