//! Read markers.

use kith_domain::{Seq, Timestamp, UserId, ports::reads::ReadMarker, view::MarkerView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::scalar;

/// Up to where the reader has read; also the body of the SEND frame.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadBody {
    /// The newest seq in view.
    #[serde(deserialize_with = "scalar::position")]
    #[schema(value_type = scalar::Position)]
    pub seq: Seq,
}

/// The reader's marker after the call: it never goes back.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadState {
    /// Up to where the reader has read.
    #[schema(value_type = scalar::SeqNumber)]
    pub read_seq: Seq,
    /// How many messages wait; 100 means more than 99.
    pub unread: u32,
}

impl From<&MarkerView> for ReadState {
    fn from(marker: &MarkerView) -> Self {
        Self { read_seq: marker.read_seq, unread: marker.unread }
    }
}

/// A marker that moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct Marker {
    /// Up to where the viewer has read.
    #[schema(value_type = scalar::SeqNumber)]
    pub read_seq: Seq,
    /// Up to where the other side of a direct conversation has read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub peer_read_seq: Option<Seq>,
    /// How many messages wait; 100 means more than 99.
    pub unread: u32,
}

impl From<&MarkerView> for Marker {
    fn from(marker: &MarkerView) -> Self {
        Self { read_seq: marker.read_seq, peer_read_seq: marker.peer_read_seq, unread: marker.unread }
    }
}

/// How far somebody has read.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reader {
    /// Who.
    #[schema(value_type = scalar::Id)]
    pub user_id: UserId,
    /// Up to where.
    #[schema(value_type = scalar::SeqNumber)]
    pub read_seq: Seq,
    /// When the marker came there. A message with exactly this seq was read then, an earlier one then or before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Time>)]
    pub read_at: Option<Timestamp>,
}

/// How far the members have read.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readers {
    /// One for each member who has read anything.
    pub items: Vec<Reader>,
}

impl From<&[ReadMarker]> for Readers {
    fn from(markers: &[ReadMarker]) -> Self {
        let reader = |&ReadMarker { user_id, read_seq, read_at }| Reader { user_id, read_seq, read_at };
        Self { items: markers.iter().map(reader).collect() }
    }
}
