//! Unread, the newest entry and pages are what counting by hand gives, whatever happened before.

use kith_contract::fixtures::{a_group, at, join, read, remove, send, unsend, user, with_members, write};
use kith_domain::{
    ConversationId, Entry, EntryBody, Interval, Intervals, MemberState, Seq, UserId,
    ports::{
        Store,
        conversations::{Overview, Scope},
        entries::Range,
    },
};
use kith_sql::testing::temp_store;
use proptest::prelude::*;

/// Who looks.
const VIEWER: u64 = 1;

#[derive(Debug, Clone)]
enum Step {
    Send { sender: u64 },
    Unsend { index: usize },
    Read { index: usize },
    Block { whom: u64 },
    Unblock { whom: u64 },
    Remove,
    Join,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1_u64..=3).prop_map(|sender| Step::Send { sender }),
        2 => any::<usize>().prop_map(|index| Step::Unsend { index }),
        2 => any::<usize>().prop_map(|index| Step::Read { index }),
        1 => (2_u64..=3).prop_map(|whom| Step::Block { whom }),
        1 => (2_u64..=3).prop_map(|whom| Step::Unblock { whom }),
        1 => Just(Step::Remove),
        1 => Just(Step::Join),
    ];
    proptest::collection::vec(step, 0..60)
}

/// What is known by hand.
#[derive(Default)]
struct Model {
    entries: Vec<Entry>,
    unsent: Vec<Seq>,
    blocked: Vec<UserId>,
    intervals: Vec<Interval>,
    read_seq: Seq,
    active: bool,
}

impl Model {
    fn visible(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        let intervals = Intervals(self.intervals.clone());
        self.entries.iter().filter(move |entry| intervals.contains(entry.seq))
    }

    fn unread(&self) -> u32 {
        let waiting = |entry: &&Entry| {
            self.active
                && entry.seq > self.read_seq
                && matches!(entry.body, EntryBody::Message { .. })
                && entry.sender_id != user(VIEWER)
                && !self.unsent.contains(&entry.seq)
                && !self.blocked.contains(&entry.sender_id)
        };
        u32::try_from(self.visible().filter(waiting).count()).unwrap_or(u32::MAX).min(100)
    }

    fn last(&self) -> Option<Seq> {
        let shown = |entry: &&Entry| !matches!(entry.body, EntryBody::Unsend { .. });
        self.visible().rev().find(shown).map(|entry| entry.seq)
    }

    async fn apply(&mut self, store: &dyn Store, group: ConversationId, step: Step) {
        match step {
            Step::Send { sender: VIEWER } if !self.active => {}
            Step::Send { sender } => self.entries.push(send(store, group, user(sender), "hi").await),
            Step::Unsend { index } => {
                let open: Vec<_> = self
                    .entries
                    .iter()
                    .filter(|entry| matches!(entry.body, EntryBody::Message { .. }))
                    .filter(|entry| !self.unsent.contains(&entry.seq))
                    .cloned()
                    .collect();
                if let Some(entry) = open.get(index.checked_rem(open.len()).unwrap_or(0)) {
                    self.entries.push(unsend(store, entry).await);
                    self.unsent.push(entry.seq);
                }
            }
            Step::Read { index } => {
                let seq = (index % (self.entries.len() + 1)) as Seq;
                let moved = write(store, move |tx| tx.advance_read(group, user(VIEWER), seq, at(1))).await;
                self.read_seq = self.read_seq.max(seq);
                assert_eq!(moved.0, self.read_seq);
            }
            Step::Block { whom } => {
                write(store, move |tx| tx.insert_block(user(VIEWER), user(whom), at(1))).await;
                self.blocked.push(user(whom));
            }
            Step::Unblock { whom } => {
                write(store, move |tx| tx.delete_block(user(VIEWER), user(whom))).await;
                self.blocked.retain(|blocked| *blocked != user(whom));
            }
            Step::Remove if self.active => {
                let seq = remove(store, group, user(VIEWER), MemberState::Kicked).await;
                self.note(store, group, seq).await;
                self.active = false;
                for interval in self.intervals.iter_mut().filter(|interval| interval.to.is_none()) {
                    interval.to = Some(seq);
                }
            }
            Step::Join if !self.active => {
                let seq = join(store, group, user(VIEWER)).await;
                self.note(store, group, seq).await;
                self.active = true;
                self.read_seq = self.read_seq.max(seq);
                self.intervals.push(Interval { from: seq, to: None });
            }
            Step::Remove | Step::Join => {}
        }
    }

    async fn note(&mut self, store: &dyn Store, group: ConversationId, seq: Seq) {
        self.entries.extend(read(store, move |tx| tx.find_entry(group, seq)).await);
    }
}

async fn overview(store: &dyn Store, group: ConversationId) -> Overview {
    let found = read(store, move |tx| {
        Box::pin(async move { tx.overview(user(VIEWER), Scope::These(&[group])).await })
    });
    found.await.pop().expect("the viewer is or was in it")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_list_shows_what_counting_by_hand_gives(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let kept = temp_store().await;
            let store: &dyn Store = &*kept.store;
            let group = with_members(store, a_group(), &[user(VIEWER), user(2), user(3)]).await;
            let mut model = Model {
                active: true,
                intervals: vec![Interval { from: 1, to: None }],
                ..Model::default()
            };
            for step in steps {
                let said = format!("{step:?}");
                model.apply(store, group, step).await;
                let shown = overview(store, group).await;
                let last = shown.last_entry.map(|entry| entry.seq);
                assert_eq!((shown.unread, last), (model.unread(), model.last()), "after {said}");
            }
            let all: Vec<Seq> = model.visible().map(|entry| entry.seq).collect();
            let page = read(store, move |tx| tx.list_entries(group, user(VIEWER), Range::After(0), 1_000)).await;
            assert_eq!(page.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), all);
        });
    }
}
