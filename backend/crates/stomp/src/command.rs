//! The commands of either side.

use std::fmt;

mod sealed {
    pub trait Sealed {}
}

/// The commands that one side may send, and what STOMP 1.2 says about each.
pub trait CommandSet: Copy + Eq + fmt::Debug + sealed::Sealed {
    /// The command of this name; names are case-sensitive.
    fn parse(name: &str) -> Option<Self>;
    /// The name on the wire.
    fn name(self) -> &'static str;
    /// Whether headers are escaped. They are not in CONNECT and CONNECTED, for the sake of STOMP 1.0 peers.
    fn escapes_headers(self) -> bool;
    /// Whether the frame may have a body; only SEND, MESSAGE and ERROR may.
    fn allows_body(self) -> bool;
    /// The one header that may be as long as [`Limits::max_token_header_bytes`](crate::Limits).
    fn token_header(self) -> Option<&'static str>;
}

/// Commands of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Opens the session.
    Connect,
    /// The same as `Connect`, by the name STOMP 1.1 introduced.
    Stomp,
    /// Sends a body to a destination.
    Send,
    /// Asks for the messages of a destination.
    Subscribe,
    /// Ends a subscription.
    Unsubscribe,
    /// Confirms a message.
    Ack,
    /// Refuses a message.
    Nack,
    /// Starts a transaction.
    Begin,
    /// Commits a transaction.
    Commit,
    /// Rolls a transaction back.
    Abort,
    /// Ends the session.
    Disconnect,
}

impl sealed::Sealed for Command {}

impl CommandSet for Command {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "SEND" => Self::Send,
            "CONNECT" => Self::Connect,
            "STOMP" => Self::Stomp,
            "SUBSCRIBE" => Self::Subscribe,
            "UNSUBSCRIBE" => Self::Unsubscribe,
            "ACK" => Self::Ack,
            "NACK" => Self::Nack,
            "BEGIN" => Self::Begin,
            "COMMIT" => Self::Commit,
            "ABORT" => Self::Abort,
            "DISCONNECT" => Self::Disconnect,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Stomp => "STOMP",
            Self::Send => "SEND",
            Self::Subscribe => "SUBSCRIBE",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::Ack => "ACK",
            Self::Nack => "NACK",
            Self::Begin => "BEGIN",
            Self::Commit => "COMMIT",
            Self::Abort => "ABORT",
            Self::Disconnect => "DISCONNECT",
        }
    }

    fn escapes_headers(self) -> bool {
        !matches!(self, Self::Connect | Self::Stomp)
    }

    fn allows_body(self) -> bool {
        self == Self::Send
    }

    fn token_header(self) -> Option<&'static str> {
        matches!(self, Self::Connect | Self::Stomp).then_some("Authorization")
    }
}

/// Commands of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerCommand {
    /// Answers CONNECT.
    Connected,
    /// Delivers a message to a subscription.
    Message,
    /// Says that a frame has been processed.
    Receipt,
    /// Reports a fault; the server closes after it.
    Error,
}

impl sealed::Sealed for ServerCommand {}

impl CommandSet for ServerCommand {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "MESSAGE" => Self::Message,
            "RECEIPT" => Self::Receipt,
            "CONNECTED" => Self::Connected,
            "ERROR" => Self::Error,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Connected => "CONNECTED",
            Self::Message => "MESSAGE",
            Self::Receipt => "RECEIPT",
            Self::Error => "ERROR",
        }
    }

    fn escapes_headers(self) -> bool {
        self != Self::Connected
    }

    fn allows_body(self) -> bool {
        matches!(self, Self::Message | Self::Error)
    }

    fn token_header(self) -> Option<&'static str> {
        None
    }
}
