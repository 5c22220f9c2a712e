//! A worker: one thread that holds up to some 15,000 sockets, sends what is due and checks what comes.
//!
//! It shares two cores with the server it measures, so that what it does for a message is little: a message is written
//! once into its socket's buffer, all that are due for a socket in one turn of the loop go out together, and what comes
//! is read once and searched, not parsed.

mod catching_up;
pub(crate) mod control;
mod link;
mod opening;
mod receiving;
mod sending;

use std::collections::VecDeque;

use anyhow::Context as _;
use control::{Order, Orders, Progress, Setup, Summary, Word, say};
use link::{Link, State};
use rustix::{event::epoll::EventFlags, stdio::stdin};

use crate::{
    client::{HEARTBEAT, SendWriter},
    clock::{SECOND, monotonic_ns},
    heads::Head,
    histogram::Micros,
    inbound::Reader,
    poller::{Poller, READABLE, WRITABLE, Watcher},
    population::Population,
    run::{Target, Window},
    schedule::{Arrival, Rates, Schedule},
    socket::Sources,
    tally::{Counts, Latencies},
};

/// The token of standard input.
const ORDERS: u64 = u64::MAX - 1;
/// Tokens from here on are those of calls to `/sync`; below are the links.
const SYNC: u64 = 1 << 32;
/// Bytes of one read.
const SCRATCH_BYTES: usize = 64 << 10;
/// The loop does not turn more often than this for the sake of its clock: what is due within it goes out in one turn.
const SHORTEST_SLEEP_NS: u64 = 200_000;
/// The server hears something of every socket at least this often, as of the web client.
const HEARTBEAT_NS: u64 = 25 * SECOND;

/// One thread's share of a run.
struct Worker {
    setup: Setup,
    targets: Vec<Target>,
    population: Population,
    poller: Poller,
    watcher: Watcher,
    sources: Sources,
    links: Vec<Link>,
    /// Links to be opened, with the time from which on.
    to_open: VecDeque<(u64, u32)>,
    opening: u32,
    opened_since_ns: u64,
    opened: u64,
    live: u64,
    catching_up: catching_up::CatchingUp,
    schedule: Schedule,
    next: Option<Arrival>,
    window: Option<Window>,
    writer: SendWriter,
    reader: Reader,
    scratch: Vec<u8>,
    /// Links with something to be sent.
    dirty: Vec<u32>,
    counts: Counts,
    latencies: Latencies,
    /// Delivery latencies since the last word.
    recent: Micros,
    heads: Vec<Head>,
    next_tick_ns: u64,
    /// Where the sweep for heartbeats goes on.
    swept: usize,
    announced: bool,
}

/// Runs a worker: takes its orders from standard input and says what it counts on standard output.
///
/// # Errors
/// Options that do not fit the population, and faults of the system; those of sockets are counted.
pub fn run() -> anyhow::Result<()> {
    let mut orders = Orders::default();
    let setup: Setup = serde_json::from_str(&orders.wait()?).context("no setup came")?;
    let mut worker = Worker::new(setup)?;
    worker.watcher.add(stdin(), ORDERS, READABLE)?;
    worker.work(&mut orders)
}

impl Worker {
    fn new(setup: Setup) -> anyhow::Result<Self> {
        let options = &setup.options;
        let population = Population::read(&options.users_file, options.connections as usize)?;
        let rates = Rates { direct: options.direct_rate, group: options.group_rate };
        let mut schedule =
            Schedule::new(&population, rates, options.senders.unwrap_or(u32::MAX), options.seed)?;
        let next = schedule.next(&population);
        let mine = (setup.index..options.connections).step_by(setup.workers as usize);
        let links: Vec<Link> = mine
            .map(|person| {
                // Every hundredth of a hundred, so that any share is spread evenly over people and workers.
                let slow = f64::from(person * 61 % 100) < options.slow_readers;
                Link::new(person, slow, &population.people[person as usize].all)
            })
            .collect();
        let (now, poller) = (monotonic_ns(), Poller::new()?);
        Ok(Self {
            targets: options.targets()?,
            watcher: poller.watcher(),
            poller,
            sources: Sources::new(setup.run, setup.index, setup.options.tcp_congestion.clone()),
            to_open: (0..links.len() as u32).map(|index| (0, index)).collect(),
            opening: 0,
            opened_since_ns: now,
            opened: 0,
            live: 0,
            catching_up: catching_up::CatchingUp::default(),
            schedule,
            next,
            window: None,
            writer: SendWriter::new(
                options.message_bytes,
                options.seed ^ u64::from(setup.run) << 16 | u64::from(setup.index),
            ),
            reader: Reader::default(),
            scratch: vec![0; SCRATCH_BYTES],
            dirty: Vec::new(),
            counts: Counts::default(),
            latencies: Latencies::default(),
            recent: Micros::default(),
            heads: vec![Head::default(); population.conversations.len()],
            next_tick_ns: now + SECOND,
            swept: 0,
            announced: false,
            links,
            population,
            setup,
        })
    }

    fn work(&mut self, orders: &mut Orders) -> anyhow::Result<()> {
        loop {
            let now = monotonic_ns();
            self.open_more(now);
            self.ask_more();
            self.send_due(now);
            if now >= self.next_tick_ns {
                self.tick(now)?;
            }
            self.flush();
            if !self.announced && self.live == self.links.len() as u64 {
                self.announced = true;
                say(&Word::Ready)?;
            }
            let ready = self.poller.wait(Some(self.wake_at(monotonic_ns())))?;
            for number in 0..ready {
                match self.poller.event(number) {
                    None => {}
                    Some((ORDERS, _)) => {
                        orders.read()?;
                        while let Some(line) = orders.line() {
                            if self.obey(serde_json::from_str(&line)?)? {
                                return Ok(());
                            }
                        }
                    }
                    Some((token, _)) if token >= SYNC => self.sync_event((token - SYNC) as u32),
                    Some((token, flags)) => self.link_event(token as u32, flags),
                }
            }
        }
    }

    /// Does as told; true at the end.
    fn obey(&mut self, order: Order) -> anyhow::Result<bool> {
        match order {
            Order::Start(at_ns) => {
                self.window = Some(Window::new(&self.setup.options, at_ns));
                Ok(false)
            }
            Order::Finish => {
                say(&Word::Summary(Box::new(self.summary())))?;
                Ok(true)
            }
        }
    }

    /// When the loop has to turn if nothing comes.
    fn wake_at(&self, now: u64) -> u64 {
        let mut at = self.next_tick_ns;
        if let (Some(window), Some(next)) = (&self.window, &self.next) {
            at = at.min(window.start_ns + next.at_ns);
        }
        if let Some(opening_ns) = self.next_opening_ns(now) {
            at = at.min(opening_ns);
        }
        at.max(now + SHORTEST_SLEEP_NS)
    }

    fn link_event(&mut self, index: u32, flags: EventFlags) {
        if flags.contains(WRITABLE) {
            self.writable(index);
        }
        if flags.intersects(READABLE | EventFlags::HUP | EventFlags::ERR | EventFlags::RDHUP) {
            self.readable(index);
        }
    }

    fn tick(&mut self, now: u64) -> anyhow::Result<()> {
        self.next_tick_ns = now + SECOND;
        self.read_slowly();
        self.beat(now);
        say(&Word::Progress(Box::new(Progress {
            live: self.live,
            catching_up: self.catching_up.count(),
            counts: self.counts.clone(),
            delivery: self.recent.take_pairs(),
        })))
    }

    /// Sends a heartbeat to a fifth of the sockets that have been silent: every socket is looked at each five seconds.
    fn beat(&mut self, now: u64) {
        const TURNS: usize = 5;
        for _ in 0..self.links.len().div_ceil(TURNS) {
            self.swept = (self.swept + 1) % self.links.len();
            let link = &mut self.links[self.swept];
            let silent = now.saturating_sub(link.spoke_ns) > HEARTBEAT_NS - TURNS as u64 * SECOND;
            if link.state == State::Live && silent {
                self.put(self.swept as u32, now, |out| out.extend_from_slice(&HEARTBEAT));
            }
        }
    }

    /// Has `write` append to what goes out to a link in this turn.
    fn put(&mut self, index: u32, now: u64, write: impl FnOnce(&mut Vec<u8>)) {
        let link = &mut self.links[index as usize];
        let Some(socket) = &mut link.socket else { return };
        if !socket.has_outgoing() {
            self.dirty.push(index);
        }
        link.spoke_ns = now;
        write(socket.outgoing());
    }

    /// Slow readers take a little each second.
    fn read_slowly(&mut self) {
        for index in 0..self.links.len() {
            if self.links[index].slow && self.links[index].state == State::Live {
                self.receive(index as u32, receiving::SLOW_BYTES);
            }
        }
    }

    fn summary(&mut self) -> Summary {
        for link in &self.links {
            // Who was cut off or did not read is not owed everything.
            if link.state == State::Live && !link.slow && link.held.is_none() {
                for seen in link.positions.seen() {
                    self.heads[seen.conversation as usize].add_receiver(&seen);
                }
            }
        }
        for link in &self.links {
            for seen in link.positions.seen() {
                if let Some((first, last)) = seen.range {
                    self.heads[seen.conversation as usize].show(first);
                    self.heads[seen.conversation as usize].show(last);
                }
            }
        }
        Summary {
            counts: self.counts.clone(),
            latencies: self.latencies.pairs(),
            heads: std::mem::take(&mut self.heads),
            live: self.live,
        }
    }
}
