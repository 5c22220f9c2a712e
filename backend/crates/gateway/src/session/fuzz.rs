use bolero::{check, generator::*};
use bytes::BytesMut;
use kith_stomp::{Event, Limits, ServerDecoder, client};

use super::*;

const COMMANDS: [Command; 11] = [
    Command::Connect,
    Command::Stomp,
    Command::Send,
    Command::Send,
    Command::Send,
    Command::Subscribe,
    Command::Unsubscribe,
    Command::Disconnect,
    Command::Ack,
    Command::Begin,
    Command::Nack,
];
const HEADERS: [(&str, &str); 24] = [
    ("accept-version", "1.2"),
    ("accept-version", "1.0"),
    ("host", "kith"),
    ("Authorization", "Bearer abc"),
    ("Authorization", "Basic"),
    ("heart-beat", "0,0"),
    ("heart-beat", "-1,99999999999"),
    ("id", "events"),
    ("id", ""),
    ("destination", EVENTS),
    ("destination", "/app/presence"),
    ("destination", "/app/token"),
    ("destination", "/app/conversations/42/messages"),
    ("destination", "/app/conversations/42/read"),
    ("destination", "/app/conversations/42/typing"),
    ("destination", "/app/conversations/42/entries/7/unsend"),
    ("destination", "/app/conversations/042/read"),
    ("receipt", "r"),
    ("receipt", "é\n:"),
    ("ack", "auto"),
    ("ack", "client"),
    ("transaction", "t"),
    ("content-type", "text/plain"),
    ("content-type", "application/json"),
];
const BODIES: [&str; 10] = [
    "",
    "{}",
    r#"{"seq":7}"#,
    r#"{"seq":-1}"#,
    r#"{"seq":7,"also":1}"#,
    r#"{"state":"active"}"#,
    r#"{"access_token":"abc"}"#,
    "[[[[",
    "\0",
    r#"{"client_msg_id":"0190b8a0-0000-7000-8000-000000000000","client_time":"2026-11-24T21:15:45.000+08:00","content":{"type":"text","text":"hi"}}"#,
];

/// What every session keeps to, whatever comes.
fn follow(input: &[u8]) {
    let (mut session, mut decoder) = (Session::default(), ServerDecoder::new(Limits::default()));
    let (mut rest, mut connected) = (input, false);
    while let Ok(Some(event)) = decoder.decode(&mut rest) {
        let Event::Frame(frame) = event else { continue };
        let subscribed = session.is_subscribed();
        match session.on_frame(&frame) {
            Action::Fail(_) => return,
            Action::Connect { token, .. } => {
                assert!(!connected && !token.0.is_empty());
                connected = true;
            }
            Action::Subscribe { id, .. } => {
                assert!(connected && !subscribed && session.is_subscribed());
                assert!((1..=MAX_SUBSCRIPTION_BYTES).contains(&id.len()));
            }
            Action::Unsubscribe { .. } => assert!(subscribed && !session.is_subscribed()),
            Action::Run { .. } => {
                assert!(connected && frame.command == Command::Send);
                let strict = serde_json::from_slice::<serde_json::Value>(frame.body);
                assert!(strict.is_ok_and(|body| body.get("also").is_none()));
            }
            Action::Refuse { .. } | Action::Disconnect { .. } => assert!(connected),
        }
    }
}

#[test]
fn frames_lead_to_what_a_session_allows() {
    // All by their numbers.
    type Sent = (usize, Vec<usize>, usize);
    let headers = produce::<Vec<usize>>().with().values(0..HEADERS.len()).len(0_usize..6);
    let sent = (0..COMMANDS.len(), headers, 0..BODIES.len());
    let frames = produce::<Vec<Sent>>().with().values(sent).len(0_usize..8);
    check!().with_generator((produce::<bool>(), frames)).for_each(|(connects, frames)| {
        let mut bytes = BytesMut::new();
        if *connects {
            client::frame(&mut bytes, Command::Connect, &[HEADERS[0], HEADERS[2], HEADERS[3]], b"");
        }
        for (command, headers, body) in frames {
            let headers: Vec<_> = headers.iter().map(|number| HEADERS[*number]).collect();
            client::frame(&mut bytes, COMMANDS[*command], &headers, BODIES[*body].as_bytes());
        }
        follow(&bytes);
    });
}

#[test]
fn no_bytes_panic() {
    check!().for_each(follow);
}
