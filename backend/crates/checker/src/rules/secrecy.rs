//! I9, and what of I2 shows in frames: what devices are sent.

use super::Findings;
use crate::{Invariant, Op, history::History};

pub(super) fn check(history: &History<'_>, findings: &mut Findings) {
    for event in &history.events {
        let (user, device) = (event.it.user.as_str(), event.it.device.as_str());
        match &event.it.op {
            Op::Render { conversation, seq, .. } => {
                let timeline = history.timeline(conversation);
                if !timeline.is_some_and(|timeline| timeline.sees(user, *seq)) {
                    let what = format!("{device} shows {seq} of {conversation}, where {user} was not then");
                    findings.add(Invariant::I9, event.line, what);
                }
            }
            Op::Heard { conversation, client_msg_id } => {
                let timeline = history.timeline(conversation);
                let entry = timeline.and_then(|timeline| timeline.called(client_msg_id));
                match (timeline, entry) {
                    (Some(timeline), Some(entry)) if timeline.sees(user, entry.it.seq) => {}
                    (_, Some(entry)) => {
                        let seq = entry.it.seq;
                        let what = format!(
                            "{device} was sent {client_msg_id}, {seq} of {conversation}, where {user} was not then"
                        );
                        findings.add(Invariant::I9, event.line, what);
                    }
                    (_, None) => {
                        let what = format!("{device} was sent {client_msg_id}, which is not stored");
                        findings.add(Invariant::I2, event.line, what);
                    }
                }
            }
            _ => {}
        }
    }
}
