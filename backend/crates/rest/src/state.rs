//! What all controllers share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kith_domain::{
    Random,
    ports::{Limits, Store},
};
use kith_services::Services;

/// What all controllers share; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The use cases.
    pub services: Arc<Services>,
    /// The store, asked for nothing but whether it can be used.
    pub store: Arc<dyn Store>,
    /// Counts each person's calls.
    pub limits: Arc<dyn Limits>,
    /// Makes ids of requests and traces.
    pub random: Arc<dyn Random>,
    /// The one origin that people use, as browsers write it: `https://kith.example`, `http://127.0.0.1:8080`.
    pub origin: Arc<str>,
    /// Whether the origin is served over TLS: cookies are `Secure` and browsers are told to stay on TLS.
    pub secure_cookies: bool,
    /// Set once the process takes no new work: `/readyz` says so.
    pub draining: Arc<AtomicBool>,
}

impl AppState {
    /// Whether the process takes no new work.
    #[must_use]
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// `count` random bytes (at most 16) in lower-case hex.
    pub(crate) fn random_hex(&self, count: usize) -> String {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        bytes.iter().take(count).map(|byte| format!("{byte:02x}")).collect()
    }
}
