//! The statements and rows of friend requests.

use kith_domain::{
    FriendRequest, RequestStatus, Timestamp, UserId,
    id::FriendRequestId,
    ports::{Cursor, PageRequest, StoreError, friends::Direction},
};

use crate::{
    rows::{Columns, Row},
    statement::sql,
    transaction::SqlTransaction,
};

macro_rules! request_columns {
    () => {
        "id, from_id, to_id, sender_status, receiver_status, created_at, rejected_at"
    };
}

const FIND: &str = concat!("SELECT ", request_columns!(), " FROM friend_requests WHERE id = $1");
const FIND_BETWEEN: &str = concat!(
    "SELECT ",
    request_columns!(),
    " FROM friend_requests WHERE from_id = $1 AND to_id = $2 ORDER BY created_at DESC, id DESC LIMIT 1"
);
const PUT: &str = concat!(
    "INSERT INTO friend_requests (",
    request_columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET from_id = excluded.from_id, \
     to_id = excluded.to_id, sender_status = excluded.sender_status, \
     receiver_status = excluded.receiver_status, created_at = excluded.created_at, \
     rejected_at = excluded.rejected_at"
);
const INCOMING: &str = concat!(
    "SELECT ",
    request_columns!(),
    " FROM friend_requests WHERE to_id = $1 AND receiver_status IS NOT NULL \
     AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4"
);
const OUTGOING: &str = concat!(
    "SELECT ",
    request_columns!(),
    " FROM friend_requests WHERE from_id = $1 \
     AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4"
);
const COUNT_OPEN: &str = "SELECT COUNT(*) FROM friend_requests \
     WHERE from_id = $1 AND sender_status = 'pending' AND created_at > $2";
const EXPIRE: &str = concat!(
    "UPDATE friend_requests SET sender_status = 'cancelled', \
     receiver_status = CASE receiver_status WHEN 'pending' THEN 'cancelled' ELSE receiver_status END \
     WHERE id IN (SELECT id FROM friend_requests WHERE sender_status = 'pending' AND created_at <= $1 \
     ORDER BY created_at, id LIMIT $2) RETURNING ",
    request_columns!()
);

/// The newest creation that is over at `now`.
fn expired_by(now: Timestamp) -> i64 {
    now.plus_seconds(-FriendRequest::LIFETIME_SECONDS).as_millis()
}

fn status_name(status: RequestStatus) -> &'static str {
    match status {
        RequestStatus::Pending => "pending",
        RequestStatus::Accepted => "accepted",
        RequestStatus::Rejected => "rejected",
        RequestStatus::Cancelled => "cancelled",
    }
}

fn status_of_name(name: &str) -> Result<RequestStatus, StoreError> {
    [RequestStatus::Pending, RequestStatus::Accepted, RequestStatus::Rejected, RequestStatus::Cancelled]
        .into_iter()
        .find(|status| status_name(*status) == name)
        .ok_or_else(|| StoreError::corrupt("the status of a friend request"))
}

fn read_request(row: &Row) -> Result<FriendRequest, StoreError> {
    Ok(FriendRequest {
        id: FriendRequestId::from_i64(row.signed(0)?),
        from: UserId::from_i64(row.signed(1)?),
        to: UserId::from_i64(row.signed(2)?),
        sender_status: status_of_name(&row.text(3)?)?,
        receiver_status: row.opt_text(4)?.as_deref().map(status_of_name).transpose()?,
        created_at: row.time(5)?,
        rejected_at: row.opt_time(6)?,
    })
}

impl SqlTransaction<'_> {
    pub(crate) async fn request(&mut self, id: FriendRequestId) -> Result<Option<FriendRequest>, StoreError> {
        let row = self.fetch_optional(sql(FIND).bind(id.as_i64())).await?;
        row.map(|row| read_request(&row)).transpose()
    }

    pub(crate) async fn request_between(
        &mut self,
        from: UserId,
        to: UserId,
    ) -> Result<Option<FriendRequest>, StoreError> {
        let row = self.fetch_optional(sql(FIND_BETWEEN).bind(from.as_i64()).bind(to.as_i64())).await?;
        row.map(|row| read_request(&row)).transpose()
    }

    pub(crate) async fn put_request(&mut self, request: &FriendRequest) -> Result<(), StoreError> {
        let statement = sql(PUT)
            .bind(request.id.as_i64())
            .bind(request.from.as_i64())
            .bind(request.to.as_i64())
            .bind(status_name(request.sender_status))
            .bind(request.receiver_status.map(status_name))
            .bind(request.created_at.as_millis())
            .bind(request.rejected_at.map(Timestamp::as_millis));
        self.execute(statement).await?;
        Ok(())
    }

    pub(crate) async fn requests_of(
        &mut self,
        user: UserId,
        direction: Direction,
        page: PageRequest,
    ) -> Result<Vec<FriendRequest>, StoreError> {
        let text = match direction {
            Direction::Incoming => INCOMING,
            Direction::Outgoing => OUTGOING,
        };
        let Cursor(created_at, id) = page.after.unwrap_or(Cursor(i64::MAX, i64::MAX));
        let statement =
            sql(text).bind(user.as_i64()).bind(created_at).bind(id).bind(i64::from(page.limit) + 1);
        self.fetch_all(statement).await?.iter().map(read_request).collect()
    }

    pub(crate) async fn open_requests(&mut self, from: UserId, now: Timestamp) -> Result<usize, StoreError> {
        let row = self.fetch_one(sql(COUNT_OPEN).bind(from.as_i64()).bind(expired_by(now))).await?;
        usize::try_from(row.number(0)?).map_err(|_| StoreError::corrupt("a count of requests"))
    }

    pub(crate) async fn expire_requests(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<FriendRequest>, StoreError> {
        let rows = self.fetch_all(sql(EXPIRE).bind(expired_by(now)).bind(i64::from(limit))).await?;
        let mut requests: Vec<FriendRequest> = rows.iter().map(read_request).collect::<Result<_, _>>()?;
        // RETURNING promises no order.
        requests.sort_by_key(|request| (request.created_at, request.id));
        Ok(requests)
    }
}
