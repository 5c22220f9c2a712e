//! The adapter and a server that answers as the service's documentation says.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod service;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use kith_domain::{
    Clock, ConversationId, Timestamp,
    ports::push::{Push as _, PushError, PushNotice, PushToken},
};
use kith_fcm::{Fcm, ServiceAccount};
use service::Service;

#[derive(Debug)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst) * 1_000)
    }
}

fn notice() -> PushNotice {
    PushNotice { conversation_id: ConversationId::new(70), seq: 9 }
}

fn token(text: &str) -> PushToken {
    PushToken::new(text.to_owned())
}

struct World {
    service: Service,
    clock: Arc<TestClock>,
    fcm: Fcm,
}

impl World {
    async fn new() -> Self {
        let service = Service::start().await;
        let clock = Arc::new(TestClock(AtomicI64::new(1_790_000_000)));
        let account = ServiceAccount::parse(&service.key_file()).unwrap();
        let fcm = Fcm::at(&service.origin, account, clock.clone()).unwrap();
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
        world.clock.0.fetch_add(seconds, Ordering::SeqCst);
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
    for (device, expected) in [
        ("gone", "Err(Unregistered)"),
        ("quota", "Err(Busy(7s))"),
        ("busy", "Err(Busy(60s))"),
        ("nonsense", "Err(Refused(\"status 400, INVALID_ARGUMENT\"))"),
    ] {
        let outcome = world.fcm.push(&token(device), &notice()).await;
        assert_eq!(format!("{outcome:?}"), expected, "{device}");
    }
    let failed = world.fcm.push(&token("broken"), &notice()).await;
    assert!(matches!(failed, Err(PushError::Unavailable(_))), "{failed:?}");
    world.fcm.push(&token("device-1"), &notice()).await.unwrap();
    world.service.stop();
    let away = world.fcm.push(&token("device-1"), &notice()).await;
    assert!(matches!(away, Err(PushError::Unavailable(_))), "{away:?}");
}

#[tokio::test]
async fn a_file_that_is_no_key_is_refused() {
    let whole = Service::start().await.key_file();
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
