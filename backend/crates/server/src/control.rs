//! The control socket: with a server running, the command line works through it, because the server holds the
//! data directory alone. One JSON request and one JSON answer per connection, each a line.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use kith_domain::{Clock, ports::Store};
use kith_worker::SearchIndexer;
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _},
    net::{UnixListener, UnixStream},
};
use tokio_util::sync::CancellationToken;

use crate::{admin, assembly::Engine, backup, search};

/// The longest request line.
const MAX_LINE: u64 = 4096;

/// What the command line asks of a running server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Grant the operator role.
    Grant { email: String, provider: String },
    /// Take the operator role away.
    Revoke { email: String, provider: String },
    /// Back everything up to a directory, given by its whole path.
    Backup { to: PathBuf },
    /// Build the search index anew; answered when that is done.
    RebuildSearch,
}

/// What requests are answered with.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) data_dir: PathBuf,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) indexer: Arc<SearchIndexer>,
}

/// What the server answers: a sentence, and whether it is a success.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) ok: bool,
    pub(crate) text: String,
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

/// Opens the socket; only the owner of the data directory can connect. The directory's lock must be held.
///
/// # Errors
/// When the socket cannot be made, as in a directory whose path is longer than a socket's may be (about 100 bytes).
pub(crate) fn bind(data_dir: &Path) -> anyhow::Result<UnixListener> {
    let path = path(data_dir);
    // A node whose store lies elsewhere makes the directory here.
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .with_context(|| format!("cannot make {}", data_dir.display()))?;
    // The data directory's lock is ours, so a socket that is there belongs to a server that is gone.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)
        .with_context(|| format!("cannot open the control socket {}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers requests until `stop`.
pub(crate) async fn serve(listener: UnixListener, desk: Desk, stop: CancellationToken) {
    loop {
        let stream = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(error = %error, "the control socket did not accept");
                    // Out of descriptors: give others time to close theirs.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let desk = desk.clone();
        tokio::spawn(async move {
            if let Err(error) = handle(stream, &desk).await {
                tracing::warn!(error = %error, "a control request failed");
            }
        });
    }
    let _ = std::fs::remove_file(path(&desk.data_dir));
}

async fn handle(stream: UnixStream, desk: &Desk) -> anyhow::Result<()> {
    let Desk { data_dir, engine, store, clock, indexer } = desk;
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    if tokio::io::BufReader::new(read.take(MAX_LINE)).read_line(&mut line).await? == 0 {
        // Somebody only looked whether a server runs here.
        return Ok(());
    }
    let answer = match serde_json::from_str::<Request>(&line) {
        Ok(Request::Backup { to }) => {
            let made = async { backup::create(engine.as_file()?, data_dir, &to, &**clock).await };
            match made.await {
                Ok(text) => Answer { ok: true, text },
                Err(error) => Answer { ok: false, text: format!("{error:#}") },
            }
        }
        Ok(Request::Grant { email, provider }) => admin::grant(&**store, &**clock, email, provider).await,
        Ok(Request::Revoke { email, provider }) => admin::revoke(&**store, email, provider).await,
        Ok(Request::RebuildSearch) => search::perform(indexer).await,
        Err(error) => Answer { ok: false, text: format!("not understood: {error}") },
    };
    let mut text = serde_json::to_string(&answer)?;
    text.push('\n');
    write.write_all(text.as_bytes()).await?;
    Ok(())
}

/// Whether a server runs on `data_dir`.
pub(crate) fn is_running(data_dir: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(path(data_dir)).is_ok()
}

/// Asks the server that runs on `data_dir`; `None` when none does.
pub(crate) fn ask(data_dir: &Path, request: &Request) -> anyhow::Result<Option<Answer>> {
    let Ok(mut stream) = std::os::unix::net::UnixStream::connect(path(data_dir)) else { return Ok(None) };
    let mut text = serde_json::to_string(request)?;
    text.push('\n');
    stream.write_all(text.as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(Some(serde_json::from_str(&line).context("the server did not understand")?))
}
