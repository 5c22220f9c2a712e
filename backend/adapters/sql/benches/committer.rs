//! Durable 1 KB messages per second through the whole send transaction, by how many are under way at once; and what
//! one message costs in processor time, all threads of this process and the kernel for them, and in bytes written. On
//! SQLite, and on a PostgreSQL of its own, whose processes are counted apart; name one of the two to leave out the other:
//! `cargo bench -p kith-sql --bench committer -- postgres`.
//!
//! Set `KITH_BENCH_DIR` to a directory on the disk to be measured; the default is the temporary directory. PostgreSQL is
//! always in the temporary directory (`TMPDIR`).

use std::{
    fs,
    path::{Path, PathBuf},
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
use kith_harness::Postgres;
use kith_sql::{
    Options,
    postgres::{self, PostgresStore},
    testing::{self, CountingRandom, RecordingBus},
};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// Conversations that the messages are spread over, unless `KITH_BENCH_CONVERSATIONS` says otherwise.
const CONVERSATIONS: usize = 2_000;
/// How far clocks of senders are apart.
const CLOCK_SKEW: Duration = Duration::from_millis(100);

/// Messages per second of the case that does not wait for answers.
const OFFERED: f64 = 15_000.0;

/// What processes have used.
#[derive(Default)]
struct Usage {
    processor: Duration,
    written_bytes: u64,
}

impl Usage {
    /// Of the process with this directory in `/proc`; nothing of one that has ended.
    fn of(process: &Path) -> Self {
        let read = |file: &str| fs::read_to_string(process.join(file)).unwrap_or_default();
        // proc_pid_stat(5): utime and stime, in hundredths of a second, are the 12th and 13th after the name.
        let (stat, io) = (read("stat"), read("io"));
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
        let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
        Self {
            processor: Duration::from_millis(10 * ticks),
            written_bytes: written.and_then(|bytes| bytes.parse().ok()).unwrap_or(0),
        }
    }

    /// Of all processes that work in a directory.
    fn of_server(directory: &Path) -> Self {
        let processes = fs::read_dir("/proc").unwrap_or_else(|error| panic!("/proc: {error}"));
        let processes = processes.filter_map(|entry| Some(entry.ok()?.path()));
        processes
            .filter(|process| fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(directory)))
            .map(|process| Self::of(&process))
            .fold(Self::default(), |sum, one| Self {
                processor: sum.processor + one.processor,
                written_bytes: sum.written_bytes + one.written_bytes,
            })
    }

    fn since(&self, before: &Self, sent: u64) -> String {
        format!(
            "{:.1} µs of processor time and {:.1} KiB written",
            self.processor.saturating_sub(before.processor).as_secs_f64() * 1e6 / sent as f64,
            self.written_bytes.saturating_sub(before.written_bytes) as f64 / 1_024.0 / sent as f64,
        )
    }
}

struct Bench {
    runtime: Runtime,
    store: Arc<dyn Store>,
    /// Where the processes of the database work, if it has its own.
    server: Option<PathBuf>,
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
    let usage = || {
        let server = bench.server.as_deref().map(Usage::of_server).unwrap_or_default();
        (Usage::of(Path::new("/proc/self")), server, bench.next.load(Ordering::Relaxed))
    };
    let before = usage();
    measured();
    let after = usage();
    let sent = after.2 - before.2;
    if sent == 0 {
        return;
    }
    println!("{name}: {} per message, over {sent}", after.0.since(&before.0, sent));
    if bench.server.is_some() {
        println!("{name}: {} per message in the database's own processes", after.1.since(&before.1, sent));
    }
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build();
    runtime.unwrap_or_else(|error| panic!("no runtime: {error}"))
}

fn sqlite(criterion: &mut Criterion) {
    let directory = match std::env::var_os("KITH_BENCH_DIR") {
        Some(parent) => tempfile::tempdir_in(parent),
        None => tempfile::tempdir(),
    };
    let directory = directory.unwrap_or_else(|error| panic!("no directory: {error}"));
    let (runtime, bus) = (runtime(), Arc::new(RecordingBus::default()));
    let options = Options { floor_bytes: Some(0), ballast_bytes: Some(0), ..Options::default() };
    let opened = runtime.block_on(testing::open(directory.path(), options, Arc::clone(&bus) as _));
    let store = Arc::new(opened.unwrap_or_else(|error| panic!("the store does not open: {error:?}")));
    let bench = committer(criterion, "committer", runtime, Arc::clone(&store) as _, None, bus);
    bench.runtime.block_on(store.close());
}

fn postgres(criterion: &mut Criterion) {
    let server = Postgres::shared();
    let url = server.create_database().unwrap_or_else(|error| panic!("no database: {error}"));
    let (runtime, bus) = (runtime(), Arc::new(RecordingBus::default()));
    let random = CountingRandom::default();
    let options = postgres::Options::default();
    let opened = runtime.block_on(PostgresStore::open(&url, options, Arc::clone(&bus) as _, &random));
    let store = Arc::new(opened.unwrap_or_else(|error| panic!("the store does not open: {error:?}")));
    let directory = Some(server.directory().to_owned());
    let bench = committer(criterion, "committer/postgres", runtime, Arc::clone(&store) as _, directory, bus);
    bench.runtime.block_on(store.close());
}

fn committer(
    criterion: &mut Criterion,
    name: &str,
    runtime: Runtime,
    store: Arc<dyn Store>,
    server: Option<PathBuf>,
    bus: Arc<RecordingBus>,
) -> Arc<Bench> {
    let wanted = std::env::var("KITH_BENCH_CONVERSATIONS").ok().and_then(|count| count.parse().ok());
    let wanted = wanted.filter(|count| *count > 0).unwrap_or(CONVERSATIONS);
    let conversations = runtime.block_on(async {
        let members = [user(1), user(2)];
        let mut made = Vec::new();
        while made.len() < wanted {
            // As many at once as find a connection in time.
            let some = (0..64.min(wanted - made.len())).map(|_| with_members(&*store, a_group(), &members));
            made.extend(join_all(some).await);
        }
        made
    });
    let next = AtomicU64::new(1);
    let bench = Bench { runtime, store, server, bus, conversations, next, begun: Instant::now() };
    let bench = Arc::new(bench);

    let mut group = criterion.benchmark_group(name);
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
    bench
}

criterion_group!(benches, sqlite, postgres);
criterion_main!(benches);
