//! What a history is made of.

use serde::{Deserialize, Serialize};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// Something that a device did or saw.
    Event(Event),
    /// What a device shows of a conversation in the end.
    Screen(Screen),
    /// A conversation, as a node answers in the end.
    Conversation(Conversation),
    /// An entry of its timeline.
    Entry(Entry),
    /// Somebody's read marker.
    Marker(Marker),
}

/// Something that a device did or saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Microseconds of one clock that never goes back and that all devices share.
    pub at: u64,
    /// The device.
    pub device: String,
    /// Whose it is.
    pub user: String,
    /// What it did or saw.
    #[serde(flatten)]
    pub op: Op,
}

/// How far something is that a device asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It asks, for the first time or again.
    Invoke,
    /// It was told that it is done.
    Ok,
    /// It was told that it will not be done, finally.
    Fail,
    /// It was told nothing, or to ask again.
    Unknown,
}

/// What a device does or sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Op {
    /// Sends a message.
    Send {
        /// How far it is.
        phase: Phase,
        /// Where to.
        conversation: String,
        /// The sender's name for it.
        client_msg_id: String,
        /// A hash of what it says.
        hash: String,
        /// With `ok`: its place.
        seq: Option<u64>,
    },
    /// Unsends a message.
    Unsend {
        /// How far it is.
        phase: Phase,
        /// Where.
        conversation: String,
        /// The message's place.
        target: u64,
        /// With `ok`: the place of the unsend.
        seq: Option<u64>,
    },
    /// Asks for a change that a notice tells of.
    Change {
        /// How far it is.
        phase: Phase,
        /// Of what.
        conversation: String,
        /// The notice's type.
        change: String,
        /// Whom it happens to.
        subject: Option<String>,
    },
    /// Moves the read marker.
    Read {
        /// How far it is.
        phase: Phase,
        /// Where.
        conversation: String,
        /// Up to where.
        seq: u64,
        /// With `ok`: where the marker is then.
        read_seq: Option<u64>,
    },
    /// Is connected.
    Connected {
        /// To which node.
        node: String,
        /// The epoch the node tells.
        epoch: String,
    },
    /// Its connection has ended.
    Closed {
        /// The close code, if there was one.
        code: Option<u16>,
    },
    /// Drops all it has of all timelines: they belong to another epoch.
    Reload,
    /// Shows a message of its own that is under way.
    Echo {
        /// Where.
        conversation: String,
        /// Which.
        client_msg_id: String,
    },
    /// Shows an entry, at the end of what it shows of the conversation.
    Render {
        /// Where.
        conversation: String,
        /// Its place.
        seq: u64,
        /// Messages: the sender's name for it.
        client_msg_id: Option<String>,
        /// Who it is of.
        sender: String,
        /// Messages that were not unsent: a hash of what they say.
        hash: Option<String>,
    },
    /// Was sent a message in whatever frame or answer: shown or not.
    Heard {
        /// The conversation it belongs to.
        conversation: String,
        /// The sender's name for it.
        client_msg_id: String,
    },
}

/// What a device shows of a conversation in the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    /// The device.
    pub device: String,
    /// Whose it is.
    pub user: String,
    /// The conversation.
    pub conversation: String,
    /// The name it shows, for groups that it is in.
    pub name: Option<String>,
    /// From top to bottom.
    pub rows: Vec<Row>,
}

/// A row of a screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its place; none for a message that is still under way.
    pub seq: Option<u64>,
    /// Messages: the sender's name for it.
    pub client_msg_id: Option<String>,
    /// Messages that were not unsent: a hash of what they say.
    pub hash: Option<String>,
}

/// What there are of conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Two people, who see all of it.
    Direct,
    /// Its notices tell who came and went; who comes sees what follows.
    Group,
}

/// A conversation, as a node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// The node that was asked.
    pub node: String,
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// The two of a direct one.
    pub pair: Vec<String>,
    /// The name of a group.
    pub name: Option<String>,
}

/// An entry, as a node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The node that was asked.
    pub node: String,
    /// Where it is.
    pub conversation: String,
    /// Its place.
    pub seq: u64,
    /// Who it is of.
    pub sender: String,
    /// Messages: the sender's name for it.
    pub client_msg_id: Option<String>,
    /// Messages that were not unsent: a hash of what they say.
    pub hash: Option<String>,
    /// Unsends: the message's place.
    pub target: Option<u64>,
    /// Notices: what happened.
    pub notice: Option<Notice>,
}

/// Something that happened to a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its type: `created`, `joined`, `left`, `kicked`, `renamed` and so on.
    pub change: String,
    /// Whom it happened to.
    pub subject: Option<String>,
    /// The new name.
    pub name: Option<String>,
}

/// Somebody's read marker, as a node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// The node that was asked.
    pub node: String,
    /// Where.
    pub conversation: String,
    /// Whose.
    pub user: String,
    /// Up to where they have read.
    pub read_seq: u64,
    /// How many messages wait; 100 means more than 99.
    pub unread: u32,
}
