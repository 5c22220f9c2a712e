//! An S3 service in this process: [s3s-fs](https://docs.rs/s3s-fs), which checks signatures, conditions and checksums.

mod expiry;
mod service;

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::runtime::Runtime;

use crate::{
    HarnessError,
    guardian::Guardian,
    ports,
    server::{shared, with_free_ports},
};

pub use expiry::Seconds;

/// How long a write to the disk that is under way may hold up the end.
const END_LIMIT: Duration = Duration::from_secs(10);

/// An S3 service whose only access key may do everything. It has no versioning.
pub struct S3 {
    guardian: Guardian,
    port: u16,
    now: Option<Seconds>,
    /// What serves; `None` while it is down.
    runtime: Mutex<Option<Runtime>>,
    buckets: AtomicU32,
}

impl S3 {
    /// The access key's id.
    pub const ACCESS_KEY_ID: &str = "kith-test";
    /// Its secret.
    pub const SECRET_ACCESS_KEY: &str = "a-secret-for-tests-alone";
    /// The region; any would do.
    pub const REGION: &str = "eu-central-1";

    /// Starts one that judges by the clock whether a signature has expired.
    ///
    /// # Errors
    /// [`HarnessError::Io`] when there is no directory or port for it.
    pub fn start() -> Result<Self, HarnessError> {
        Self::start_with(None)
    }

    /// Starts one for which a presigned request must not have expired by `now` either: a clock that a test moves.
    ///
    /// # Errors
    /// As for [`S3::start`].
    pub fn start_at(now: Seconds) -> Result<Self, HarnessError> {
        Self::start_with(Some(now))
    }

    fn start_with(now: Option<Seconds>) -> Result<Self, HarnessError> {
        with_free_ports(|| {
            let [port] = ports::free()?;
            let guardian = Guardian::new("s3", "")?;
            let buckets = AtomicU32::new(0);
            let s3 = Self { guardian, port, now: now.clone(), runtime: Mutex::default(), buckets };
            s3.restart()?;
            Ok(s3)
        })
    }

    /// The one of this process, started at first use.
    ///
    /// # Panics
    /// When it cannot be had.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<S3, HarnessError>> = OnceLock::new();
        shared(&SHARED, Self::start)
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its directory: a bucket is a directory in it, and parts of unfinished objects lie beside them.
    #[must_use]
    pub fn directory(&self) -> &std::path::Path {
        self.guardian.directory()
    }

    /// Makes an empty bucket and gives its name.
    ///
    /// # Errors
    /// [`HarnessError::Io`] when there is no room for it.
    pub fn create_bucket(&self) -> Result<String, HarnessError> {
        let name = format!("kith-{}", self.buckets.fetch_add(1, Ordering::Relaxed));
        std::fs::create_dir(self.guardian.directory().join(&name))
            .map_err(HarnessError::io("make a bucket"))?;
        Ok(name)
    }

    /// Ends it where it is: connections break, and what was not finished stays unfinished. Returns when nobody listens any
    /// more.
    pub fn kill(&self) {
        if let Some(runtime) = self.runtime().take() {
            // Not on this thread: it may be one of a test's own runtime, where waiting for another is not allowed.
            let _ = std::thread::spawn(move || runtime.shutdown_timeout(END_LIMIT)).join();
        }
    }

    /// Starts it anew on the same data and port, after ending it if it is not down.
    ///
    /// # Errors
    /// As for [`S3::start`].
    pub fn restart(&self) -> Result<(), HarnessError> {
        self.kill();
        let action = || HarnessError::io("serve S3");
        let files = FileSystem::new(self.guardian.directory())
            .map_err(|error| action()(std::io::Error::other(format!("{error:?}"))))?;
        let mut builder = S3ServiceBuilder::new(service::Service(files));
        builder.set_auth(SimpleAuth::from_single(Self::ACCESS_KEY_ID, Self::SECRET_ACCESS_KEY));
        builder.set_access(expiry::Expiry(self.now.clone()));
        let service = builder.build();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).map_err(action())?;
        listener.set_nonblocking(true).map_err(action())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("s3")
            .enable_all()
            .build()
            .map_err(action())?;
        runtime.spawn(async move {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            // Without descriptors nothing can be accepted any more: the test is at its end, too.
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let builder = Builder::new(TokioExecutor::new());
                    // A client that breaks off is no news.
                    let _ = builder.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        *self.runtime() = Some(runtime);
        Ok(())
    }

    fn runtime(&self) -> MutexGuard<'_, Option<Runtime>> {
        self.runtime.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.kill();
    }
}
