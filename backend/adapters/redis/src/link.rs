//! A connection that is there or is not: nobody waits for one that is away.

use std::{
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use redis::{AsyncConnectionConfig, Client, RedisError, RedisResult, aio::MultiplexedConnection};
use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::task::AbortOnDropHandle;

/// How long Redis has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkSettings {
    /// For one question. The first that is not answered in time ends the connection.
    pub answer_limit: Duration,
    /// How often a Redis that is away is tried, and how long a try may take.
    pub probe_period: Duration,
}

impl LinkSettings {
    /// For what a request waits for.
    pub const PROMPT: Self =
        Self { answer_limit: Duration::from_millis(250), probe_period: Duration::from_secs(1) };
    /// For what is renewed beside the requests: a busy machine is late, not away.
    pub const PATIENT: Self = Self { answer_limit: Duration::from_secs(2), ..Self::PROMPT };
}

/// Redis is away, or refused.
#[derive(Debug, Clone, thiserror::Error)]
#[error("Redis does not answer")]
pub struct Away(#[source] Option<Arc<RedisError>>);

/// One connection that many callers share, their commands pipelined. After the first failure every call fails at once,
/// until a probe finds Redis there again.
#[derive(Debug)]
pub struct Link {
    shared: Arc<Shared>,
    _keeper: AbortOnDropHandle<()>,
}

struct Shared {
    client: Client,
    settings: LinkSettings,
    live: RwLock<Live>,
    lost: Notify,
}

/// The connection, and which of all there were it is.
#[derive(Clone, Default)]
struct Live {
    connection: Option<MultiplexedConnection>,
    number: u64,
}

impl Link {
    /// Connects to `url` (`redis://` or `rediss://`), and goes on trying when that does not succeed at once.
    ///
    /// # Errors
    /// [`RedisError`] when `url` is none.
    pub async fn connect(url: &str, settings: LinkSettings) -> Result<Self, RedisError> {
        let client = Client::open(url)?;
        let shared = Arc::new(Shared { client, settings, live: RwLock::default(), lost: Notify::new() });
        if let Err(error) = shared.probe().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "Redis is away");
        }
        let keeper = tokio::spawn(shared.clone().keep());
        Ok(Self { shared, _keeper: AbortOnDropHandle::new(keeper) })
    }

    /// Whether Redis answered the last time it was asked.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.shared.live().connection.is_some()
    }

    /// Asks one question.
    ///
    /// # Errors
    /// [`Away`]: at once while Redis is away, or after [`LinkSettings::answer_limit`]. What was asked may have been done.
    pub(crate) async fn ask<T, F>(&self, question: impl FnOnce(MultiplexedConnection) -> F) -> Result<T, Away>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let Live { connection: Some(connection), number } = self.shared.live() else {
            return Err(Away(None));
        };
        match timeout(self.shared.settings.answer_limit, question(connection)).await {
            Ok(Ok(answer)) => Ok(answer),
            // An error that Redis itself answered: it is there.
            Ok(Err(error)) if error.kind() != redis::ErrorKind::Io && !error.is_unrecoverable_error() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "Redis refused");
                Err(Away(Some(Arc::new(error))))
            }
            Ok(Err(error)) => {
                self.shared.lose(number, Some(&error));
                Err(Away(Some(Arc::new(error))))
            }
            Err(_) => {
                self.shared.lose(number, None);
                Err(Away(None))
            }
        }
    }
}

impl Shared {
    fn live(&self) -> Live {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends connection `number`, unless another one is in place already.
    fn lose(&self, number: u64, error: Option<&RedisError>) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if live.number == number && live.connection.take().is_some() {
            let error = error.map(|error| error as &dyn std::error::Error);
            tracing::warn!(error, "Redis is away");
            self.lost.notify_one();
        }
    }

    /// Brings the connection back whenever it is lost.
    async fn keep(self: Arc<Self>) {
        let mut probes = interval(self.settings.probe_period);
        probes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            while self.live().connection.is_some() {
                self.lost.notified().await;
            }
            probes.tick().await;
            if self.probe().await.is_ok() {
                tracing::info!("Redis is there");
            }
        }
    }

    /// Opens a connection and has Redis answer on it.
    async fn probe(&self) -> Result<(), RedisError> {
        let limit = self.settings.probe_period.max(self.settings.answer_limit);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(limit))
            // The caller's limit is the shorter one.
            .set_response_timeout(Some(limit));
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        redis::cmd("PING").exec_async(&mut connection).await?;
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        *live = Live { connection: Some(connection), number: live.number + 1 };
        Ok(())
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("settings", &self.settings).finish_non_exhaustive()
    }
}
