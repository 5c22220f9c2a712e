//! What [`kith_domain::ports::FriendRepository`] promises of requests.

use kith_domain::{
    FriendRequest, RequestStatus, Timestamp,
    id::FriendRequestId,
    ports::{Cursor, PageRequest, friends::Direction},
};

use crate::{
    Case,
    fixtures::{at, user},
    store::StoreAndBus,
};

/// The suite.
pub const FRIEND_REQUESTS: &[Case<StoreAndBus>] = cases![
    a_request_reads_back_and_is_replaced,
    the_newest_request_between_two_is_found,
    each_side_lists_what_it_sees,
    requests_come_in_pages,
    open_requests_are_counted,
    requests_expire_after_90_days,
    no_more_expire_at_once_than_asked_for,
];

/// An open request made at its number.
pub(crate) fn a_request(number: u64, from: u64, to: u64) -> FriendRequest {
    FriendRequest {
        id: FriendRequestId::new(number),
        from: user(from),
        to: user(to),
        sender_status: RequestStatus::Pending,
        receiver_status: Some(RequestStatus::Pending),
        created_at: at(i64::try_from(number).unwrap_or(0)),
        rejected_at: None,
    }
}

/// When a request made at that moment is over.
fn end_of(made: i64) -> Timestamp {
    at(made).plus_seconds(90 * 86_400)
}

fn numbers(requests: &[FriendRequest]) -> Vec<u64> {
    requests.iter().map(|request| request.id.get()).collect()
}

async fn a_request_reads_back_and_is_replaced(subject: &StoreAndBus) {
    let id = FriendRequestId::new(1);
    assert_eq!(ask!(subject, tx => tx.find_friend_request(id)), None);
    for (sender_status, receiver_status, rejected_at) in [
        (RequestStatus::Pending, Some(RequestStatus::Pending), None),
        (RequestStatus::Pending, None, None),
        (RequestStatus::Pending, Some(RequestStatus::Rejected), Some(at(9))),
        (RequestStatus::Accepted, Some(RequestStatus::Accepted), None),
        (RequestStatus::Cancelled, Some(RequestStatus::Cancelled), None),
    ] {
        let request = FriendRequest { sender_status, receiver_status, rejected_at, ..a_request(1, 1, 2) };
        let stored = request.clone();
        change!(subject, tx => tx.put_friend_request(&stored));
        assert_eq!(ask!(subject, tx => tx.find_friend_request(id)), Some(request));
    }
}

async fn the_newest_request_between_two_is_found(subject: &StoreAndBus) {
    let cancelled = || FriendRequest { sender_status: RequestStatus::Cancelled, ..a_request(5, 1, 2) };
    change!(subject, tx => tx.put_friend_request(&cancelled()));
    for request in [a_request(4, 1, 2), a_request(6, 2, 1), a_request(7, 1, 3)] {
        change!(subject, tx => tx.put_friend_request(&request));
    }
    for (from, to, expected) in [(1, 2, Some(cancelled())), (2, 1, Some(a_request(6, 2, 1))), (3, 1, None)] {
        assert_eq!(ask!(subject, tx => tx.find_friend_request_between(user(from), user(to))), expected);
    }
}

async fn each_side_lists_what_it_sees(subject: &StoreAndBus) {
    let withheld = FriendRequest { receiver_status: None, ..a_request(3, 3, 2) };
    let rejected = FriendRequest { receiver_status: Some(RequestStatus::Rejected), ..a_request(4, 4, 2) };
    for request in [a_request(1, 1, 2), withheld, rejected, a_request(5, 2, 1)] {
        change!(subject, tx => tx.put_friend_request(&request));
    }
    for (reader, direction, expected) in [
        (2, Direction::Incoming, &[4_u64, 1] as &[u64]),
        (2, Direction::Outgoing, &[5]),
        (3, Direction::Outgoing, &[3]),
        (3, Direction::Incoming, &[]),
        (1, Direction::Incoming, &[5]),
    ] {
        let listed =
            ask!(subject, tx => tx.list_friend_requests(user(reader), direction, PageRequest::FIRST));
        assert_eq!(numbers(&listed), expected, "{direction:?} of {reader}");
    }
}

async fn requests_come_in_pages(subject: &StoreAndBus) {
    for number in 1..=5 {
        // Two at the same time are told apart by their ids.
        let created_at = at(if number == 3 { 2 } else { i64::try_from(number).unwrap_or(0) });
        for (id, from, to) in [(number, 1, 10 + number), (20 + number, 10 + number, 1)] {
            change!(subject, tx => tx.put_friend_request(&FriendRequest { created_at, ..a_request(id, from, to) }));
        }
    }
    for (direction, offset) in [(Direction::Outgoing, 0), (Direction::Incoming, 20)] {
        let mut after = None;
        for expected in [&[5_u64, 4, 3] as &[u64], &[3, 2, 1], &[1]] {
            let request = PageRequest { limit: 2, after };
            let page = ask!(subject, tx => tx.list_friend_requests(user(1), direction, request));
            let expected: Vec<u64> = expected.iter().map(|number| number + offset).collect();
            assert_eq!(numbers(&page), expected, "{direction:?} after {after:?}");
            after = page.get(1).map(|row| Cursor(row.created_at.as_millis(), row.id.as_i64()));
        }
    }
}

async fn open_requests_are_counted(subject: &StoreAndBus) {
    let rejected = FriendRequest { receiver_status: Some(RequestStatus::Rejected), ..a_request(2, 1, 3) };
    let withheld = FriendRequest { receiver_status: None, ..a_request(3, 1, 4) };
    let cancelled = FriendRequest { sender_status: RequestStatus::Cancelled, ..a_request(4, 1, 5) };
    for request in [a_request(1, 1, 2), rejected, withheld, cancelled, a_request(5, 2, 1)] {
        change!(subject, tx => tx.put_friend_request(&request));
    }
    for (now, expected) in [(at(9), 3), (end_of(1).plus_millis(-1), 3), (end_of(1), 2), (end_of(3), 0)] {
        assert_eq!(ask!(subject, tx => tx.count_open_requests(user(1), now)), expected, "at {now}");
    }
}

async fn requests_expire_after_90_days(subject: &StoreAndBus) {
    let rejected = || FriendRequest {
        receiver_status: Some(RequestStatus::Rejected),
        rejected_at: Some(at(9)),
        ..a_request(2, 1, 3)
    };
    let withheld = || FriendRequest { receiver_status: None, ..a_request(3, 1, 4) };
    let accepted = || FriendRequest { sender_status: RequestStatus::Accepted, ..a_request(4, 1, 5) };
    for request in [withheld(), a_request(1, 1, 2), accepted(), rejected(), a_request(9, 2, 3)] {
        change!(subject, tx => tx.put_friend_request(&request));
    }
    assert_eq!(change!(subject, tx => tx.expire_friend_requests(end_of(1).plus_millis(-1), 10)), []);
    let over = RequestStatus::Cancelled;
    let expected = vec![
        FriendRequest { sender_status: over, receiver_status: Some(over), ..a_request(1, 1, 2) },
        FriendRequest { sender_status: over, ..rejected() },
        FriendRequest { sender_status: over, ..withheld() },
    ];
    assert_eq!(change!(subject, tx => tx.expire_friend_requests(end_of(8), 10)), expected);
    for request in expected {
        let id = request.id;
        assert_eq!(ask!(subject, tx => tx.find_friend_request(id)), Some(request));
    }
    assert_eq!(change!(subject, tx => tx.expire_friend_requests(end_of(8), 10)), [], "each ends once");
    let id = accepted().id;
    assert_eq!(ask!(subject, tx => tx.find_friend_request(id)), Some(accepted()));
}

async fn no_more_expire_at_once_than_asked_for(subject: &StoreAndBus) {
    for number in [4, 2, 5, 1, 3] {
        change!(subject, tx => tx.put_friend_request(&a_request(number, number, 9)));
    }
    for expected in [&[1_u64, 2] as &[u64], &[3, 4], &[5], &[]] {
        let ended = change!(subject, tx => tx.expire_friend_requests(end_of(9), 2));
        assert_eq!(numbers(&ended), expected);
    }
}
