//! The adapter and a server that answers as the service's documentation says.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;

use kith_domain::{
    ConversationId,
    ports::push::{Push as _, PushError, PushNotice, PushToken},
};
use kith_fcm::{Fcm, ServiceAccount};
use kith_harness::FcmRefusal;
use kith_testing::ManualClock;

fn notice() -> PushNotice {
    PushNotice { conversation_id: ConversationId::new(70), seq: 9 }
}

fn token(text: &str) -> PushToken {
    PushToken::from_store(text.to_owned())
}

struct World {
    service: kith_harness::Fcm,
    clock: Arc<ManualClock>,
    fcm: Fcm,
}

impl World {
    async fn new() -> Self {
        let service = kith_harness::Fcm::start().unwrap();
        let clock = Arc::new(ManualClock::default());
        let account = ServiceAccount::parse(&service.key_file()).unwrap();
        let fcm = Fcm::at(service.url(), account, clock.clone()).unwrap();
        Self { service, clock, fcm }
    }
}

#[tokio::test]
async fn a_device_is_told_where_something_is_new_and_not_what() {
    let world = World::new().await;
    world.fcm.push(&token("device-1"), &notice()).await.unwrap();
    let sent = world.service.sent();
    let message = &sent[0]["message"];
    assert_eq!(message["token"], "device-1");
    assert_eq!(message["data"], serde_json::json!({"conversation_id": "70", "seq": "9"}));
    assert_eq!(message["android"]["collapse_key"], "70");
    assert_eq!(world.service.granted(), 1, "the assertion was signed by the account's key");
}

#[tokio::test]
async fn an_access_token_is_used_until_it_ends() {
    let world = World::new().await;
    for (seconds, granted) in [(0, 1), (3_500, 1), (100, 2), (0, 2)] {
        world.clock.advance(seconds);
        world.fcm.push(&token("device-1"), &notice()).await.unwrap();
        assert_eq!(world.service.granted(), granted);
    }
    // One that is withdrawn earlier is replaced at once; an account that is locked out is not asked about for ever.
    world.service.withdraw();
    world.fcm.push(&token("device-1"), &notice()).await.unwrap();
    assert_eq!((world.service.granted(), world.service.sent().len()), (3, 5));
    world.service.lock_out();
    let refused = world.fcm.push(&token("device-1"), &notice()).await;
    assert!(matches!(refused, Err(PushError::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let world = World::new().await;
    for (how, expected) in [
        (FcmRefusal::Unregistered, "Err(Unregistered)"),
        (FcmRefusal::QuotaExceeded, "Err(Busy(7s))"),
        (FcmRefusal::Overloaded, "Err(Busy(60s))"),
        (FcmRefusal::InvalidArgument, "Err(Refused(\"status 400, INVALID_ARGUMENT\"))"),
    ] {
        world.service.refuse("device-2", how);
        let outcome = world.fcm.push(&token("device-2"), &notice()).await;
        assert_eq!(format!("{outcome:?}"), expected, "{how:?}");
    }
    world.service.refuse("device-2", FcmRefusal::Internal);
    let failed = world.fcm.push(&token("device-2"), &notice()).await;
    assert!(matches!(failed, Err(PushError::Unavailable(_))), "{failed:?}");
    world.fcm.push(&token("device-1"), &notice()).await.unwrap();
    world.service.kill();
    let away = world.fcm.push(&token("device-1"), &notice()).await;
    assert!(matches!(away, Err(PushError::Unavailable(_))), "{away:?}");
}

#[tokio::test]
async fn an_account_is_looked_at_without_telling_anybody() {
    let world = World::new().await;
    assert!(world.fcm.check_up().await.unwrap().found.contains("kith-test"));
    let other = kith_harness::Fcm::start().unwrap();
    // The key of another account, shown here.
    let key = other.key_file().replace(other.url(), world.service.url());
    let stranger = ServiceAccount::parse(&key).unwrap();
    let stranger = Fcm::at(world.service.url(), stranger, world.clock.clone()).unwrap();
    assert!(matches!(stranger.check_up().await, Err(PushError::Refused(_))));
    assert_eq!((world.service.granted(), world.service.sent().len()), (1, 0));
}

#[tokio::test]
async fn a_file_that_is_no_key_is_refused() {
    let whole = kith_harness::Fcm::start().unwrap().key_file();
    for (what, file) in [
        ("nothing", String::new()),
        ("another file", r#"{"web":{"client_id":"x"}}"#.to_owned()),
        ("a path for a project", whole.replace("kith-test", "../other")),
        ("half a key", whole.replace("-----END", "")),
        ("no RSA key", whole.replace("-----BEGIN PRIVATE KEY-----\\n", "-----BEGIN PRIVATE KEY-----\\nAAAA")),
    ] {
        assert!(ServiceAccount::parse(&file).is_err(), "{what}");
    }
}
