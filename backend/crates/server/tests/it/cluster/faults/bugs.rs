//! The checker on trial: devices with faults, among others, on a server that has none. Each fault must be found, and be found
//! to be what it is.

use std::time::Duration;

use kith_checker::{Invariant, Kind, Op, Phase, Violation};

use super::crowd::{Crowd, Place};
use crate::{
    cluster::devices::{Bug, Mode, Node, Nodes, Plan, Recorder, Room, Talk, Way},
    harness::{Person, Server},
};

/// A faulty device and what is to be said of it.
struct Suspect {
    bug: Bug,
    way: Way,
    invariant: Invariant,
    says: &'static str,
}

const SUSPECTS: [Suspect; 8] = [
    Suspect { bug: Bug::AcknowledgesItself, way: Way::Rest, invariant: Invariant::I1, says: "lost: " },
    Suspect { bug: Bug::OtherText, way: Way::Rest, invariant: Invariant::I1, says: "says something else" },
    Suspect { bug: Bug::NewIdForRetry, way: Way::Rest, invariant: Invariant::I2, says: "nobody sent " },
    Suspect { bug: Bug::SyncsFirst, way: Way::Rest, invariant: Invariant::I6, says: "has not shown" },
    Suspect { bug: Bug::DropsAnEvent, way: Way::Stomp, invariant: Invariant::I6, says: "has not shown 1 of" },
    Suspect { bug: Bug::ShowsTwice, way: Way::Stomp, invariant: Invariant::I7, says: "and again at" },
    Suspect { bug: Bug::KeepsPending, way: Way::Stomp, invariant: Invariant::I7, says: "twice" },
    Suspect { bug: Bug::IgnoresUnsends, way: Way::Stomp, invariant: Invariant::I8, says: "shows Some(Row" },
];

/// What was found of a device's own doing.
fn found<'a>(violations: &'a [Violation], device: &str, suspect: &Suspect) -> Option<&'a Violation> {
    violations.iter().find(|violation| {
        let of_device = violation.what.contains(device)
            // Of what is not in the ledger, or not as it was said, the line tells whose it is, not the words.
            || matches!(suspect.invariant, Invariant::I1 | Invariant::I2);
        violation.invariant == suspect.invariant && violation.what.contains(suspect.says) && of_device
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_checker_finds_devices_with_faults() {
    let seed = super::seed();
    let server = Server::start().await;
    let nodes = Nodes::new(vec![Node { name: "node0".to_owned(), http: server.http.clone() }]);
    let recorder = Recorder::new();
    let mut people = Vec::new();
    for number in 0..SUSPECTS.len() + 2 {
        people.push(Person::sign_in(&server.http, &format!("person{number}")).await);
    }
    let note = |person: &Person, conversation: &str, change: &str, subject: Option<String>| {
        let (conversation, change) = (conversation.to_owned(), change.to_owned());
        recorder.note(
            "director",
            &person.id,
            Op::Change { phase: Phase::Invoke, conversation, change, subject },
        );
    };
    let (room, code) = people[0].create_group("Line-up").await;
    note(&people[0], &room, "created", None);
    for person in &people[1..] {
        note(person, &room, "joined", Some(person.id.clone()));
        person.join(&code).await;
    }

    let mut crowd = Crowd::of(
        recorder.clone(),
        vec![Place {
            id: room.clone(),
            kind: Kind::Group,
            reader: people[0].clone(),
            members: people[..1].to_vec(),
        }],
    );
    let talk = |way| Talk {
        rooms: vec![Room { id: room.clone(), weight: 1 }],
        pace: Duration::from_millis(200),
        way,
        rules: None,
    };
    // One without a fault, and one that sits on another person's socket.
    let mut plans = vec![(0, Way::Stomp, None), (1, Way::Stomp, Some(Bug::ReadsOthersMail))];
    plans.extend(SUSPECTS.iter().enumerate().map(|(place, s)| (place + 2, s.way, Some(s.bug))));
    for (place, way, bug) in plans {
        let mut person = people[place].clone();
        if bug == Some(Bug::ReadsOthersMail) {
            person.id = "somebody else".to_owned();
        }
        crowd.add(
            Plan {
                name: format!("person{place}a"),
                person,
                talk: (bug != Some(Bug::ReadsOthersMail)).then(|| talk(way)),
                seed: seed.wrapping_add(place as u64),
                bug,
            },
            &nodes,
        );
    }
    crowd.is_there().await;
    crowd.say(Mode::Talk);
    crowd.goes_on(400).await;
    let (_, violations) = crowd.judgement(&nodes).await;

    for (place, suspect) in SUSPECTS.iter().enumerate() {
        let device = format!("person{}a", place + 2);
        let found = found(&violations, &device, suspect);
        let found = found.unwrap_or_else(|| panic!("{:?} was not found: {violations:#?}", suspect.bug));
        println!("{:?}: {found}", suspect.bug);
    }
    let spy = violations.iter().find(|violation| {
        violation.invariant == Invariant::I9 && violation.what.contains("where somebody else was not then")
    });
    assert!(spy.is_some(), "{violations:#?}");
    // What they show is not held against who has no fault.
    let innocent = violations.iter().find(|violation| {
        matches!(violation.invariant, Invariant::I6 | Invariant::I7 | Invariant::I8)
            && violation.what.contains("person0a")
    });
    assert_eq!(innocent, None);
}
