//! The workers' processes, and what they say.

use std::{
    io::{BufRead as _, BufReader, IsTerminal as _, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use anyhow::Context as _;

use super::RunOptions;
use crate::{
    clock::{SECOND, monotonic_ns},
    heads::Head,
    histogram::Micros,
    tally::{Counts, Latencies},
    usage::Usage,
    worker::control::{Order, Progress, Setup, Summary, Word},
};

/// How a worker is started: this very program and its arguments.
pub type WorkerCommand = dyn Fn() -> std::io::Result<Command>;

/// The processes of a run.
pub(super) struct Workers {
    workers: Vec<Worker>,
    words: Receiver<(usize, Option<serde_json::Result<Word>>)>,
    connections: u64,
    /// When sockets were first seen to be missing, and when all were back.
    outage: Option<(Instant, Option<Instant>)>,
    shown: Shown,
}

struct Worker {
    process: Child,
    input: ChildStdin,
    ready: bool,
    /// How many sockets it has.
    share: u64,
    progress: Progress,
    /// What came by the word before the last one.
    came_before: u64,
    summary: Option<Summary>,
}

/// What the last line of progress said.
struct Shown {
    at: Instant,
    counts: Counts,
    delivery: Micros,
}

/// What all workers counted.
pub(super) struct Gathered {
    pub(super) counts: Counts,
    pub(super) latencies: Latencies,
    pub(super) heads: Vec<Head>,
    pub(super) live: u64,
}

impl Workers {
    /// Starts the processes, which begin to open sockets.
    pub(super) fn start(options: &RunOptions, command: &WorkerCommand) -> anyhow::Result<Self> {
        let count = options.workers();
        let (say, words) = mpsc::channel();
        let run = monotonic_ns() as u32 ^ std::process::id().rotate_left(16);
        let mut workers = Vec::new();
        for index in 0..count {
            let mut process = command()?
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .context("cannot start a worker")?;
            let (input, output) = (process.stdin.take(), process.stdout.take());
            let (mut input, output) = input.zip(output).context("a worker has no streams")?;
            let setup = Setup { options: options.clone(), run, index, workers: count };
            writeln!(input, "{}", serde_json::to_string(&setup)?)?;
            let say = say.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if say.send((index as usize, Some(serde_json::from_str(&line)))).is_err() {
                        return;
                    }
                }
                let _ = say.send((index as usize, None));
            });
            workers.push(Worker {
                process,
                input,
                ready: false,
                share: (index..options.connections).step_by(count as usize).count() as u64,
                progress: Progress::default(),
                came_before: 0,
                summary: None,
            });
        }
        let shown = Shown { at: Instant::now(), counts: Counts::default(), delivery: Micros::default() };
        Ok(Self { workers, words, connections: u64::from(options.connections), outage: None, shown })
    }

    /// Hears what is said within `time`.
    ///
    /// # Errors
    /// A worker that ended.
    pub(super) fn listen(&mut self, time: Duration) -> anyhow::Result<()> {
        let deadline = Instant::now() + time;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.words.recv_timeout(left) {
                Ok((index, Some(word))) => self.hear(index, word.context("a worker was not understood")?),
                Ok((index, None)) if self.workers[index].summary.is_some() => {}
                Ok((_, None)) => anyhow::bail!("a worker ended; its last words are above"),
                // All have ended, and none before its time.
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => return Ok(()),
            }
        }
    }

    fn hear(&mut self, index: usize, word: Word) {
        let worker = &mut self.workers[index];
        match word {
            Word::Ready => {
                worker.ready = true;
                worker.progress.live = worker.share;
            }
            Word::Summary(summary) => worker.summary = Some(*summary),
            Word::Progress(progress) => {
                self.shown.delivery.add_pairs(&progress.delivery);
                worker.came_before = came(&worker.progress);
                worker.progress = *progress;
                self.note_outage();
            }
        }
    }

    fn note_outage(&mut self) {
        let whole = self.live() == self.connections && self.catching_up() == 0;
        let ready = self.all_ready();
        match (&mut self.outage, whole) {
            (None, false) if ready => self.outage = Some((Instant::now(), None)),
            (Some((_, back @ None)), true) => *back = Some(Instant::now()),
            _ => {}
        }
    }

    /// Whether every socket was live once.
    pub(super) fn all_ready(&self) -> bool {
        self.workers.iter().all(|worker| worker.ready)
    }

    /// Sockets that are live.
    pub(super) fn live(&self) -> u64 {
        self.workers.iter().map(|worker| worker.progress.live).sum()
    }

    fn catching_up(&self) -> u64 {
        self.workers.iter().map(|worker| worker.progress.catching_up).sum()
    }

    fn counts(&self) -> Counts {
        let mut all = Counts::default();
        self.workers.iter().for_each(|worker| all.add(&worker.progress.counts));
        all
    }

    /// What went wrong so far, in a sentence.
    pub(super) fn troubles(&self) -> String {
        let counts = self.counts();
        format!(
            "{} handshakes failed, closed: {:?}, errors: {:?}",
            counts.retried_handshakes, counts.closed, counts.errors
        )
    }

    /// How long sockets took to come back, once they did.
    pub(super) fn recovery_seconds(&self) -> Option<f64> {
        let (gone, back) = self.outage?;
        Some((back? - gone).as_secs_f64())
    }

    /// Whether nothing more is to be expected.
    pub(super) fn is_quiet(&self, all_back: bool) -> bool {
        let counts = self.counts();
        let answered = counts.receipts + counts.all_refused() >= counts.sent;
        // Two words without a delivery between them: what is still on its way would come late by a second.
        let still = self.workers.iter().all(|worker| worker.came_before == came(&worker.progress));
        if all_back {
            // What was under way when a server died stays unanswered.
            return still && self.live() == self.connections && self.catching_up() == 0;
        }
        answered && still
    }

    /// Says when the load begins.
    pub(super) fn start_load(&mut self, start_ns: u64) -> anyhow::Result<()> {
        self.order(Order::Start(start_ns))
    }

    fn order(&mut self, order: Order) -> anyhow::Result<()> {
        let line = serde_json::to_string(&order)?;
        for worker in &mut self.workers {
            writeln!(worker.input, "{line}").context("a worker does not listen")?;
        }
        Ok(())
    }

    /// Shows progress until that monotonic time.
    pub(super) fn watch_until(&mut self, until_ns: u64, part: &str) -> anyhow::Result<()> {
        loop {
            let left = until_ns.saturating_sub(monotonic_ns());
            if left == 0 {
                return Ok(());
            }
            self.listen(Duration::from_nanos(left.min(SECOND / 4)))?;
            self.show(part);
        }
    }

    /// Prints a line of progress, once a second.
    pub(super) fn show(&mut self, part: &str) {
        let seconds = self.shown.at.elapsed().as_secs_f64();
        if seconds < 1.0 {
            return;
        }
        let counts = self.counts();
        let rate = |now: u64, then: u64| now.saturating_sub(then) as f64 / seconds;
        let delivery = std::mem::take(&mut self.shown.delivery);
        // On a terminal the line stays in its place.
        let end = if std::io::stderr().is_terminal() { "\x1b[K\r" } else { "\n" };
        eprint!(
            "{part:8} due {:.0}/s, receipts {:.0}/s, deliveries {:.0}/s, p50 {:.1} ms, p99 {:.1} ms, {} sockets, {} lost{end}",
            rate(counts.due, self.shown.counts.due),
            rate(counts.receipts, self.shown.counts.receipts),
            rate(counts.deliveries, self.shown.counts.deliveries),
            delivery.quantile_ms(0.5),
            delivery.quantile_ms(0.99),
            self.live(),
            counts.lost,
        );
        self.shown = Shown { at: Instant::now(), counts, delivery: Micros::default() };
    }

    /// Processor time of all workers.
    pub(super) fn processor(&self) -> anyhow::Result<Duration> {
        self.workers.iter().map(|worker| Ok(Usage::of(worker.process.id())?.processor)).sum()
    }

    /// Has the workers say what they counted, and ends them.
    pub(super) fn finish(mut self) -> anyhow::Result<Gathered> {
        self.order(Order::Finish)?;
        while self.workers.iter().any(|worker| worker.summary.is_none()) {
            self.listen(Duration::from_millis(50))?;
        }
        let mut gathered = Gathered {
            counts: Counts::default(),
            latencies: Latencies::default(),
            heads: Vec::new(),
            live: 0,
        };
        for worker in &mut self.workers {
            let summary = worker.summary.take().unwrap_or_default();
            gathered.counts.add(&summary.counts);
            gathered.latencies.add(&summary.latencies);
            gathered.live += summary.live;
            gathered.heads.resize(gathered.heads.len().max(summary.heads.len()), Head::default());
            gathered.heads.iter_mut().zip(&summary.heads).for_each(|(all, one)| all.merge(one));
        }
        Ok(gathered)
    }
}

fn came(progress: &Progress) -> u64 {
    progress.counts.deliveries + progress.counts.echoes
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            if worker.summary.is_none() && worker.process.try_wait().is_ok_and(|ended| ended.is_none()) {
                let _ = worker.process.kill();
            }
            super::end(&mut worker.process);
        }
    }
}
