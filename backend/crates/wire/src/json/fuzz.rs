use bolero::{check, generator::*};
use kith_domain::view::SyncPositions;

use super::*;
use crate::{
    account::ProfileBody,
    conversation::{DirectBody, DraftBody, SettingsBody},
    device::PushRegistration,
    friendship::FriendRequestBody,
    group::{GroupBody, GroupPatchBody, JoinBody, MembersBody, RoleBody},
    message::MessageBody,
    presence::{EmptyBody, PresenceBody, TokenRenewalBody},
    read::ReadBody,
    sign_in::{RefreshBody, TokenBody},
    sync::SyncBody,
};

/// Good bodies, to be spoilt.
const BODIES: [&str; 17] = [
    "{}",
    r#"{"seq":7}"#,
    r#"{"conversations":{"7":3,"8":18446744073709551615},"user_seq":2,"epoch":"e","markers_since":"2026-11-24T21:15:45.000Z"}"#,
    r#"{"client_msg_id":"0190b8a0-0000-7000-8000-000000000000","client_time":"2026-11-24T21:15:45.000+08:00","content":{"type":"text","text":"hi","reply_to":3},"viewed_seq":1}"#,
    r#"{"state":"active"}"#,
    r#"{"access_token":"abc"}"#,
    r#"{"refresh_token":"abc"}"#,
    r#"{"grant_type":"authorization_code","code":"abc","code_verifier":"def"}"#,
    r#"{"username":"Zoë","gender":null,"gender_shared":false,"introduction":null}"#,
    r#"{"name":"Hikers","member_ids":["1","2"]}"#,
    r#"{"user_ids":["1"]}"#,
    r#"{"code":"7KQ2M-X4TRD"}"#,
    r#"{"friend_code":"7KQ2M-X4TRD"}"#,
    r#"{"role":"admin"}"#,
    r#"{"muted_until":null,"pinned":true,"draft":{"text":"hi","reply_to":1,"version":2}}"#,
    r#"{"user_id":"42"}"#,
    r#"{"token":"c-VQ:APA91bH"}"#,
];

/// What spoils them.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "0.5",
    "18446744073709551616",
    "\"7\"",
    "\\ud800",
    "\\u0000",
    "\"seq\":1,",
    "\"text\"",
    " ",
    "é",
    "\0",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
];

/// Whether `bytes` are taken; what is taken is refused with one field more.
fn read_as<T: DeserializeOwned>(bytes: &[u8]) -> bool {
    if read::<T>(bytes).is_err() {
        return false;
    }
    let mut document: Value = serde_json::from_slice(bytes).expect("what is read strictly is JSON");
    let object = document.as_object_mut().expect("a body is an object");
    object.insert("unheard_of".to_owned(), Value::Null);
    let problem = read::<T>(document.to_string().as_bytes()).err().expect("an unknown field is refused");
    assert_eq!((problem.code(), problem.status()), ("unknown_field", 422));
    true
}

/// Reads `bytes` as each body there is, and says whether any reader took them.
fn read_all(bytes: &[u8]) -> bool {
    let readers: [fn(&[u8]) -> bool; 19] = [
        read_as::<MessageBody>,
        read_as::<ReadBody>,
        read_as::<SyncBody>,
        read_as::<EmptyBody>,
        read_as::<PresenceBody>,
        read_as::<TokenRenewalBody>,
        read_as::<ProfileBody>,
        read_as::<GroupBody>,
        read_as::<GroupPatchBody>,
        read_as::<JoinBody>,
        read_as::<MembersBody>,
        read_as::<RoleBody>,
        read_as::<FriendRequestBody>,
        read_as::<DirectBody>,
        read_as::<DraftBody>,
        read_as::<SettingsBody>,
        read_as::<TokenBody>,
        read_as::<RefreshBody>,
        read_as::<PushRegistration>,
    ];
    if let Ok(message) = read::<MessageBody>(bytes) {
        let _ = message.into_message();
    }
    if let Ok(body) = read::<SyncBody>(bytes) {
        let positions = SyncPositions::from(body);
        let most = i64::MAX as u64;
        assert!(positions.user_seq <= most && positions.conversations.values().all(|seq| *seq <= most));
    }
    readers.into_iter().filter(|reader| reader(bytes)).count() > 0
}

#[test]
fn what_is_spoilt_was_good() {
    for body in BODIES {
        assert!(read_all(body.as_bytes()), "{body}");
    }
}

#[test]
fn bodies_are_read_strictly() {
    // Where something is cut away, how much, and the number of the piece that takes its place.
    let edit = (produce::<u8>(), 0_u8..8, 0..PIECES.len());
    let edits = produce::<Vec<(u8, u8, usize)>>().with().values(edit).len(0_usize..4);
    check!().with_generator((one_value_of(BODIES), edits)).for_each(|(body, edits)| {
        let mut bytes = body.as_bytes().to_vec();
        for (at, cut, piece) in edits {
            let from = usize::from(*at) % (bytes.len() + 1);
            let to = (from + usize::from(*cut)).min(bytes.len());
            bytes.splice(from..to, PIECES[*piece].bytes());
        }
        read_all(&bytes);
    });
}

#[test]
fn no_bytes_panic() {
    check!().for_each(|bytes: &[u8]| {
        read_all(bytes);
    });
}
