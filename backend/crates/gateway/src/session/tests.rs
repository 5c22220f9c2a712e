use bytes::BytesMut;
use kith_domain::ConversationId;
use kith_stomp::{Event, Limits, ServerDecoder, client};
use kith_wire::presence::PresenceState;

use super::*;

/// Command, headers and body of a frame.
type Sent<'a> = (Command, &'a [(&'a str, &'a str)], &'a str);

/// What a session does about frames that come one after another; stops at the first failure.
fn run(frames: &[Sent<'_>]) -> Vec<Action> {
    let (mut session, mut bytes) = (Session::default(), BytesMut::new());
    for (command, headers, body) in frames {
        client::frame(&mut bytes, *command, headers, body.as_bytes());
    }
    let (mut decoder, mut input, mut actions) =
        (ServerDecoder::new(Limits::default()), &bytes[..], Vec::new());
    while let Some(Event::Frame(frame)) = decoder.decode(&mut input).unwrap() {
        actions.push(session.on_frame(&frame));
        if matches!(actions.last(), Some(Action::Fail(_))) {
            break;
        }
    }
    actions
}

const CONNECT: Sent<'static> =
    (Command::Connect, &[("accept-version", "1.2"), ("host", "kith"), ("Authorization", "Bearer abc")], "");
const SUBSCRIBE: Sent<'static> =
    (Command::Subscribe, &[("id", "events"), ("destination", EVENTS), ("ack", "auto")], "");

/// The fault that the last frame leads to.
fn fault(frames: &[Sent<'_>]) -> Option<Fault> {
    match run(frames).pop() {
        Some(Action::Fail(fault)) => Some(fault),
        _ => None,
    }
}

#[test]
fn no_log_can_hold_a_token() {
    let headers = [("accept-version", "1.2"), ("Authorization", "Bearer canary")];
    let renewal = r#"{"access_token":"canary"}"#;
    let frames =
        [(Command::Connect, &headers[..], ""), (Command::Send, &[("destination", "/app/token")], renewal)];
    let actions = run(&frames);
    assert!(matches!(&actions[..], [Action::Connect { .. }, Action::Run { .. }]), "{actions:?}");
    assert!(!format!("{actions:?}").contains("canary"), "{actions:?}");
}

#[test]
fn connect() {
    let accepted = |headers: &[(&str, &str)]| match run(&[(Command::Connect, headers, "")]).pop() {
        Some(Action::Connect { token, heart_beat }) => Ok((token.0, heart_beat.to_string())),
        Some(Action::Fail(fault)) => Err(fault.code),
        other => panic!("{other:?}"),
    };
    let bearer = ("Authorization", "Bearer abc");
    let version = ("accept-version", "1.2");
    for (headers, expected) in [
        (&[version, bearer][..], Ok("0,0")),
        (&[("accept-version", "1.0,1.1,1.2"), bearer], Ok("0,0")),
        (&[version, bearer, ("heart-beat", "30000,30000")], Ok("30000,30000")),
        (&[version, bearer, ("heart-beat", "1,1")], Ok("10000,10000")),
        (&[version, bearer, ("heart-beat", "9223372036854775808,0")], Ok("0,60000")),
        (&[version, bearer, ("heart-beat", "-1,5")], Err("protocol_error")),
        (&[version, bearer, ("heart-beat", "abc")], Err("protocol_error")),
        (&[("accept-version", "9"), bearer], Err("protocol_error")),
        (&[bearer], Err("protocol_error")),
        (&[version], Err("unauthenticated")),
        (&[version, ("Authorization", "Basic abc")], Err("unauthenticated")),
        (&[version, ("Authorization", "Bearer ")], Err("unauthenticated")),
        (&[version, ("Authorization", "abc")], Err("unauthenticated")),
        (&[version, ("authorization", "Bearer abc")], Err("unauthenticated")),
        (&[version, ("login", "abc"), ("passcode", "abc")], Err("unauthenticated")),
        // The first of repeated headers counts, here as everywhere.
        (&[version, bearer, ("Authorization", "Bearer other")], Ok("0,0")),
        (&[version, ("Authorization", "no"), bearer], Err("unauthenticated")),
    ] {
        let expected = expected.map(|heart_beat| ("abc".to_owned(), heart_beat.to_owned()));
        assert_eq!(accepted(headers), expected, "{headers:?}");
    }
}

#[test]
fn order_of_frames() {
    for (what, frames) in [
        ("SEND first", &[(Command::Send, &[("destination", "/app/presence")][..], "{}")][..]),
        ("SUBSCRIBE first", &[SUBSCRIBE]),
        ("DISCONNECT first", &[(Command::Disconnect, &[], "")]),
        ("a second CONNECT", &[CONNECT, CONNECT]),
        ("STOMP after CONNECT", &[CONNECT, (Command::Stomp, CONNECT.1, "")]),
        ("BEGIN", &[CONNECT, (Command::Begin, &[("transaction", "t")], "")]),
        ("COMMIT", &[CONNECT, (Command::Commit, &[("transaction", "t")], "")]),
        ("ABORT", &[CONNECT, (Command::Abort, &[("transaction", "t")], "")]),
        ("ACK", &[CONNECT, SUBSCRIBE, (Command::Ack, &[("id", "1")], "")]),
        ("NACK", &[CONNECT, SUBSCRIBE, (Command::Nack, &[("id", "1")], "")]),
        (
            "SEND in a transaction",
            &[CONNECT, (Command::Send, &[("destination", "/app/presence"), ("transaction", "t")], "{}")],
        ),
        ("SEND without destination", &[CONNECT, (Command::Send, &[], "{}")]),
        ("UNSUBSCRIBE of nothing", &[CONNECT, (Command::Unsubscribe, &[("id", "events")], "")]),
        ("UNSUBSCRIBE of another", &[CONNECT, SUBSCRIBE, (Command::Unsubscribe, &[("id", "other")], "")]),
    ] {
        let fault = fault(frames).unwrap_or_else(|| panic!("{what} must fail"));
        assert_eq!((fault.code, fault.close), ("protocol_error", CloseCode::ProtocolError), "{what}");
    }
    assert!(matches!(run(&[(Command::Stomp, CONNECT.1, "")])[..], [Action::Connect { .. }]));
}

#[test]
fn one_subscription_to_one_destination() {
    let subscribe = |headers: &'static [(&'static str, &'static str)]| (Command::Subscribe, headers, "");
    for (what, frame) in [
        ("dots", subscribe(&[("id", "a"), ("destination", "/user/queue/../queue/events")])),
        ("percent", subscribe(&[("id", "a"), ("destination", "/user/queue/%65vents")])),
        ("star", subscribe(&[("id", "a"), ("destination", "/user/queue/*")])),
        ("greater", subscribe(&[("id", "a"), ("destination", "/user/queue/>")])),
        ("case", subscribe(&[("id", "a"), ("destination", "/user/queue/Events")])),
        ("another user", subscribe(&[("id", "a"), ("destination", "/user/7/queue/events")])),
        ("space", subscribe(&[("id", "a"), ("destination", "/user/queue/events ")])),
        ("topic", subscribe(&[("id", "a"), ("destination", "/topic/conversations/7")])),
    ] {
        let fault = fault(&[CONNECT, frame]).unwrap_or_else(|| panic!("{what} must fail"));
        assert_eq!(fault.message, "this destination is not offered", "{what}");
    }
    for (what, frames) in [
        ("ack:client", &[CONNECT, subscribe(&[("id", "a"), ("destination", EVENTS), ("ack", "client")])][..]),
        ("no id", &[CONNECT, subscribe(&[("destination", EVENTS)])]),
        ("an empty id", &[CONNECT, subscribe(&[("id", ""), ("destination", EVENTS)])]),
        (
            "a long id",
            &[CONNECT, subscribe(&[("id", "a23456789a23456789a23456789a23456"), ("destination", EVENTS)])],
        ),
        ("the same id twice", &[CONNECT, SUBSCRIBE, SUBSCRIBE]),
        ("a second one", &[CONNECT, SUBSCRIBE, subscribe(&[("id", "b"), ("destination", EVENTS)])]),
    ] {
        assert!(fault(frames).is_some(), "{what} must fail");
    }
    let unsubscribe = (Command::Unsubscribe, &[("id", "events")][..], "");
    assert!(fault(&[CONNECT, SUBSCRIBE, unsubscribe, SUBSCRIBE]).is_none(), "one after another is fine");
    // Selectors and the like are not read, so that nothing can be smuggled into an evaluator.
    let selector = [("id", "a"), ("destination", EVENTS), ("selector", "T(java.lang.Runtime).getRuntime()")];
    assert!(fault(&[CONNECT, (Command::Subscribe, &selector, "")]).is_none());
}

#[test]
fn receipts_come_back_as_they_were() {
    let long = "r".repeat(900);
    for id in ["a", "a:b\r\nc\\d", " spaced ", long.as_str()] {
        let headers = [("destination", "/app/presence"), ("receipt", id)];
        match run(&[CONNECT, (Command::Send, &headers, r#"{"state":"idle"}"#)]).pop() {
            Some(Action::Run { request, receipt, trace: None }) => {
                assert_eq!(request, Request::Presence(PresenceState::Idle));
                assert_eq!(receipt.as_deref(), Some(id));
            }
            other => panic!("{other:?}"),
        }
        let headers = [("destination", "/nowhere"), ("receipt", id)];
        assert_eq!(
            fault(&[CONNECT, (Command::Send, &headers, "{}")]).and_then(|fault| fault.receipt).as_deref(),
            Some(id)
        );
    }
}

#[test]
fn bodies_are_read_strictly_and_refused_without_closing() {
    let id = ConversationId::new(7);
    let ran = |destination: &str, content_type: Option<&str>, body: &str| {
        let mut headers = vec![("destination", destination)];
        headers.extend(content_type.map(|value| ("content-type", value)));
        match run(&[CONNECT, (Command::Send, &headers, body)]).pop() {
            Some(Action::Run { request, .. }) => Ok(request),
            Some(Action::Refuse { problem, .. }) => Err(problem.code()),
            other => panic!("{other:?}"),
        }
    };
    let json = Some("application/json");
    for (destination, content_type, body, expected) in [
        ("/app/conversations/7/typing", json, "{}", Ok(Request::Typing(id))),
        ("/app/conversations/7/typing", None, "{}", Ok(Request::Typing(id))),
        (
            "/app/conversations/7/typing",
            Some("application/json;charset=UTF-8"),
            "{}",
            Ok(Request::Typing(id)),
        ),
        ("/app/conversations/7/typing", Some("text/plain"), "{}", Err("unsupported_media")),
        ("/app/conversations/7/typing", json, "", Err("validation_failed")),
        ("/app/conversations/7/typing", json, "{} {}", Err("validation_failed")),
        ("/app/conversations/7/typing", json, r#"{"sender_id":"1"}"#, Err("unknown_field")),
        ("/app/conversations/7/read", json, r#"{"seq":4}"#, Ok(Request::Read(id, 4))),
        ("/app/conversations/7/read", json, r#"{"seq":-1}"#, Err("validation_failed")),
        ("/app/conversations/7/read", json, r#"{"seq":4,"seq":5}"#, Err("validation_failed")),
        ("/app/conversations/7/entries/9/unsend", json, "{}", Ok(Request::Unsend(id, 9))),
        ("/app/presence", json, r#"{"state":"away"}"#, Err("validation_failed")),
        ("/app/token", json, r#"{"access_token":"t"}"#, Ok(Request::Token("t".to_owned()))),
        ("/app/token", json, r#"{"access_token":"t","refresh_token":"r"}"#, Err("unknown_field")),
        (
            "/app/conversations/7/messages",
            json,
            r#"{"content":{"type":"text","text":"x"}}"#,
            Err("validation_failed"),
        ),
    ] {
        assert_eq!(ran(destination, content_type, body), expected, "{destination} {body}");
    }
}
