//! What came of a run.

use std::{collections::BTreeMap, fmt, path::Path, time::Duration};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::{RunOptions, gather::Gathered};
use crate::{histogram::Micros, usage::Usage};

/// A generator that sends later than this measures itself, not the server.
const MOST_LATENESS_MS: f64 = 5.0;

/// What a report is made of.
pub(super) struct Ingredients<'a> {
    pub(super) options: &'a RunOptions,
    pub(super) gathered: Gathered,
    pub(super) recovery: Option<f64>,
    pub(super) server: Option<ServerUsage>,
    /// Processor time of the workers in the measured part.
    pub(super) generator: Duration,
}

/// What the server used at four moments.
pub(super) struct ServerUsage {
    pub(super) empty: Usage,
    pub(super) opened: Usage,
    pub(super) before: Usage,
    pub(super) after: Usage,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything came, in order.
    Sound,
    /// Something was lost, came twice, out of order, or to somebody it was not for.
    Wrong,
    /// The generator was late: the figures say nothing.
    Void,
    /// Sound, but slower than was asked for, or with messages that were refused.
    Slow,
}

/// What came of a run. Times are in milliseconds unless they say otherwise.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    verdict: String,
    connections: u32,
    message_bytes: usize,
    measured_seconds: f64,
    offered_messages_per_second: f64,
    sent_messages_per_second: f64,
    receipts_per_second: f64,
    deliveries_per_second: f64,
    /// Entries in one read of the generator, echoes and receipts among them.
    frames_per_read: f64,
    delivery: Times,
    /// One-to-one messages alone.
    direct_delivery: Times,
    receipt: Times,
    lateness: Times,
    totals: Totals,
    recovery_seconds: Option<f64>,
    generator: GeneratorFigures,
    server: Option<ServerFigures>,
}

/// A distribution in milliseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Times {
    count: u64,
    p50_ms: f64,
    p99_ms: f64,
    p999_ms: f64,
    max_ms: f64,
}

/// Counts of the whole run, warm-up and drain included.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Totals {
    sent: u64,
    /// Due while the sender's socket was not open.
    unsent: u64,
    receipts: u64,
    deliveries: u64,
    echoes: u64,
    caught_up: u64,
    lost: u64,
    doubled: u64,
    disordered: u64,
    leaked: u64,
    malformed: u64,
    /// Sent, but neither answered nor refused.
    unanswered: u64,
    refused: BTreeMap<String, u64>,
    errors: BTreeMap<String, u64>,
    closed: BTreeMap<String, u64>,
    retried_handshakes: u64,
    live_at_end: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct GeneratorFigures {
    cores: f64,
    us_per_delivery: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ServerFigures {
    cores: f64,
    us_per_delivery: f64,
    us_per_message: f64,
    anonymous_mib_before: f64,
    anonymous_mib_opened: f64,
    anonymous_mib_after: f64,
    /// The most that was resident at any time, the program's file included.
    peak_mib: f64,
    bytes_per_connection: f64,
    written_kib_per_message: f64,
}

impl From<&Micros> for Times {
    fn from(micros: &Micros) -> Self {
        Self {
            count: micros.count(),
            p50_ms: micros.quantile_ms(0.5),
            p99_ms: micros.quantile_ms(0.99),
            p999_ms: micros.quantile_ms(0.999),
            max_ms: micros.max_ms(),
        }
    }
}

/// `part / whole`, or 0 of nothing.
fn per(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

impl Report {
    pub(super) fn new(from: Ingredients<'_>) -> Self {
        let Ingredients { options, gathered, recovery, server, generator } = from;
        let Gathered { counts, latencies, heads, live } = gathered;
        let seconds = options.duration;
        let deliveries = counts.measured_deliveries as f64;
        let at_ends: u64 = heads.iter().map(crate::heads::Head::lost_at_ends).sum();
        let frames = deliveries + 2.0 * counts.measured_receipts as f64;
        let mut report = Self {
            verdict: String::new(),
            connections: options.connections,
            message_bytes: options.message_bytes,
            measured_seconds: seconds,
            offered_messages_per_second: options.direct_rate + options.group_rate,
            sent_messages_per_second: counts.measured_sent as f64 / seconds,
            receipts_per_second: counts.measured_receipts as f64 / seconds,
            deliveries_per_second: deliveries / seconds,
            frames_per_read: per(frames, counts.measured_reads as f64),
            delivery: (&latencies.delivery).into(),
            direct_delivery: (&latencies.direct).into(),
            receipt: (&latencies.receipt).into(),
            lateness: (&latencies.lateness).into(),
            recovery_seconds: recovery,
            generator: GeneratorFigures {
                cores: generator.as_secs_f64() / seconds,
                us_per_delivery: per(generator.as_secs_f64() * 1e6, deliveries),
            },
            server: server.map(|usage| {
                let processor = usage.after.processor.saturating_sub(usage.before.processor).as_secs_f64();
                let written = usage.after.written_bytes.saturating_sub(usage.before.written_bytes) as f64;
                // Without load the warm-up is there for memory to settle.
                let idle = options.direct_rate + options.group_rate == 0.0;
                let settled = if idle { usage.before } else { usage.opened };
                let grown = settled.anonymous_bytes.saturating_sub(usage.empty.anonymous_bytes) as f64;
                ServerFigures {
                    cores: processor / seconds,
                    us_per_delivery: per(processor * 1e6, deliveries),
                    us_per_message: per(processor * 1e6, counts.measured_receipts as f64),
                    anonymous_mib_before: mebibytes(usage.empty.anonymous_bytes),
                    anonymous_mib_opened: mebibytes(usage.opened.anonymous_bytes),
                    anonymous_mib_after: mebibytes(usage.after.anonymous_bytes),
                    peak_mib: mebibytes(usage.after.peak_bytes),
                    bytes_per_connection: grown / f64::from(options.connections),
                    written_kib_per_message: per(written / 1_024.0, counts.measured_receipts as f64),
                }
            }),
            totals: Totals {
                unanswered: counts.sent.saturating_sub(counts.receipts + counts.all_refused()),
                sent: counts.sent,
                unsent: counts.unsent,
                receipts: counts.receipts,
                deliveries: counts.deliveries,
                echoes: counts.echoes,
                caught_up: counts.caught_up,
                lost: counts.lost + at_ends,
                doubled: counts.doubled,
                disordered: counts.disordered,
                leaked: counts.leaked,
                malformed: counts.malformed,
                refused: counts.refused,
                errors: counts.errors,
                closed: counts.closed,
                retried_handshakes: counts.retried_handshakes,
                live_at_end: live,
            },
        };
        report.verdict = match report.judge(options.max_p99) {
            Verdict::Sound => "sound",
            Verdict::Wrong => "WRONG: entries were lost, doubled, out of order or leaked",
            Verdict::Void => "VOID: the generator was late",
            Verdict::Slow => "slow: the 99th percentile is not below the bound, or messages were not carried",
        }
        .to_owned();
        report
    }

    fn judge(&self, max_p99: Option<f64>) -> Verdict {
        let totals = &self.totals;
        if totals.lost + totals.doubled + totals.disordered + totals.leaked + totals.malformed > 0 {
            Verdict::Wrong
        } else if self.lateness.p99_ms > MOST_LATENESS_MS {
            Verdict::Void
        } else if max_p99.is_some_and(|bound| self.delivery.p99_ms >= bound || self.left_out() > 0) {
            Verdict::Slow
        } else {
            Verdict::Sound
        }
    }

    /// Messages that were not carried at all.
    fn left_out(&self) -> u64 {
        self.totals.refused.values().sum::<u64>() + self.totals.unanswered + self.totals.unsent
    }

    /// How the run ended.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.verdict.split(':').next() {
            Some("sound") => Verdict::Sound,
            Some("VOID") => Verdict::Void,
            Some("slow") => Verdict::Slow,
            _ => Verdict::Wrong,
        }
    }

    fn read(file: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no report", file.display()))
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "p50 {:.2}, p99 {:.2}, p99.9 {:.2}, max {:.2} ms ({})",
            self.p50_ms, self.p99_ms, self.p999_ms, self.max_ms, self.count
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let totals = &self.totals;
        writeln!(f, "verdict      {}", self.verdict)?;
        writeln!(
            f,
            "load         {} sockets, texts of {} bytes, {:.0} messages/s offered, {:.0}/s sent, {:.0} s measured",
            self.connections,
            self.message_bytes,
            self.offered_messages_per_second,
            self.sent_messages_per_second,
            self.measured_seconds
        )?;
        writeln!(
            f,
            "carried      {:.0} receipts/s, {:.0} deliveries/s to others, {:.1} frames per read",
            self.receipts_per_second, self.deliveries_per_second, self.frames_per_read
        )?;
        writeln!(f, "delivery     {}", self.delivery)?;
        if (1..self.delivery.count).contains(&self.direct_delivery.count) {
            writeln!(f, "one to one   {}", self.direct_delivery)?;
        }
        writeln!(f, "receipt      {}", self.receipt)?;
        writeln!(f, "lateness     {}", self.lateness)?;
        writeln!(
            f,
            "checks       {} lost, {} doubled, {} out of order, {} leaked, {} malformed",
            totals.lost, totals.doubled, totals.disordered, totals.leaked, totals.malformed
        )?;
        writeln!(
            f,
            "totals       {} sent, {} receipts, {} deliveries, {} echoes, {} unanswered, {} unsent",
            totals.sent, totals.receipts, totals.deliveries, totals.echoes, totals.unanswered, totals.unsent
        )?;
        for (name, codes) in
            [("refused", &totals.refused), ("errors", &totals.errors), ("closed", &totals.closed)]
        {
            if !codes.is_empty() {
                let codes: Vec<_> = codes.iter().map(|(code, count)| format!("{count} × {code}")).collect();
                writeln!(f, "{name:12} {}", codes.join(", "))?;
            }
        }
        if totals.retried_handshakes > 0 {
            writeln!(f, "handshakes   {} tried again", totals.retried_handshakes)?;
        }
        if let Some(seconds) = self.recovery_seconds {
            writeln!(
                f,
                "recovery     all sockets live and caught up {seconds:.1} s after the first was lost, {} entries by /sync",
                totals.caught_up
            )?;
        }
        writeln!(
            f,
            "generator    {:.3} cores, {:.1} µs per delivery",
            self.generator.cores, self.generator.us_per_delivery
        )?;
        if let Some(server) = &self.server {
            writeln!(
                f,
                "server       {:.3} cores, {:.1} µs per delivery, {:.1} µs per message, {:.1} KiB written per message",
                server.cores, server.us_per_delivery, server.us_per_message, server.written_kib_per_message
            )?;
            writeln!(
                f,
                "memory       {:.1} MiB before, {:.1} MiB with sockets open ({:.0} bytes each), {:.1} MiB after; peak {:.1} MiB",
                server.anonymous_mib_before,
                server.anonymous_mib_opened,
                server.bytes_per_connection,
                server.anonymous_mib_after,
                server.peak_mib
            )?;
        }
        Ok(())
    }
}

/// Sets a run beside one of the limit server and says how near it comes.
///
/// # Errors
/// Files that are no reports.
pub fn compare(run: &Path, limit: &Path) -> anyhow::Result<String> {
    let (run, limit) = (Report::read(run)?, Report::read(limit)?);
    let mut text = format!("{:28}{:>12}{:>12}{:>8}\n", "", "this", "limit", "ratio");
    let mut row = |name: &str, this: f64, limit: f64| {
        let ratio = if limit > 0.0 { format!("{:.2}", this / limit) } else { "-".to_owned() };
        text.push_str(&format!("{name:28}{this:>12.1}{limit:>12.1}{ratio:>8}\n"));
    };
    row("deliveries/s", run.deliveries_per_second, limit.deliveries_per_second);
    row("receipts/s", run.receipts_per_second, limit.receipts_per_second);
    row("delivery p50, ms", run.delivery.p50_ms, limit.delivery.p50_ms);
    row("delivery p99, ms", run.delivery.p99_ms, limit.delivery.p99_ms);
    row("one-to-one p99, ms", run.direct_delivery.p99_ms, limit.direct_delivery.p99_ms);
    if let (Some(run), Some(limit)) = (&run.server, &limit.server) {
        row("server, cores", run.cores, limit.cores);
        row("server, µs per delivery", run.us_per_delivery, limit.us_per_delivery);
        row("server, µs per message", run.us_per_message, limit.us_per_message);
        row("bytes per connection", run.bytes_per_connection, limit.bytes_per_connection);
    }
    row("generator, µs per delivery", run.generator.us_per_delivery, limit.generator.us_per_delivery);
    Ok(text)
}
