//! I2, I3 and I4: what is in the timelines.

use std::collections::{HashMap, HashSet};

use super::Findings;
use crate::{
    Invariant, Op, Phase,
    history::{At, History, Timeline},
    line::Entry,
};

/// What was begun and what was refused.
#[derive(Default)]
struct Begun<'a> {
    /// Hashes, by conversation, sender and client message id.
    messages: HashMap<(&'a str, &'a str, &'a str), HashSet<&'a str>>,
    /// Lines that say a message will not be sent.
    refused: HashMap<(&'a str, &'a str, &'a str), usize>,
    /// By conversation, person and target.
    unsends: HashSet<(&'a str, &'a str, u64)>,
    /// How often, by conversation, person, type and subject.
    changes: HashMap<Change<'a>, usize>,
}

type Change<'a> = (&'a str, &'a str, &'a str, Option<&'a str>);

impl<'a> Begun<'a> {
    fn of(history: &History<'a>) -> Self {
        let mut begun = Self::default();
        for event in &history.events {
            let user = event.it.user.as_str();
            match &event.it.op {
                Op::Send { phase: Phase::Invoke, conversation, client_msg_id, hash, .. } => {
                    let name = (conversation.as_str(), user, client_msg_id.as_str());
                    begun.messages.entry(name).or_default().insert(hash);
                }
                Op::Send { phase: Phase::Fail, conversation, client_msg_id, .. } => {
                    begun.refused.insert((conversation, user, client_msg_id), event.line);
                }
                Op::Unsend { phase: Phase::Invoke, conversation, target, .. } => {
                    begun.unsends.insert((conversation, user, *target));
                }
                Op::Change { phase: Phase::Invoke, conversation, change, subject } => {
                    *begun.changes.entry((conversation, user, change, subject.as_deref())).or_default() += 1;
                }
                _ => {}
            }
        }
        begun
    }
}

pub(super) fn check(history: &History<'_>, findings: &mut Findings) {
    let mut begun = Begun::of(history);
    let Some(ledger) = history.ledger() else { return };
    for (conversation, timeline) in &ledger.timelines {
        let mut names: HashMap<(&str, &str), u64> = HashMap::new();
        let mut last = 0;
        for entry in &timeline.entries {
            let At { line, it: Entry { seq, sender, client_msg_id, .. } } = entry;
            if *seq == last {
                findings.add(Invariant::I3, *line, format!("{conversation} has two entries at {seq}"));
            } else if *seq != last + 1 {
                let what = format!("{conversation} has {seq} behind {last}");
                findings.add(Invariant::I4, *line, what);
            }
            last = *seq;
            if let Some(name) = client_msg_id
                && let Some(other) = names.insert((sender, name), *seq)
            {
                findings.add(Invariant::I3, *line, format!("{name} is stored at {other} and at {seq}"));
            }
            authorised(conversation, timeline, *entry, &mut begun, findings);
        }
    }
}

/// Somebody who might began what is there.
fn authorised<'a>(
    conversation: &'a str,
    timeline: &Timeline<'a>,
    entry: At<'a, Entry>,
    begun: &mut Begun<'a>,
    findings: &mut Findings,
) {
    let At { line, it: Entry { seq, sender, client_msg_id, hash, target, notice, .. } } = entry;
    let mut report = |what: String| findings.add(Invariant::I2, line, what);
    if !timeline.sees(sender, *seq) {
        report(format!("{sender} was not in {conversation} at {seq}"));
    }
    if let Some(name) = client_msg_id {
        let key = (conversation, sender.as_str(), name.as_str());
        match begun.messages.get(&key) {
            None => report(format!("nobody sent {name}, which is at {seq}")),
            Some(hashes) => {
                if hash.as_ref().is_some_and(|hash| !hashes.contains(hash.as_str())) {
                    report(format!("nobody sent what {name} at {seq} says"));
                }
            }
        }
        if let Some(refused) = begun.refused.get(&key) {
            report(format!("{name} is at {seq}, and its sender was told in line {refused} that it is not"));
        }
        if hash.is_none() && !timeline.unsends.contains_key(seq) {
            report(format!("{name} at {seq} is erased, and nothing tells of it"));
        }
    }
    if let Some(target) = target
        && !begun.unsends.contains(&(conversation, sender.as_str(), *target))
    {
        report(format!("{sender} did not unsend {target}, as {seq} says"));
    }
    if let Some(notice) = notice {
        let key = (conversation, sender.as_str(), notice.change.as_str(), notice.subject.as_deref());
        match begun.changes.get_mut(&key) {
            Some(count) if *count > 0 => *count -= 1,
            _ => report(format!("{sender} did not do what {seq} says: {}", notice.change)),
        }
    }
}
