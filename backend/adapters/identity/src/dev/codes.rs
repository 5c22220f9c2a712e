//! Authorization codes: random, good once, for a minute.

use std::collections::{HashMap, VecDeque};

use super::person::Address;
use crate::{pkce::CodeChallenge, secret_box::token_hash};

/// How long a code can be redeemed.
pub(super) const LIFETIME_MS: i64 = 60 * 1000;

/// What a code stands for.
pub(super) struct Grant {
    pub(super) address: Address,
    pub(super) challenge: CodeChallenge,
    pub(super) nonce: Option<String>,
    pub(super) auth_time_ms: i64,
}

/// The codes that can be redeemed.
#[derive(Default)]
pub(super) struct Codes {
    grants: HashMap<[u8; 32], Grant>,
    /// The same keys, oldest first: all codes live equally long.
    order: VecDeque<(i64, [u8; 32])>,
}

impl Codes {
    pub(super) fn put(&mut self, code: &str, grant: Grant) {
        self.drop_expired(grant.auth_time_ms);
        let key = token_hash(code);
        self.order.push_back((grant.auth_time_ms + LIFETIME_MS, key));
        self.grants.insert(key, grant);
    }

    /// Takes the grant out; a second call finds nothing.
    pub(super) fn take(&mut self, code: &str, now_ms: i64) -> Option<Grant> {
        self.drop_expired(now_ms);
        self.grants.remove(&token_hash(code))
    }

    fn drop_expired(&mut self, now_ms: i64) {
        while let Some((expires_ms, key)) = self.order.front()
            && *expires_ms <= now_ms
        {
            self.grants.remove(key);
            self.order.pop_front();
        }
    }
}
