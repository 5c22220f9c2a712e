//! An event on its way to the sockets, encoded at most once however many shards and sockets it is for.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use kith_domain::LiveEvent;
use kith_wire::{Event, Links};

use crate::frames;

/// Events in commit order, shared by the shards.
pub(crate) type Announcements = Arc<[Announcement]>;

/// One event.
#[derive(Debug)]
pub(crate) struct Announcement {
    pub(crate) event: LiveEvent,
    links: Links,
    tail: OnceLock<Option<Bytes>>,
}

impl Announcement {
    /// An event that is shown with these links.
    pub(crate) fn new(event: LiveEvent, links: &Links) -> Self {
        Self { event, links: links.clone(), tail: OnceLock::new() }
    }

    /// The frame's shared part; `None` for what clients are not told in this form.
    pub(crate) fn tail(&self) -> Option<&Bytes> {
        let encode = || Event::live(&self.event, &self.links).map(|event| frames::message_tail(&event));
        self.tail.get_or_init(encode).as_ref()
    }
}
