//! `kith restore`.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use anyhow::Context as _;
use kith_domain::UserId;
use kith_embedded::SystemRandom;
use kith_services::DeletionService;

use super::{create::partial, manifest::Manifest};
use crate::{
    assembly,
    commands::{RestoreFlags, ServeFlags},
    config::{self, Config},
    deletions_file,
};

/// Makes a new data directory of a backup.
pub(crate) fn run(flags: &RestoreFlags) -> anyhow::Result<()> {
    let mut settings = config::load_for_store(&ServeFlags {
        data_dir: Some(flags.data_dir.clone()),
        config: flags.config.clone(),
        ..ServeFlags::default()
    })?;
    let target = std::path::absolute(&flags.data_dir)?;
    anyhow::ensure!(
        is_empty(&target)?,
        "{} is not empty; restore into a new directory and move it into place",
        target.display()
    );
    let manifest = Manifest::verified(&flags.from)?;
    let deleted = deletions(flags)?;
    let partial = partial(&target)?;
    let _ = fs::remove_dir_all(&partial);
    settings.storage.data_dir.clone_from(&partial);
    let outcome = copy(&manifest, &flags.from, &partial)
        .and_then(|()| assembly::block_on(revive(&settings, deleted)))
        .and_then(|epoch| {
            if target.exists() {
                fs::remove_dir(&target)?;
            }
            fs::rename(&partial, &target)?;
            Ok(epoch)
        });
    if outcome.is_err() {
        let _ = fs::remove_dir_all(&partial);
    }
    let epoch = outcome?;
    println!(
        "{} holds the backup of {}; its epoch is {epoch}, so that clients load everything anew",
        target.display(),
        manifest.created_at
    );
    Ok(())
}

fn is_empty(directory: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("cannot look into {}", directory.display())),
    }
}

/// Whose accounts are gone, by the backup's own list and those that were given.
fn deletions(flags: &RestoreFlags) -> anyhow::Result<Vec<UserId>> {
    let mut users = BTreeSet::new();
    let own = flags.from.join(deletions_file::NAME);
    if own.exists() {
        users.extend(deletions_file::read(&own)?);
    }
    for file in &flags.deletions {
        users.extend(deletions_file::read(file)?);
    }
    Ok(users.into_iter().collect())
}

fn copy(manifest: &Manifest, from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o700))?;
    for listed in &manifest.files {
        let target = to.join(&listed.path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(from.join(&listed.path), &target).with_context(|| format!("cannot copy {}", listed.path))?;
        File::open(&target)?.sync_all()?;
    }
    Ok(())
}

/// Gives the copy a new epoch, brings it to this release's layout and deletes once more who was deleted since.
async fn revive(settings: &Config, deleted: Vec<UserId>) -> anyhow::Result<String> {
    let epoch = kith_sql::backup::adopt(&settings.storage.data_dir, &SystemRandom).await?;
    let storage = assembly::open_storage(settings).await?;
    // Nobody listens.
    storage.live.silence();
    let deletions = DeletionService::new(assembly::offline_context(settings, &storage)?);
    deletions.repeat(deleted).await?;
    deletions_file::write(&settings.storage.data_dir, &deletions.list().await?)?;
    storage.engine.close().await;
    Ok(epoch)
}
