//! Friend requests.

use kith_domain::{FriendRequestId, Timestamp, friendship, ports::friends, view::FriendRequestView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{account::User, links::Links, scalar};

/// Who asks whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RequestDirection)]
pub enum Direction {
    /// The viewer is asked.
    Incoming,
    /// The viewer asks.
    Outgoing,
}

impl From<Direction> for friends::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Incoming => Self::Incoming,
            Direction::Outgoing => Self::Outgoing,
        }
    }
}

/// How a request stands, as the viewer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RequestStatus)]
pub enum Status {
    /// Open.
    Pending,
    /// They are friends.
    Accepted,
    /// Turned down; only the one who did it sees this.
    Rejected,
    /// Taken back, or expired.
    Cancelled,
}

impl From<friendship::RequestStatus> for Status {
    fn from(status: friendship::RequestStatus) -> Self {
        match status {
            friendship::RequestStatus::Pending => Self::Pending,
            friendship::RequestStatus::Accepted => Self::Accepted,
            friendship::RequestStatus::Rejected => Self::Rejected,
            friendship::RequestStatus::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Status> for friendship::RequestStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Accepted => Self::Accepted,
            Status::Rejected => Self::Rejected,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

/// A friend request as one side sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FriendRequest)]
pub struct FriendRequest<'a> {
    /// Its number.
    #[schema(value_type = scalar::Id)]
    pub id: FriendRequestId,
    /// The other side.
    pub user: User<'a>,
    /// Who asks whom.
    pub direction: Direction,
    /// How it stands.
    pub status: Status,
    /// When it was made.
    #[schema(value_type = scalar::Time)]
    pub created_at: Timestamp,
}

impl<'a> FriendRequest<'a> {
    /// Shows a request as one side sees it.
    #[must_use]
    pub fn new(view: &'a FriendRequestView, links: &Links) -> Self {
        Self {
            id: view.id,
            user: User::new(&view.user, links),
            direction: if view.incoming { Direction::Incoming } else { Direction::Outgoing },
            status: view.status.into(),
            created_at: view.created_at,
        }
    }
}

/// Whom to ask.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FriendRequestBody {
    /// The other person's code.
    #[schema(value_type = scalar::Code)]
    pub friend_code: String,
}
