use kith_domain::{EntryBody, EntryId, Notice, NoticeKind, Timestamp, UserId};

use super::*;

fn entry(seq: Seq) -> Entry {
    Entry {
        conversation_id: ConversationId::new(1),
        seq,
        id: EntryId::new(seq),
        sender_id: UserId::new(1),
        server_time: Timestamp::from_millis(0),
        body: EntryBody::Unsend { target_seq: 1 },
    }
}

fn notice(seq: Seq, notice: Notice) -> Entry {
    Entry { body: EntryBody::Notice(notice), ..entry(seq) }
}

struct World {
    sequencer: Sequencer,
    losses: Losses,
    now: Instant,
}

impl World {
    fn new() -> Self {
        let losses = Losses::default();
        Self { sequencer: Sequencer::new(losses.clone()), losses, now: Instant::now() }
    }

    fn push(&mut self, seq: Seq) -> Vec<Seq> {
        let mut ready = Vec::new();
        self.sequencer.push(LiveEvent::Entry(Arc::new(entry(seq))), self.now, &mut ready);
        seqs(&ready)
    }

    fn fill(&mut self, hole: Hole, found: &[Seq]) -> Vec<Seq> {
        let mut ready = Vec::new();
        let found = found.iter().copied().map(entry).collect();
        self.sequencer.fill(hole, found, self.now, &mut ready);
        seqs(&ready)
    }

    fn settle(&mut self, loss: Loss) -> Vec<Seq> {
        let mut ready = Vec::new();
        self.sequencer.settle(loss, self.now, &mut ready);
        seqs(&ready)
    }

    /// Those of these seqs that were not told.
    fn untold(&self, seqs: &[Seq]) -> Vec<Seq> {
        let places = seqs.iter().map(|seq| (ConversationId::new(1), *seq)).collect();
        self.sequencer.untold(places).into_iter().map(|(_, seq)| seq).collect()
    }

    fn holes_after(&mut self, time: Duration) -> Vec<(Seq, Seq)> {
        self.now += time;
        self.sequencer.holes(self.now).into_iter().map(|hole| (hole.low, hole.high)).collect()
    }
}

fn seqs(events: &[LiveEvent]) -> Vec<Seq> {
    let seq = |event: &LiveEvent| match event {
        LiveEvent::Entry(entry) => entry.seq,
        other => panic!("nobody pushed {other:?}"),
    };
    events.iter().map(seq).collect()
}

fn hole(low: Seq, high: Seq) -> Hole {
    Hole { conversation: ConversationId::new(1), low, high }
}

#[test]
fn entries_leave_in_order_and_once() {
    let mut world = World::new();
    for (pushed, left) in [
        (5, vec![5]),
        (7, vec![]),
        (8, vec![]),
        (6, vec![6, 7, 8]),
        (6, vec![]),
        (8, vec![]),
        (9, vec![9]),
        // Older than all that was seen here: whether it was told is not known.
        (3, vec![3]),
    ] {
        assert_eq!(world.push(pushed), left, "{pushed}");
    }
    assert!(!world.sequencer.is_waiting());
}

#[test]
fn a_notice_takes_what_it_changed_with_it() {
    let (conversation_id, user_id) = (ConversationId::new(1), UserId::new(7));
    let changed = |change| LiveEvent::Membership { conversation_id, user_id, change };
    for (kind, change) in [
        (NoticeKind::Joined, Some(MembershipChange::Joined { from: 2 })),
        (NoticeKind::Left, Some(MembershipChange::Ended { at: 2 })),
        (NoticeKind::Kicked, Some(MembershipChange::Ended { at: 2 })),
        (NoticeKind::Renamed, None),
    ] {
        let mut world = World::new();
        world.push(1);
        assert_eq!(world.push(3), Vec::<Seq>::new());
        let (mut ready, noticed) = (Vec::new(), notice(2, Notice::about(kind, user_id)));
        world.sequencer.push(LiveEvent::Entry(Arc::new(noticed)), world.now, &mut ready);
        // Before the entry itself, and before all that follows.
        let mut ready = ready.into_iter();
        if let Some(change) = change {
            assert_eq!(format!("{:?}", ready.next().unwrap()), format!("{:?}", changed(change)));
        }
        assert_eq!(seqs(&[ready.next().unwrap()]), [2], "{kind:?}");
        assert!(matches!(ready.next(), Some(LiveEvent::ConversationChanged(id)) if id == conversation_id));
        assert_eq!(seqs(&ready.collect::<Vec<_>>()), [3]);
    }
}

#[test]
fn what_is_seen_first_while_something_is_missing_waits_for_it() {
    let mut world = World::new();
    let (first, second) = (world.losses.note(), world.losses.note());
    assert_eq!(world.push(7), Vec::<Seq>::new());
    assert_eq!(world.holes_after(PATIENCE * 2), [], "nobody knows of a hole");
    // Read from the ledger, older ones first or not.
    assert_eq!(world.push(5), Vec::<Seq>::new());
    assert_eq!(world.push(6), Vec::<Seq>::new());
    assert_eq!(world.untold(&[4, 5, 6, 7, 8]), [4, 8]);
    assert_eq!(world.settle(first), Vec::<Seq>::new(), "it was seen after another loss");
    assert_eq!(world.settle(second), [5, 6, 7]);
    assert_eq!(world.push(8), [8], "it is known now");
    world.losses.note();
    assert_eq!(world.push(9), [9], "and later losses do not matter to it");
}

#[test]
fn what_is_still_missing_when_a_loss_is_settled_is_a_hole() {
    let mut world = World::new();
    let loss = world.losses.note();
    world.push(7);
    world.push(5);
    assert_eq!(world.settle(loss), [5]);
    assert_eq!(world.holes_after(PATIENCE), [(6, 6)]);
    assert_eq!(world.fill(hole(6, 6), &[6]), [6, 7]);
}

#[test]
fn what_was_told_is_known() {
    let mut world = World::new();
    assert_eq!(world.untold(&[1, 2]), [1, 2], "nothing was seen");
    for seq in [3, 4, 6] {
        world.push(seq);
    }
    assert_eq!(world.untold(&[1, 2, 3, 4, 5, 6, 7]), [1, 2, 5, 7]);
}

#[test]
fn a_hole_is_told_after_a_moment_and_filled_from_the_ledger() {
    let mut world = World::new();
    world.push(1);
    world.push(4);
    assert_eq!(world.holes_after(PATIENCE / 2), []);
    assert_eq!(world.holes_after(PATIENCE), [(2, 3)]);
    assert_eq!(world.holes_after(PATIENCE), [], "it is being read");
    assert_eq!(world.fill(hole(2, 3), &[2, 3]), [2, 3, 4]);
    assert!(!world.sequencer.is_waiting());
}

#[test]
fn what_the_ledger_does_not_give_is_given_up() {
    let mut world = World::new();
    world.push(1);
    world.push(4);
    world.push(6);
    assert_eq!(world.holes_after(PATIENCE), [(2, 3)]);
    assert_eq!(world.fill(hole(2, 3), &[2]), [2, 4]);
    assert_eq!(world.holes_after(PATIENCE), [(5, 5)]);
    assert_eq!(world.fill(hole(5, 5), &[]), [6]);
    assert_eq!(world.push(7), [7]);
}

#[test]
fn what_came_late_needs_no_reading() {
    let mut world = World::new();
    world.push(1);
    world.push(3);
    assert_eq!(world.push(2), [2, 3]);
    assert_eq!(world.holes_after(PATIENCE * 2), []);
}

#[test]
fn no_more_waits_than_there_is_room_for() {
    let mut world = World::new();
    world.push(1);
    let last = 2 + MAX_HELD as Seq;
    for seq in 3..=last + 1 {
        assert_eq!(world.push(seq), Vec::<Seq>::new(), "{seq} passes nothing");
    }
    assert_eq!(world.fill(hole(2, 2), &[2]), (2..=last).collect::<Vec<_>>());
    assert_eq!(world.push(last + 2), Vec::<Seq>::new());
    assert_eq!(world.holes_after(PATIENCE), [(last + 1, last + 1)], "there was no room for it");
}
