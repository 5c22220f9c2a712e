//! One person's connection to the server, through its handshakes to the end.

use crate::{checker::Positions, run::Target, socket::Socket};

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// There is no socket.
    Closed,
    /// TCP's handshake.
    Connecting,
    /// WebSocket's.
    Upgrading,
    /// STOMP's.
    Subscribing,
    /// Events come.
    Live,
}

/// One person's connection.
pub(crate) struct Link {
    /// Whose, by number.
    pub(crate) person: u32,
    /// Reads so little that the server has to give up on it.
    pub(crate) slow: bool,
    pub(crate) state: State,
    pub(crate) socket: Option<Socket>,
    /// Whether the poller tells when the socket takes bytes.
    pub(crate) watching_writes: bool,
    /// The start of a frame whose end has not come.
    pub(crate) partial: Vec<u8>,
    /// When something was last sent.
    pub(crate) spoke_ns: u64,
    pub(crate) positions: Positions,
    /// Entries that came while those before them were asked for; `None` when nothing is asked.
    pub(crate) held: Option<Vec<(u32, u64)>>,
}

impl Link {
    pub(crate) fn new(person: u32, slow: bool, conversations: &[u32]) -> Self {
        Self {
            person,
            slow,
            state: State::Closed,
            socket: None,
            watching_writes: false,
            partial: Vec::new(),
            spoke_ns: 0,
            positions: Positions::new(conversations),
            held: None,
        }
    }

    /// The node that the person's socket and calls go to.
    pub(crate) fn target<'t>(&self, targets: &'t [Target]) -> &'t Target {
        &targets[self.person as usize % targets.len()]
    }

    /// Forgets the socket, which closes it.
    pub(crate) fn close(&mut self) {
        self.socket = None;
        self.state = State::Closed;
        self.watching_writes = false;
        self.partial = Vec::new();
    }
}
