//! Who gets what, and what becomes of those who do not keep up.

use kith_domain::{NewContent, text::MessageText};
use kith_gateway::{GatewaySettings, OutboxLimits};
use kith_services::{GroupPatch, SendCommand};
use kith_stomp::ServerCommand;

use crate::{
    client::{Client, Next, message},
    world::{Person, World, settings},
};

async fn say(world: &World, by: &Person, to: kith_domain::ConversationId, text: &str) {
    let command = SendCommand {
        conversation_id: to,
        client_msg_id: kith_domain::random::random_uuid(&kith_embedded::SystemRandom),
        client_time: "2026-11-24T21:15:45Z".parse().unwrap(),
        content: NewContent::Text {
            text: MessageText::parse("text", text.to_owned()).unwrap(),
            reply_to: None,
        },
        viewed_seq: None,
    };
    world.services.messages.send(&by.caller, command).await.unwrap();
}

#[tokio::test]
async fn members_get_entries_until_they_go() {
    let world = World::new().await;
    let [ada, ben, eve] = [world.person("ada").await, world.person("ben").await, world.person("eve").await];
    world.befriend(&ada, &eve).await;
    let group = world.group(&ada, &[&ben]).await;
    let (mut stays, mut goes) = (Client::live(&world, &ada).await, Client::live(&world, &ben).await);
    let mut joins = Client::live(&world, &eve).await;
    say(&world, &ada, group, "before").await;
    world.services.groups.add_members(&ada.caller, group, vec![eve.caller.user_id]).await.unwrap();
    world.services.groups.remove_member(&ada.caller, group, ben.caller.user_id).await.unwrap();
    say(&world, &ada, group, "after").await;
    let texts = |reply: &crate::client::Reply| {
        let body = reply.json();
        let entry = &body["entry"];
        entry["content"]["text"].as_str().or(entry["notice"]["type"].as_str()).unwrap().to_owned()
    };
    for (client, expected) in [
        (&mut stays, &["before", "joined", "kicked", "after"][..]),
        (&mut joins, &["joined", "kicked", "after"]),
        (&mut goes, &["before", "joined", "kicked"]),
    ] {
        for text in expected {
            assert_eq!(texts(&client.event("entry").await), *text);
        }
    }
    assert_eq!(goes.event("conversation_removed").await.json()["reason"], "kicked");
    // What comes next for them is the answer to their own request: "after" is not among what came before it.
    goes.send("/app/presence", "p", r#"{"state":"active"}"#).await;
    loop {
        let reply = goes.frame().await;
        assert_ne!(reply.event(), "entry");
        if reply.command == ServerCommand::Receipt {
            break;
        }
    }
    let patch = GroupPatch { name: Some("Day Market".to_owned()), ..GroupPatch::default() };
    world.services.groups.update(&ada.caller, group, patch).await.unwrap();
    let drawn = loop {
        let body = stays.event("conversation").await.json();
        if body["conversation"]["name"] == "Day Market" {
            break body;
        }
    };
    assert_eq!(drawn["conversation"]["member_count"], 2);
    assert_eq!(drawn["conversation"]["id"], group.to_string());
}

#[tokio::test]
async fn a_slow_consumer_is_closed_while_others_go_on() {
    let outbox = OutboxLimits { frames: 32, bytes: 256 * 1024, busy_frames: 8 };
    let world = World::with(GatewaySettings { outbox, ..settings() }).await;
    let [ada, ben, eve] = [world.person("ada").await, world.person("ben").await, world.person("eve").await];
    let group = world.group(&ada, &[&ben, &eve]).await;
    let mut slow = Client::live(&world, &ben).await;
    let mut quick = Client::live(&world, &eve).await;
    let text = "x".repeat(8_000);
    let mut said = 0;
    // As long as the kernel's buffers of the slow one take something, it keeps up.
    let overflows = || {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &world.metrics).unwrap();
        text.contains("kith_gateway_overflows_total 1")
    };
    while !overflows() {
        // Several at once: a socket that gets them one by one is written to a few times a second only.
        futures_util::future::join_all([(); 8].map(|()| say(&world, &ada, group, &text))).await;
        for _ in 0..8 {
            assert_eq!(quick.event("entry").await.json()["entry"]["content"]["text"], text.as_str());
        }
        said += 8;
        assert!(said < 10_000, "a socket that does not read must be closed");
    }
    say(&world, &ada, group, "still here").await;
    assert_eq!(quick.event("entry").await.json()["entry"]["content"]["text"], "still here");
    let (replies, code) = slow.end().await;
    let seqs: Vec<_> =
        replies.iter().filter(|r| r.event() == "entry").map(|r| r.json()["seq"].as_u64()).collect();
    assert!(seqs.is_sorted(), "what came is in order");
    assert_eq!(code, Some(4008));
}

#[tokio::test]
async fn presence_reaches_friends_and_heads_tell_where_things_stand() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let id = world.befriend(&ada, &ben).await;
    let mut watcher = Client::live(&world, &ada).await;
    let _friend = Client::live(&world, &ben).await;
    let presence = watcher.event("presence").await.json();
    assert_eq!(
        (presence["user_id"].as_str(), presence["online"].as_bool()),
        (Some(&*ben.caller.user_id.to_string()), Some(true))
    );
    // Entries that the node starts with are in `/sync`; one that comes later is in the heads.
    let mut n = 0;
    let heads = loop {
        n += 1;
        say(&world, &ben, id, "hello").await;
        let body = watcher.event("heads").await.json();
        if !body["heads"].as_object().unwrap().is_empty() {
            break body;
        }
    };
    let head = heads["heads"][id.to_string()].as_u64().unwrap();
    assert!((1..=n).contains(&head));
    assert!(heads["user_seq"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn personal_events_reach_all_own_devices() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let laptop = world.person("ada").await;
    let (mut first, mut second) = (Client::live(&world, &ada).await, Client::live(&world, &laptop).await);
    let id = world.befriend(&ada, &ben).await;
    for client in [&mut first, &mut second] {
        assert_eq!(client.event("friend").await.json()["user"]["id"], ben.caller.user_id.to_string());
        assert!(client.event("conversation").await.json()["user_seq"].as_u64() > Some(0));
    }
    first.send(&format!("/app/conversations/{id}/messages"), "m", &message(1, "hi")).await;
    assert_eq!(second.event("entry").await.json()["seq"], 1, "the sender's other devices too");
    assert_eq!(first.event("entry").await.json()["seq"], 1, "and the sending one");
    drop(second);
    assert!(matches!(first.next().await, Next::Frame(_)), "it goes on");
}
