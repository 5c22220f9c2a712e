//! How often things may be done.

use std::{num::NonZeroU32, time::Duration};

use kith_domain::ports::Limit;

/// A token bucket: it holds `burst` tokens and gets one back per `interval`. In any span of time `t` at most
/// `burst + t / interval` pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    burst: NonZeroU32,
    interval: Duration,
}

impl Rate {
    /// `count` per `period`: all of them at once after a quiet period, in the long run evenly. `None` for a count of
    /// 0, or one so large that less than a nanosecond lies between two.
    #[must_use]
    pub const fn new(count: u32, period: Duration) -> Option<Self> {
        match (NonZeroU32::new(count), period.checked_div(count)) {
            (Some(burst), Some(interval)) if !interval.is_zero() => Some(Self { burst, interval }),
            _ => None,
        }
    }

    /// The same rate in the long run with another number at once.
    #[must_use]
    pub const fn with_burst(self, burst: NonZeroU32) -> Self {
        Self { burst, ..self }
    }

    /// A tenth of it: a tenth at once, but one at least, and ten times as long until the next.
    #[must_use]
    pub const fn tenth(self) -> Self {
        let burst = match NonZeroU32::new(self.burst.get() / 10) {
            Some(burst) => burst,
            None => NonZeroU32::MIN,
        };
        Self { burst, interval: self.interval.saturating_mul(10) }
    }

    /// How many pass at once.
    #[must_use]
    pub const fn burst(self) -> NonZeroU32 {
        self.burst
    }

    /// After how long one more passes.
    #[must_use]
    pub const fn interval(self) -> Duration {
        self.interval
    }
}

/// The rate of each [`kith_domain::ports::Limit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitValues {
    /// Messages of one person.
    pub messages: Rate,
    /// Messages of one person in one conversation.
    pub conversation_messages: Rate,
    /// Typing notes of one person in one conversation.
    pub typing: Rate,
    /// Presence changes of one device.
    pub presence_changes: Rate,
    /// Read markers of one person.
    pub markers: Rate,
    /// Friend and join requests of one person.
    pub requests: Rate,
    /// Code look-ups of one person.
    pub code_look_ups: Rate,
    /// Searches of one person.
    pub searches: Rate,
    /// Sign-ins from one address.
    pub sign_ins: Rate,
    /// Refreshes of one device.
    pub refreshes: Rate,
    /// Checks of one person's account password.
    pub password_checks: Rate,
    /// Exports of one person's data.
    pub exports: Rate,
    /// Uploads of one person.
    pub uploads: Rate,
    /// Other REST calls of one person.
    pub calls: Rate,
}

impl LimitValues {
    /// What people who chat never notice and programs that try codes or flood do.
    pub const DEFAULT: Self = Self {
        messages: rate(1, 1, 60),
        conversation_messages: rate(5, 1, 5),
        typing: rate(1, 3, 1),
        presence_changes: rate(1, 10, 1),
        markers: rate(2, 1, 2),
        requests: rate(50, 3_600, 50),
        code_look_ups: rate(60, 3_600, 60),
        searches: rate(30, 60, 30),
        sign_ins: rate(10, 15 * 60, 10),
        refreshes: rate(60, 3_600, 60),
        password_checks: rate(10, 15 * 60, 10),
        exports: rate(1, 24 * 3_600, 1),
        uploads: rate(120, 3_600, 30),
        calls: rate(20, 1, 60),
    };

    /// The rate of one limit.
    #[must_use]
    pub const fn of(&self, limit: &Limit) -> Rate {
        match limit {
            Limit::Messages(_) => self.messages,
            Limit::ConversationMessages(..) => self.conversation_messages,
            Limit::Typing(..) => self.typing,
            Limit::PresenceChange(_) => self.presence_changes,
            Limit::Marker(_) => self.markers,
            Limit::Request(_) => self.requests,
            Limit::CodeLookUp(_) => self.code_look_ups,
            Limit::Search(_) => self.searches,
            Limit::SignIn(_) => self.sign_ins,
            Limit::Refresh(_) => self.refreshes,
            Limit::PasswordCheck(_) => self.password_checks,
            Limit::Export(_) => self.exports,
            Limit::Upload(_) => self.uploads,
            Limit::Call(_) => self.calls,
        }
    }

    /// For a node that counts for itself because it cannot ask the others: what guards secrets and codes from being
    /// guessed gets a tenth, so that going from node to node gains little. The rest stays as it is.
    #[must_use]
    pub const fn alone(self) -> Self {
        Self {
            sign_ins: self.sign_ins.tenth(),
            code_look_ups: self.code_look_ups.tenth(),
            password_checks: self.password_checks.tenth(),
            ..self
        }
    }
}

impl Default for LimitValues {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// `count` per `seconds`, `burst` at once; evaluated while compiling.
const fn rate(count: u32, seconds: u64, burst: u32) -> Rate {
    match (Rate::new(count, Duration::from_secs(seconds)), NonZeroU32::new(burst)) {
        (Some(rate), Some(burst)) => rate.with_burst(burst),
        _ => panic!("a rate of nothing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        for (count, period, interval) in [
            (1, Duration::from_secs(3), Some(Duration::from_secs(3))),
            (50, Duration::from_secs(3_600), Some(Duration::from_secs(72))),
            (0, Duration::from_secs(1), None),
            (1, Duration::ZERO, None),
            (2, Duration::from_nanos(1), None),
        ] {
            let rate = Rate::new(count, period);
            assert_eq!(rate.map(Rate::interval), interval, "{count} per {period:?}");
            assert_eq!(rate.map(|rate| rate.burst().get()), interval.map(|_| count));
        }
    }

    #[test]
    fn a_tenth_is_one_at_least() {
        for (count, burst) in [(100, 10), (10, 1), (3, 1)] {
            let rate = Rate::new(count, Duration::from_secs(1)).unwrap();
            assert_eq!(rate.tenth().burst().get(), burst);
            assert_eq!(rate.tenth().interval(), rate.interval() * 10);
        }
    }
}
