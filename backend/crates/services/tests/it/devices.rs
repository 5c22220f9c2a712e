use std::sync::Arc;

use kith_domain::{
    Caller, ConversationId, Device, DeviceId, Refusal, Timestamp,
    ports::{StoreError, StoreExt as _},
};

use crate::world::{World, refusal};

/// The devices that can be woken in a conversation, with their tokens.
async fn reachable(world: &World, conversation: ConversationId) -> Vec<(DeviceId, String)> {
    let now = world.clock_now();
    let targets = world
        .store()
        .read::<_, StoreError, _>(move |tx| {
            Box::pin(async move { tx.list_push_targets(conversation, None, now, 100).await })
        })
        .await
        .unwrap();
    targets.into_iter().map(|target| (target.device_id, target.token.as_str().to_owned())).collect()
}

async fn register(world: &World, device: &Caller, token: &str) {
    world.services.devices.set_push_token(device, token.to_owned()).await.unwrap();
}

#[tokio::test]
async fn a_push_token_goes_with_the_app_and_with_the_sign_in() {
    let world = World::new().await;
    let [ada, bob, phone] = world.people(["ada", "bob", "bob"]).await;
    let direct = world.befriend(&ada, &bob).await;
    register(&world, &bob, "tablet").await;
    register(&world, &phone, "phone").await;
    let mut expected = vec![(bob.device_id, "tablet".to_owned()), (phone.device_id, "phone".to_owned())];
    expected.sort();
    assert_eq!(reachable(&world, direct).await, expected);

    // Somebody else signs in on the same phone.
    register(&world, &ada, "phone").await;
    let mut expected = vec![(ada.device_id, "phone".to_owned()), (bob.device_id, "tablet".to_owned())];
    expected.sort_by_key(|(device, _)| *device != ada.device_id);
    assert_eq!(reachable(&world, direct).await, expected);
    world.services.devices.forget_push_token(&ada).await.unwrap();
    world.services.devices.forget_push_token(&ada).await.unwrap();
    assert_eq!(reachable(&world, direct).await, [(bob.device_id, "tablet".to_owned())]);

    // Signed out by another device, and by itself.
    register(&world, &phone, "phone").await;
    world.services.devices.sign_out(&phone, bob.device_id, None).await.unwrap();
    assert_eq!(reachable(&world, direct).await, [(phone.device_id, "phone".to_owned())]);
    world.services.devices.log_out(&phone).await.unwrap();
    assert_eq!(reachable(&world, direct).await, []);
    let late = world.services.devices.set_push_token(&phone, "phone".to_owned()).await;
    assert_eq!(refusal(late), Refusal::Unauthenticated, "whatever its token still says");
}

#[tokio::test]
async fn an_account_on_its_way_out_is_not_woken() {
    let world = World::new().await;
    let [ada, bob] = world.people(["ada", "bob"]).await;
    let direct = world.befriend(&ada, &bob).await;
    register(&world, &bob, "phone").await;
    world.services.deletions.request(&bob, None).await.unwrap();
    assert_eq!(reachable(&world, direct).await, []);
    world.services.deletions.restore(&bob).await.unwrap();
    assert_eq!(reachable(&world, direct).await.len(), 1);
}

#[tokio::test]
async fn one_token_that_many_devices_say_at_once_is_of_one_of_them() {
    let world = Arc::new(World::new().await);
    let [ada, bob] = world.people(["ada", "bob"]).await;
    let direct = world.befriend(&ada, &bob).await;
    let mut saying = Vec::new();
    for _ in 0..8 {
        let (world, device) = (world.clone(), world.person("bob").await);
        saying.push(tokio::spawn(async move { register(&world, &device, "phone").await }));
    }
    for said in saying {
        said.await.unwrap();
    }
    assert_eq!(reachable(&world, direct).await.len(), 1);
}

/// When a device was last seen, as its owner is told by another one and as it is noted.
async fn last_seen(world: &World, asking: &Caller, device: DeviceId) -> (Timestamp, Timestamp) {
    let (user, now) = (asking.user_id, world.clock_now());
    let told = world.services.devices.list(asking).await.unwrap();
    let noted = world
        .store()
        .read::<_, StoreError, _>(move |tx| Box::pin(async move { tx.list_devices(user, now).await }))
        .await
        .unwrap();
    let of = |devices: &[Device]| devices.iter().find(|found| found.id == device).unwrap().last_seen;
    (of(&told), of(&noted))
}

#[tokio::test]
async fn a_device_is_seen_while_it_is_connected_and_when_it_went() {
    let world = World::new().await;
    let [laptop, phone] = world.people(["ada", "ada"]).await;
    let presence = &world.services.presence;
    let signed_in = world.clock_now();
    world.advance(500);
    presence.connected(phone).await.unwrap();
    world.advance(40);
    let now = world.clock_now();
    assert_eq!(last_seen(&world, &laptop, phone.device_id).await, (now, signed_in), "its lease says so");
    let first = world.services.devices.list(&laptop).await.unwrap()[0].id;
    assert_eq!(first, phone.device_id);

    presence.disconnected(phone).await;
    presence.sweep().await.unwrap();
    world.advance(600);
    assert_eq!(last_seen(&world, &laptop, phone.device_id).await, (now, now), "when it went");

    // A node that ends without a word leaves a device at most as far behind as all rounds take.
    presence.connected(phone).await.unwrap();
    let mut noted = Vec::new();
    for round in 0..22 {
        world.advance(25);
        presence.beat(&[laptop, phone], round).await.unwrap();
        let (told, seen) = last_seen(&world, &laptop, phone.device_id).await;
        assert_eq!(told, world.clock_now(), "{round}");
        if seen == told {
            noted.push(round);
        }
    }
    let turn = phone.device_id.get() % 11;
    assert_eq!(noted, [turn, turn + 11], "once in eleven rounds");
}
