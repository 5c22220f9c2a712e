//! Kith's nouns, their rules and the ports behind which every store and service lies.
//!
//! Nothing here does I/O or reads a clock: time, ids and randomness are arguments, so that each rule can be
//! tested as a table.

pub mod access;
pub mod account;
pub mod blob;
pub mod checkup;
pub mod clock;
pub mod code;
pub mod content;
pub mod conversation;
pub mod device;
pub mod disk;
pub mod draft;
pub mod entry;
pub mod entry_fields;
pub mod event;
mod fold;
pub mod friendship;
pub mod id;
mod json_text;
pub mod media;
pub mod node;
pub mod password;
pub mod ports;
pub mod random;
pub mod refusal;
pub mod search;
pub mod sign_in;
pub mod snowflake;
pub mod text;
pub mod view;

pub use access::{Interval, Intervals};
pub use account::{Account, Gender, LinkedIdentity, Profile};
pub use blob::BlobKey;
pub use checkup::Checkup;
pub use clock::{Clock, Timestamp};
pub use code::ShareCode;
pub use content::{Content, ContentHash, NewContent};
pub use conversation::{
    Conversation, ConversationKind, ConversationState, DirectGate, HistoryVisibility, JoinPolicy, Member,
    MemberState, Role,
};
pub use device::{Caller, Device};
pub use entry::{ClientMsgId, ClientTime, Entry, EntryBody, Notice, NoticeKind, Seq};
pub use entry_fields::{EntryFields, UnreadableEntry};
pub use event::{LiveEvent, PersonalEvent};
pub use fold::fold;
pub use friendship::{FriendRequest, Pair, RequestStatus};
pub use id::{ConversationId, DeviceId, EntryId, FriendRequestId, MediaId, UserId};
pub use media::{Media, MediaKind, MediaRef, MediaType, Upload};
pub use node::NodeNumber;
pub use password::{Password, PasswordHash};
pub use random::Random;
pub use refusal::{FieldError, Refusal};
