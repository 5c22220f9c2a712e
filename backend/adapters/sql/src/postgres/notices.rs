//! Hears the warnings that come with a statement.
//!
//! When the wait for a synchronous standby is cancelled, PostgreSQL answers COMMIT as if all were well, and adds a warning
//! (SQLSTATE class 01): the transaction is visible and may yet be lost. sqlx does not give notices to its caller; it reports
//! each, while the statement's future is polled, as an event of `tracing` with this target and the notice's severity. So the
//! future is polled with a subscriber that listens for those. A second driver for the sake of COMMIT, such as
//! tokio-postgres, would do too, at the price of two ways to connect, to encrypt and to read rows. The tests cancel real
//! waits, so that a release of sqlx that reports in another way is noticed.

use std::{
    cell::RefCell,
    fmt::{Debug, Write as _},
    future::{Future, poll_fn},
    pin::pin,
    sync::LazyLock,
};

use tracing::{
    Dispatch, Event, Level, Metadata, Subscriber, dispatcher,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
};

/// Where sqlx reports notices: `PgStream::recv` of sqlx-postgres.
const TARGET: &str = "sqlx::postgres::notice";

/// One for all: each new one has `tracing` look at every place that reports events. And a second one that nobody uses,
/// because of a place that reports for the first time `tracing` asks all there are, but a single one only if it is the
/// current one, and remembers the answer: a warning outside any COMMIT would then silence all later ones.
static LISTENERS: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [Dispatch::new(Listener), Dispatch::new(Listener)]);

thread_local! {
    /// What the future that this thread polls right now was warned of.
    static WARNING: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `statement`; what it gave, and the last warning that came with it.
pub(super) async fn heed<F: Future>(statement: F) -> (F::Output, Option<String>) {
    let mut statement = pin!(statement);
    let mut warning = None;
    let output = poll_fn(|context| {
        let polled = dispatcher::with_default(&LISTENERS[0], || statement.as_mut().poll(context));
        warning = WARNING.take().or(warning.take());
        polled
    })
    .await;
    (output, warning)
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // The more severe a level, the less it is.
        metadata.target() == TARGET && *metadata.level() <= Level::WARN
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::WARN)
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        WARNING.set(Some(text.0));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// The message of an event.
struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.0.push_str(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Writing to a string cannot fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, Executor};

    use super::*;

    #[tokio::test]
    async fn warnings_of_a_real_server_are_heard() {
        let url = kith_harness::Postgres::shared().url();
        let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
        for (level, heard) in [("NOTICE", None), ("WARNING", Some("be warned"))] {
            let raise = sqlx::AssertSqlSafe(format!("DO $$ BEGIN RAISE {level} 'be warned'; END $$"));
            let (outcome, warning) = heed(connection.execute(raise)).await;
            outcome.unwrap();
            assert_eq!(warning.as_deref(), heard, "{level}");
        }
    }

    #[tokio::test]
    async fn warnings_are_heard_and_nothing_else() {
        let (output, warning) = heed(async {
            tracing::warn!("of another place");
            tracing::info!(target: TARGET, "no warning");
            tokio::task::yield_now().await;
            7
        })
        .await;
        assert_eq!((output, warning), (7, None));

        let (_, warning) = heed(async {
            tracing::warn!(target: TARGET, message = "the wait was cancelled");
            tokio::task::yield_now().await;
        })
        .await;
        assert_eq!(warning.as_deref(), Some("the wait was cancelled"));
        tracing::warn!(target: TARGET, "outside");
        assert_eq!(heed(async {}).await.1, None, "what others were warned of is theirs");

        // A place that reports for the first time where nobody listens.
        let report = || tracing::warn!(target: TARGET, "again");
        report();
        assert_eq!(heed(async { report() }).await.1.as_deref(), Some("again"));
    }
}
