//! What waits to be sent.

use std::sync::Arc;

use bytes::Bytes;
use kith_domain::NodeNumber;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Something to send.
#[derive(Debug)]
pub struct Parcel {
    /// To whom.
    pub nodes: Box<[NodeNumber]>,
    /// What.
    pub payload: Bytes,
    /// Its part of the room in the outbox; free again when the parcel was sent or dropped.
    _room: OwnedSemaphorePermit,
}

/// A queue bounded in bytes. Whoever finds no room waits for it.
#[derive(Debug)]
pub(crate) struct Outbox {
    room: Arc<Semaphore>,
    parcels: mpsc::UnboundedSender<Parcel>,
}

impl Outbox {
    /// A queue for at most `room` bytes.
    pub(crate) fn new(room: usize) -> (Self, mpsc::UnboundedReceiver<Parcel>) {
        let (parcels, receiver) = mpsc::unbounded_channel();
        (Self { room: Arc::new(Semaphore::new(room)), parcels }, receiver)
    }

    /// Puts a parcel in; `false` when nobody will send it.
    pub(crate) async fn put(&self, nodes: &[NodeNumber], payload: Bytes) -> bool {
        // An empty payload takes room as well.
        let bytes = u32::try_from(payload.len() + 64).unwrap_or(u32::MAX);
        let Ok(room) = self.room.clone().acquire_many_owned(bytes).await else { return false };
        self.parcels.send(Parcel { nodes: nodes.into(), payload, _room: room }).is_ok()
    }
}
