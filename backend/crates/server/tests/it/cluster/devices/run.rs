//! The life of a device: a task that keeps a socket, sends, catches up, and writes down what it lives through.

mod catching_up;
mod connecting;
mod receiving;
mod sending;
mod speaking;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use kith_checker::{Op, Phase};
use serde_json::Value;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::MissedTickBehavior,
};

use super::{
    bugs::Bug,
    device::{BY_ITSELF, Mode, Plan, Seen},
    link::Link,
    nodes::{Node, Nodes, PATIENCE},
    outbox::{Outbox, Outcome, What},
    recorder::Recorder,
    talk::Dice,
    timeline::Timeline,
};
use crate::harness::{Reply, Socket};

/// How it stands with its socket.
enum State {
    /// Not before `since` it looks for a node.
    Away {
        since: Instant,
    },
    /// It is connecting.
    Connecting,
    /// It has asked for what it missed; what comes meanwhile waits.
    Behind {
        socket: Box<Socket>,
        node: Node,
        buffer: Vec<Value>,
    },
    Live {
        socket: Box<Socket>,
        node: Node,
    },
}

/// What comes back from requests under way.
enum Report {
    Linked(Option<Box<Link>>),
    Synced { link: u64, answer: Option<Value> },
    Page { room: String, answer: Option<Value> },
    Answer { room: String, what: What, outcome: Outcome },
    Read { room: String, seq: u64, read_seq: Option<u64>, text: String },
}

/// A frame that waits for its receipt.
struct Sent {
    room: String,
    what: What,
    overdue: Instant,
}

/// How often it looks after what has to happen at some time.
const LOOK: Duration = Duration::from_millis(100);

/// With so much to send, people wait. Else a machine that is slow for a minute would be busy for minutes with what was said.
const MOST_WAITING: usize = 16;

/// A device from within.
struct Run {
    plan: Plan,
    nodes: Nodes,
    recorder: Recorder,
    mode: watch::Receiver<Mode>,
    seen: Arc<Seen>,
    reports: mpsc::UnboundedSender<Report>,
    dice: Dice,
    outbox: Outbox,
    state: State,
    /// How many sockets it has had.
    links: u64,
    receipts: HashMap<String, Sent>,
    epoch: Option<String>,
    user_seq: u64,
    /// A message of its own that it may unsend.
    own: Option<(String, u64)>,
    reading: HashMap<String, u64>,
    /// Messages it was sent.
    known: HashSet<String>,
    /// With a bug: it is to subscribe yet.
    unsubscribed: bool,
    /// Events that a bug has eaten.
    dropped: u32,
}

/// Begins the life of a device that is away.
pub(super) fn start(
    plan: Plan,
    nodes: &Nodes,
    recorder: &Recorder,
    mode: &watch::Receiver<Mode>,
    seen: &Arc<Seen>,
) -> JoinHandle<()> {
    let (reports, reported) = mpsc::unbounded_channel();
    let run = Run {
        dice: Dice::new(plan.seed),
        plan,
        nodes: nodes.clone(),
        recorder: recorder.clone(),
        mode: mode.clone(),
        seen: Arc::clone(seen),
        reports,
        outbox: Outbox::default(),
        state: State::Away { since: Instant::now() },
        links: 0,
        receipts: HashMap::new(),
        epoch: None,
        user_seq: 0,
        own: None,
        reading: HashMap::new(),
        known: HashSet::new(),
        unsubscribed: false,
        dropped: 0,
    };
    tokio::spawn(run.run(reported))
}

impl Run {
    async fn run(mut self, mut reported: mpsc::UnboundedReceiver<Report>) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut speaks = Instant::now();
        loop {
            let frame = async {
                match &mut self.state {
                    State::Behind { socket, .. } | State::Live { socket, .. } => socket.frame().await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                frame = frame => match frame {
                    Ok(frame) => self.take(frame),
                    Err(code) => self.closed(code),
                },
                Some(report) = reported.recv() => self.hear(report),
                _ = looks.tick() => {
                    self.look().await;
                    let talks = *self.mode.borrow() == Mode::Talk
                        && self.plan.talk.is_some()
                        && self.outbox.len() < MOST_WAITING;
                    if talks && speaks <= Instant::now() {
                        self.speak();
                        let pace = self.plan.talk.as_ref().map_or(LOOK, |talk| talk.pace);
                        speaks = Instant::now() + self.dice.about(pace);
                    }
                }
            }
            let busy = self.outbox.len() + self.reading.len();
            self.seen.busy.store(busy, Ordering::SeqCst);
        }
    }

    /// Looks after what is due.
    async fn look(&mut self) {
        let overdue = self.receipts.values().any(|sent| sent.overdue <= Instant::now());
        if overdue {
            // The socket is no good any more, though nobody has said so.
            self.closed(Some(BY_ITSELF));
        }
        self.subscribe_late().await;
        self.reconnect();
        self.send().await;
        let lacking: Vec<String> = {
            let timelines = self.seen.timelines.lock().unwrap();
            let lacking = timelines.iter().filter(|(_, timeline)| timeline.lacks() && !timeline.fetching);
            lacking.map(|(room, _)| room.clone()).collect()
        };
        for room in lacking {
            self.fetch(room);
        }
    }

    fn hear(&mut self, report: Report) {
        match report {
            Report::Linked(None) => {
                let since = Instant::now() + self.dice.about(Duration::from_millis(500));
                self.state = State::Away { since };
            }
            Report::Linked(Some(link)) => self.linked(*link),
            Report::Synced { link, answer } if link == self.links => self.synced(answer),
            Report::Synced { .. } => {}
            Report::Page { room, answer } => self.paged(&room, answer),
            Report::Answer { room, what, outcome } => self.answered(room, what, outcome),
            Report::Read { room, seq, read_seq, text } => {
                self.reading.remove(&room);
                self.heard(&text);
                let phase = if read_seq.is_some() { Phase::Ok } else { Phase::Unknown };
                self.note(Op::Read { phase, conversation: room, seq, read_seq });
            }
        }
    }

    fn note(&self, op: Op) {
        self.recorder.note(&self.plan.name, &self.plan.person.id, op);
    }

    fn bug(&self, bug: Bug) -> bool {
        self.plan.bug == Some(bug)
    }

    /// Works on a timeline, and notes what it shows.
    fn with<T>(&self, room: &str, work: impl FnOnce(&mut Timeline, &mut dyn FnMut(Op)) -> T) -> T {
        let mut timelines = self.seen.timelines.lock().unwrap();
        work(timelines.entry(room.to_owned()).or_default(), &mut |op| self.note(op))
    }

    /// A number that chooses a node.
    fn draw(&mut self) -> usize {
        usize::try_from(self.dice.below(60)).unwrap()
    }

    /// A request that breaks or comes to nothing within the time that one waits for it gives none.
    fn call(
        &self,
        node: &Node,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> impl Future<Output = Option<Reply>> + Send + 'static {
        let mut request = node.http.request(method, path).bearer_auth(&self.plan.person.access_token);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let request = request.timeout(PATIENCE);
        async move { Reply::attempt(request).await.ok() }
    }

    fn report(&self, work: impl Future<Output = Report> + Send + 'static) {
        let reports = self.reports.clone();
        tokio::spawn(async move {
            // At the end nobody hears it.
            let _ = reports.send(work.await);
        });
    }
}
