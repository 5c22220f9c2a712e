//! Cases and how a suite is run.

use std::{future::Future, panic::AssertUnwindSafe, pin::Pin};

use futures_util::FutureExt;

/// A promise of a port: an async function that panics where the adapter breaks it.
pub struct Case<T: ?Sized> {
    /// The function's name, which says the promise.
    pub name: &'static str,
    /// The function.
    pub run: for<'a> fn(&'a T) -> Pin<Box<dyn Future<Output = ()> + 'a>>,
}

/// A list of [`Case`]s from functions.
#[macro_export]
macro_rules! cases {
    ($($case:ident),* $(,)?) => {
        &[$($crate::Case { name: stringify!($case), run: |subject| Box::pin($case(subject)) }),*]
    };
}

/// A test for each suite that every store runs. `$run` is an async function of a suite's name and its cases.
#[macro_export]
macro_rules! store_suites {
    ($run:path) => {
        $crate::store_suites! { $run;
            jobs: store::JOBS,
            sends: store::SENDS,
            conversations: conversations::CONVERSATIONS,
            entries: entries::ENTRIES,
            media: media::MEDIA,
            members: members::MEMBERS,
            reads: reads::READS,
            retention: retention::RETENTION,
            outbox: outbox::OUTBOX,
            leases: leases::LEASES,
            locks: locks::LOCKS,
            user_log: user_log::USER_LOG,
            accounts: accounts::ACCOUNTS,
            devices: devices::DEVICES,
            push_tokens: push_tokens::PUSH_TOKENS,
            sign_ins: sign_ins::SIGN_INS,
            friends: friends::FRIENDS,
            friend_requests: friend_requests::FRIEND_REQUESTS,
            deletions: deletions::DELETIONS,
            drafts: drafts::DRAFTS,
            exports: exports::EXPORTS,
        }
    };
    ($run:path; $($name:ident: $module:ident::$suite:ident,)*) => {$(
        #[tokio::test]
        async fn $name() {
            $run(stringify!($name), $crate::$module::$suite).await;
        }
    )*};
}

/// Runs every case on a subject of its own, reports each, and fails when one failed.
///
/// `fresh` gives a subject and what must outlive it, such as its directory.
///
/// # Panics
/// With the names of the broken promises.
pub async fn run<T, S, G, F>(suite: &str, cases: &[Case<T>], mut fresh: impl FnMut() -> F)
where
    T: ?Sized,
    S: AsRef<T>,
    F: Future<Output = (S, G)>,
{
    let mut broken = Vec::new();
    for case in cases {
        let (subject, guard) = fresh().await;
        let outcome = AssertUnwindSafe((case.run)(subject.as_ref())).catch_unwind().await;
        println!("{suite}::{} ... {}", case.name, if outcome.is_ok() { "ok" } else { "FAILED" });
        if outcome.is_err() {
            broken.push(case.name);
        }
        drop((subject, guard));
    }
    assert!(broken.is_empty(), "{suite}: {} of {} promises broken: {broken:?}", broken.len(), cases.len());
}
