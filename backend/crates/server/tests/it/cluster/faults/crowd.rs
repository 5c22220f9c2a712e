//! The people: pairs of friends, a club that somebody is put out of and let into again, and a hall of a hundred.

use std::time::Duration;

use futures_util::future::join_all;
use kith_checker::{Kind, Op, Phase};
use tokio::sync::watch;

use crate::{
    cluster::devices::{Device, Mode, Nodes, Plan, Recorder, Room, Talk, Way},
    harness::Person,
};

/// Who come together in the hall.
const PEOPLE: usize = 100;
/// Of them, who are in the club.
const CLUB: usize = 12;
/// Of them, who write: each has a friend among them.
const WRITERS: usize = 24;
/// Writers with a second device.
const TWICE: usize = 6;
/// Sign-ins at a time.
const AT_ONCE: usize = 10;
/// Between two things that a device does: some seventy a second in all.
const PACE: Duration = Duration::from_millis(420);

/// A conversation, and who is asked about it in the end.
pub(super) struct Place {
    pub(super) id: String,
    pub(super) kind: Kind,
    /// Who sees all of it.
    pub(super) reader: Person,
    /// Whose read markers are looked at.
    pub(super) members: Vec<Person>,
}

/// Everybody.
pub(super) struct Crowd {
    pub(super) devices: Vec<Device>,
    pub(super) places: Vec<Place>,
    pub(super) recorder: Recorder,
    mode: watch::Sender<Mode>,
}

impl Crowd {
    /// Nobody yet, in these places.
    pub(super) fn of(recorder: Recorder, places: Vec<Place>) -> Self {
        let (mode, _) = watch::channel(Mode::Hush);
        Self { devices: Vec::new(), places, recorder, mode }
    }

    /// One more device.
    pub(super) fn add(&mut self, plan: Plan, nodes: &Nodes) {
        self.devices.push(Device::start(plan, nodes, &self.recorder, &self.mode.subscribe()));
    }

    /// Gathers them, and waits until all devices are connected. Nobody speaks yet.
    pub(super) async fn gather(nodes: &Nodes, seed: u64) -> Self {
        let recorder = Recorder::new();
        let people = sign_in(nodes, "person", PEOPLE).await;
        let second = sign_in(nodes, "person", TWICE).await;
        let changed = |by: &Person, conversation: &str, change: &str, subject: Option<&Person>| {
            let (conversation, change) = (conversation.to_owned(), change.to_owned());
            let subject = subject.map(|person| person.id.clone());
            recorder.note(
                "director",
                &by.id,
                Op::Change { phase: Phase::Invoke, conversation, change, subject },
            );
        };

        let mut places = Vec::new();
        let pairs =
            join_all(people[..WRITERS].chunks(2).map(async |pair| (pair, pair[0].befriend(&pair[1]).await)));
        for (pair, id) in pairs.await {
            places.push(Place { id, kind: Kind::Direct, reader: pair[0].clone(), members: pair.to_vec() });
        }
        for (admin, count) in [(0, CLUB), (2, PEOPLE)] {
            let admin = &people[admin];
            let (id, code) = admin.create_group("Club").await;
            changed(admin, &id, "created", None);
            let others: Vec<_> = people[..count].iter().filter(|person| person.id != admin.id).collect();
            for some in others.chunks(AT_ONCE) {
                join_all(some.iter().map(async |person| {
                    changed(person, &id, "joined", Some(person));
                    person.join(&code).await;
                }))
                .await;
            }
            let members = people[..count.min(CLUB)].to_vec();
            places.push(Place { id, kind: Kind::Group, reader: admin.clone(), members });
        }

        let (club, hall) = (places[WRITERS / 2].id.clone(), places[WRITERS / 2 + 1].id.clone());
        let mut crowd = Self::of(recorder, places);
        let firsts = people.iter().enumerate().map(|(place, person)| (place, "a", person));
        for (place, which, person) in
            firsts.chain(second.iter().enumerate().map(|(place, person)| (place, "b", person)))
        {
            let talk = (place < WRITERS).then(|| {
                let room = |id: &str, weight| Room { id: id.to_owned(), weight };
                let mut rooms = vec![room(&crowd.places[place / 2].id, 70), room(&hall, 6)];
                rooms.extend((place < CLUB).then(|| room(&club, 40)));
                let way = [Way::Stomp, Way::Stomp, Way::Rest, Way::Both][(place + crowd.devices.len()) % 4];
                let rules = (place == 0 && which == "a").then(|| (club.clone(), people[1].id.clone()));
                Talk { rooms, pace: PACE, way, rules }
            });
            let plan = Plan {
                name: format!("person{place}{which}"),
                person: person.clone(),
                talk,
                seed: seed.wrapping_add(crowd.devices.len() as u64 + 1),
                bug: None,
            };
            crowd.add(plan, nodes);
        }
        crowd.is_there().await;
        crowd
    }

    pub(super) fn say(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// Waits until every device is connected and in step.
    pub(super) async fn is_there(&self) {
        crate::harness::eventually("everybody is there", async || {
            self.devices.iter().all(Device::is_live).then_some(())
        })
        .await;
    }

    /// How many messages were acknowledged so far.
    pub(super) fn acknowledged(&self) -> usize {
        let lines = self.recorder.lines();
        let sent = lines.iter().filter(|line| {
            matches!(line, kith_checker::Line::Event(event)
                if matches!(event.op, Op::Send { phase: Phase::Ok, .. }))
        });
        sent.count()
    }

    /// Waits for so many more acknowledgements.
    pub(super) async fn goes_on(&self, count: usize) {
        let before = self.acknowledged();
        crate::harness::eventually("messages are acknowledged", async || {
            (self.acknowledged() >= before + count).then_some(())
        })
        .await;
    }
}

/// Signs people in, at one node after the other.
async fn sign_in(nodes: &Nodes, name: &str, count: usize) -> Vec<Person> {
    let mut people = Vec::new();
    for some in (0..count).collect::<Vec<_>>().chunks(AT_ONCE) {
        let signed = some.iter().map(async |number| {
            let node = nodes.any(*number).unwrap();
            Person::sign_in(&node.http, &format!("{name}{number}")).await
        });
        people.extend(join_all(signed).await);
    }
    people
}
