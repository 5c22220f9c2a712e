//! A small world: services on a fresh store, an identity provider that vouches for any name, and a clock.

use std::sync::Arc;

use kith_domain::{
    Caller, Clock, ConversationId, NewContent, Refusal, Seq, Timestamp, UserId,
    ports::{Blobs, History, Limits, SentMessage, Store, identity::AccessTokens},
    sign_in::SignInTarget,
    text::MessageText,
    view::ConversationView,
};
use kith_embedded::SystemRandom;
use kith_services::{
    BeginSignIn, Context, FinishSignIn, FinishedSignIn, SendCommand, ServiceError, Services, SignInFailure,
    TokenPair,
};
use kith_sql::testing::{RecordingBus, TempStore, temp_store};
use kith_tantivy::TantivySearch;
use kith_testing::ManualClock;
use kith_worker::{SearchIndexer, Source, Tenure};
use prometheus_client::registry::Registry;
use uuid::Uuid;

use crate::blobs::Troubled;

pub(crate) const HOUR: i64 = 3_600;
const FILE_ORIGIN: &str = "http://localhost:8080";
pub(crate) const DAY: i64 = 86_400;

pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) bus: Arc<RecordingBus>,
    tokens: Arc<dyn AccessTokens>,
    blobs: Arc<dyn Blobs>,
    indexer: SearchIndexer,
    temp: TempStore,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_store(temp_store().await).await
    }

    pub(crate) async fn with_store(temp: TempStore) -> Self {
        Self::made_of(temp, |context| context).await
    }

    pub(crate) async fn with_limits(limits: Arc<dyn Limits>) -> Self {
        Self::made_of(temp_store().await, |context| Context { limits, ..context }).await
    }

    /// A world in which old messages may leave the ledger.
    pub(crate) async fn with_history(history: Arc<dyn History>) -> Self {
        Self::made_of(temp_store().await, |context| Context { history: Some(history), ..context }).await
    }

    /// A world in which something can happen to blobs.
    pub(crate) async fn troubled() -> (Self, Arc<Troubled>) {
        let mut troubled = None;
        let world = Self::made_of(temp_store().await, |context| {
            let blobs = troubled.insert(Troubled::new(Arc::clone(&context.blobs)));
            Context { blobs: blobs.clone(), ..context }
        })
        .await;
        (world, troubled.expect("it was made"))
    }

    async fn made_of(temp: TempStore, change: impl FnOnce(Context) -> Context) -> Self {
        let clock = Arc::new(ManualClock::default());
        let search = Arc::new(TantivySearch::new(temp.path().join("search")));
        let context = change(Context {
            search: search.clone(),
            ..kith_testing::context(
                temp.store.clone(),
                temp.bus.clone(),
                temp.path(),
                FILE_ORIGIN,
                clock.clone(),
            )
        });
        let indexer = SearchIndexer::new(
            temp.store.clone(),
            search.clone(),
            clock.clone(),
            Source::Outbox,
            &mut Registry::default(),
        )
        .with_history(context.history.clone());
        let sign_in = kith_testing::sign_in("http://127.0.0.1:8080");
        let (blobs, tokens) = (context.blobs.clone(), sign_in.tokens.clone());
        let bus = temp.bus.clone();
        Self { services: Services::new(context, sign_in), clock, bus, tokens, blobs, indexer, temp }
    }

    /// A token that says what it is told to.
    pub(crate) fn token_of(&self, caller: Caller) -> String {
        self.tokens.issue(caller, self.clock.now(), 900).token
    }

    pub(crate) fn blobs(&self) -> &dyn Blobs {
        &*self.blobs
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        self.temp.store.clone()
    }

    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// Begins a sign-in; returns its state and the browser's secret.
    pub(crate) async fn begin(&self, target: SignInTarget) -> (String, String) {
        self.begin_as(target, false).await
    }

    async fn begin_as(&self, target: SignInTarget, fresh: bool) -> (String, String) {
        let begun = self
            .services
            .sign_ins
            .begin(BeginSignIn {
                provider: "test".to_owned(),
                target,
                device_name: Some("Laptop".to_owned()),
                login_hint: None,
                fresh,
                address: "127.0.0.1".parse().unwrap(),
            })
            .await
            .unwrap();
        (begun.location.split_once("state=").unwrap().1.to_owned(), begun.browser_secret)
    }

    pub(crate) async fn finish(
        &self,
        state: &str,
        browser_secret: &str,
        code: &str,
    ) -> Result<FinishedSignIn, SignInFailure> {
        let callback = FinishSignIn {
            provider: "test".to_owned(),
            state: Some(state.to_owned()),
            code: Some(code.to_owned()),
            error: None,
            browser_secret: Some(browser_secret.to_owned()),
        };
        self.services.sign_ins.finish(callback).await
    }

    /// Signs `name` in on a new device in a browser; returns the refresh token.
    pub(crate) async fn refresh_token(&self, name: &str) -> String {
        self.refresh_token_as(name, false).await
    }

    async fn refresh_token_as(&self, name: &str, fresh: bool) -> String {
        let (state, secret) = self.begin_as(SignInTarget::Browser { return_to: "/".to_owned() }, fresh).await;
        match self.finish(&state, &secret, name).await.unwrap() {
            FinishedSignIn::Browser { refresh_token, .. } => refresh_token,
            FinishedSignIn::Native { .. } => panic!("a browser was asked for"),
        }
    }

    pub(crate) async fn caller_of(&self, tokens: &TokenPair) -> Caller {
        self.services.sign_ins.authenticate(&tokens.access_token).await.unwrap().caller
    }

    /// Signs `name` in on a new device.
    pub(crate) async fn person(&self, name: &str) -> Caller {
        let refresh_token = self.refresh_token(name).await;
        let tokens = self.services.sign_ins.refresh(&refresh_token).await.unwrap();
        self.caller_of(&tokens).await
    }

    /// Signs `name` in on a new device after the provider was asked for a fresh proof.
    pub(crate) async fn reauthenticated(&self, name: &str) -> Caller {
        let refresh_token = self.refresh_token_as(name, true).await;
        let tokens = self.services.sign_ins.refresh(&refresh_token).await.unwrap();
        self.caller_of(&tokens).await
    }

    pub(crate) async fn people<const N: usize>(&self, names: [&str; N]) -> [Caller; N] {
        let mut people = Vec::new();
        for name in names {
            people.push(self.person(name).await);
        }
        people.try_into().unwrap()
    }

    pub(crate) async fn code(&self, person: &Caller) -> String {
        self.services.accounts.me(person).await.unwrap().friend_code.unwrap().to_string()
    }

    /// Makes two people friends; returns their conversation.
    pub(crate) async fn befriend(&self, a: &Caller, b: &Caller) -> ConversationId {
        let code = self.code(b).await;
        let (request, _) = self.services.friends.request(a, &code).await.unwrap();
        self.services.friends.accept(b, request.id).await.unwrap();
        self.services.conversations.open_direct(a, b.user_id).await.unwrap().id
    }

    /// A group of `admin` and their friends.
    pub(crate) async fn group(&self, admin: &Caller, others: &[&Caller]) -> ConversationId {
        for other in others {
            self.befriend(admin, other).await;
        }
        let ids: Vec<UserId> = others.iter().map(|other| other.user_id).collect();
        self.services.groups.create(admin, "Night Market", ids).await.unwrap().id
    }

    pub(crate) async fn send(
        &self,
        by: &Caller,
        to: ConversationId,
        text: &str,
    ) -> Result<SentMessage, ServiceError> {
        self.send_as(by, to, text, Uuid::from_u128(self.unique()), None).await
    }

    pub(crate) async fn send_as(
        &self,
        by: &Caller,
        to: ConversationId,
        text: &str,
        client_msg_id: Uuid,
        reply_to: Option<Seq>,
    ) -> Result<SentMessage, ServiceError> {
        let text = MessageText::parse("text", text.to_owned()).unwrap();
        self.services
            .messages
            .send(
                by,
                SendCommand {
                    conversation_id: to,
                    client_msg_id,
                    client_time: "2026-11-24T21:15:45+08:00".parse().unwrap(),
                    content: NewContent::Text { text, reply_to },
                    viewed_seq: None,
                },
            )
            .await
    }

    /// Sends and returns the seq.
    pub(crate) async fn say(&self, by: &Caller, to: ConversationId, text: &str) -> Seq {
        self.send(by, to, text).await.unwrap().entry.seq
    }

    pub(crate) fn unique(&self) -> u128 {
        kith_domain::random::random_u128(&SystemRandom)
    }

    /// Empties the search index and fills it again.
    pub(crate) async fn index_anew(&self) {
        self.indexer.rebuild().await.unwrap();
    }

    /// Lets the search index follow all that was committed.
    pub(crate) async fn index(&self) {
        while self.indexer.step(&Tenure::endless()).await.unwrap() {}
    }

    pub(crate) async fn view(&self, who: &Caller, id: ConversationId) -> ConversationView {
        self.services.conversations.get(who, id).await.unwrap()
    }
}

/// The refusal inside a result.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> Refusal {
    match result {
        Err(ServiceError::Refused(refusal)) => refusal,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}
