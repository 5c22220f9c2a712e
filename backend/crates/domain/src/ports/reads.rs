//! Read markers: one per (person, conversation).

use async_trait::async_trait;

use super::StoreError;
use crate::{
    clock::Timestamp,
    entry::Seq,
    id::{ConversationId, UserId},
};

/// Up to where somebody has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadMarker {
    /// Who.
    pub user_id: UserId,
    /// Up to where; 0 without a marker.
    pub read_seq: Seq,
    /// When the marker came there.
    pub read_at: Option<Timestamp>,
}

/// Read markers.
#[async_trait]
pub trait ReadRepository {
    /// Up to where the person has read; 0 without a marker.
    async fn read_seq(&mut self, conversation: ConversationId, user: UserId) -> Result<Seq, StoreError>;
    /// Moves the marker forward to `seq`; returns where it stands and whether it moved. It never goes back.
    async fn advance_read(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        seq: Seq,
        at: Timestamp,
    ) -> Result<(Seq, bool), StoreError>;
    /// The markers of all active members.
    async fn list_reads(&mut self, conversation: ConversationId) -> Result<Vec<ReadMarker>, StoreError>;
}
