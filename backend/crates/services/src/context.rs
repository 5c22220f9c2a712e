//! What every use case works with.

use std::sync::Arc;

use kith_domain::{
    Clock, Random, Timestamp,
    ports::{
        Archives, Blobs, Bus, History, Inspector, Limits, PasswordHasher, Presence, Search, Store, StoreExt,
        Transaction, store::JobFuture,
    },
    snowflake::Snowflakes,
};

use crate::ServiceError;

/// The ports and sources that use cases share.
#[derive(Clone)]
pub struct Context {
    /// The one database.
    pub store: Arc<dyn Store>,
    /// Live events that no transaction publishes.
    pub bus: Arc<dyn Bus>,
    /// Objects too large for the store.
    pub blobs: Arc<dyn Blobs>,
    /// Makes archives of many files.
    pub archives: Arc<dyn Archives>,
    /// Says what files really are.
    pub inspector: Arc<dyn Inspector>,
    /// Who is online.
    pub presence: Arc<dyn Presence>,
    /// The index of all messages.
    pub search: Arc<dyn Search>,
    /// Where entries go that leave the store; `None` where they never do.
    pub history: Option<Arc<dyn History>>,
    /// Whether devices are woken here, so that their push tokens are worth keeping.
    pub wakes_devices: bool,
    /// How often things may be done.
    pub limits: Arc<dyn Limits>,
    /// Hashes account passwords.
    pub passwords: Arc<dyn PasswordHasher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub random: Arc<dyn Random>,
    /// Fresh ids.
    pub ids: Arc<Snowflakes>,
    /// The region new conversations call home.
    pub region: Arc<str>,
}

impl Context {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.ids.next(self.now())
    }

    pub(crate) async fn write<T, F>(&self, job: F) -> Result<T, ServiceError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut dyn Transaction) -> JobFuture<'t, Result<T, ServiceError>> + Send + 'static,
    {
        self.store.write(job).await
    }

    pub(crate) async fn read<T, F>(&self, job: F) -> Result<T, ServiceError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut dyn Transaction) -> JobFuture<'t, Result<T, ServiceError>> + Send + 'static,
    {
        self.store.read(job).await
    }
}
