//! I1 and I5: what was acknowledged.

use std::collections::HashMap;

use super::Findings;
use crate::{
    Invariant, Op, Phase,
    history::{At, History},
    line::{Entry, Event},
};

pub(super) fn check(history: &History<'_>, findings: &mut Findings) {
    // The highest acknowledged seq of each conversation so far, and where each message had to come behind.
    let mut highest: HashMap<&str, u64> = HashMap::new();
    let mut floors: HashMap<(&str, &str, &str), u64> = HashMap::new();
    for event in &history.events {
        match &event.it.op {
            Op::Send { phase: Phase::Invoke, conversation, client_msg_id, .. } => {
                let floor = highest.get(conversation.as_str()).copied().unwrap_or(0);
                // A later try may find what the first one stored.
                floors.entry((conversation, &event.it.user, client_msg_id)).or_insert(floor);
            }
            Op::Send { phase: Phase::Ok, conversation, client_msg_id, hash, seq } => {
                let Some(seq) = *seq else {
                    findings.add(Invariant::I1, event.line, format!("{client_msg_id} has no place"));
                    continue;
                };
                let before = highest.entry(conversation).or_default();
                *before = seq.max(*before);
                acknowledged(history, findings, *event, (conversation, client_msg_id, hash, seq));
                let floor = floors.get(&(conversation.as_str(), event.it.user.as_str(), client_msg_id));
                if floor.is_some_and(|floor| seq <= *floor) {
                    let floor = floor.copied().unwrap_or_default();
                    findings.add(
                        Invariant::I5,
                        event.line,
                        format!("{client_msg_id} is {seq}, and was begun when {floor} was acknowledged"),
                    );
                }
            }
            Op::Unsend { phase: Phase::Ok, conversation, target, seq } => {
                let timeline = history.timeline(conversation);
                let entry = seq.and_then(|seq| timeline.and_then(|timeline| timeline.at(seq)));
                if entry.is_none_or(|entry| entry.it.target != Some(*target)) {
                    findings.add(
                        Invariant::I1,
                        event.line,
                        format!("lost: the unsend of {target}, acknowledged as {seq:?}, is not there"),
                    );
                }
            }
            _ => {}
        }
    }
}

/// An acknowledged message is where and what it was acknowledged as.
fn acknowledged(
    history: &History<'_>,
    findings: &mut Findings,
    event: At<'_, Event>,
    (conversation, client_msg_id, hash, seq): (&str, &str, &str, u64),
) {
    let entry =
        history.timeline(conversation).and_then(|timeline| timeline.named(&event.it.user, client_msg_id));
    let Some(At { it: Entry { seq: stored, hash: stored_hash, .. }, .. }) = entry else {
        let what = format!("lost: {client_msg_id} was acknowledged as {seq} and is not in the timeline");
        return findings.add(Invariant::I1, event.line, what);
    };
    if *stored != seq {
        let what = format!("{client_msg_id} was acknowledged as {seq} and is {stored}");
        findings.add(Invariant::I1, event.line, what);
    }
    if stored_hash.as_ref().is_some_and(|stored| stored != hash) {
        let what = format!("{client_msg_id} at {seq} says something else than what was sent");
        findings.add(Invariant::I1, event.line, what);
    }
}
