//! From the ledger to the devices of those who are away, by the adapter and a server that answers as the service does.

use std::sync::Arc;

use kith_contract::{
    accounts::an_account,
    devices::a_device,
    fixtures::{a_group, a_notice, at, join, read, remove, send, unsend, user, with_members, write},
};
use kith_domain::{
    Clock, ConversationId, Device, DeviceId, Entry, MemberState, NoticeKind, UserId,
    conversation::ConversationSettings,
    ports::{
        EntrySink as _, Presence as _,
        push::{PushTarget, PushToken},
    },
};
use kith_embedded::InProcessPresence;
use kith_fcm::ServiceAccount;
use kith_harness::{Fcm, FcmRefusal};
use kith_sql::testing::{TempStore, temp_store};
use kith_testing::ManualClock;
use kith_worker::{NOTIFIER, Notifier, Tenure};
use prometheus_client::registry::Registry;

use crate::support::position;

struct World {
    temp: TempStore,
    clock: Arc<ManualClock>,
    presence: Arc<InProcessPresence>,
    service: Fcm,
    notifier: Notifier,
    group: ConversationId,
}

impl World {
    /// A group of the first `people` persons, each with an account.
    async fn new(people: u64) -> Self {
        let temp = temp_store().await;
        let clock = Arc::new(ManualClock::default());
        // The fixtures have a time of their own.
        clock.advance_millis(at(60_000).millis_since(clock.now()));
        let (presence, service) = (Arc::new(InProcessPresence::new()), Fcm::start().unwrap());
        let account = ServiceAccount::parse(&service.key_file()).unwrap();
        let push = kith_fcm::Fcm::at(service.url(), account, clock.clone()).unwrap();
        let notifier = Notifier::new(
            temp.store.clone(),
            presence.clone(),
            Arc::new(push),
            clock.clone(),
            &mut Registry::default(),
        );
        write(&*temp.store, move |tx| {
            Box::pin(async move {
                for number in 1..=people {
                    tx.insert_account(&an_account(number)).await?;
                }
                Ok(())
            })
        })
        .await;
        let members: Vec<UserId> = (1..=people).map(user).collect();
        let group = with_members(&*temp.store, a_group(), &members).await;
        Self { temp, clock, presence, service, notifier, group }
    }

    /// Signs somebody in on a device that can be woken by its number.
    async fn device(&self, owner: u64, number: u64) {
        self.devices(vec![(owner, number)]).await;
    }

    async fn devices(&self, devices: Vec<(u64, u64)>) {
        let expires_at = self.clock.now().plus_seconds(86_400);
        write(&*self.temp.store, move |tx| {
            Box::pin(async move {
                for (owner, number) in devices {
                    let device = Device { expires_at, ..a_device(number, owner) };
                    tx.insert_device(&device).await?;
                    tx.put_push_token(device.id, device.user_id, &token(number)).await?;
                }
                Ok(())
            })
        })
        .await;
    }

    async fn say(&self, by: u64, text: &str) -> Entry {
        send(&*self.temp.store, self.group, user(by), text).await
    }

    /// Follows the outbox; what was told since, as (device, seq) in the order of both.
    async fn told(&self) -> Vec<(u64, u64)> {
        let before = self.service.sent().len();
        self.notifier.step(&Tenure::endless()).await.unwrap();
        self.since(before)
    }

    /// The same for entries of the log.
    async fn told_by_log(&self, entries: Vec<Entry>) -> Vec<(u64, u64)> {
        let before = self.service.sent().len();
        self.notifier.take(entries).await.unwrap();
        self.since(before)
    }

    fn since(&self, before: usize) -> Vec<(u64, u64)> {
        let number = |text: Option<&str>| text.unwrap().parse::<u64>().unwrap();
        let mut told = Vec::new();
        for request in &self.service.sent()[before..] {
            let message = &request["message"];
            assert_eq!(message["data"]["conversation_id"], self.group.to_string());
            told.push((number(message["token"].as_str()), number(message["data"]["seq"].as_str())));
        }
        told.sort_unstable();
        told
    }

    async fn targets(&self) -> Vec<PushTarget> {
        let (group, now) = (self.group, self.clock.now());
        read(&*self.temp.store, move |tx| tx.list_push_targets(group, None, now, 10_000)).await
    }
}

fn token(number: u64) -> PushToken {
    PushToken::from_store(number.to_string())
}

#[tokio::test]
async fn a_message_wakes_those_who_are_away_and_want_to_know() {
    let world = World::new(9).await;
    let (store, group) = (&*world.temp.store, world.group);
    // A device for each but the fourth; a second one for the last.
    let all = [1, 2, 3, 5, 6, 7, 8, 9].map(|owner| (owner, 10 + owner));
    world.devices(all.into_iter().chain([(9, 29)]).collect()).await;
    let read_at = world.clock.now();
    let muted = ConversationSettings { muted_until: Some(read_at.plus_seconds(1)), ..Default::default() };
    remove(store, group, user(5), MemberState::Kicked).await;
    write(store, move |tx| {
        Box::pin(async move {
            tx.put_settings(group, user(3), &muted).await?;
            tx.insert_block(user(6), user(1), at(0)).await?;
            tx.revoke_device(DeviceId::new(17), at(0)).await
        })
    })
    .await;
    world.presence.renew(user(9), DeviceId::new(19), read_at).await;
    let said = world.say(1, "canary-5a1d").await;
    write(store, move |tx| {
        Box::pin(async move { tx.advance_read(group, user(2), said.seq, read_at).await.map(drop) })
    })
    .await;
    // Not the sender, who has read it, who muted, has no token, was kicked, blocks, is signed out, or sees it come.
    let expected = [(18, said.seq), (29, said.seq)];
    assert_eq!(world.told().await, expected);
    assert_eq!(world.told().await, [], "what is done is done");
    assert_eq!(world.told_by_log(vec![said]).await, expected, "the log says the same");
    let sent = format!("{:?}", world.service.sent());
    assert!(!sent.contains("canary-5a1d") && !sent.contains("User1"), "{sent}");

    // The socket is gone, the mute over, and those who come after a message have not missed it.
    world.presence.release(user(9), DeviceId::new(19), read_at).await;
    world.clock.advance_millis(1_000);
    let again = world.say(1, "more").await;
    join(store, group, user(5)).await;
    assert_eq!(world.told().await, [12, 13, 18, 19, 29].map(|device| (device, again.seq)));
}

#[tokio::test]
async fn what_nobody_said_wakes_nobody() {
    let world = World::new(2).await;
    let store = &*world.temp.store;
    world.device(2, 12).await;
    let notice = a_notice(world.group, user(1), NoticeKind::Renamed);
    write(store, move |tx| tx.append_entry(notice)).await;
    let secret = world.say(1, "secret").await;
    let gone = unsend(store, &secret).await;
    assert_eq!(world.told().await, []);
    // The log has it as it was when it was published.
    assert_eq!(world.told_by_log(vec![secret, gone]).await, []);
    assert_eq!(world.service.granted(), 0, "nobody was asked");
}

#[tokio::test]
async fn many_messages_are_one_notice_of_the_newest() {
    let world = World::new(3).await;
    for owner in 1..=3 {
        world.device(owner, 10 + owner).await;
    }
    let (mut entries, mut last) = (Vec::new(), [0; 4]);
    // More than the outbox gives at once.
    for number in 0..1_100_u64 {
        let by = 1 + number % 2;
        let said = world.say(by, "hi").await;
        last[by as usize] = said.seq;
        entries.push(said);
    }
    let log = world.told_by_log(entries).await;
    assert_eq!(log, [(11, last[2]), (12, last[1]), (13, last[1].max(last[2]))]);
    let told = world.told().await;
    assert_eq!((told.len(), told.last()), (6, Some(&(13, 1_100))), "one for each reading of the outbox");
}

#[tokio::test]
async fn old_messages_are_passed_over() {
    let world = World::new(2).await;
    world.device(2, 12).await;
    let old = world.say(1, "yesterday").await;
    world.clock.advance_millis(3_600_000);
    assert_eq!(world.told().await, []);
    assert_eq!(world.told_by_log(vec![old]).await, []);
    let head = read(&*world.temp.store, |tx| tx.outbox_head()).await;
    assert_eq!(position(&*world.temp.store, NOTIFIER).await, head, "it waits for nothing");
}

#[tokio::test]
async fn a_token_that_is_dead_is_forgotten() {
    let world = World::new(2).await;
    for number in [12, 22, 32] {
        world.device(2, number).await;
    }
    world.service.refuse("12", FcmRefusal::Unregistered);
    world.service.refuse("22", FcmRefusal::InvalidArgument);
    let said = world.say(1, "hi").await;
    assert_eq!(world.told().await, [(32, said.seq)]);
    let left: Vec<u64> = world.targets().await.iter().map(|target| target.device_id.get()).collect();
    assert_eq!(left, [22, 32], "what is refused may be our fault");
}

#[tokio::test]
async fn a_large_group_is_told_to_the_last() {
    let people = 1_060;
    let world = World::new(people).await;
    world.devices((2..=people).map(|owner| (owner, 10_000 + owner)).collect()).await;
    let said = world.say(1, "everybody").await;
    let expected: Vec<(u64, u64)> = (2..=people).map(|owner| (10_000 + owner, said.seq)).collect();
    assert_eq!(world.told().await, expected);
}
