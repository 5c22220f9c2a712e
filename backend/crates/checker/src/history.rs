//! A history in order: what was asked and answered, and what the ledger holds.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    fmt, io,
};

use crate::line::{Conversation, Entry, Event, Kind, Line, Marker, Screen};

/// Why lines are no history.
#[derive(Debug)]
pub enum HistoryError {
    /// They cannot be read.
    Io {
        /// The line, from 1.
        number: usize,
        /// Why.
        source: io::Error,
    },
    /// A line is none.
    Line {
        /// The line, from 1.
        number: usize,
        /// Why.
        source: serde_json::Error,
    },
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { number, source } => write!(f, "line {number} cannot be read: {source}"),
            Self::Line { number, source } => write!(f, "line {number} is not of a history: {source}"),
        }
    }
}

impl Error for HistoryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Line { source, .. } => Some(source),
        }
    }
}

/// Something and its line.
#[derive(Debug)]
pub(crate) struct At<'a, T> {
    pub(crate) line: usize,
    pub(crate) it: &'a T,
}

// Derived, they would ask the same of `T`.
impl<T> Clone for At<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for At<'_, T> {}

/// Lines by what they are.
pub(crate) struct History<'a> {
    /// In the order of their times; those of one time in the order they were written.
    pub(crate) events: Vec<At<'a, Event>>,
    pub(crate) screens: Vec<At<'a, Screen>>,
    /// What each node answers, by its name. The first one stands for the ledger; the others must be the same.
    pub(crate) nodes: BTreeMap<&'a str, Ledger<'a>>,
}

/// What a node answers.
#[derive(Default)]
pub(crate) struct Ledger<'a> {
    pub(crate) timelines: BTreeMap<&'a str, Timeline<'a>>,
    pub(crate) markers: Vec<At<'a, Marker>>,
}

/// A conversation and its entries.
#[derive(Default)]
pub(crate) struct Timeline<'a> {
    pub(crate) conversation: Option<At<'a, Conversation>>,
    /// In the order of their seqs.
    pub(crate) entries: Vec<At<'a, Entry>>,
    /// Places in `entries`, by seq.
    by_seq: HashMap<u64, usize>,
    /// Places in `entries`, by sender and client message id.
    by_name: HashMap<(&'a str, &'a str), usize>,
    /// Places in `entries`, by client message id alone.
    by_id: HashMap<&'a str, usize>,
    /// Spans of membership, both ends included, oldest first.
    spans: HashMap<&'a str, Vec<(u64, Option<u64>)>>,
    /// Seqs of unsends, by what they erase.
    pub(crate) unsends: HashMap<u64, u64>,
}

impl<'a> Timeline<'a> {
    pub(crate) fn at(&self, seq: u64) -> Option<At<'a, Entry>> {
        self.by_seq.get(&seq).map(|place| self.entries[*place])
    }

    pub(crate) fn named(&self, sender: &str, client_msg_id: &str) -> Option<At<'a, Entry>> {
        self.by_name.get(&(sender, client_msg_id)).map(|place| self.entries[*place])
    }

    /// A message of whomever.
    pub(crate) fn called(&self, client_msg_id: &str) -> Option<At<'a, Entry>> {
        self.by_id.get(client_msg_id).map(|place| self.entries[*place])
    }

    /// Whether the person was in it at this place.
    pub(crate) fn sees(&self, user: &str, seq: u64) -> bool {
        let spans = self.spans.get(user);
        spans
            .is_some_and(|spans| spans.iter().any(|(from, to)| seq >= *from && to.is_none_or(|to| seq <= to)))
    }

    /// Whether the person is in it now.
    pub(crate) fn has(&self, user: &str) -> bool {
        self.spans.get(user).is_some_and(|spans| spans.last().is_some_and(|(_, to)| to.is_none()))
    }

    /// Where the person's present membership began.
    pub(crate) fn joined(&self, user: &str) -> u64 {
        self.spans.get(user).and_then(|spans| spans.last()).map_or(0, |(from, _)| *from)
    }

    fn settle(&mut self) {
        self.entries.sort_by_key(|entry| (entry.it.seq, entry.line));
        if let Some(At { it: conversation, .. }) = self.conversation
            && conversation.kind == Kind::Direct
        {
            for user in &conversation.pair {
                self.spans.insert(user, vec![(1, None)]);
            }
        }
        for (place, entry) in self.entries.iter().enumerate() {
            let entry = entry.it;
            self.by_seq.entry(entry.seq).or_insert(place);
            if let Some(name) = &entry.client_msg_id {
                self.by_name.entry((&entry.sender, name)).or_insert(place);
                self.by_id.entry(name).or_insert(place);
            }
            if let Some(target) = entry.target {
                self.unsends.entry(target).or_insert(entry.seq);
            }
            let Some(notice) = &entry.notice else { continue };
            let subject = notice.subject.as_deref();
            match (notice.change.as_str(), subject) {
                ("created", _) => {
                    self.spans.entry(&entry.sender).or_default().push((entry.seq, None));
                }
                ("joined", Some(user)) => {
                    self.spans.entry(user).or_default().push((entry.seq, None));
                }
                ("left" | "kicked", Some(user)) => {
                    if let Some(span) = self.spans.get_mut(user).and_then(|spans| spans.last_mut()) {
                        span.1 = Some(entry.seq);
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'a> History<'a> {
    pub(crate) fn new(lines: &'a [Line]) -> Self {
        let mut history = Self { events: Vec::new(), screens: Vec::new(), nodes: BTreeMap::new() };
        for (place, line) in lines.iter().enumerate() {
            let line_number = place + 1;
            match line {
                Line::Event(it) => history.events.push(At { line: line_number, it }),
                Line::Screen(it) => history.screens.push(At { line: line_number, it }),
                Line::Conversation(it) => {
                    let timeline = history.timeline_of(&it.node, &it.id);
                    timeline.conversation.get_or_insert(At { line: line_number, it });
                }
                Line::Entry(it) => {
                    let entry = At { line: line_number, it };
                    history.timeline_of(&it.node, &it.conversation).entries.push(entry);
                }
                Line::Marker(it) => {
                    let marker = At { line: line_number, it };
                    history.nodes.entry(&it.node).or_default().markers.push(marker);
                }
            }
        }
        history.events.sort_by_key(|event| event.it.at);
        for ledger in history.nodes.values_mut() {
            ledger.timelines.values_mut().for_each(Timeline::settle);
        }
        history
    }

    fn timeline_of(&mut self, node: &'a str, conversation: &'a str) -> &mut Timeline<'a> {
        self.nodes.entry(node).or_default().timelines.entry(conversation).or_default()
    }

    /// The ledger: what the first node answers.
    pub(crate) fn ledger(&self) -> Option<&Ledger<'a>> {
        self.nodes.values().next()
    }

    /// A conversation of the ledger.
    pub(crate) fn timeline(&self, conversation: &str) -> Option<&Timeline<'a>> {
        self.ledger().and_then(|ledger| ledger.timelines.get(conversation))
    }
}
