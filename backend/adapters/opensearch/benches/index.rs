//! How fast messages are indexed and found, on a real server: `cargo bench -p kith-opensearch`.
//!
//! It prints what it measured: messages per second in batches as a rebuild and as live traffic put them, and the time of a
//! search. `KITH_BENCH_MESSAGES` says how many messages (100,000).

use std::{
    env,
    time::{Duration, Instant},
};

use kith_domain::{
    ConversationId, EntryId, Interval, Intervals, Timestamp, UserId,
    ports::{
        Search as _,
        search::{LeftOut, SearchBody, SearchDocument, SearchMark, SearchQuery},
    },
    search::{SearchOrder, SearchTerms, index_terms},
};
use kith_harness::OpenSearch as Server;
use kith_opensearch::{OpenSearch, OpenSearchSettings};

/// Conversations that messages are spread over; those who search are in fifty of them.
const CONVERSATIONS: u64 = 1_000;
const OWN: u64 = 50;
/// What a rebuild puts in one call, and what comes in a second of live traffic.
const BATCHES: [u64; 2] = [20_000, 200];
const SEARCHES: usize = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let messages: u64 = env::var("KITH_BENCH_MESSAGES").map_or(Ok(100_000), |text| text.parse())?;
    let server = Server::start()?;
    let search = OpenSearch::new(&OpenSearchSettings {
        url: server.url().parse()?,
        credentials: None,
        prefix: "kith".to_owned(),
        shards: 1,
    })?;
    let mark = |pos| SearchMark { epoch: "bench".to_owned(), outbox_pos: Some(pos), rebuilt_to: None };
    search.reset(mark(0)).await?;

    let words = vocabulary();
    let mut next = 0;
    for batch in BATCHES {
        let began = Instant::now();
        // The small batches need not be as many.
        let upto = next + if batch == BATCHES[0] { messages } else { messages / 20 };
        let first = next;
        while next < upto {
            let end = upto.min(next + batch);
            search.put((next..end).map(|id| message(id, &words)).collect(), Some(mark(end))).await?;
            next = end;
        }
        let seconds = began.elapsed().as_secs_f64();
        println!("put\t{batch} at once\t{:.0} messages/s", (next - first) as f64 / seconds);
    }
    for (what, text, order) in [
        ("a word", words[20].as_str(), SearchOrder::Newest),
        ("a frequent word", words[0].as_str(), SearchOrder::Newest),
        ("two words by weight", &format!("{} {} ", words[20], words[40]), SearchOrder::Relevance),
        ("a beginning by weight", "ma", SearchOrder::Relevance),
        ("two characters", "夜市", SearchOrder::Newest),
    ] {
        let mut times = Vec::with_capacity(SEARCHES);
        let mut found = 0;
        for _ in 0..SEARCHES {
            let began = Instant::now();
            found = search.search(asking(text, order)?).await?.len();
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
        let (median, last) = (millis(times[SEARCHES / 2]), millis(times[SEARCHES * 99 / 100]));
        println!("search\t{what}\tp50 {median:.1} ms\tp99 {last:.1} ms\t{found} found");
    }
    Ok(())
}

/// Two thousand words, the first of them the most frequent, and some that need no blanks.
fn vocabulary() -> Vec<String> {
    let syllables =
        ["ma", "ri", "ko", "ten", "lu", "sa", "ve", "no", "pi", "da", "ro", "ke", "夜市", "台灣", "市場"];
    (0..2_000_usize)
        .map(|n| {
            let places = [n % 15, n / 15 % 15, n / 225 % 15];
            places.iter().map(|place| syllables[*place]).collect()
        })
        .collect()
}

/// A message of some words, rarer ones less often.
fn message(id: u64, words: &[String]) -> SearchDocument {
    let mut random = fastrand::Rng::with_seed(id);
    let text: Vec<&str> = (0..random.usize(3..20))
        .map(|_| words[(random.f64().powi(3) * words.len() as f64) as usize].as_str())
        .collect();
    let seq = id / CONVERSATIONS + 1;
    SearchDocument {
        conversation_id: ConversationId::new(id % CONVERSATIONS),
        seq,
        version: seq,
        body: Some(SearchBody {
            id: EntryId::new(id),
            sender_id: UserId::new(random.u64(1..500)),
            server_time: Timestamp::from_millis(i64::try_from(id).unwrap_or(i64::MAX)),
            terms: index_terms(&text.join(" ")),
        }),
    }
}

/// Half of the conversations can be seen from some point on only.
fn asking(text: &str, order: SearchOrder) -> Result<SearchQuery, kith_domain::Refusal> {
    let visible = |id: u64| Intervals(vec![Interval { from: 1 + id % 2 * 20, to: None }]);
    Ok(SearchQuery {
        terms: SearchTerms::parse("q", text)?,
        conversations: (0..OWN).map(|id| (ConversationId::new(id), visible(id))).collect(),
        sender_id: None,
        left_out: LeftOut::default(),
        from: None,
        to: None,
        order,
        after: None,
        limit: 50,
    })
}
