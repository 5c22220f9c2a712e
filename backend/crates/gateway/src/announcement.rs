//! An event on its way to the sockets, encoded at most once however many shards and sockets it is for.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use kith_domain::LiveEvent;
use kith_wire::Event;

use crate::frames;

/// Events in commit order, shared by the shards.
pub(crate) type Announcements = Arc<[Announcement]>;

/// One event.
#[derive(Debug)]
pub(crate) struct Announcement {
    pub(crate) event: LiveEvent,
    tail: OnceLock<Option<Bytes>>,
}

impl From<LiveEvent> for Announcement {
    fn from(event: LiveEvent) -> Self {
        Self { event, tail: OnceLock::new() }
    }
}

impl Announcement {
    /// The frame's shared part; `None` for what clients are not told in this form.
    pub(crate) fn tail(&self) -> Option<&Bytes> {
        let encode = || Event::live(&self.event).map(|event| frames::message_tail(&event));
        self.tail.get_or_init(encode).as_ref()
    }
}
