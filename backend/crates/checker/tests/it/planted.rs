//! What can go wrong, planted into the good history.

use kith_checker::{Entry, Event, Invariant, Line, Marker, Op, Phase, Screen};

use crate::story::{Is, change, entry, event, heard, reads, render, send};

/// A fault.
pub(crate) struct Planted {
    pub(crate) name: &'static str,
    /// What it breaks.
    pub(crate) invariant: Invariant,
    /// What is said of it.
    pub(crate) says: &'static str,
    pub(crate) plant: fn(&mut Vec<Line>),
}

fn entries(lines: &mut [Line]) -> impl Iterator<Item = &mut Entry> {
    lines.iter_mut().filter_map(|line| match line {
        Line::Entry(entry) => Some(entry),
        _ => None,
    })
}

fn screens(lines: &mut [Line]) -> impl Iterator<Item = &mut Screen> {
    lines.iter_mut().filter_map(|line| match line {
        Line::Screen(screen) => Some(screen),
        _ => None,
    })
}

fn markers(lines: &mut [Line]) -> impl Iterator<Item = &mut Marker> {
    lines.iter_mut().filter_map(|line| match line {
        Line::Marker(marker) => Some(marker),
        _ => None,
    })
}

/// Takes an entry out of the ledger; what follows moves up, as if it had never been.
fn never_stored(lines: &mut Vec<Line>, conversation: &str, seq: u64) {
    lines.retain(
        |line| !matches!(line, Line::Entry(entry) if entry.conversation == conversation && entry.seq == seq),
    );
}

/// Takes out what a device did.
fn without(lines: &mut Vec<Line>, fits: impl Fn(&Event) -> bool) {
    lines.retain(|line| !matches!(line, Line::Event(event) if fits(event)));
}

fn shows(event: &Event, device: &str, conversation: &str, shown: u64) -> bool {
    event.device == device
        && matches!(&event.op, Op::Render { conversation: c, seq, .. } if c == conversation && *seq == shown)
}

fn planted(
    name: &'static str,
    invariant: Invariant,
    says: &'static str,
    plant: fn(&mut Vec<Line>),
) -> Planted {
    Planted { name, invariant, says, plant }
}

/// All of them.
pub(crate) fn all() -> Vec<Planted> {
    use Invariant::{I1, I2, I3, I4, I5, I6, I7, I8, I9, I10};
    vec![
        planted("a receipt before the commit, then a crash", I1, "lost: d2 was acknowledged as 2", |lines| {
            never_stored(lines, "d", 2);
        }),
        planted("the content's hash is not looked at", I1, "d1 at 1 says something else", |lines| {
            let stored = entries(lines).filter(|entry| entry.client_msg_id.as_deref() == Some("d1"));
            stored.for_each(|entry| entry.hash = Some("other".into()));
        }),
        planted("a retry is told another place", I1, "m2 was acknowledged as 5 and is 4", |lines| {
            lines.push(send(50, "bob-1", "g", "m2", Ok(5)));
        }),
        planted("an unsend is lost", I1, "lost: the unsend of 3", |lines| {
            entries(lines).filter(|entry| entry.target == Some(3)).for_each(|entry| entry.target = None);
        }),
        planted("a message out of nowhere", I2, "nobody sent d3", |lines| {
            lines.push(entry("a", "d", 3, "ann", Is::Message("d3", Some("e3"))));
        }),
        planted("a refused message is stored", I2, "m9 is at 11, and its sender was told", |lines| {
            lines.push(entry("a", "g", 11, "bob", Is::Message("m9", Some("h9"))));
        }),
        planted("who was kicked writes on", I2, "bob was not in g at 7", |lines| {
            entries(lines).filter(|entry| entry.seq == 7).for_each(|entry| entry.sender = "bob".into());
        }),
        planted("an unsend that nobody asked for", I2, "ann did not unsend 1", |lines| {
            lines.push(entry("a", "d", 3, "ann", Is::Unsend(1)));
        }),
        planted("a change that nobody asked for", I2, "ann did not do what 11 says: renamed", |lines| {
            lines.push(entry("a", "g", 11, "ann", Is::Notice("renamed", None, Some("New"))));
        }),
        planted("a text that vanished", I2, "d1 at 1 is erased, and nothing tells of it", |lines| {
            let stored = entries(lines).filter(|entry| entry.client_msg_id.as_deref() == Some("d1"));
            stored.for_each(|entry| entry.hash = None);
        }),
        planted("what was sent to a device is not stored", I2, "was sent d7, which is not stored", |lines| {
            lines.push(heard(50, "carl-1", "d", "d7"));
        }),
        planted("no unique index: a retry is stored again", I3, "d2 is stored at 2 and at 3", |lines| {
            lines.push(entry("a", "d", 3, "carl", Is::Message("d2", Some("e2"))));
        }),
        planted("two entries share a place", I3, "d has two entries at 2", |lines| {
            lines.push(entry("a", "d", 2, "ann", Is::Message("d3", Some("e3"))));
        }),
        planted("a place is left out", I4, "d has 2 behind 0", |lines| never_stored(lines, "d", 1)),
        planted("a place is left out in the middle", I4, "g has 8 behind 6", |lines| {
            never_stored(lines, "g", 7);
        }),
        planted("two nodes give places by themselves", I5, "m9 is 2, and was begun when 10", |lines| {
            lines.push(send(50, "bob-1", "g", "m9", Err(Phase::Invoke)));
            lines.push(send(51, "bob-1", "g", "m9", Ok(2)));
            // The first try, in the good history, was refused.
            without(lines, |event| event.at == 25 && event.device == "bob-1");
        }),
        planted("what was begun later stands before", I5, "d2 is 1, and was begun when 1", |lines| {
            for line in lines {
                match line {
                    Line::Event(event) => match &mut event.op {
                        Op::Send { client_msg_id, seq: Some(seq), .. } if client_msg_id == "d2" => *seq = 1,
                        _ => {}
                    },
                    Line::Entry(entry) if entry.conversation == "d" => entry.seq = 3 - entry.seq,
                    _ => {}
                }
            }
        }),
        planted("an entry is dropped on its way", I6, "carl-1 has not shown 1 of what it may", |lines| {
            without(lines, |event| shows(event, "carl-1", "d", 1));
        }),
        planted("/sync before SUBSCRIBE: the last one is lost", I6, "from 10 to 10", |lines| {
            without(lines, |event| shows(event, "ann-1", "g", 10));
        }),
        planted("a conversation never came", I6, "ann-1 shows nothing of d", |lines| {
            lines.retain(|line| {
                !matches!(line, Line::Screen(screen) if screen.device == "ann-1" && screen.conversation == "d")
            });
        }),
        planted("an earlier one is shown behind a later one", I6, "shows 1 of d behind 2", |lines| {
            without(lines, |event| shows(event, "carl-1", "d", 1));
            lines.push(render(60, "carl-1", "d", 1));
        }),
        planted("another message than the ledger has", I6, "shows another 2 of d", |lines| {
            for line in lines {
                if let Line::Event(Event {
                    device, op: Op::Render { conversation, seq: 2, hash, .. }, ..
                }) = line
                    && device == "carl-1"
                    && conversation == "d"
                {
                    *hash = Some("other".into());
                }
            }
        }),
        planted("an event that comes twice is shown twice", I7, "shows d2 at 2 and again at 2", |lines| {
            lines.push(render(60, "carl-1", "d", 2));
        }),
        planted("what stood for it stays", I7, "shows m4 of g twice", |lines| {
            for screen in screens(lines).filter(|screen| screen.device == "bob-1") {
                let mut row = screen.rows.last().unwrap().clone();
                row.seq = None;
                screen.rows.push(row);
            }
        }),
        planted("an unsent text stays on a screen", I8, "ann-1 shows Some(Row { seq: Some(3)", |lines| {
            for screen in screens(lines).filter(|screen| screen.device == "ann-1") {
                screen.rows.iter_mut().filter(|row| row.client_msg_id.as_deref() == Some("m1")).for_each(
                    |row| {
                        row.hash = Some("h1".into());
                    },
                );
            }
        }),
        planted("an old name", I8, "bob-1 calls g Some(\"Old\")", |lines| {
            let of_bob = screens(lines).filter(|screen| screen.device == "bob-1");
            of_bob.for_each(|screen| screen.name = Some("Old".into()));
        }),
        planted("a message that will never be sent stays", I8, "in row 3 of d", |lines| {
            for screen in screens(lines).filter(|screen| screen.device == "carl-1") {
                let mut row = screen.rows.last().unwrap().clone();
                (row.seq, row.client_msg_id) = (None, Some("d8".into()));
                screen.rows.push(row);
            }
        }),
        planted("a node with another past", I8, "b has another 4 of g", |lines| {
            let of_b = entries(lines).filter(|entry| entry.node == "b" && entry.seq == 4);
            of_b.for_each(|entry| entry.hash = Some("other".into()));
        }),
        planted("a kick that does not cut", I9, "bob-1 shows 7 of g, where bob was not then", |lines| {
            let at =
                lines.iter().position(|line| matches!(line, Line::Event(event) if event.at == 25)).unwrap();
            lines.insert(at, render(25, "bob-1", "g", 7));
        }),
        planted("a text in a frame that is not shown", I9, "bob-1 was sent m3, 7 of g", |lines| {
            lines.push(heard(26, "bob-1", "g", "m3"));
        }),
        planted("somebody else's conversation", I9, "bob-1 was sent d1, 1 of d, where bob", |lines| {
            lines.push(heard(60, "bob-1", "d", "d1"));
        }),
        planted("before one joined", I9, "bob-1 shows 1 of g", |lines| {
            lines.insert(0, render(3, "bob-1", "g", 1));
        }),
        planted("a marker goes back", I10, "ann's marker in g is at 4, it was at 7", |lines| {
            lines.push(reads(50, "ann-2", 4, None));
            lines.push(reads(51, "ann-2", 4, Some(4)));
        }),
        planted("a marker is lost", I10, "up to 7, the marker is at 6", |lines| {
            let of_ann = markers(lines).filter(|marker| marker.user == "ann");
            of_ann.for_each(|marker| (marker.read_seq, marker.unread) = (6, 1));
        }),
        planted("read by nobody", I10, "bob read g up to 8, the marker is at 10", |lines| {
            markers(lines).filter(|marker| marker.user == "bob").for_each(|marker| marker.read_seq = 10);
        }),
        planted("a count that drifted", I10, "says 2 wait for ann in g, there are 1", |lines| {
            markers(lines).filter(|marker| marker.user == "ann").for_each(|marker| marker.unread = 2);
        }),
        planted("the epoch is not looked at", I6, "shows 1 of d behind 2", |lines| {
            // With another epoch all is dropped first; here it was not.
            lines.push(event(60, "carl-1", Op::Connected { node: "b".into(), epoch: "f".into() }));
            lines.push(render(61, "carl-1", "d", 1));
        }),
        planted("done without having been asked", I2, "ann did not do what 9 says: renamed", |lines| {
            without(lines, |event| event.at == 29);
            lines.push(change(70, "bob-1", "renamed", None));
        }),
    ]
}
