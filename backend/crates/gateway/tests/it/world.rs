//! A node: services on a fresh SQLite store, the gateway on a free port, and a clock that tests move.

use std::{
    collections::HashMap,
    net::SocketAddr,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use kith_domain::{
    Caller, Clock, ConversationId, Timestamp,
    ports::identity::{
        AccessTokens, AuthorizationRequest, CodeExchange, IdentityError, IdentityProvider, IssuedToken,
        ProviderIdentity, TokenSealer, VerifiedToken,
    },
    sign_in::SignInTarget,
    snowflake::Snowflakes,
};
use kith_embedded::{InProcessBus, InProcessLimits, InProcessPresence, SystemRandom, ZipArchives};
use kith_files::FileBlobs;
use kith_gateway::{Gateway, GatewaySettings, Timing};
use kith_identity::passwords::Argon2id;
use kith_inspection::FileInspector;
use kith_services::{
    BeginSignIn, Context, FinishSignIn, FinishedSignIn, Services, SignInParts, SignInSettings,
};
use prometheus_client::registry::Registry;

pub(crate) const ORIGIN: &str = "https://chat.example.org";

#[derive(Debug)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Vouches for whatever the callback's code names.
struct Vouching;

#[async_trait]
impl IdentityProvider for Vouching {
    fn id(&self) -> &str {
        "test"
    }
    fn name(&self) -> &str {
        "Test"
    }
    fn issuer(&self) -> &str {
        "https://id.test"
    }
    async fn authorization_url(&self, request: &AuthorizationRequest) -> Result<String, IdentityError> {
        Ok(format!("https://id.test/authorize?state={}", request.state))
    }
    async fn exchange(&self, exchange: &CodeExchange) -> Result<ProviderIdentity, IdentityError> {
        Ok(ProviderIdentity {
            issuer: "https://id.test".to_owned(),
            subject: exchange.code.clone(),
            email: None,
            email_verified: false,
            name: Some(exchange.code.clone()),
            authenticated_at: None,
        })
    }
}

/// Tokens that keep what they say on the side.
#[derive(Default)]
struct Tokens(Mutex<HashMap<String, VerifiedToken>>);

impl AccessTokens for Tokens {
    fn issue(&self, caller: Caller, now: Timestamp, lifetime_seconds: i64) -> IssuedToken {
        let mut tokens = self.0.lock().unwrap();
        let token = format!("token-{}", tokens.len());
        let expires_at = now.plus_seconds(lifetime_seconds);
        tokens.insert(token.clone(), VerifiedToken { caller, expires_at });
        IssuedToken { token, expires_at }
    }
    fn verify(&self, token: &str, now: Timestamp) -> Option<VerifiedToken> {
        self.0.lock().unwrap().get(token).copied().filter(|verified| now < verified.expires_at)
    }
    fn jwks(&self) -> String {
        "{\"keys\":[]}".to_owned()
    }
}

/// Keeps the spent token beside the successor, so that only it opens.
struct Sealer;

impl TokenSealer for Sealer {
    fn seal(&self, spent: &str, successor: &str) -> Vec<u8> {
        format!("{spent}|{successor}").into_bytes()
    }
    fn open(&self, spent: &str, sealed: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(sealed).ok()?;
        text.strip_prefix(&format!("{spent}|")).map(str::to_owned)
    }
}

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
    clock: Arc<TestClock>,
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
        let clock = Arc::new(TestClock(AtomicI64::new(1_790_000_000_000)));
        let mut metrics = Registry::default();
        let blobs = directory.path().join("blobs");
        let inspector = FileInspector::new(&blobs, &mut metrics);
        let blobs = FileBlobs::open(&blobs, ORIGIN, clock.clone(), &SystemRandom).unwrap();
        let context = Context {
            store,
            bus,
            blobs: Arc::new(blobs),
            inspector: Arc::new(inspector),
            presence: Arc::new(InProcessPresence::new()),
            search: Arc::new(kith_tantivy::TantivySearch::new(directory.path().join("search"))),
            history: None,
            limits: Arc::new(InProcessLimits::unlimited()),
            archives: Arc::new(ZipArchives),
            passwords: Arc::new(Argon2id::new(
                Arc::new(kith_identity::random::SystemRandom),
                NonZeroUsize::MIN,
            )),
            clock: clock.clone(),
            random: Arc::new(SystemRandom),
            ids: Arc::new(Snowflakes::new(0, 0)),
            region: "test".into(),
        };
        let sign_in = SignInParts {
            providers: vec![Arc::new(Vouching)],
            tokens: Arc::new(Tokens::default()),
            sealer: Arc::new(Sealer),
            settings: SignInSettings { origin: ORIGIN.to_owned() },
        };
        let services = Arc::new(Services::new(context, sign_in));
        let gateway = Gateway::start(settings, Arc::clone(&services), events, None, &mut metrics).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        crate::carrier::serve(listener, gateway.router());
        Self { services, gateway, metrics, address, clock, _directory: directory }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
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
