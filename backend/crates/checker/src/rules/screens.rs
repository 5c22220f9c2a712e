//! I6, I7 and I8: what devices show.

use std::collections::{HashMap, HashSet};

use super::Findings;
use crate::{
    Invariant, Op,
    history::{At, History, Timeline},
    line::{Event, Row, Screen},
};

/// What a device has shown of a conversation.
#[derive(Default)]
struct Shown<'a> {
    last: u64,
    seqs: HashSet<u64>,
    /// By sender and client message id.
    names: HashMap<(&'a str, &'a str), u64>,
}

pub(super) fn check(history: &History<'_>, findings: &mut Findings) {
    let shown = renders(history, findings);
    for screen in &history.screens {
        let Screen { device, conversation, .. } = screen.it;
        let Some(timeline) = history.timeline(conversation) else {
            let what = format!("{device} shows {conversation}, which is not there");
            findings.add(Invariant::I8, screen.line, what);
            continue;
        };
        let shown = shown.get(&(device.as_str(), conversation.as_str()));
        whole(*screen, timeline, shown, findings);
        once(*screen, findings);
        alike(*screen, timeline, findings);
    }
    unknown_conversations(history, findings);
    nodes_agree(history, findings);
}

/// A device that was connected shows every conversation of which its person may see something.
fn unknown_conversations(history: &History<'_>, findings: &mut Findings) {
    let shown: HashSet<(&str, &str)> = history
        .screens
        .iter()
        .map(|screen| (screen.it.device.as_str(), screen.it.conversation.as_str()))
        .collect();
    let mut connected: HashMap<&str, At<'_, Event>> = HashMap::new();
    for event in &history.events {
        if let Op::Connected { .. } = event.it.op {
            connected.insert(&event.it.device, *event);
        }
    }
    for (device, event) in connected {
        for (conversation, timeline) in history.ledger().iter().flat_map(|ledger| &ledger.timelines) {
            let user = event.it.user.as_str();
            let visible = timeline.entries.iter().any(|entry| timeline.sees(user, entry.it.seq));
            if visible && !shown.contains(&(device, *conversation)) {
                let what = format!("{device} shows nothing of {conversation}");
                findings.add(Invariant::I6, event.line, what);
            }
        }
    }
}

/// Follows what is shown, in the order of time.
fn renders<'a>(history: &History<'a>, findings: &mut Findings) -> HashMap<(&'a str, &'a str), Shown<'a>> {
    let mut all: HashMap<(&str, &str), Shown<'_>> = HashMap::new();
    for event in &history.events {
        let device = event.it.device.as_str();
        match &event.it.op {
            Op::Reload => all.retain(|(whose, _), _| *whose != device),
            Op::Render { conversation, seq, client_msg_id, sender, hash } => {
                let shown = all.entry((device, conversation)).or_default();
                if *seq <= shown.last {
                    let what = format!("{device} shows {seq} of {conversation} behind {}", shown.last);
                    findings.add(Invariant::I6, event.line, what);
                }
                shown.last = shown.last.max(*seq);
                shown.seqs.insert(*seq);
                if let Some(name) = client_msg_id
                    && let Some(before) = shown.names.insert((sender, name), *seq)
                {
                    let what = format!("{device} shows {name} at {before} and again at {seq}");
                    findings.add(Invariant::I7, event.line, what);
                }
                let entry = history.timeline(conversation).and_then(|timeline| timeline.at(*seq));
                let same = entry.is_some_and(|At { it: entry, .. }| {
                    entry.sender == *sender
                        && entry.client_msg_id == *client_msg_id
                        && (entry.hash.is_none() || hash.is_none() || entry.hash == *hash)
                });
                if !same {
                    let what = format!("{device} shows another {seq} of {conversation} than the ledger has");
                    findings.add(Invariant::I6, event.line, what);
                }
            }
            _ => {}
        }
    }
    all
}

/// All that may be seen was shown.
fn whole(
    screen: At<'_, Screen>,
    timeline: &Timeline<'_>,
    shown: Option<&Shown<'_>>,
    findings: &mut Findings,
) {
    let Screen { device, user, conversation, .. } = screen.it;
    let missing = timeline
        .entries
        .iter()
        .map(|entry| entry.it.seq)
        .filter(|seq| timeline.sees(user, *seq) && !shown.is_some_and(|shown| shown.seqs.contains(seq)));
    let missing: Vec<u64> = missing.collect();
    if let (Some(first), Some(last)) = (missing.first(), missing.last()) {
        let what = format!(
            "{device} has not shown {} of what it may see of {conversation}, from {first} to {last}",
            missing.len()
        );
        findings.add(Invariant::I6, screen.line, what);
    }
}

/// No message is there twice, nor still under way.
fn once(screen: At<'_, Screen>, findings: &mut Findings) {
    let Screen { device, conversation, rows, .. } = screen.it;
    let mut names: HashMap<&str, Option<u64>> = HashMap::new();
    for row in rows {
        let Some(name) = &row.client_msg_id else { continue };
        if let Some(other) = names.insert(name, row.seq) {
            let what = format!("{device} shows {name} of {conversation} twice: {other:?} and {:?}", row.seq);
            findings.add(Invariant::I7, screen.line, what);
        }
    }
}

/// The screen is what the ledger says this person sees.
fn alike(screen: At<'_, Screen>, timeline: &Timeline<'_>, findings: &mut Findings) {
    let Screen { device, user, conversation, name, rows } = screen.it;
    let expected: Vec<Row> = timeline
        .entries
        .iter()
        .filter(|entry| timeline.sees(user, entry.it.seq) && entry.it.target.is_none())
        .map(|entry| {
            let entry = entry.it;
            Row { seq: Some(entry.seq), client_msg_id: entry.client_msg_id.clone(), hash: entry.hash.clone() }
        })
        .collect();
    // Who was gone when a message was unsent may show it still.
    let hidden_unsend =
        |seq: u64| timeline.unsends.get(&seq).is_some_and(|unsend| !timeline.sees(user, *unsend));
    let same = |row: &Row, expected: &Row| {
        row == expected
            || (row.seq == expected.seq
                && row.client_msg_id == expected.client_msg_id
                && expected.seq.is_some_and(hidden_unsend))
    };
    let first = (0..rows.len().max(expected.len())).find(|place| {
        !matches!((rows.get(*place), expected.get(*place)), (Some(row), Some(expected)) if same(row, expected))
    });
    if let Some(place) = first {
        let what = format!(
            "{device} shows {:?} in row {} of {conversation} where the ledger has {:?}",
            rows.get(place),
            place + 1,
            expected.get(place),
        );
        findings.add(Invariant::I8, screen.line, what);
    }
    let stored = timeline.conversation.and_then(|conversation| conversation.it.name.as_ref());
    if timeline.has(user) && name.as_ref() != stored {
        let what = format!("{device} calls {conversation} {name:?}, its name is {stored:?}");
        findings.add(Invariant::I8, screen.line, what);
    }
}

/// Every node answers the same.
fn nodes_agree(history: &History<'_>, findings: &mut Findings) {
    let Some(first) = history.ledger() else { return };
    for (node, ledger) in history.nodes.iter().skip(1) {
        for (conversation, timeline) in &ledger.timelines {
            let Some(other) = first.timelines.get(conversation) else {
                let line = timeline.entries.first().map_or(0, |entry| entry.line);
                findings.add(Invariant::I8, line, format!("only {node} knows {conversation}"));
                continue;
            };
            for entry in &timeline.entries {
                let same = other.at(entry.it.seq).is_some_and(|other| {
                    let (a, b) = (entry.it, other.it);
                    (a.seq, &a.sender, &a.client_msg_id, &a.hash, a.target, &a.notice)
                        == (b.seq, &b.sender, &b.client_msg_id, &b.hash, b.target, &b.notice)
                });
                if !same {
                    let seq = entry.it.seq;
                    let what = format!("{node} has another {seq} of {conversation} than the first node");
                    findings.add(Invariant::I8, entry.line, what);
                }
            }
            let name = |timeline: &Timeline<'_>| timeline.conversation.map(|c| c.it.name.clone());
            if timeline.entries.len() != other.entries.len() || name(timeline) != name(other) {
                let line = timeline.conversation.map_or(0, |conversation| conversation.line);
                let what = format!(
                    "{node} has {} entries of {conversation} called {:?}, the first node {} called {:?}",
                    timeline.entries.len(),
                    name(timeline),
                    other.entries.len(),
                    name(other)
                );
                findings.add(Invariant::I8, line, what);
            }
        }
    }
}
