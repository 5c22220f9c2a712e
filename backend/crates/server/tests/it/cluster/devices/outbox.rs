//! What a device has to send: in order, one at a time in each conversation, the same id until there is an answer.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use super::{talk::Dice, timeline::hash_of};
use crate::harness::fresh_id;

/// How messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Stomp,
    Rest,
    /// Both at once, on two nodes.
    Both,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Message { id: String, text: String },
    Unsend { target: u64 },
    Rename { name: String },
    Kick { person: String },
    Add { person: String },
}

impl What {
    /// A message whose text says which it is: wherever it turns up, one knows whose it is.
    pub(super) fn message(room: &str, dice: &mut Dice) -> Self {
        let id = fresh_id();
        let text = format!("{CANARY}{room}/{id} {:x}", dice.roll());
        Self::Message { id, text }
    }

    pub(super) fn hash(&self) -> String {
        match self {
            Self::Message { text, .. } => hash_of(text),
            _ => String::new(),
        }
    }
}

const CANARY: &str = "canary:";
/// A UUID's characters.
const ID: usize = 36;

/// Conversation and id of each message whose words are in a text.
pub(super) fn canaries(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices(CANARY).filter_map(|(place, _)| {
        let (room, rest) = text[place + CANARY.len()..].split_once('/')?;
        Some((room, rest.get(..ID)?))
    })
}

/// What came of one try.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// Done; the place of the entry, if it has one.
    Done(Option<u64>),
    /// It will not be done.
    Refused(String),
    /// Nobody knows, or it may be tried again.
    Unknown,
}

/// The next thing of a conversation.
pub(super) struct Item {
    pub(super) what: What,
    /// Tries without an answer.
    pub(super) open: u32,
    pub(super) tries: u32,
    /// Not before.
    pub(super) not_before: Instant,
    /// A try ended without an answer.
    unknown: bool,
    refused: Option<String>,
}

/// What becomes of an item after an outcome.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Done,
    Refused(String),
    /// It goes on.
    Waits,
}

impl Item {
    fn new(what: What) -> Self {
        Self { what, open: 0, tries: 0, not_before: Instant::now(), unknown: false, refused: None }
    }

    pub(super) fn begin(&mut self, tries: u32) {
        self.open += tries;
        self.tries += tries;
        self.unknown = false;
        self.refused = None;
    }

    fn end(&mut self, outcome: Outcome, dice: &mut Dice) -> Fate {
        self.open = self.open.saturating_sub(1);
        match outcome {
            Outcome::Done(_) => return Fate::Done,
            Outcome::Refused(code) => self.refused = Some(code),
            Outcome::Unknown => self.unknown = true,
        }
        if self.open > 0 {
            return Fate::Waits;
        }
        // A refusal is final only when no other try can have been stored.
        match self.refused.take() {
            Some(code) if !self.unknown => Fate::Refused(code),
            _ => {
                self.not_before = Instant::now() + dice.about(Duration::from_millis(300));
                Fate::Waits
            }
        }
    }
}

/// All that is to be sent.
#[derive(Default)]
pub(super) struct Outbox {
    queues: HashMap<String, VecDeque<Item>>,
}

impl Outbox {
    pub(super) fn len(&self) -> usize {
        self.queues.values().map(VecDeque::len).sum()
    }

    pub(super) fn push(&mut self, conversation: &str, what: What) {
        self.queues.entry(conversation.to_owned()).or_default().push_back(Item::new(what));
    }

    /// What may be tried now.
    pub(super) fn due(&mut self) -> Vec<(String, &mut Item)> {
        let now = Instant::now();
        let fronts = self.queues.iter_mut().filter_map(|(id, queue)| Some((id.clone(), queue.front_mut()?)));
        fronts.filter(|(_, item)| item.open == 0 && item.not_before <= now).collect()
    }

    /// Takes an outcome of the first item there, if it is still that one.
    pub(super) fn end(&mut self, room: &str, what: &What, outcome: Outcome, dice: &mut Dice) -> Fate {
        let Some(queue) = self.queues.get_mut(room) else { return Fate::Waits };
        let Some(item) = queue.front_mut().filter(|item| item.what == *what) else { return Fate::Waits };
        let fate = item.end(outcome, dice);
        if fate != Fate::Waits {
            queue.pop_front();
        }
        fate
    }
}
