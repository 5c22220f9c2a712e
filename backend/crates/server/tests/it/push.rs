//! Devices of people who are away are woken, by a server that answers as Firebase Cloud Messaging does.

use kith_harness::{Fcm, FcmRefusal};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Launch, Person, Server, Socket, eventually};

const TOKEN: &str = "/api/v1/me/devices/current/push-token";
/// What is said, and must not leave the server.
const CANARY: &str = "canary-2f6e";

/// A push service, and the key file for it.
pub(crate) struct PushService {
    fcm: Fcm,
    directory: TempDir,
}

impl PushService {
    pub(crate) async fn start() -> Self {
        let fcm = tokio::task::spawn_blocking(|| Fcm::start().unwrap()).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("key.json"), fcm.key_file()).unwrap();
        Self { fcm, directory }
    }

    pub(crate) fn set(&self, launch: Launch) -> Launch {
        launch
            .set("KITH__PUSH__FCM_SERVICE_ACCOUNT_FILE", self.directory.path().join("key.json").display())
            .set("KITH__PUSH__FCM_ENDPOINT", self.fcm.url())
    }

    /// The seqs that a device was told, in order. It may be told one twice.
    fn told(&self, token: &str, conversation: &str) -> Vec<u64> {
        let sent = self.fcm.sent();
        let messages = sent.iter().map(|request| &request["message"]);
        let mine = messages.filter(|message| message["token"] == token);
        let mut seqs: Vec<u64> = mine
            .map(|message| {
                assert_eq!(message["data"]["conversation_id"], conversation);
                message["data"]["seq"].as_str().unwrap().parse().unwrap()
            })
            .collect();
        seqs.sort_unstable();
        seqs.dedup();
        seqs
    }

    /// Waits until a device was told of this message.
    async fn tells(&self, token: &str, conversation: &str, said: &Value) {
        let seq = said["seq"].as_u64().unwrap();
        eventually("a device is told", async || self.told(token, conversation).contains(&seq).then_some(()))
            .await;
    }
}

async fn register(device: &Person, token: &str) {
    device.call("PUT", TOKEN, Some(&json!({"token": token}))).await.expect(204);
}

/// Ada writes to Bob, who is her friend. All else that is said here is said by her.
pub(crate) async fn devices_are_woken(service: &PushService, ada: &Person, bob: &Person, direct: &str) {
    let (phone, tablet, watch) =
        (bob, Person::sign_in(&bob.http, "bob").await, Person::sign_in(&bob.http, "bob").await);
    register(ada, "ada").await;
    register(phone, "another").await;
    for (device, token) in [(phone, "phone"), (&tablet, "tablet")] {
        register(device, token).await;
    }
    let first = ada.say(direct, CANARY).await;
    for token in ["phone", "tablet"] {
        service.tells(token, direct, &first).await;
    }

    // Whose socket is open sees it come.
    let socket = Socket::connect(phone).await;
    let second = ada.say(direct, CANARY).await;
    service.tells("tablet", direct, &second).await;

    // Who signed out is told nothing more; the other one is, as soon as its socket is gone.
    tablet.delete(&format!("/api/v1/me/devices/{}", tablet.device_id)).await.expect(204);
    drop(socket);
    let seq = |said: &Value| said["seq"].as_u64().unwrap();
    let third = eventually("the phone is told again", async || {
        ada.say(direct, CANARY).await;
        service.told("phone", direct).into_iter().find(|told| *told > seq(&first))
    })
    .await;
    assert!(third > seq(&second), "{third}");

    // The app is gone from the phone.
    register(&watch, "watch").await;
    service.fcm.refuse("phone", FcmRefusal::Unregistered);
    service.tells("watch", direct, &ada.say(direct, CANARY).await).await;
    service.fcm.accept("phone");
    let before = service.told("phone", direct);
    service.tells("watch", direct, &ada.say(direct, CANARY).await).await;

    // Nor is anybody told who does not want to be, or has read it.
    watch.call("DELETE", TOKEN, None).await.expect(204);
    register(phone, "phone").await;
    let last = ada.say(direct, CANARY).await;
    service.tells("phone", direct, &last).await;
    let since = service.told("phone", direct);
    assert_eq!(since, [before, vec![seq(&last)]].concat(), "a dead token was kept");
    assert_eq!(service.told("tablet", direct), [seq(&first), seq(&second)]);
    assert!(!service.told("watch", direct).contains(&seq(&last)));
    let sent = serde_json::to_string(&service.fcm.sent()).unwrap();
    for word in [CANARY, r#""ada""#, r#""another""#, &*ada.email] {
        assert!(!sent.contains(word), "{word} in {sent}");
    }
}

#[tokio::test]
async fn devices_are_woken_by_one_process() {
    let service = PushService::start().await;
    let mut server = service.set(Launch::default()).start().await;
    let (ada, bob) = (Person::sign_in(&server.http, "ada").await, Person::sign_in(&server.http, "bob").await);
    let direct = ada.befriend(&bob).await;
    devices_are_woken(&service, &ada, &bob, &direct).await;
    let log = server.log();
    assert!(!log.contains("tablet") && !log.contains(CANARY), "{log}");

    // What was said while it was down is told after the start; and without a push service tokens are refused.
    server.kill();
    server.restart().await;
    let (mut ada, mut bob) = (ada, bob);
    ada.move_to(&server.http).await;
    bob.move_to(&server.http).await;
    service.tells("phone", &direct, &ada.say(&direct, CANARY).await).await;
    let other = Server::start().await;
    let eve = Person::sign_in(&other.http, "eve").await;
    eve.call("PUT", TOKEN, Some(&json!({"token": "x"}))).await.refuse("no push", 409, "push_not_offered");
    eve.call("DELETE", TOKEN, None).await.expect(204);
}
