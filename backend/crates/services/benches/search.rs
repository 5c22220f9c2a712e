//! What searching costs over a million messages, from the ledger to the answer: filling the index, its size, how long a
//! search takes for somebody with some of the messages and for somebody with all of them, and after how long a message is
//! found at a steady rate.
//!
//! `KITH_BENCH_MESSAGES` changes the number, `KITH_BENCH_DIR` the disk.

use std::{
    error::Error,
    fs, io,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use kith_contract::fixtures::{a_group, a_message, user, with_members};
use kith_domain::{
    Caller, Clock, ConversationId, DeviceId, EntryId, Timestamp, UserId,
    ports::{
        Store,
        identity::{AccessTokens, IssuedToken, TokenSealer, VerifiedToken},
        search::SearchPlace,
    },
    random::Random,
    search::{SearchOrder, SearchTerms},
    snowflake::Snowflakes,
};
use kith_embedded::{InProcessLimits, InProcessPresence, SystemClock, SystemRandom, ZipArchives};
use kith_files::FileBlobs;
use kith_identity::passwords::Argon2id;
use kith_inspection::FileInspector;
use kith_services::{Context, MessageSearch, Services, SignInParts, SignInSettings};
use kith_sql::{
    Options,
    testing::{self, RecordingBus},
};
use kith_tantivy::TantivySearch;
use kith_worker::{SearchIndexer, Source, Tenure};
use prometheus_client::registry::Registry;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const MESSAGES: usize = 1_000_000;
/// Groups; user 1 is in all, user 2 in every twentieth.
const GROUPS: usize = 1_000;
const SENDERS: usize = 512;
const WORDS: u64 = 20_000;
const SEARCHES: usize = 200;
/// Messages per second while the delay is measured, and for how long.
const RATE: u64 = 500;
const STEADY: Duration = Duration::from_secs(30);

/// Nobody signs in here.
struct Nobody;

impl AccessTokens for Nobody {
    fn issue(&self, _: Caller, now: Timestamp, _: i64) -> IssuedToken {
        IssuedToken { token: String::new(), expires_at: now }
    }
    fn verify(&self, _: &str, _: Timestamp) -> Option<VerifiedToken> {
        None
    }
    fn jwks(&self) -> String {
        String::new()
    }
}

impl TokenSealer for Nobody {
    fn seal(&self, _: &str, _: &str) -> Vec<u8> {
        Vec::new()
    }
    fn open(&self, _: &str, _: &[u8]) -> Option<String> {
        None
    }
}

/// Made-up talk: the same for the same number. Words are as unequal as in languages (the n-th comes 1/n as often).
struct Talk(u64);

impl Talk {
    fn number(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn rank(&mut self, most: u64) -> u64 {
        let share = self.number(1 << 30) as f64 / f64::from(1 << 30);
        (most as f64).powf(share) as u64
    }

    /// One in five is Chinese; 4 to 27 words or characters.
    fn text(&mut self) -> String {
        let chinese = self.number(5) == 0;
        let length = 4 + self.number(24);
        let mut text = String::new();
        for _ in 0..length {
            if chinese {
                text.push(char::from_u32(0x4E00 + self.rank(4_000) as u32).unwrap_or('字'));
            } else {
                text.push_str(&word(self.rank(WORDS)));
                text.push(' ');
            }
        }
        text
    }
}

/// The word of that rank.
fn word(rank: u64) -> String {
    const SYLLABLES: [&str; 16] =
        ["ma", "ri", "to", "ne", "lu", "ka", "so", "vi", "da", "pe", "shi", "go", "ba", "tu", "en", "ol"];
    let mut rest = rank * 7_919 + 17;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(SYLLABLES[(rest % 16) as usize]);
        rest /= 16;
    }
    word
}

fn size(directory: &Path) -> io::Result<u64> {
    fs::read_dir(directory)?.map(|file| Ok(file?.metadata()?.len())).sum()
}

struct Bench {
    store: Arc<dyn Store>,
    ids: Arc<Snowflakes>,
    groups: Vec<ConversationId>,
    talk: std::sync::Mutex<(Talk, usize)>,
}

impl Bench {
    async fn say(&self) -> Outcome<()> {
        let (text, group) = {
            let mut talk = self.talk.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            talk.1 += 1;
            (talk.0.text(), self.groups[talk.1 % self.groups.len()])
        };
        let now = SystemClock.now();
        let mut message = a_message(group, user(1), &text);
        message.id = EntryId::new(self.ids.next(now));
        message.server_time = now;
        self.store.send(message).await?;
        Ok(())
    }

    async fn fill(self: &Arc<Self>, messages: usize) -> Outcome<()> {
        let senders = (0..SENDERS).map(|_| {
            let bench = Arc::clone(self);
            tokio::spawn(async move {
                for _ in 0..messages / SENDERS {
                    bench.say().await?;
                }
                Outcome::Ok(())
            })
        });
        for sender in join_all(senders).await {
            sender??;
        }
        Ok(())
    }
}

fn print(what: &str, mut taken: Vec<Duration>) {
    taken.sort_unstable();
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what}: {:.1} ms in the median, {:.1} ms for 99 %, {:.1} ms at most",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

async fn searches(services: &Services, who: UserId, name: &str) -> Outcome<()> {
    let caller = Caller { user_id: who, device_id: DeviceId::new(1) };
    let mut talk = Talk(99);
    let mut character = move || char::from_u32(0x4E00 + talk.rank(4_000) as u32).unwrap_or('字');
    let mut talk = Talk(7);
    type Asked<'a> = (&'a str, SearchOrder, Box<dyn FnMut() -> String + 'a>);
    let kinds: [Asked<'_>; 6] = [
        ("the commonest word", SearchOrder::Newest, Box::new(|| format!("{} ", word(1)))),
        ("the commonest word, by relevance", SearchOrder::Relevance, Box::new(|| format!("{} ", word(1)))),
        ("a word", SearchOrder::Newest, Box::new(move || format!("{} ", word(talk.rank(WORDS))))),
        ("two words, the second begun", SearchOrder::Newest, {
            let mut talk = Talk(8);
            Box::new(move || format!("{} {}", word(talk.rank(WORDS)), &word(talk.rank(WORDS))[..2]))
        }),
        ("one letter", SearchOrder::Newest, {
            let mut talk = Talk(9);
            Box::new(move || word(talk.rank(WORDS))[..1].to_owned())
        }),
        ("two Chinese characters", SearchOrder::Newest, {
            Box::new(move || format!("{}{}", character(), character()))
        }),
    ];
    for (kind, order, mut text) in kinds {
        let (mut taken, mut hits) = (Vec::new(), 0);
        for _ in 0..SEARCHES {
            let terms = SearchTerms::parse("q", &text())?;
            let after: Option<SearchPlace> = None;
            let search = MessageSearch {
                terms,
                conversation_id: None,
                sender_id: None,
                from: None,
                to: None,
                order,
                after,
                limit: 20,
            };
            let begun = Instant::now();
            hits += services.search.messages(&caller, search).await?.items.len();
            taken.push(begun.elapsed());
        }
        print(&format!("{name}, {kind} ({:.1} hits shown)", hits as f64 / SEARCHES as f64), taken);
    }
    Ok(())
}

/// From when a message was due to when the index holds it, at a steady rate.
async fn delays(bench: &Arc<Bench>, indexer: &Arc<SearchIndexer>, search: &TantivySearch) -> Outcome<()> {
    use kith_domain::ports::{Search as _, StoreExt as _};
    let following = tokio::spawn({
        let indexer = Arc::clone(indexer);
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        async move {
            loop {
                ticks.tick().await;
                if let Err(error) = indexer.step(&Tenure::endless()).await {
                    panic!("not indexed: {error:?}");
                }
            }
        }
    });
    let (mut due, begun) = (tokio::time::interval(Duration::from_micros(1_000_000 / RATE)), Instant::now());
    let mut waiting: Vec<(u64, Instant)> = Vec::new();
    let mut taken = Vec::new();
    while begun.elapsed() < STEADY || !waiting.is_empty() {
        let moment = due.tick().await.into_std();
        if begun.elapsed() < STEADY {
            bench.say().await?;
            let head =
                bench.store.read(|tx| Box::pin(async move { Outcome::Ok(tx.outbox_head().await?) })).await?;
            waiting.push((head, moment));
        }
        let held = search.mark().await?.map_or(0, |mark| mark.outbox_pos.unwrap_or(0));
        waiting.retain(|(pos, moment)| {
            let found = *pos <= held;
            if found {
                taken.push(moment.elapsed());
            }
            !found
        });
    }
    following.abort();
    print(&format!("from a message to when it is found, at {RATE} per second"), taken);
    Ok(())
}

async fn run() -> Outcome<()> {
    let directory = match std::env::var_os("KITH_BENCH_DIR") {
        Some(parent) => tempfile::tempdir_in(parent)?,
        None => tempfile::tempdir()?,
    };
    let messages =
        std::env::var("KITH_BENCH_MESSAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(MESSAGES);
    let bus = Arc::new(RecordingBus::default());
    let options = Options { floor_bytes: Some(0), ballast_bytes: Some(0), ..Options::default() };
    let store: Arc<dyn Store> = Arc::new(testing::open(directory.path(), options, bus.clone()).await?);
    let mut groups = Vec::new();
    for number in 0..GROUPS {
        let members: &[UserId] = if number % 20 == 0 { &[user(1), user(2)] } else { &[user(1)] };
        groups.push(with_members(&*store, a_group(), members).await);
    }
    let (clock, ids): (Arc<dyn Clock>, _) = (Arc::new(SystemClock), Arc::new(Snowflakes::new(0, 0)));
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let search = TantivySearch::new(directory.path().join("search"));
    let index = Arc::new(search.clone());
    let indexer = Arc::new(SearchIndexer::new(
        store.clone(),
        index.clone(),
        clock.clone(),
        Source::Outbox,
        &mut Registry::default(),
    ));
    let files = directory.path().join("blobs");
    let blobs = FileBlobs::open(&files, "http://localhost:8080", clock.clone(), &*random)?;
    let context = Context {
        store: store.clone(),
        bus: bus.clone(),
        blobs: Arc::new(blobs),
        archives: Arc::new(ZipArchives),
        inspector: Arc::new(FileInspector::new(&files, &mut Registry::default())),
        presence: Arc::new(InProcessPresence::new()),
        search: index,
        history: None,
        wakes_devices: true,
        limits: Arc::new(InProcessLimits::unlimited()),
        passwords: Arc::new(Argon2id::new(
            Arc::new(kith_identity::random::SystemRandom),
            std::num::NonZeroUsize::MIN,
        )),
        clock,
        random,
        ids: ids.clone(),
        region: "bench".into(),
    };
    let settings = SignInSettings { origin: "http://127.0.0.1:8080".to_owned() };
    let sign_in =
        SignInParts { providers: Vec::new(), tokens: Arc::new(Nobody), sealer: Arc::new(Nobody), settings };
    let services = Services::new(context, sign_in);
    let bench = Arc::new(Bench { store, ids, groups, talk: std::sync::Mutex::new((Talk(1), 0)) });

    bench.fill(messages).await?;
    bus.drain();
    let begun = Instant::now();
    indexer.rebuild().await?;
    println!("{messages} messages are indexed in {:.1} s", begun.elapsed().as_secs_f64());
    search.close().await;
    let bytes = size(&directory.path().join("search"))?;
    println!("the index takes {:.0} bytes a message", bytes as f64 / messages as f64);
    let begun = Instant::now();
    indexer.step(&Tenure::endless()).await?;
    println!("opening and checking it takes {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
    for (who, name) in [(user(2), "one in twenty"), (user(1), "all")] {
        searches(&services, who, name).await?;
    }
    delays(&bench, &indexer, &search).await
}

fn main() -> Outcome<()> {
    // `cargo test --benches` builds and starts it; nothing is measured then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run())
}
