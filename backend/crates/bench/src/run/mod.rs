//! A load run: the process that the user started leads some workers and says what came of it.

mod gather;
mod options;
mod report;
mod window;

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use gather::{Gathered, Workers};
pub use options::RunOptions;
pub(crate) use options::Target;
pub use report::{Report, Verdict, compare};
pub(crate) use window::Window;

use crate::{clock::monotonic_ns, run::report::Ingredients, usage::Usage};

/// From the word that everything is ready to the first message: every worker has heard it by then.
const COUNTDOWN: Duration = Duration::from_millis(300);
/// A run whose sockets make no progress towards being open for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the load and prints a report on standard output; progress goes to standard error.
///
/// # Errors
/// Options that cannot be met, and a server that cannot be reached.
pub fn run(options: &RunOptions, worker: &gather::WorkerCommand) -> anyhow::Result<Verdict> {
    options.check()?;
    let server = |what: &str| {
        let usages: anyhow::Result<Vec<Usage>> = options.server_pids.iter().copied().map(Usage::of).collect();
        let usages = usages.with_context(|| format!("cannot see what the server uses {what}"))?;
        anyhow::Ok(usages.into_iter().reduce(Usage::plus))
    };
    let empty = server("before the run")?;
    let mut workers = Workers::start(options, worker)?;

    wait_for_sockets(options, &mut workers)?;
    // Heap that handshakes took is given back, or is not, within this time.
    let opened = server("with all sockets open")?;

    let start_ns = monotonic_ns() + COUNTDOWN.as_nanos() as u64;
    let window = Window::new(options, start_ns);
    workers.start_load(start_ns)?;
    workers.watch_until(window.measure_ns, "warm-up")?;
    let (before, own_before) = (server("at the start")?, workers.processor()?);
    workers.watch_until(window.end_ns, "measured")?;
    let (after, own_after) = (server("at the end")?, workers.processor()?);
    let recovery = drain(options, &mut workers, window)?;
    let gathered: Gathered = workers.finish()?;

    let report = Report::new(Ingredients {
        options,
        gathered,
        recovery,
        server: match (empty, opened, before, after) {
            (Some(empty), Some(opened), Some(before), Some(after)) => {
                Some(report::ServerUsage { empty, opened, before, after })
            }
            _ => None,
        },
        generator: own_after.saturating_sub(own_before),
    });
    print!("{report}");
    if let Some(file) = &options.json {
        write_json(file, &report)?;
    }
    Ok(report.verdict())
}

fn wait_for_sockets(options: &RunOptions, workers: &mut Workers) -> anyhow::Result<()> {
    let (mut most, mut since) = (0, Instant::now());
    while !workers.all_ready() {
        workers.listen(Duration::from_millis(200))?;
        let live = workers.live();
        if live > most {
            (most, since) = (live, Instant::now());
        }
        anyhow::ensure!(
            since.elapsed() < PATIENCE,
            "only {most} of {} sockets could be opened; {}",
            options.connections,
            workers.troubles()
        );
    }
    Ok(())
}

/// Waits until everything that was sent is answered and delivered, as far as can be seen, or the time is over. Returns
/// how long sockets took to come back, if any were to.
fn drain(options: &RunOptions, workers: &mut Workers, window: Window) -> anyhow::Result<Option<f64>> {
    let end_ns = window.end_ns + (options.drain * 1e9) as u64;
    while monotonic_ns() < end_ns && !workers.is_quiet(options.reconnect) {
        workers.listen(Duration::from_millis(100))?;
        workers.show("drain");
    }
    Ok(workers.recovery_seconds())
}

fn write_json(file: &PathBuf, report: &Report) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// Ends a process that is not needed any more, whatever it is doing.
fn end(child: &mut std::process::Child) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
}

pub use gather::WorkerCommand;
