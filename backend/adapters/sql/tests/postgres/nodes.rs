//! Several nodes on one database.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::{
    FutureExt,
    future::{join, join_all},
};
use kith_contract::fixtures::{
    a_direct, a_group, a_message, a_notice, read, refusal, remove, send, user, with_members, write,
};
use kith_domain::{
    ConversationId, MemberState, NoticeKind, Refusal,
    event::LiveEvent,
    ports::{SendError, Store, StoreError, StoreExt},
};
use tokio::sync::oneshot;

use crate::support::{Node, ask, connect, eventually, fresh_database, options};

/// The (seq, sender) of all entries of a conversation.
async fn timeline(store: &dyn Store, group: ConversationId) -> Vec<(u64, u64)> {
    let seqs: Vec<u64> = (1..=2_000).collect();
    let entries = read(store, move |tx| Box::pin(async move { tx.find_entries(group, &seqs).await })).await;
    entries.entries.iter().map(|entry| (entry.seq, entry.sender_id.get())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn seqs_are_dense_whichever_node_sends() {
    let url = fresh_database().await;
    let nodes: [Node; 2] = Node::several(&url).await;
    let mut groups = Vec::new();
    for _ in 0..6 {
        groups.push(with_members(&*nodes[0].store, a_group(), &[user(1), user(2)]).await);
    }
    let groups = &groups;
    // Also jobs give seqs; each third entry is theirs.
    let seqs = join_all((0..600_usize).map(|index| {
        let (store, group) = (&*nodes[index % 2].store, groups[index / 2 % 6]);
        async move {
            if index % 3 > 0 {
                return (group, send(store, group, user(1 + index as u64 % 2), "hi").await.seq);
            }
            let notice = a_notice(group, user(1), NoticeKind::Renamed);
            (group, write(store, move |tx| tx.append_entry(notice)).await.seq)
        }
    }))
    .await;
    for &group in groups {
        let given: BTreeSet<u64> = seqs.iter().filter(|(id, _)| *id == group).map(|(_, seq)| *seq).collect();
        assert_eq!(given, (1..=100).collect(), "given once each, without a hole");
        let stored: Vec<u64> = timeline(&*nodes[1].store, group).await.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(stored, (1..=100).collect::<Vec<_>>());
    }
    let rows = read(&*nodes[0].store, |tx| tx.peek_outbox(0, 1_000)).await;
    assert_eq!(rows.len(), 600);
    for &group in groups {
        let followed = rows.iter().filter(|row| row.conversation_id == group).map(|row| row.seq);
        assert_eq!(followed.collect::<Vec<_>>(), (1..=100).collect::<Vec<_>>(), "in the order of seqs");
    }
    let deadlocks: i64 =
        ask(&url, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").await;
    assert_eq!(deadlocks, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_on_another_node_is_stored_once() {
    let url = fresh_database().await;
    let nodes: [Node; 2] = Node::several(&url).await;
    let group = with_members(&*nodes[0].store, a_group(), &[user(1)]).await;
    let messages: Vec<_> = (0..50).map(|_| a_message(group, user(1), "once")).collect();
    let answers = join_all(
        messages
            .iter()
            .map(|message| join(nodes[0].store.send(message.clone()), nodes[1].store.send(message.clone()))),
    )
    .await;
    for (one, other) in answers {
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.entry, other.entry);
        assert!(one.new != other.new, "one of the two was the first");
    }
    assert_eq!(timeline(&*nodes[0].store, group).await.len(), 50);
    let published = nodes.iter().flat_map(|node| node.bus.drain()).count();
    assert_eq!(published, 50, "and it alone was published");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_after_their_removal() {
    let url = fresh_database().await;
    let nodes: [Node; 2] = Node::several(&url).await;
    for round in 0..20 {
        let group = with_members(&*nodes[0].store, a_group(), &[user(1), user(2)]).await;
        let sends = join_all((0..30).map(|_| nodes[0].store.send(a_message(group, user(2), "still here"))));
        let (outcomes, removed) = join(sends, async {
            // Somewhere among the messages.
            if round > 0 {
                send(&*nodes[1].store, group, user(1), "go away").await;
            }
            remove(&*nodes[1].store, group, user(2), MemberState::Kicked).await
        })
        .await;
        for outcome in outcomes {
            match outcome {
                Ok(sent) => assert!(sent.entry.seq < removed, "{} after {removed}", sent.entry.seq),
                Err(SendError::Refused(Refusal::NotMember)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        let late = timeline(&*nodes[0].store, group).await.into_iter().filter(|(seq, _)| *seq > removed);
        assert!(late.clone().all(|(_, sender)| sender != 2), "{:?}", late.collect::<Vec<_>>());
        assert!(matches!(
            refusal(&*nodes[0].store, a_message(group, user(2), "x")).await,
            Refusal::NotMember
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_gate_is_known_to_every_node_at_once() {
    let url = fresh_database().await;
    let nodes: [Node; 2] = Node::several(&url).await;
    let direct = with_members(&*nodes[0].store, a_direct(user(1), user(2)), &[user(1), user(2)]).await;
    for blocked in [true, false, true, false] {
        write(&*nodes[1].store, move |tx| {
            Box::pin(async move {
                let mut row = tx.lock_conversation(direct).await?.expect("it is there");
                row.direct.as_mut().expect("it has a gate").high_blocks = blocked;
                tx.update_conversation(&row).await
            })
        })
        .await;
        let sent = nodes[0].store.send(a_message(direct, user(1), "still there?")).await;
        assert_eq!(sent.is_err(), blocked, "{sent:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_one_conversation_holds_up_no_other() {
    let url = fresh_database().await;
    let node = Node::open(&url, kith_sql::postgres::Options { lanes: 1, ..options(0) }).await;
    let store = &*node.store;
    let held = with_members(store, a_group(), &[user(1)]).await;
    let free = with_members(store, a_group(), &[user(1)]).await;
    let known = a_message(held, user(1), "sent before");
    store.send(known.clone()).await.unwrap();
    let mut holder = connect(&url).await;
    sqlx::query("BEGIN").execute(&mut holder).await.unwrap();
    let lock = "SELECT 1 FROM heads WHERE conversation_id = $1 FOR UPDATE";
    sqlx::query(lock).bind(held.as_i64()).execute(&mut holder).await.unwrap();

    let stranger = a_group().id;
    let (busy, fine, retry, nowhere, job) = tokio::join!(
        store.send(a_message(held, user(1), "waits in vain")),
        store.send(a_message(free, user(1), "goes through")),
        store.send(known),
        store.send(a_message(stranger, user(1), "nowhere")),
        store.write::<_, StoreError, _>(move |tx| tx.lock_conversation(held)),
    );
    assert!(matches!(busy, Err(SendError::Store(StoreError::Unavailable(_)))), "{busy:?}");
    assert_eq!(fine.unwrap().entry.seq, 1);
    assert!(!retry.unwrap().new);
    assert!(matches!(nowhere, Err(SendError::Refused(Refusal::NotFound))), "{nowhere:?}");
    assert!(matches!(job, Err(StoreError::Unavailable(_))), "{job:?}");
    sqlx::query("ROLLBACK").execute(&mut holder).await.unwrap();
    assert_eq!(send(store, held, user(1), "free again").await.seq, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_jobs_that_wait_for_each_other_one_is_refused() {
    let url = fresh_database().await;
    let node = Node::open(&url, options(0)).await;
    let store = &*node.store;
    let groups =
        [with_members(store, a_group(), &[user(1)]).await, with_members(store, a_group(), &[user(1)]).await];
    let (one_has, one_had) = oneshot::channel();
    let (other_has, other_had) = oneshot::channel();
    let job = |first: ConversationId,
               second: ConversationId,
               mine: oneshot::Sender<()>,
               theirs: oneshot::Receiver<()>| {
        store.write::<_, StoreError, _>(move |tx| {
            Box::pin(async move {
                tx.append_entry(a_notice(first, user(1), NoticeKind::Renamed)).await?;
                let _ = mine.send(());
                let _ = theirs.await;
                tx.append_entry(a_notice(second, user(1), NoticeKind::Renamed)).await.map(drop)
            })
        })
    };
    let (one, other) =
        join(job(groups[0], groups[1], one_has, other_had), job(groups[1], groups[0], other_has, one_had))
            .await;
    let refused = |outcome: &Result<(), StoreError>| matches!(outcome, Err(StoreError::Unavailable(_)));
    assert!(one.is_ok() && refused(&other) || refused(&one) && other.is_ok(), "{one:?}, {other:?}");
    for group in groups {
        assert_eq!(send(store, group, user(1), "after it").await.seq, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_stops_waiting_disturbs_nobody() {
    let url = fresh_database().await;
    let node = Node::open(&url, options(0)).await;
    let store = &*node.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let notice = a_notice(group, user(1), NoticeKind::Renamed);
    let (go_on, goes_on) = oneshot::channel::<()>();
    {
        let mut sending = Box::pin(store.send(a_message(group, user(1), "sent anyway")));
        assert!((&mut sending).now_or_never().is_none());
        let reading = store.read_job(Box::new(|_| Box::pin(std::future::pending())));
        let limit = std::time::Duration::from_millis(50);
        assert!(tokio::time::timeout(limit, reading).await.is_err());
        let writing = store.write::<(), StoreError, _>(move |tx| {
            Box::pin(async move {
                let entry = Arc::new(tx.append_entry(notice).await?);
                tx.publish(LiveEvent::Entry(entry));
                let _ = goes_on.await;
                Ok(())
            })
        });
        assert!(tokio::time::timeout(limit, writing).await.is_err());
    }
    go_on.send(()).expect("the job goes on without its caller");
    eventually("both are stored", async || timeline(store, group).await.len() == 2).await;
    assert_eq!(send(store, group, user(1), "after them").await.seq, 3);
    eventually("all were published", async || {
        let seqs = node.bus.drain();
        seqs.iter().any(|event| matches!(event, LiveEvent::Entry(entry) if entry.seq == 3))
    })
    .await;
    for _ in 0..20 {
        assert!(read(store, move |tx| tx.find_entry(group, 2)).await.is_some(), "connections are in order");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_store_answers_what_it_accepted() {
    let url = fresh_database().await;
    let node = Node::open(&url, options(0)).await;
    let store = &*node.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let sends = join_all((0..40).map(|_| store.send(a_message(group, user(1), "hi"))));
    let (outcomes, ()) = join(sends, store.close()).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let late = store.send(a_message(group, user(1), "late")).await;
    assert!(matches!(late, Err(SendError::Store(StoreError::Unavailable(_)))), "{late:?}");
    let left: i64 = ask(
        &url,
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kith'",
    )
    .await;
    assert_eq!(left, 0, "no connection is left");
}

/// The seqs of a group's entries that are listed after `after`.
async fn followed(store: &dyn Store, after: u64) -> Vec<(u64, ConversationId, u64)> {
    let rows = read(store, move |tx| tx.list_outbox(after, 100)).await;
    rows.iter().map(|row| (row.pos, row.conversation_id, row.seq)).collect()
}

/// A job that has its place in the outbox and ends when it is told whether to keep it.
struct Slow {
    end: oneshot::Sender<Result<(), StoreError>>,
    ended: tokio::task::JoinHandle<Result<(), StoreError>>,
}

impl Slow {
    async fn begin(store: &Arc<kith_sql::postgres::PostgresStore>, group: ConversationId) -> Self {
        let (has_begun, begun) = oneshot::channel();
        let (end, verdict) = oneshot::channel();
        let store = Arc::clone(store);
        let ended = tokio::spawn(async move {
            store
                .write::<_, StoreError, _>(move |tx| {
                    Box::pin(async move {
                        tx.append_entry(a_notice(group, user(1), NoticeKind::Renamed)).await?;
                        let _ = has_begun.send(());
                        verdict.await.unwrap()
                    })
                })
                .await
        });
        begun.await.unwrap();
        Self { end, ended }
    }

    async fn end(self, verdict: Result<(), StoreError>) {
        let kept = verdict.is_ok();
        self.end.send(verdict).unwrap();
        assert_eq!(self.ended.await.unwrap().is_ok(), kept);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_overtaken_is_not_passed_over() {
    let url = fresh_database().await;
    let nodes: [Node; 2] = Node::several(&url).await;
    let (writer, reader) = (&nodes[0].store, &*nodes[1].store);
    let slow = with_members(&**writer, a_group(), &[user(1)]).await;
    let quick = with_members(&**writer, a_group(), &[user(1)]).await;
    send(&**writer, quick, user(1), "first").await;
    let first = followed(reader, 0).await;
    assert_eq!(first.iter().map(|row| (row.1, row.2)).collect::<Vec<_>>(), [(quick, 1)]);
    let position = first[0].0;

    // Its place is below that of one that commits before it.
    let overtaken = Slow::begin(writer, slow).await;
    send(&**writer, quick, user(1), "second").await;
    for _ in 0..5 {
        assert_eq!(followed(reader, position).await, [], "nothing is listed above a row that may come");
    }
    let peeked = read(reader, move |tx| tx.peek_outbox(position, 10)).await;
    assert_eq!(peeked.len(), 1, "who looks again later sees it");
    overtaken.end(Ok(())).await;
    let both = followed(reader, position).await;
    assert_eq!(both.iter().map(|row| (row.1, row.2)).collect::<Vec<_>>(), [(slow, 1), (quick, 2)]);

    // One that is taken back leaves a hole that holds up nobody; another node finds that out by itself.
    let position = both[1].0;
    let given_up = Slow::begin(writer, slow).await;
    send(&**writer, quick, user(1), "third").await;
    assert_eq!(followed(reader, position).await, []);
    given_up.end(Err(StoreError::Conflict)).await;
    for node in &nodes {
        eventually("the hole is passed", async || {
            let rows = followed(&*node.store, position).await;
            assert!(rows.iter().all(|row| (row.1, row.2) == (quick, 3)), "{rows:?}");
            rows.len() == 1
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_waits_for_its_own_time_alone() {
    let url = fresh_database().await;
    let node = Node::open(&url, options(0)).await;
    let store = &*node.store;
    let [slow, quick, later] = [
        with_members(store, a_group(), &[user(1)]).await,
        with_members(store, a_group(), &[user(1)]).await,
        with_members(store, a_group(), &[user(1)]).await,
    ];
    let given_up = Slow::begin(&node.store, slow).await;
    send(store, quick, user(1), "above a hole").await;
    assert_eq!(followed(store, 0).await, []);
    // It began after the hole was seen.
    let unfinished = Slow::begin(&node.store, later).await;
    given_up.end(Err(StoreError::Conflict)).await;
    eventually("the hole is passed while somebody else is at it", async || {
        followed(store, 0).await.iter().map(|row| (row.1, row.2)).eq([(quick, 1)])
    })
    .await;
    let position = followed(store, 0).await[0].0;
    unfinished.end(Ok(())).await;
    assert_eq!(followed(store, position).await.len(), 1);
}
