//! The sweep: once a second one task looks at all sockets of its shard and finds heartbeats owed, peers that are gone and times
//! that are up. No socket has a timer.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use kith_domain::Timestamp;
use kith_wire::close::CloseCode;
use tokio::time::MissedTickBehavior;

use crate::{
    connection::Connection, frames, gateway::Inner, hub::Command, queue::Outgoing, session::Fault,
    settings::Timing, shard::Shard, websocket,
};

/// What the sweep finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Fine,
    OwesHeartbeat,
    Silent,
    MustClose(CloseCode),
    MustGo,
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Judges a socket. `now` counts like its times, `wall` is the time that tokens expire by.
fn judge(connection: &Connection, timing: &Timing, now: u64, wall: Timestamp) -> Finding {
    let times = &connection.times;
    let since = |moment: u64| now.saturating_sub(moment);
    let longer = |moment: u64, limit: Duration| moment > 0 && since(moment) >= millis(limit);
    let progress = &connection.outbox.progress;
    let (spoke, stalled) = (progress.spoke.load(Ordering::Relaxed), progress.stalled.load(Ordering::Relaxed));
    if longer(times.closing.get(), timing.close) || longer(stalled, timing.write) {
        return Finding::MustGo;
    }
    if times.closing.get() > 0 {
        return Finding::Fine;
    }
    match connection.expires_at() {
        None if longer(times.opened.get(), timing.connect) => {
            return Finding::MustClose(CloseCode::ConnectTimeout);
        }
        Some(expiry) if wall.millis_since(expiry) >= timing.token_grace.as_millis() as i64 => {
            return Finding::MustClose(CloseCode::TokenExpired);
        }
        _ => {}
    }
    if longer(times.partial.get(), timing.frame) {
        return Finding::MustClose(CloseCode::PolicyViolation);
    }
    if longer(times.heard.get(), timing.silence) {
        return Finding::MustClose(CloseCode::HeartbeatLost);
    }
    // Two sweeps early, so that a late sweep is not a late heartbeat.
    let interval = times.heart_beat.load(Ordering::Relaxed);
    if interval > 0 && since(spoke) + 2 * millis(timing.sweep) >= interval {
        return Finding::OwesHeartbeat;
    }
    if longer(times.heard.get(), timing.ping_after) && longer(times.asked.get().max(1), timing.ping_after / 4)
    {
        return Finding::Silent;
    }
    Finding::Fine
}

fn act(connection: &Arc<Connection>, finding: Finding, now: u64) {
    let outbox = &connection.outbox;
    match finding {
        Finding::Fine => {}
        Finding::OwesHeartbeat => connection.mark(outbox.heartbeat()),
        Finding::Silent => {
            connection.times.asked.set(now);
            connection.mark(outbox.control(websocket::control_frame(websocket::Opcode::Ping, b"")));
        }
        Finding::MustClose(code) => {
            if code == CloseCode::ConnectTimeout {
                let fault = Fault {
                    code: code.reason(),
                    message: "no CONNECT came".into(),
                    receipt: None,
                    close: code,
                };
                connection.send(Outgoing::Frame(frames::error(&fault)));
            }
            outbox.close(code);
        }
        Finding::MustGo => outbox.kill(),
    }
}

/// Sweeps for ever.
pub(crate) async fn run(inner: Arc<Inner>, shard: Arc<Shard>) {
    let timing = &inner.settings.timing;
    let mut turns = tokio::time::interval(timing.sweep);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        let (now, wall) = (inner.ticks.advance(), inner.services.live.now());
        shard.connections.for_each(|connection| act(connection, judge(connection, timing, now, wall), now));
        shard.hub.send(Command::Purge);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::OutboxLimits;

    const SECOND: u64 = 1_000;

    struct Case {
        what: &'static str,
        connected: bool,
        set: fn(&Connection),
        at_seconds: u64,
        expected: Finding,
    }

    #[tokio::test]
    async fn what_is_found_when() {
        use Finding::{Fine, MustClose, MustGo, OwesHeartbeat, Silent};
        fn nothing(_: &Connection) {}
        fn beats(c: &Connection) {
            c.times.heart_beat.store(30 * SECOND, Ordering::Relaxed);
        }
        let case =
            |what, connected, set, at_seconds, expected| Case { what, connected, set, at_seconds, expected };
        for case in [
            case("just accepted", false, nothing, 9, Fine),
            case("no CONNECT", false, nothing, 10, MustClose(CloseCode::ConnectTimeout)),
            case("connected and silent", true, nothing, 44, Fine),
            case("silent for long", true, nothing, 45, Silent),
            case("asked a moment ago", true, |c| c.times.asked.set(44 * SECOND), 50, Fine),
            case("asked and no answer yet", true, |c| c.times.asked.set(44 * SECOND), 60, Silent),
            case("silent for too long", true, nothing, 75, MustClose(CloseCode::HeartbeatLost)),
            case("heard meanwhile", true, |c| c.times.heard.set(40 * SECOND), 76, Fine),
            case("heartbeat not owed yet", true, beats, 27, Fine),
            case("heartbeat owed", true, beats, 28, OwesHeartbeat),
            case(
                "something was sent instead",
                true,
                |c| {
                    beats(c);
                    c.outbox.progress.spoke.store(10 * SECOND, Ordering::Relaxed)
                },
                28,
                Fine,
            ),
            case("a frame in pieces", true, |c| c.times.partial.set(SECOND), 30, Fine),
            case(
                "a frame that never ends",
                true,
                |c| c.times.partial.set(SECOND),
                31,
                MustClose(CloseCode::PolicyViolation),
            ),
            case(
                "does not take bytes",
                true,
                |c| c.outbox.progress.stalled.store(SECOND, Ordering::Relaxed),
                10,
                Fine,
            ),
            case(
                "has not taken a byte for long",
                true,
                |c| c.outbox.progress.stalled.store(SECOND, Ordering::Relaxed),
                11,
                MustGo,
            ),
            case("closing", true, |c| c.times.closing.set(80 * SECOND), 83, Fine),
            case("closing for long", true, |c| c.times.closing.set(80 * SECOND), 84, MustGo),
        ] {
            let connection = Connection::new(Shard::here(), OutboxLimits::default(), None);
            if case.connected {
                connection.set_expires_at(Timestamp::from_millis(1_000_000));
            }
            (case.set)(&connection);
            let now = case.at_seconds * SECOND + 1;
            let wall = Timestamp::from_millis(1_000_000);
            assert_eq!(judge(&connection, &Timing::default(), now, wall), case.expected, "{}", case.what);
        }
    }

    #[tokio::test]
    async fn a_token_has_a_minute_of_grace() {
        let connection = Connection::new(Shard::here(), OutboxLimits::default(), None);
        connection.set_expires_at(Timestamp::from_millis(1_000_000));
        for (wall, expected) in [
            (0, Finding::Fine),
            (1_059_999, Finding::Fine),
            (1_060_000, Finding::MustClose(CloseCode::TokenExpired)),
        ] {
            assert_eq!(
                judge(&connection, &Timing::default(), 1, Timestamp::from_millis(wall)),
                expected,
                "{wall}"
            );
        }
        connection.set_expires_at(Timestamp::from_millis(1_900_000));
        assert_eq!(
            judge(&connection, &Timing::default(), 1, Timestamp::from_millis(1_060_000)),
            Finding::Fine
        );
    }
}
