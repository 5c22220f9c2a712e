//! What an adapter brings.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{inbox::Inbox, outbox::Parcel};

/// Why a session cannot be had or ended.
pub type SessionError = Box<dyn std::error::Error + Send + Sync>;

/// Opens sessions with a server.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Opens one that gives what this node gets to `inbox`, from before this returns until the session is dropped.
    ///
    /// # Errors
    /// When the server does not let one be had. It need not be bounded in time: the caller gives up.
    async fn open(&self, inbox: Arc<Inbox>) -> Result<Box<dyn Session>, SessionError>;
}

/// A session.
#[async_trait]
pub trait Session: Send {
    /// Sends all of `parcels` in their order, and returns when the server has taken them. For none it asks the server
    /// for a sign of life.
    ///
    /// # Errors
    /// When the session is of no more use.
    async fn send(&mut self, parcels: &[Parcel]) -> Result<(), SessionError>;

    /// Returns when the connection is lost, as far as this end learns of it by itself.
    async fn lost(&self);
}
