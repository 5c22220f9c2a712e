//! A short history in which everything is as promised: Ann and Bob in a group, from which Bob is removed and to which he
//! comes back, and what Ann tells Carl alone meanwhile.
//!
//! ```text
//! g: 1 created  2 Bob joined  3 m1 of Ann  4 m2 of Bob  5 m1 unsent  6 Bob kicked  7 m3 of Ann  8 Bob joined
//!    9 renamed  10 m4 of Bob
//! d: 1 d1 of Ann  2 d2 of Carl
//! ```

use kith_checker::{Conversation, Entry, Event, Kind, Line, Marker, Notice, Op, Phase, Row, Screen};

/// What an entry of the ledger is.
#[derive(Clone, Copy)]
pub(crate) enum Is {
    Message(&'static str, Option<&'static str>),
    Unsend(u64),
    Notice(&'static str, Option<&'static str>, Option<&'static str>),
}

const GROUP: [(u64, &str, Is); 10] = [
    (1, "ann", Is::Notice("created", None, None)),
    (2, "bob", Is::Notice("joined", Some("bob"), None)),
    (3, "ann", Is::Message("m1", None)),
    (4, "bob", Is::Message("m2", Some("h2"))),
    (5, "ann", Is::Unsend(3)),
    (6, "ann", Is::Notice("kicked", Some("bob"), None)),
    (7, "ann", Is::Message("m3", Some("h3"))),
    (8, "ann", Is::Notice("joined", Some("bob"), None)),
    (9, "ann", Is::Notice("renamed", None, Some("New"))),
    (10, "bob", Is::Message("m4", Some("h4"))),
];
const DIRECT: [(u64, &str, Is); 2] =
    [(1, "ann", Is::Message("d1", Some("e1"))), (2, "carl", Is::Message("d2", Some("e2")))];

pub(crate) fn event(at: u64, device: &str, op: Op) -> Line {
    let user = device.split('-').next().unwrap().to_owned();
    Line::Event(Event { at, device: device.to_owned(), user, op })
}

pub(crate) fn send(at: u64, device: &str, conversation: &str, name: &str, seq: Result<u64, Phase>) -> Line {
    let hash = name.replace('m', "h").replace('d', "e");
    let (phase, seq) = seq.map_or_else(|phase| (phase, None), |seq| (Phase::Ok, Some(seq)));
    let (conversation, client_msg_id) = (conversation.to_owned(), name.to_owned());
    event(at, device, Op::Send { phase, conversation, client_msg_id, hash, seq })
}

pub(crate) fn change(at: u64, device: &str, change: &str, subject: Option<&str>) -> Line {
    let (change, subject) = (change.to_owned(), subject.map(str::to_owned));
    event(at, device, Op::Change { phase: Phase::Invoke, conversation: "g".into(), change, subject })
}

pub(crate) fn reads(at: u64, device: &str, seq: u64, done: Option<u64>) -> Line {
    let phase = if done.is_some() { Phase::Ok } else { Phase::Invoke };
    event(at, device, Op::Read { phase, conversation: "g".into(), seq, read_seq: done })
}

pub(crate) fn heard(at: u64, device: &str, conversation: &str, name: &str) -> Line {
    let (conversation, client_msg_id) = (conversation.to_owned(), name.to_owned());
    event(at, device, Op::Heard { conversation, client_msg_id })
}

pub(crate) fn render(at: u64, device: &str, conversation: &str, seq: u64) -> Line {
    let timeline: &[_] = if conversation == "g" { &GROUP } else { &DIRECT };
    let (_, sender, is) = timeline[usize::try_from(seq).unwrap() - 1];
    let (client_msg_id, hash) = match is {
        // It was not unsent yet.
        Is::Message("m1", _) => (Some("m1"), Some("h1")),
        Is::Message(name, hash) => (Some(name), hash),
        _ => (None, None),
    };
    let op = Op::Render {
        conversation: conversation.to_owned(),
        seq,
        client_msg_id: client_msg_id.map(str::to_owned),
        sender: sender.to_owned(),
        hash: hash.map(str::to_owned),
    };
    event(at, device, op)
}

/// Whether a device of Ann shows this message.
pub(crate) fn renders(event: &Event, name: &str) -> bool {
    matches!(&event.op, Op::Render { client_msg_id: Some(shown), .. } if shown == name)
        && event.device == "ann-1"
}

pub(crate) fn entry(node: &str, conversation: &str, seq: u64, sender: &str, is: Is) -> Line {
    let mut entry = Entry {
        node: node.to_owned(),
        conversation: conversation.to_owned(),
        seq,
        sender: sender.to_owned(),
        client_msg_id: None,
        hash: None,
        target: None,
        notice: None,
    };
    match is {
        Is::Message(name, hash) => {
            entry.client_msg_id = Some(name.to_owned());
            entry.hash = hash.map(str::to_owned);
        }
        Is::Unsend(target) => entry.target = Some(target),
        Is::Notice(change, subject, name) => {
            let (subject, name) = (subject.map(str::to_owned), name.map(str::to_owned));
            entry.notice = Some(Notice { change: change.to_owned(), subject, name });
        }
    }
    Line::Entry(entry)
}

fn screen(device: &str, conversation: &str, seqs: &[u64]) -> Line {
    let timeline: &[_] = if conversation == "g" { &GROUP } else { &DIRECT };
    let rows = seqs.iter().map(|seq| {
        let (_, _, is) = timeline[usize::try_from(*seq).unwrap() - 1];
        let (client_msg_id, hash) = match is {
            Is::Message(name, hash) => (Some(name.to_owned()), hash.map(str::to_owned)),
            _ => (None, None),
        };
        Row { seq: Some(*seq), client_msg_id, hash }
    });
    Line::Screen(Screen {
        device: device.to_owned(),
        user: device.split('-').next().unwrap().to_owned(),
        conversation: conversation.to_owned(),
        name: (conversation == "g").then(|| "New".to_owned()),
        rows: rows.collect(),
    })
}

fn node(name: &str, lines: &mut Vec<Line>) {
    for (id, kind, pair, called) in
        [("g", Kind::Group, vec![], Some("New")), ("d", Kind::Direct, vec!["ann", "carl"], None)]
    {
        lines.push(Line::Conversation(Conversation {
            node: name.to_owned(),
            id: id.to_owned(),
            kind,
            pair: pair.into_iter().map(str::to_owned).collect(),
            name: called.map(str::to_owned),
        }));
    }
    lines.extend(GROUP.iter().map(|(seq, sender, is)| entry(name, "g", *seq, sender, *is)));
    lines.extend(DIRECT.iter().map(|(seq, sender, is)| entry(name, "d", *seq, sender, *is)));
    for (user, read_seq, unread) in [("ann", 7, 1), ("bob", 8, 0)] {
        let (conversation, user) = ("g".to_owned(), user.to_owned());
        lines.push(Line::Marker(Marker { node: name.to_owned(), conversation, user, read_seq, unread }));
    }
}

/// The history.
pub(crate) fn story() -> Vec<Line> {
    let connected = |at, device| event(at, device, Op::Connected { node: "a".into(), epoch: "e".into() });
    let unsend =
        |at, phase, seq| event(at, "ann-1", Op::Unsend { phase, conversation: "g".into(), target: 3, seq });
    let echo = |at, name: &str| {
        event(at, "bob-1", Op::Echo { conversation: "g".into(), client_msg_id: name.into() })
    };
    let invoke = Err(Phase::Invoke);
    let mut lines = vec![
        change(1, "ann-1", "created", None),
        change(2, "bob-1", "joined", Some("bob")),
        connected(3, "ann-1"),
        connected(3, "bob-1"),
        render(4, "ann-1", "g", 1),
        render(4, "ann-1", "g", 2),
        render(4, "bob-1", "g", 2),
        send(10, "ann-1", "g", "m1", invoke),
        send(12, "ann-1", "g", "m1", Ok(3)),
        heard(12, "bob-1", "g", "m1"),
        render(12, "ann-1", "g", 3),
        render(13, "bob-1", "g", 3),
        // The first try has no answer, the second one finds what it stored.
        echo(14, "m2"),
        send(14, "bob-1", "g", "m2", invoke),
        event(15, "bob-1", Op::Closed { code: None }),
        send(15, "bob-1", "g", "m2", Err(Phase::Unknown)),
        connected(16, "bob-1"),
        send(16, "bob-1", "g", "m2", invoke),
        send(17, "bob-1", "g", "m2", Ok(4)),
        render(17, "bob-1", "g", 4),
        heard(18, "ann-1", "g", "m2"),
        render(18, "ann-1", "g", 4),
        unsend(20, Phase::Invoke, None),
        unsend(21, Phase::Ok, Some(5)),
        render(21, "ann-1", "g", 5),
        render(21, "bob-1", "g", 5),
        change(22, "ann-1", "kicked", Some("bob")),
        render(23, "ann-1", "g", 6),
        render(23, "bob-1", "g", 6),
        send(24, "ann-1", "g", "m3", invoke),
        send(25, "ann-1", "g", "m3", Ok(7)),
        render(25, "ann-1", "g", 7),
        // Nothing of it is stored.
        send(25, "bob-1", "g", "m9", invoke),
        send(26, "bob-1", "g", "m9", Err(Phase::Fail)),
        change(27, "ann-1", "joined", Some("bob")),
        render(28, "ann-1", "g", 8),
        render(28, "bob-1", "g", 8),
        change(29, "ann-1", "renamed", None),
        render(30, "ann-1", "g", 9),
        render(30, "bob-1", "g", 9),
        reads(31, "ann-1", 7, None),
        reads(32, "ann-1", 7, Some(7)),
        // Another device of hers, behind.
        reads(33, "ann-2", 4, None),
        reads(34, "ann-2", 4, Some(7)),
        send(35, "bob-1", "g", "m4", invoke),
        send(36, "bob-1", "g", "m4", Ok(10)),
        render(36, "bob-1", "g", 10),
        render(37, "ann-1", "g", 10),
        send(40, "ann-1", "d", "d1", invoke),
        send(41, "ann-1", "d", "d1", Ok(1)),
        render(41, "ann-1", "d", 1),
        render(41, "carl-1", "d", 1),
        heard(42, "carl-1", "d", "d1"),
        send(43, "carl-1", "d", "d2", invoke),
        send(44, "carl-1", "d", "d2", Ok(2)),
        render(44, "ann-1", "d", 2),
        render(44, "carl-1", "d", 2),
        screen("ann-1", "g", &[1, 2, 3, 4, 6, 7, 8, 9, 10]),
        screen("bob-1", "g", &[2, 3, 4, 6, 8, 9, 10]),
        screen("ann-1", "d", &[1, 2]),
        screen("carl-1", "d", &[1, 2]),
    ];
    node("a", &mut lines);
    node("b", &mut lines);
    lines
}
