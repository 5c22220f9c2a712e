//! Virtual devices: each keeps an outbox and a position for each conversation, comes back by itself, and writes down all it
//! does and sees, for `kith-checker` to judge. What the web app does on one's own machine, they do in a small way.

mod bugs;
mod device;
mod link;
mod nodes;
mod outbox;
mod recorder;
mod run;
mod talk;
mod timeline;

pub(super) use bugs::Bug;
pub(super) use device::{BY_ITSELF, Device, Mode, Plan};
pub(super) use nodes::{Node, Nodes};
pub(super) use outbox::Way;
pub(super) use recorder::Recorder;
pub(super) use talk::{Room, Talk};
pub(super) use timeline::hash_of;
