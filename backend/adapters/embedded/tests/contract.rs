//! The embedded adapters keep the contracts of their ports.

use std::sync::Arc;

use kith_contract::{bus::BusAndNode, limits::LimitsAndClock};
use kith_domain::ports::Presence;
use kith_embedded::{
    InProcessBus, InProcessLimits, InProcessPresence, LimitValues, limit_clock::FakeRelativeClock,
};
use tokio::sync::Mutex;

#[tokio::test]
async fn bus() {
    kith_contract::run("bus", kith_contract::bus::BUS, async || {
        let bus = InProcessBus::new(4);
        let events = Mutex::new(bus.subscribe().expect("the first subscriber"));
        (BusAndNode { bus: Arc::new(bus), events, capacity: 4 }, ())
    })
    .await;
}

#[tokio::test]
async fn presence() {
    kith_contract::run("presence", kith_contract::presence::PRESENCE, async || {
        (Arc::new(InProcessPresence::new()) as Arc<dyn Presence>, ())
    })
    .await;
}

#[tokio::test]
async fn limits() {
    kith_contract::run("limits", kith_contract::limits::LIMITS, async || {
        let clock = FakeRelativeClock::default();
        let limits = Box::new(InProcessLimits::with_clock(&LimitValues::DEFAULT, clock.clone()));
        (LimitsAndClock { limits, advance: Box::new(move |time| clock.advance(time)) }, ())
    })
    .await;
}
