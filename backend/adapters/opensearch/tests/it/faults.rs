//! What happens when the service goes away.

use std::time::{Duration, Instant};

use kith_domain::ports::Search as _;
use kith_harness::OpenSearch as Server;
use kith_opensearch::OpenSearch;

use crate::support::{a_mark, asking, fresh_prefix, ids, open, said};

/// A failure is known within this time.
const BOUND: Duration = Duration::from_secs(30);

async fn assert_unavailable(search: &OpenSearch) {
    let began = Instant::now();
    let (marked, put, searched, reset) = tokio::join!(
        search.mark(),
        search.put(vec![said(99, "lost")], Some(a_mark(99))),
        search.search(asking("market")),
        search.reset(a_mark(99)),
    );
    assert!(marked.is_err() && put.is_err() && searched.is_err() && reset.is_err());
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
}

/// What a call answered for is there after the service was killed, and nobody has to do anything for it to go on.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_outlives_the_service() {
    let server = Server::start().unwrap_or_else(|error| panic!("{error}"));
    let search = open(&server, &fresh_prefix());
    search.put((1..=500).map(|seq| said(seq, "market")).collect(), Some(a_mark(5))).await.expect("put");
    server.kill();
    assert_unavailable(&search).await;
    server.restart().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(search.mark().await.expect("a mark"), Some(a_mark(5)));
    assert_eq!(ids(&search, "market").await.len(), 500);
    assert_eq!(ids(&search, "lost").await, [0; 0]);

    // Killed while documents are on their way: what was answered for is there, and the mark never says more than that.
    let (answered, mut answers) = tokio::sync::watch::channel(0);
    let writer = {
        let search = search.clone();
        tokio::spawn(async move {
            for part in 1_u64.. {
                let seqs = part * 1_000..part * 1_000 + 200;
                if search.put(seqs.map(|seq| said(seq, "train")).collect(), Some(a_mark(part))).await.is_err()
                {
                    break;
                }
                answered.send_replace(part);
            }
        })
    };
    let waiting = answers.wait_for(|part| *part >= 3);
    tokio::time::timeout(BOUND, waiting).await.expect("something is put").expect("a writer");
    server.kill();
    writer.await.expect("an end");
    server.restart().unwrap_or_else(|error| panic!("{error}"));
    let marked = search.mark().await.expect("an answer").expect("a mark").outbox_pos.expect("a place");
    let answered = *answers.borrow();
    assert!(marked >= answered, "{answered} were answered for, {marked} is the mark");
    let found = ids(&search, "train").await;
    for part in 1..=marked {
        let there = found.iter().filter(|id| **id / 1_000 == part).count();
        assert_eq!(there, 200, "part {part} of {marked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stands_still_is_unavailable_and_goes_on() {
    let server = Server::start().unwrap_or_else(|error| panic!("{error}"));
    let search = open(&server, &fresh_prefix());
    search.put(vec![said(1, "market")], Some(a_mark(1))).await.expect("put");
    server.pause();
    assert_unavailable(&search).await;
    server.resume();
    // What was sent while it stood still may be done after all, or not: then again is no error.
    search.put(vec![said(1, "market"), said(2, "market")], Some(a_mark(2))).await.expect("put");
    assert!(ids(&search, "market").await.starts_with(&[2]));
    // A service that ends as it should keeps everything, too.
    server.restart().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(ids(&search, "market").await[0], 2);
}
