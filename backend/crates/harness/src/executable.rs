//! Where a server's executable lies.

use std::{env, path::PathBuf};

use crate::HarnessError;

/// An executable that a package brings.
pub(crate) struct Executable {
    /// The server's name and version, as errors say it.
    pub(crate) name: &'static str,
    /// The command that installs it.
    pub(crate) install: &'static str,
    /// The file.
    pub(crate) file: &'static str,
    /// Where to look before the directories of `PATH`.
    pub(crate) directories: &'static [&'static str],
}

impl Executable {
    /// Its path.
    ///
    /// # Errors
    /// [`HarnessError::Missing`] with the command that installs it.
    pub(crate) fn find(&self) -> Result<PathBuf, HarnessError> {
        let path = env::var_os("PATH").unwrap_or_default();
        self.directories
            .iter()
            .map(PathBuf::from)
            .chain(env::split_paths(&path))
            .map(|directory| directory.join(self.file))
            .find(|file| file.is_file())
            .ok_or(HarnessError::Missing { name: self.name, install: self.install })
    }
}
