//! The store keeps the contracts of its ports.

use std::sync::Arc;

use kith_contract::{Case, store::StoreAndBus};
use kith_domain::ports::Store;
use kith_sql::testing::{TempStore, temp_store};

async fn run(suite: &str, cases: &[Case<StoreAndBus>]) {
    kith_contract::run(suite, cases, async || {
        let kept: TempStore = temp_store().await;
        let (store, bus) = (Arc::clone(&kept.store), Arc::clone(&kept.bus));
        let store: Arc<dyn Store> = store;
        (StoreAndBus { store, published: Box::new(move || bus.drain()) }, kept)
    })
    .await;
}

#[tokio::test]
async fn jobs() {
    run("jobs", kith_contract::store::JOBS).await;
}

#[tokio::test]
async fn sends() {
    run("sends", kith_contract::store::SENDS).await;
}

#[tokio::test]
async fn conversations() {
    run("conversations", kith_contract::conversations::CONVERSATIONS).await;
}

#[tokio::test]
async fn entries() {
    run("entries", kith_contract::entries::ENTRIES).await;
}

#[tokio::test]
async fn media() {
    run("media", kith_contract::media::MEDIA).await;
}

#[tokio::test]
async fn members() {
    run("members", kith_contract::members::MEMBERS).await;
}

#[tokio::test]
async fn reads() {
    run("reads", kith_contract::reads::READS).await;
}

#[tokio::test]
async fn outbox() {
    run("outbox", kith_contract::outbox::OUTBOX).await;
}

#[tokio::test]
async fn user_log() {
    run("user_log", kith_contract::user_log::USER_LOG).await;
}

#[tokio::test]
async fn accounts() {
    run("accounts", kith_contract::accounts::ACCOUNTS).await;
}

#[tokio::test]
async fn devices() {
    run("devices", kith_contract::devices::DEVICES).await;
}

#[tokio::test]
async fn sign_ins() {
    run("sign_ins", kith_contract::sign_ins::SIGN_INS).await;
}

#[tokio::test]
async fn friends() {
    run("friends", kith_contract::friends::FRIENDS).await;
}

#[tokio::test]
async fn friend_requests() {
    run("friend_requests", kith_contract::friend_requests::FRIEND_REQUESTS).await;
}

#[tokio::test]
async fn deletions() {
    run("deletions", kith_contract::deletions::DELETIONS).await;
}

#[tokio::test]
async fn drafts() {
    run("drafts", kith_contract::drafts::DRAFTS).await;
}

#[tokio::test]
async fn exports() {
    run("exports", kith_contract::exports::EXPORTS).await;
}
