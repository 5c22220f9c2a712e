//! I10: read markers and unread.

use std::collections::HashMap;

use super::Findings;
use crate::{
    Invariant, Op, Phase,
    history::{At, History, Timeline},
    line::Marker,
};

/// Unread stops counting here.
const MOST: u32 = 100;
/// With more entries since the marker it is said to be [`MOST`] without counting.
const MOST_SCANNED: u64 = 2_000;

pub(super) fn check(history: &History<'_>, findings: &mut Findings) {
    let told = told(history, findings);
    for ledger in history.nodes.values() {
        for marker in &ledger.markers {
            let At { line, it: Marker { conversation, user, read_seq, .. } } = marker;
            let told = told.get(&(user.as_str(), conversation.as_str())).copied().unwrap_or_default();
            if *read_seq < told.acknowledged {
                let what = format!(
                    "{user} was told to have read {conversation} up to {}, the marker is at {read_seq}",
                    told.acknowledged
                );
                findings.add(Invariant::I10, *line, what);
            }
            let Some(timeline) = ledger.timelines.get(conversation.as_str()) else { continue };
            let highest = told.asked.max(timeline.joined(user));
            if *read_seq > highest {
                let what = format!("{user} read {conversation} up to {highest}, the marker is at {read_seq}");
                findings.add(Invariant::I10, *line, what);
            }
            unread(*marker, timeline, findings);
        }
    }
}

/// How far somebody has read somewhere.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    asked: u64,
    acknowledged: u64,
}

/// Follows markers in the order of time.
fn told<'a>(history: &History<'a>, findings: &mut Findings) -> HashMap<(&'a str, &'a str), Told> {
    let mut all: HashMap<(&str, &str), Told> = HashMap::new();
    // What was acknowledged when a device asked last, by device and conversation.
    let mut floors: HashMap<(&str, &str), u64> = HashMap::new();
    for event in &history.events {
        let Op::Read { phase, conversation, seq, read_seq } = &event.it.op else { continue };
        let (device, user) = (event.it.device.as_str(), event.it.user.as_str());
        let told = all.entry((user, conversation)).or_default();
        match (phase, read_seq) {
            (Phase::Invoke, _) => {
                told.asked = told.asked.max(*seq);
                floors.insert((device, conversation), told.acknowledged);
            }
            (Phase::Ok, Some(read_seq)) => {
                let floor = floors.get(&(device, conversation.as_str())).copied().unwrap_or(0).max(*seq);
                if *read_seq < floor {
                    let what =
                        format!("{user}'s marker in {conversation} is at {read_seq}, it was at {floor}");
                    findings.add(Invariant::I10, event.line, what);
                }
                told.acknowledged = told.acknowledged.max(*read_seq);
            }
            _ => {}
        }
    }
    all
}

/// Unread is what counting finds.
fn unread(marker: At<'_, Marker>, timeline: &Timeline<'_>, findings: &mut Findings) {
    let At { line, it: Marker { node, conversation, user, read_seq, unread } } = marker;
    let last = timeline.entries.last().map_or(0, |entry| entry.it.seq);
    let counted = if !timeline.has(user) {
        0
    } else if last.saturating_sub(*read_seq) > MOST_SCANNED {
        MOST
    } else {
        let waiting = timeline.entries.iter().map(|entry| entry.it).filter(|entry| {
            entry.seq > *read_seq
                && entry.hash.is_some()
                && entry.sender != *user
                && timeline.sees(user, entry.seq)
        });
        u32::try_from(waiting.count()).map_or(MOST, |count| count.min(MOST))
    };
    if *unread != counted {
        let what = format!("{node} says {unread} wait for {user} in {conversation}, there are {counted}");
        findings.add(Invariant::I10, line, what);
    }
}
