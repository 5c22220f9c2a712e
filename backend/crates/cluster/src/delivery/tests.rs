//! Holes that cannot be read at once, or not as a whole, on a real store.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use kith_contract::fixtures::{a_group, a_notice, read as read_job, send, user, with_members, write};
use kith_domain::{
    EntryBody, Notice, NoticeKind, Seq,
    event::MembershipChange,
    ports::{SendError, SendMessage, SentMessage, store::Job},
};
use kith_sql::testing::temp_store;

use super::*;
use crate::recovery::Losses;

/// A store that refuses one reading.
struct RefusingOnce {
    store: Arc<dyn Store>,
    refused: AtomicBool,
}

/// It does not answer.
#[derive(Debug, thiserror::Error)]
#[error("not now")]
struct NotNow;

#[async_trait]
impl Store for RefusingOnce {
    async fn write_job(&self, job: Job) -> Result<(), StoreError> {
        self.store.write_job(job).await
    }
    async fn read_job(&self, job: Job) -> Result<(), StoreError> {
        if self.refused.swap(true, Ordering::SeqCst) {
            self.store.read_job(job).await
        } else {
            Err(StoreError::Unavailable(Arc::new(NotNow)))
        }
    }
    async fn send(&self, message: SendMessage) -> Result<SentMessage, SendError> {
        self.store.send(message).await
    }
    fn epoch(&self) -> &str {
        self.store.epoch()
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }
}

/// What a socket is told.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Entry(Seq),
    Gone(Seq),
}

/// The first entry arrives here, then somebody is put out and so many messages more are lost, and then one more arrives.
async fn told_of(lost: u64, refuses: bool) -> Vec<Told> {
    let opened = temp_store().await;
    let store: Arc<dyn Store> = opened.store.clone();
    let group = with_members(&*store, a_group(), &[user(1), user(2)]).await;
    let first = send(&*store, group, user(1), "seen here").await.seq;
    let mut kick = a_notice(group, user(1), NoticeKind::Kicked);
    kick.body = EntryBody::Notice(Notice::about(NoticeKind::Kicked, user(2)));
    write(&*store, move |tx| tx.append_entry(kick)).await;
    for _ in 0..=lost {
        send(&*store, group, user(1), "without you").await;
    }
    let last = first + 1 + lost + 1;
    let store: Arc<dyn Store> = Arc::new(RefusingOnce { store, refused: AtomicBool::new(!refuses) });
    let (inbox, arriving) = mpsc::channel(8);
    let (sockets, mut events) = mpsc::channel(1_000);
    let audiences = Arc::new(Audiences::new(Arc::clone(&store)));
    let sequencer = Sequencer::new(Losses::default());
    let delivering = tokio::spawn(run(store, audiences, sequencer, arriving, sockets));
    for seq in [first, last] {
        let entry = read_job(&*opened.store, move |tx| tx.find_entry(group, seq)).await.unwrap();
        inbox.send(Inflow::Event(LiveEvent::Entry(Arc::new(entry)))).await.unwrap();
    }
    let mut told = Vec::new();
    while told.last() != Some(&Told::Entry(last)) {
        let event = tokio::time::timeout(Duration::from_secs(60), events.recv()).await;
        match event.expect("it comes in time").expect("it is running") {
            LiveEvent::Entry(entry) => told.push(Told::Entry(entry.seq)),
            LiveEvent::Membership { change: MembershipChange::Ended { at }, .. } => told.push(Told::Gone(at)),
            LiveEvent::ConversationChanged(_) => {}
            other => panic!("nobody sent {other:?}"),
        }
    }
    delivering.abort();
    told
}

#[tokio::test]
async fn nothing_passes_entries_that_cannot_be_read_yet() {
    use Told::{Entry, Gone};
    assert_eq!(told_of(1, true).await, [Entry(1), Gone(2), Entry(2), Entry(3), Entry(4)]);
}

#[tokio::test]
async fn of_very_many_that_are_missing_it_is_told_who_has_gone() {
    use Told::{Entry, Gone};
    let last = MAX_READ + 50 + 3;
    assert_eq!(told_of(MAX_READ + 50, false).await, [Entry(1), Gone(2), Entry(2), Entry(last)]);
}
