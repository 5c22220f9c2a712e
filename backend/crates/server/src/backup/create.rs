//! `kith backup`.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use kith_domain::{Clock, ports::Store as _};
use kith_embedded::SystemClock;
use kith_sql::{SqlStore, backup::DATABASE_FILE};

use super::{
    DIRECTORIES,
    manifest::{Listed, Manifest, files_below},
};
use crate::{
    assembly,
    commands::{BackupFlags, ServeFlags},
    config,
    control::{self, Answer, Request},
    deletions_file,
};

/// Blobs that are still being written; nothing refers to them yet.
const UNFINISHED: &str = "blobs/partial/";

/// Backs up, by way of the running server where there is one.
pub(crate) fn run(flags: &BackupFlags) -> anyhow::Result<()> {
    let settings = config::load_for_store(&ServeFlags {
        data_dir: flags.data_dir.clone(),
        config: flags.config.clone(),
        ..ServeFlags::default()
    })?;
    // The server has a working directory of its own.
    let to = std::path::absolute(&flags.to)?;
    let data_dir = &settings.storage.data_dir;
    let answer = match control::ask(data_dir, &Request::Backup { to: to.clone() })? {
        Some(answer) => answer,
        None => assembly::block_on(async {
            let engine = assembly::open_store(&settings, assembly::silent_bus()).await?;
            let text = create(engine.as_file()?, data_dir, &to, &SystemClock).await?;
            engine.close().await;
            anyhow::Ok(Answer { ok: true, text })
        })?,
    };
    anyhow::ensure!(answer.ok, "{}", answer.text);
    println!("{}", answer.text);
    Ok(())
}

/// Backs the data directory up to the new directory `to`, while everything goes on. Says how large it became.
pub(crate) async fn create(
    store: &SqlStore,
    data_dir: &Path,
    to: &Path,
    clock: &dyn Clock,
) -> anyhow::Result<String> {
    anyhow::ensure!(!to.exists(), "{} exists already; name a new directory", to.display());
    let partial = partial(to)?;
    // What an earlier try left behind is no backup.
    let _ = fs::remove_dir_all(&partial);
    fs::create_dir_all(&partial).with_context(|| format!("cannot make {}", partial.display()))?;
    // It holds everybody's messages and the keys.
    fs::set_permissions(&partial, fs::Permissions::from_mode(0o700))?;
    let made = fill(store, data_dir, &partial, clock).await;
    let outcome = made.and_then(|text| {
        fs::rename(&partial, to)?;
        if let Some(parent) = to.parent() {
            File::open(parent)?.sync_all()?;
        }
        Ok(format!("{} holds {text}", to.display()))
    });
    if outcome.is_err() {
        let _ = fs::remove_dir_all(&partial);
    }
    outcome
}

/// Where a directory is made before it gets its name.
pub(super) fn partial(to: &Path) -> anyhow::Result<PathBuf> {
    let mut name = to.file_name().context("name a directory")?.to_owned();
    name.push(".partial");
    Ok(to.with_file_name(name))
}

async fn fill(store: &SqlStore, data_dir: &Path, to: &Path, clock: &dyn Clock) -> anyhow::Result<String> {
    let created_at = clock.now().to_string();
    store.copy_to(&to.join(DATABASE_FILE)).await?;
    let (data_dir, to, epoch) = (data_dir.to_owned(), to.to_owned(), store.epoch().to_owned());
    tokio::task::spawn_blocking(move || {
        let mut paths = vec![DATABASE_FILE.to_owned()];
        for directory in DIRECTORIES {
            paths.extend(take(&data_dir, &to, directory)?);
        }
        paths.extend(take_file(&data_dir, &to, deletions_file::NAME)?);
        let files: Vec<Listed> = paths.iter().map(|path| Listed::of(&to, path)).collect::<Result<_, _>>()?;
        let count = files.len();
        Manifest::new(created_at, epoch, files).write(&to)?;
        Ok(format!("{count} files"))
    })
    .await?
}

/// Takes a directory of files that never change along; those that vanish meanwhile were erased.
fn take(data_dir: &Path, to: &Path, directory: &str) -> anyhow::Result<Vec<String>> {
    let mut taken = Vec::new();
    let unfinished = |path: &String| path.starts_with(UNFINISHED);
    for path in files_below(data_dir, directory)?.into_iter().filter(|path| !unfinished(path)) {
        taken.extend(take_file(data_dir, to, &path)?);
    }
    Ok(taken)
}

fn take_file(data_dir: &Path, to: &Path, path: &str) -> anyhow::Result<Option<String>> {
    let (from, target) = (data_dir.join(path), to.join(path));
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    // Blobs never change, so that two names for one are as good as two copies, where the file system can do that.
    let linked = path.starts_with("blobs/") && fs::hard_link(&from, &target).is_ok();
    let copied = if linked { Ok(()) } else { fs::copy(&from, &target).map(drop) };
    match copied {
        Ok(()) => {
            File::open(&target)?.sync_all()?;
            Ok(Some(path.to_owned()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot copy {path}")),
    }
}
