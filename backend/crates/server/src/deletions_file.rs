//! The list of deleted accounts as a file beside the store. It outlives the restoring of a backup that is older than a
//! deletion: `kith restore --deletions` deletes them again.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use anyhow::Context as _;
use kith_domain::{Timestamp, UserId};

/// Its name in the data directory.
pub(crate) const NAME: &str = "deletions.txt";

/// Replaces the list, durably; a line is a number and when that account was erased.
pub(crate) fn write(data_dir: &Path, deleted: &[(UserId, Timestamp)]) -> anyhow::Result<()> {
    let text: String = deleted.iter().map(|(user, at)| format!("{user} {at}\n")).collect();
    let path = data_dir.join(NAME);
    if fs::read_to_string(&path).is_ok_and(|stored| stored == text) {
        return Ok(());
    }
    let partial = data_dir.join("deletions.partial");
    let mut file = File::create(&partial)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&partial, &path)?;
    Ok(File::open(data_dir)?.sync_all()?)
}

/// Whom a list names.
///
/// # Errors
/// When a line is none of a list: better no restoring than one that brings somebody back.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<UserId>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.lines()
        .map(|line| {
            let (user, at) = line.split_once(' ').unwrap_or_default();
            match (user.parse(), Timestamp::parse(at)) {
                (Ok(user), Some(_)) => Ok(user),
                _ => anyhow::bail!("{}: {line:?} is no deleted account", path.display()),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_back_and_a_damaged_one_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        let at = Timestamp::from_millis(1_764_000_945_007);
        for list in [vec![], vec![(UserId::new(7), at)], vec![(UserId::new(7), at), (UserId::new(1), at)]] {
            write(directory.path(), &list).unwrap();
            assert_eq!(read(&path).unwrap(), list.iter().map(|(user, _)| *user).collect::<Vec<_>>());
        }
        for text in ["7\n", "x 2026-11-29T00:00:00.000Z\n", "\n", "7 yesterday\n"] {
            fs::write(&path, text).unwrap();
            assert!(read(&path).is_err(), "{text:?}");
        }
        assert!(read(&directory.path().join("absent")).is_err());
    }
}
