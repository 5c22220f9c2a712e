//! What all controllers share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kith_domain::ports::Store;
use kith_services::Services;
use kith_wire::{Links, trace::TraceIds};

/// Whether the process finishes its work and takes no new one. All clones are one switch.
#[derive(Debug, Clone, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on `/readyz` sends new work elsewhere.
    pub fn start(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has started.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What all controllers share; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub(crate) services: Arc<Services>,
    /// Asked for nothing but whether it can be used.
    pub(crate) store: Arc<dyn Store>,
    /// As browsers write it: `https://kith.example`, `http://127.0.0.1:8080`.
    pub(crate) origin: Arc<str>,
    /// Cookies are `Secure` and browsers are told to stay on TLS.
    pub(crate) secure: bool,
    /// Where things that answers name are found.
    pub(crate) links: Links,
    pub(crate) draining: Draining,
    pub(crate) trace_ids: Arc<TraceIds>,
}

impl AppState {
    /// Controllers for people who use `origin` (scheme, host and port as browsers write them in `Origin`), which is
    /// served over TLS if `secure`; what answers name is found by `links`.
    #[must_use]
    pub fn new(
        services: Arc<Services>,
        store: Arc<dyn Store>,
        origin: &str,
        links: Links,
        secure: bool,
        draining: Draining,
    ) -> Self {
        let trace_ids = Arc::new(TraceIds::default());
        Self { services, store, origin: origin.into(), links, secure, draining, trace_ids }
    }
}
