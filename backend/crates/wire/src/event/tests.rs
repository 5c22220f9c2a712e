use std::sync::Arc;

use kith_domain::{
    Entry as DomainEntry, EntryBody, EntryId, FriendRequestId, Refusal, RequestStatus,
    code::ShareCode,
    event::MembershipChange,
    friendship::Relation,
    text::Username,
    view::{FriendRequestView, UserView},
};

use super::*;

fn friend() -> UserView {
    UserView {
        id: UserId::new(8),
        username: Username::parse("username", "Amara").unwrap(),
        avatar: None,
        relation: Relation::Friend,
        friend_code: None,
        introduction: None,
        gender: None,
        gender_shared: None,
        created_at: None,
        online: Some(true),
        last_online: None,
        password_set: None,
        deletes_at: None,
        deleted: false,
    }
}

fn text(event: &Event<'_>) -> String {
    let (name, body) = event.encode();
    let body = String::from_utf8(body).unwrap();
    assert!(body.starts_with(&format!(r#"{{"type":"{name}""#)), "{body}");
    body
}

#[test]
fn live_events_as_the_wire_shows_them() {
    let (conversation_id, user_id, at) = (ConversationId::new(9), UserId::new(7), Timestamp::from_millis(0));
    let watchers: Arc<[UserId]> = Arc::from([UserId::new(1)]);
    let entry = DomainEntry {
        conversation_id,
        seq: 4,
        id: EntryId::new(90),
        sender_id: user_id,
        server_time: at,
        body: EntryBody::Unsend { target_seq: 3 },
    };
    for (event, expected) in [
        (
            LiveEvent::Entry(Arc::new(entry)),
            r#"{"type":"entry","conversation_id":"9","seq":4,"entry":{"conversation_id":"9","seq":4,"id":"90","kind":"unsend","sender_id":"7","server_time":"1970-01-01T00:00:00.000Z","target_seq":3}}"#,
        ),
        (
            LiveEvent::Read { conversation_id, user_id, read_seq: 4, to_members: true },
            r#"{"type":"read","conversation_id":"9","user_id":"7","read_seq":4}"#,
        ),
        (
            LiveEvent::Typing { conversation_id, user_id },
            r#"{"type":"typing","conversation_id":"9","user_id":"7"}"#,
        ),
        (
            LiveEvent::Presence {
                user_id,
                online: true,
                last_online: None,
                as_of: at,
                watchers: Arc::clone(&watchers),
            },
            r#"{"type":"presence","user_id":"7","online":true,"as_of":"1970-01-01T00:00:00.000Z"}"#,
        ),
        (
            LiveEvent::FriendProfile { watchers, user: Box::new(friend()) },
            r#"{"type":"profile","user":{"id":"8","username":"Amara","online":true,"relation":"friend"}}"#,
        ),
        (
            LiveEvent::SessionEnded { user_id, devices: None, end: SessionEnd::SignedOut },
            r#"{"type":"session","action":"signed_out"}"#,
        ),
        (
            LiveEvent::SessionEnded {
                user_id,
                devices: None,
                end: SessionEnd::Suspended { reason: "spam".to_owned(), until: at },
            },
            r#"{"type":"session","action":"suspended","reason":"spam","until":"1970-01-01T00:00:00.000Z"}"#,
        ),
        (
            LiveEvent::SessionEnded { user_id, devices: None, end: SessionEnd::Deleting { at } },
            r#"{"type":"session","action":"deleting","until":"1970-01-01T00:00:00.000Z"}"#,
        ),
    ] {
        assert_eq!(text(&Event::live(&event, &Links::default()).unwrap()), expected);
    }
    let routes =
        LiveEvent::Membership { conversation_id, user_id, change: MembershipChange::Joined { from: 1 } };
    assert!(Event::live(&routes, &Links::default()).is_none());
    assert!(Event::live(&LiveEvent::ConversationChanged(conversation_id), &Links::default()).is_none());
}

#[test]
fn personal_events_carry_their_place() {
    let request = FriendRequestView {
        id: FriendRequestId::new(5),
        user: friend(),
        incoming: true,
        status: RequestStatus::Pending,
        created_at: Timestamp::from_millis(0),
    };
    let own = UserView {
        relation: Relation::Own,
        friend_code: Some("7KQ2MX4TRD".parse::<ShareCode>().unwrap()),
        online: None,
        gender_shared: Some(false),
        created_at: Some(Timestamp::from_millis(0)),
        password_set: Some(false),
        ..friend()
    };
    for (event, expected) in [
        (
            PersonalEvent::FriendRequest(Box::new(request)),
            r#"{"type":"friend_request","request":{"id":"5","user":{"id":"8","username":"Amara","online":true,"relation":"friend"},"direction":"incoming","status":"pending","created_at":"1970-01-01T00:00:00.000Z"},"user_seq":12}"#,
        ),
        (
            PersonalEvent::FriendRemoved(UserId::new(8)),
            r#"{"type":"friend_removed","user_id":"8","user_seq":12}"#,
        ),
        (
            PersonalEvent::Block { user_id: UserId::new(8), blocked: true },
            r#"{"type":"block","user_id":"8","blocked":true,"user_seq":12}"#,
        ),
        (
            PersonalEvent::ConversationRemoved {
                conversation_id: ConversationId::new(9),
                reason: RemovalReason::Kicked,
            },
            r#"{"type":"conversation_removed","conversation_id":"9","reason":"kicked","user_seq":12}"#,
        ),
        (
            PersonalEvent::Profile(Box::new(own)),
            r#"{"type":"profile","user":{"id":"8","friend_code":"7KQ2M-X4TRD","username":"Amara","relation":"self","password_set":false,"gender_shared":false,"created_at":"1970-01-01T00:00:00.000Z"},"user_seq":12}"#,
        ),
    ] {
        assert_eq!(text(&Event::personal(&event, Some(12), &Links::default())), expected);
    }
}

#[test]
fn heads_and_errors() {
    let heads = Event::heads([(ConversationId::new(9), 4), (ConversationId::new(10), 1)], 3);
    assert_eq!(text(&heads), r#"{"type":"heads","heads":{"9":4,"10":1},"user_seq":3}"#);
    let problem = Problem::from(Refusal::RateLimited { retry_after_millis: 250 });
    assert_eq!(
        text(&Event::error(Some("r-1"), &problem)),
        r#"{"type":"error","receipt":"r-1","code":"rate_limited","detail":"too many requests","retry_after_ms":250}"#
    );
    let problem = Problem { trace_id: Some("ab".to_owned()), ..Problem::from(Refusal::NotFriends) };
    assert_eq!(
        text(&Event::error(None, &problem)),
        r#"{"type":"error","code":"not_friends","detail":"you are not friends","trace_id":"ab"}"#
    );
}

#[test]
fn every_event_of_the_schema_has_a_definition() {
    let document: serde_json::Value = serde_json::from_str(&schema_json().unwrap()).unwrap();
    let text = document.to_string();
    for (index, _) in text.match_indices("#/$defs/") {
        let name: String = text[index + 8..].chars().take_while(|c| *c != '"').collect();
        assert!(document["$defs"].get(&name).is_some(), "{name} is not defined");
    }
    assert!(!text.contains("components/schemas"));
    let variants = document["$defs"]["Event"]["oneOf"].as_array().unwrap();
    assert_eq!(variants.len(), 15);
}
