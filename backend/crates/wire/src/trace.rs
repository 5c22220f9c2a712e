//! Ids of requests and traces (W3C Trace Context, level 1).

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// Makes ids that no two requests share, on any node: a counter under two keyed hashes whose keys are random per
/// process. They are names, not secrets.
#[derive(Debug, Default)]
pub struct TraceIds {
    keys: (RandomState, RandomState),
    counter: AtomicU64,
}

impl TraceIds {
    /// A fresh id: 32 digits of lower-case hex, as a trace id of W3C trace context.
    #[must_use]
    pub fn next(&self) -> String {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}{:016x}", self.keys.0.hash_one(count), self.keys.1.hash_one(count))
    }
}

/// The trace id of a `traceparent`: `version-trace-parent-flags` in lower-case hex, none of them void. `None` for
/// anything else, which the standard has begin a new trace.
#[must_use]
pub fn trace_id(traceparent: &str) -> Option<&str> {
    let mut parts = traceparent.split('-');
    let mut hex = |length: usize| {
        let part = parts.next()?;
        let good = part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        good.then_some(part)
    };
    let (version, trace, parent, _flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
    let void = |part: &str| part.bytes().all(|byte| byte == b'0');
    let more = parts.next().is_some();
    // Version 00 has exactly four parts; later ones may add some; ff is forbidden.
    let known = version == "00" && !more || version != "00" && version != "ff";
    (known && !void(trace) && !void(parent)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trace_parents() {
        let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        for (text, taken) in [
            (format!("00-{trace}-{parent}-01"), true),
            (format!("01-{trace}-{parent}-01-more"), true),
            (format!("00-{trace}-{parent}-01-more"), false),
            (format!("ff-{trace}-{parent}-01"), false),
            (format!("00-{}-{parent}-01", "0".repeat(32)), false),
            (format!("00-{trace}-{}-01", "0".repeat(16)), false),
            (format!("00-{}-{parent}-01", trace.to_uppercase()), false),
            (format!("00-{trace}-{parent}"), false),
            (String::new(), false),
        ] {
            assert_eq!(trace_id(&text), taken.then_some(trace), "{text}");
        }
    }

    #[test]
    fn ids_differ_between_requests_and_processes() {
        let (one, other) = (TraceIds::default(), TraceIds::default());
        let ids: std::collections::HashSet<String> =
            (0..1_000).flat_map(|_| [one.next(), other.next()]).collect();
        assert_eq!(ids.len(), 2_000);
        assert!(ids.iter().all(|id| id.len() == 32));
    }
}
