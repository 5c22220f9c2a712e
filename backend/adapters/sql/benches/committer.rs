//! Durable 1 KB messages per second through the whole send transaction, by how many are under way at once; and what
//! one message costs in processor time, all threads of this process and the kernel for them, and in bytes written.
//!
//! Set `KITH_BENCH_DIR` to a directory on the disk to be measured; the default is the temporary directory.

use std::{
    fs,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use kith_contract::fixtures::{a_group, a_message, user, with_members};
use kith_domain::{
    ConversationId, EntryId,
    ports::{SendMessage, Store},
};
use kith_sql::{
    Options, SqlStore,
    testing::{self, RecordingBus},
};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// Conversations that the messages are spread over, unless `KITH_BENCH_CONVERSATIONS` says otherwise.
const CONVERSATIONS: usize = 2_000;
/// How far clocks of senders are apart.
const CLOCK_SKEW: Duration = Duration::from_millis(100);

/// Messages per second of the case that does not wait for answers.
const OFFERED: f64 = 15_000.0;

/// What this process has used.
struct Usage {
    processor: Duration,
    written_bytes: u64,
}

impl Usage {
    fn now() -> Self {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        // proc_pid_stat(5): utime and stime, in hundredths of a second, are the 12th and 13th after the name.
        let (stat, io) = (read("/proc/self/stat"), read("/proc/self/io"));
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
        let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
        Self {
            processor: Duration::from_millis(10 * ticks),
            written_bytes: written.and_then(|bytes| bytes.parse().ok()).unwrap_or(0),
        }
    }
}

struct Bench {
    runtime: Runtime,
    store: Arc<SqlStore>,
    bus: Arc<RecordingBus>,
    conversations: Vec<ConversationId>,
    next: AtomicU64,
    begun: Instant,
}

impl Bench {
    /// A message as a server hands it over: its id is given out as it arrives, so that ids ascend. Its name is a
    /// version 7 UUID by the sender's own clock, which is off by up to [`CLOCK_SKEW`].
    fn message(&self, sender: u64, text: &str) -> SendMessage {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let conversation = number.wrapping_mul(7_919) % self.conversations.len() as u64;
        let mut message = a_message(self.conversations[conversation as usize], user(1), text);
        message.id = EntryId::new(1 << 40 | number);
        let spread = 2 * CLOCK_SKEW.as_millis() as u64 + 1;
        let millis = self.begun.elapsed().as_millis() as u64 + sender.wrapping_mul(7_919) % spread;
        message.client_msg_id =
            Uuid::from_u128(u128::from(millis) << 80 | 7 << 76 | 2 << 62 | u128::from(number));
        message
    }

    /// Sends `count` messages from `senders` tasks, each waiting for its answer before the next.
    fn send(self: &Arc<Self>, senders: u64, count: u64) -> Duration {
        let text = "x".repeat(1_000);
        let begun = Instant::now();
        self.runtime.block_on(async {
            let tasks = (0..senders).map(|sender| {
                let share = count / senders + u64::from(sender < count % senders);
                let (bench, text) = (Arc::clone(self), text.clone());
                tokio::spawn(async move {
                    for _ in 0..share {
                        let message = bench.message(sender, &text);
                        if let Err(error) = bench.store.send(message).await {
                            panic!("a message was not stored: {error:?}");
                        }
                    }
                })
            });
            for outcome in join_all(tasks).await {
                outcome.unwrap_or_else(|error| panic!("a sender ended: {error}"));
            }
        });
        let taken = begun.elapsed();
        self.bus.drain();
        taken
    }
}

impl Bench {
    /// Offers `count` messages at [`OFFERED`] per second: each is due at a moment of its own, whether earlier ones are
    /// answered or not, and the time that it took counts from then.
    fn offer(self: &Arc<Self>, count: u64, taken: &Arc<Mutex<Vec<Duration>>>) -> Duration {
        let text: Arc<str> = "x".repeat(1_000).into();
        let begun = Instant::now();
        self.runtime.block_on(async {
            let mut tick = tokio::time::interval(Duration::from_millis(1));
            let mut tasks = Vec::new();
            let mut offered = 0;
            while offered < count {
                let due = (tick.tick().await.into_std() - begun).as_secs_f64() * OFFERED;
                while offered < count.min(due as u64) {
                    let due = begun + Duration::from_secs_f64(offered as f64 / OFFERED);
                    let (bench, text, taken, sender) =
                        (Arc::clone(self), Arc::clone(&text), Arc::clone(taken), offered);
                    tasks.push(tokio::spawn(async move {
                        let sent = bench.store.send(bench.message(sender, &text)).await;
                        let late = due.elapsed();
                        sent.unwrap_or_else(|error| panic!("a message was not stored: {error:?}"));
                        taken.lock().unwrap_or_else(PoisonError::into_inner).push(late);
                    }));
                    offered += 1;
                }
            }
            for outcome in join_all(tasks).await {
                outcome.unwrap_or_else(|error| panic!("a sender ended: {error}"));
            }
        });
        let whole = begun.elapsed();
        self.bus.drain();
        whole
    }
}

fn print_quantiles(mut taken: Vec<Duration>) {
    taken.sort_unstable();
    let at = |share: f64| taken.get((taken.len() as f64 * share) as usize);
    if let (Some(half), Some(most), Some(max)) = (at(0.5), at(0.99), taken.last()) {
        let millis = |duration: &Duration| duration.as_secs_f64() * 1e3;
        println!(
            "{OFFERED} offered per second: {:.1} ms in the median, {:.1} ms for 99 %, {:.1} ms at most, of {}",
            millis(half),
            millis(most),
            millis(max),
            taken.len()
        );
    }
}

/// Runs `measured` and prints what a message cost.
fn with_usage(bench: &Bench, name: &str, measured: impl FnOnce()) {
    let (before, first) = (Usage::now(), bench.next.load(Ordering::Relaxed));
    measured();
    let (after, sent) = (Usage::now(), bench.next.load(Ordering::Relaxed) - first);
    if sent > 0 {
        println!(
            "{name}: {:.1} µs of processor time and {:.1} KiB written per message, over {sent}",
            (after.processor - before.processor).as_secs_f64() * 1e6 / sent as f64,
            (after.written_bytes - before.written_bytes) as f64 / 1_024.0 / sent as f64,
        );
    }
}

fn committer(criterion: &mut Criterion) {
    let directory = match std::env::var_os("KITH_BENCH_DIR") {
        Some(parent) => tempfile::tempdir_in(parent),
        None => tempfile::tempdir(),
    };
    let directory = directory.unwrap_or_else(|error| panic!("no directory: {error}"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap_or_else(|error| panic!("no runtime: {error}"));
    let bus = Arc::new(RecordingBus::default());
    let options = Options { floor_bytes: Some(0), ballast_bytes: Some(0), ..Options::default() };
    let opened = runtime.block_on(testing::open(directory.path(), options, Arc::clone(&bus) as _));
    let store = Arc::new(opened.unwrap_or_else(|error| panic!("the store does not open: {error:?}")));
    let wanted = std::env::var("KITH_BENCH_CONVERSATIONS").ok().and_then(|count| count.parse().ok());
    let wanted = wanted.filter(|count| *count > 0).unwrap_or(CONVERSATIONS);
    let conversations = runtime.block_on(async {
        let store: &dyn Store = &*store;
        let members = [user(1), user(2)];
        join_all((0..wanted).map(|_| with_members(store, a_group(), &members))).await
    });
    let bench = Bench { runtime, store, bus, conversations, next: AtomicU64::new(1), begun: Instant::now() };
    let bench = Arc::new(bench);

    let mut group = criterion.benchmark_group("committer");
    group.throughput(Throughput::Elements(1)).sample_size(10).measurement_time(Duration::from_secs(8));
    for senders in [1_u64, 64, 256, 1024] {
        with_usage(&bench, &format!("{senders} senders"), || {
            group.bench_with_input(BenchmarkId::new("senders", senders), &senders, |bencher, &senders| {
                bencher.iter_custom(|count| bench.send(senders, count));
            });
        });
    }
    let taken: Arc<Mutex<Vec<Duration>>> = Arc::default();
    with_usage(&bench, "offered", || {
        group.bench_function(BenchmarkId::new("offered", OFFERED), |bencher| {
            bencher.iter_custom(|count| bench.offer(count, &taken));
        });
    });
    print_quantiles(std::mem::take(&mut *taken.lock().unwrap_or_else(PoisonError::into_inner)));
    group.finish();
    bench.runtime.block_on(bench.store.close());
}

criterion_group!(benches, committer);
criterion_main!(benches);
