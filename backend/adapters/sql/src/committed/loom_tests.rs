//! Every interleaving of those who send, the one who writes, the publishing task and the end of the store; and of a reader
//! with a commit that erases.

use kith_contract::fixtures::{a_message, user};
use kith_domain::{Entry, EntryBody, EntryId, Notice, NoticeKind, Seq, Timestamp, ports::BusClosed};
use loom::{sync::Arc, thread};

use super::*;
use crate::{
    committer::Draft,
    group::{Group, Work},
    publisher::Publisher,
    queue::{Accepted, Queue, queue},
    sync::{self, Mutex, block_on, explore, lock},
};

const GROUP: ConversationId = ConversationId::new(1);

fn entry(seq: Seq, body: EntryBody) -> Entry {
    let server_time = Timestamp::from_millis(0);
    Entry { conversation_id: GROUP, seq, id: EntryId::new(seq), sender_id: user(1), server_time, body }
}

fn notice(kind: NoticeKind) -> EntryBody {
    EntryBody::Notice(Notice::plain(kind))
}

/// What was published, in order.
struct Heard(Mutex<Vec<Seq>>);

#[async_trait::async_trait]
impl Bus for Heard {
    async fn publish(&self, events: Vec<LiveEvent>) -> Result<(), BusClosed> {
        lock(&self.0).extend(events.iter().filter_map(|event| match event {
            LiveEvent::Entry(entry) => Some(entry.seq),
            _ => None,
        }));
        Ok(())
    }
}

type Answered = oneshot::Receiver<Result<SentMessage, SendError>>;

/// A store whose commits are durable at once.
struct Model {
    queue: Queue<Work>,
    heard: std::sync::Arc<Heard>,
    tails: std::sync::Arc<Tails>,
}

impl Model {
    fn open(places: usize) -> (Self, sync::Task) {
        let (queue, accepted) = queue(places, std::time::Duration::ZERO);
        let heard = std::sync::Arc::new(Heard(Mutex::new(Vec::new())));
        let tails = Tails::new(1 << 20);
        let publisher = {
            let (heard, tails) = (heard.clone(), tails.clone());
            Publisher::start(move |group: Committed| {
                let (heard, tails) = (heard.clone(), tails.clone());
                async move { group.tell(&*heard, &tails).await }
            })
        };
        let writer = sync::spawn(write(accepted, publisher));
        (Self { queue, heard, tails }, writer)
    }

    /// Sends a message; `None` when it was not taken in.
    fn put(&self) -> Option<Answered> {
        let (answer, answered) = oneshot::channel();
        let draft = Box::new(Draft::new(a_message(GROUP, user(1), "x")));
        block_on(self.queue.put(Work::Send { draft, answer })).ok().map(|()| answered)
    }

    /// Waits for an answer.
    fn seq(&self, answered: Answered) -> Seq {
        let sent = block_on(answered).expect("what was taken in is answered");
        let seq = sent.expect("it was committed").entry.seq;
        assert!(lock(&self.heard.0).contains(&seq), "{seq} was answered before it was published");
        assert!(self.tails.moment().range(GROUP, seq, seq).is_some(), "{seq} is not in the tail");
        seq
    }
}

/// The writer, without a database.
async fn write(mut accepted: Accepted<Work>, publisher: Publisher<Committed>) {
    let mut seq = 0;
    while let Some(first) = accepted.next().await {
        let (drafts, waiting) = Group::gather(first, &mut accepted).next_sends();
        let mut group = Committed { events: Vec::new(), erased: Vec::new(), answers: Vec::new() };
        for (_, answer) in drafts.into_iter().zip(waiting) {
            seq += 1;
            let entry = std::sync::Arc::new(entry(seq, notice(NoticeKind::Created)));
            group.events.push(LiveEvent::Entry(entry.clone()));
            group.answers.push(Pending::Send(answer, Ok(SentMessage { entry, new: true })));
        }
        assert!(publisher.publish(group).await, "the publishing task lives as long as the writer");
    }
    publisher.stop().await;
}

/// One sends, and another one sends and closes the store, with so many places in the queue.
fn sent_while_closing(places: usize) {
    explore(move || {
        let (model, writer) = Model::open(places);
        let model = Arc::new(model);
        let other = {
            let model = Arc::clone(&model);
            thread::spawn(move || Some(model.seq(model.put()?)))
        };
        let own = model.put().expect("the store is open");
        model.queue.close();
        block_on(writer).expect("the writer ends");
        assert!(model.queue.is_closed());
        let told = lock(&model.heard.0).clone();
        let mut sent: Vec<Seq> = other.join().unwrap().into_iter().chain([model.seq(own)]).collect();
        sent.sort_unstable();
        assert_eq!(told, sent, "published, in the order of the commits, by the end of the writer");
    });
}

#[test]
fn what_is_taken_in_is_published_and_answered_although_the_store_is_closed() {
    sent_while_closing(2);
}

#[test]
fn who_waits_for_a_place_is_taken_in_or_refused_when_the_store_is_closed() {
    sent_while_closing(1);
}

#[test]
fn whoever_was_answered_reads_nothing_older_from_a_tail() {
    for known in [false, true] {
        explore(move || {
            let (before, after) =
                (entry(1, notice(NoticeKind::Created)), entry(1, notice(NoticeKind::Renamed)));
            let database = Arc::new(Mutex::new(before.clone()));
            let tails = Tails::new(1 << 20);
            if known {
                tails.commit(&[], &[LiveEvent::Entry(std::sync::Arc::new(before))]);
            }
            let read = {
                let (database, tails) = (Arc::clone(&database), tails.clone());
                move || {
                    let moment = tails.moment();
                    let snapshot = lock(&database).clone();
                    moment.range(GROUP, 1, 1).map_or_else(
                        || {
                            moment.learn(GROUP, 1, std::slice::from_ref(&snapshot));
                            snapshot.clone()
                        },
                        |found| (*found[0]).clone(),
                    )
                }
            };
            let reader = {
                let read = read.clone();
                thread::spawn(move || drop(read()))
            };
            let (answer, answered) = oneshot::channel();
            let writer = {
                let after = after.clone();
                thread::spawn(move || {
                    *lock(&database) = after;
                    let answers = vec![Pending::Job(answer, Ok(()))];
                    let group = Committed { events: Vec::new(), erased: vec![GROUP], answers };
                    block_on(group.tell(&Heard(Mutex::new(Vec::new())), &tails));
                })
            };
            block_on(answered).expect("an answer").expect("a commit");
            assert_eq!(read(), after);
            reader.join().unwrap();
            writer.join().unwrap();
            assert_eq!(read(), after);
        });
    }
}
