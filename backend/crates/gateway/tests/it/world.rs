//! A node: services on a fresh SQLite store, the gateway on a free port, and a clock that tests move.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use kith_domain::{Caller, ConversationId, sign_in::SignInTarget};
use kith_embedded::InProcessBus;
use kith_gateway::{Gateway, GatewaySettings, Timing};
use kith_services::{BeginSignIn, FinishSignIn, FinishedSignIn, Services};
use kith_testing::ManualClock;
use prometheus_client::registry::Registry;

pub(crate) const ORIGIN: &str = "https://chat.example.org";

/// Somebody on one device, with a token.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) caller: Caller,
    pub(crate) token: String,
    refresh_token: String,
}

pub(crate) struct World {
    pub(crate) services: Arc<Services>,
    pub(crate) gateway: Gateway,
    pub(crate) metrics: Registry,
    pub(crate) address: SocketAddr,
    clock: Arc<ManualClock>,
    _directory: tempfile::TempDir,
}

/// Defaults, but with a sweep so frequent that tests need not wait for it, and background work as frequent.
pub(crate) fn settings() -> GatewaySettings {
    let timing = Timing {
        sweep: Duration::from_millis(20),
        revocation: Duration::from_millis(50),
        heads: Duration::from_millis(200),
        ..Timing::default()
    };
    GatewaySettings {
        origins: vec![ORIGIN.to_owned()],
        shards: crate::carrier::SHARDS,
        timing,
        ..GatewaySettings::default()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(settings()).await
    }

    pub(crate) async fn with(settings: GatewaySettings) -> Self {
        let bus = Arc::new(InProcessBus::new(1_024));
        let events = bus.subscribe().unwrap();
        let (directory, store) =
            kith_sql::testing::temp_store_on(bus.clone(), kith_sql::testing::options()).await;
        let clock = Arc::new(ManualClock::default());
        let mut metrics = Registry::default();
        let context = kith_testing::context(store, bus, directory.path(), ORIGIN, clock.clone());
        let sign_in = kith_testing::sign_in(ORIGIN);
        let services = Arc::new(Services::new(context, sign_in));
        let gateway = Gateway::start(settings, Arc::clone(&services), events, None, &mut metrics).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        crate::carrier::serve(listener, gateway.router());
        Self { services, gateway, metrics, address, clock, _directory: directory }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// Signs `name` in on a new device.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let sign_ins = &self.services.sign_ins;
        let begin = BeginSignIn {
            provider: "test".to_owned(),
            target: SignInTarget::Browser { return_to: "/".to_owned() },
            device_name: None,
            login_hint: None,
            fresh: false,
            address: "127.0.0.1".parse().unwrap(),
        };
        let begun = sign_ins.begin(begin).await.unwrap();
        let callback = FinishSignIn {
            provider: "test".to_owned(),
            state: Some(begun.location.split_once("state=").unwrap().1.to_owned()),
            code: Some(name.to_owned()),
            error: None,
            browser_secret: Some(begun.browser_secret),
        };
        let FinishedSignIn::Browser { refresh_token, .. } = sign_ins.finish(callback).await.unwrap() else {
            panic!("a browser was asked for")
        };
        self.refreshed(refresh_token).await
    }

    /// The same device with a fresh token.
    pub(crate) async fn refresh(&self, person: &Person) -> Person {
        self.refreshed(person.refresh_token.clone()).await
    }

    async fn refreshed(&self, refresh_token: String) -> Person {
        let tokens = self.services.sign_ins.refresh(&refresh_token).await.unwrap();
        let caller = self.services.sign_ins.authenticate(&tokens.access_token).await.unwrap().caller;
        Person { caller, token: tokens.access_token, refresh_token: tokens.refresh_token }
    }

    /// Makes two people friends; returns their conversation.
    pub(crate) async fn befriend(&self, a: &Person, b: &Person) -> ConversationId {
        let code = self.services.accounts.me(&b.caller).await.unwrap().friend_code.unwrap().to_string();
        let (request, _) = self.services.friends.request(&a.caller, &code).await.unwrap();
        self.services.friends.accept(&b.caller, request.id).await.unwrap();
        self.services.conversations.open_direct(&a.caller, b.caller.user_id).await.unwrap().id
    }

    /// A group of `admin` and their friends.
    pub(crate) async fn group(&self, admin: &Person, others: &[&Person]) -> ConversationId {
        for other in others {
            self.befriend(admin, other).await;
        }
        let ids = others.iter().map(|other| other.caller.user_id).collect();
        self.services.groups.create(&admin.caller, "Night Market", ids).await.unwrap().id
    }
}
