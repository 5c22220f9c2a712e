//! A device, as the director of a test sees it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use kith_checker::{Line, Screen};
use tokio::{sync::watch, task::JoinHandle};

use super::{bugs::Bug, nodes::Nodes, recorder::Recorder, run, talk::Talk, timeline::Timeline};
use crate::harness::Person;

/// The close code of a device that goes by itself.
pub(crate) const BY_ITSELF: u16 = 1000;

/// What all devices are told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Say something now and then.
    Talk,
    /// Say nothing new; bring to an end what was begun, and keep up.
    Hush,
}

/// What a device is.
pub(crate) struct Plan {
    /// Unique.
    pub(crate) name: String,
    pub(crate) person: Person,
    /// Nothing: it listens only.
    pub(crate) talk: Option<Talk>,
    pub(crate) seed: u64,
    pub(crate) bug: Option<Bug>,
}

/// A running device, as the director of a test sees it. It ends when this is dropped.
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) user: String,
    /// It has a fault: nobody waits for it.
    pub(crate) faulty: bool,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

/// What others may look at.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) timelines: Mutex<HashMap<String, Timeline>>,
    pub(super) busy: AtomicUsize,
    /// In step with its socket.
    pub(super) live: AtomicUsize,
}

impl Drop for Device {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Device {
    pub(crate) fn start(
        plan: Plan,
        nodes: &Nodes,
        recorder: &Recorder,
        mode: &watch::Receiver<Mode>,
    ) -> Self {
        let (name, user, faulty) = (plan.name.clone(), plan.person.id.clone(), plan.bug.is_some());
        let seen = Arc::<Seen>::default();
        let task = run::start(plan, nodes, recorder, mode, &seen);
        Self { name, user, faulty, seen, task }
    }

    /// What it has begun and not brought to an end.
    pub(crate) fn busy(&self) -> usize {
        assert!(!self.task.is_finished(), "{} ended", self.name);
        self.seen.busy.load(Ordering::SeqCst)
    }

    /// Whether it has a socket, and all that was to be had when it got it.
    pub(crate) fn is_live(&self) -> bool {
        self.seen.live.load(Ordering::SeqCst) > 0
    }

    /// How far it is in a conversation.
    pub(crate) fn position(&self, conversation: &str) -> u64 {
        self.seen.timelines.lock().unwrap().get(conversation).map_or(0, |timeline| timeline.position)
    }

    /// What it shows.
    pub(crate) fn screens(&self) -> Vec<Line> {
        let timelines = self.seen.timelines.lock().unwrap();
        let screens = timelines.iter().map(|(conversation, timeline)| {
            Line::Screen(Screen {
                device: self.name.clone(),
                user: self.user.clone(),
                conversation: conversation.clone(),
                name: timeline.name.clone(),
                rows: timeline.screen(),
            })
        });
        screens.collect()
    }
}
