//! The guardian: a small process that outlives the one which started it, and cleans up.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::HarnessError;

/// Makes the directory, says its name, and waits for the end of its standard input: that comes when the starter lets
/// go of the other end of the pipe, or dies. Then it kills whoever works in the directory until nobody does (as
/// `processes.rs` does, and says why), runs the `farewell`, and removes the directory.
///
/// The directory is made here and not by the starter, so that there is no moment at which nobody would remove it.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
directory=$(mktemp -d "${TMPDIR:-/tmp}/kith-$1-XXXXXX") || exit 1
directory=$(cd "$directory" && pwd -P)
chmod 711 "$directory"
printf '%s\n' "$directory"
cat >/dev/null
gone() {
  [ ! -d "/proc/$1" ] && return
  set -- "$1" "/proc/$1/task"/*
  [ $# -eq 2 ] && grep -qs '^State:.Z' "/proc/$1/status"
}
while links=$(find /proc -maxdepth 2 -name cwd \( -lname "$directory" -o -lname "$directory/*" \) 2>/dev/null); [ -n "$links" ]; do
  for link in $links; do
    process=${link#/proc/}
    kill -KILL "${process%/cwd}" 2>/dev/null
  done
  for link in $links; do
    process=${link#/proc/}
    until gone "${process%/cwd}"; do sleep 0.01; done
  done
done
farewell=$2
cd "$directory" && eval "$farewell" >/dev/null 2>&1
cd / && rm -rf "$directory"
"#;

/// A directory and the process that removes it, with all who work in it, when this value is dropped or its process
/// ends in whatever way.
#[derive(Debug)]
pub(crate) struct Guardian {
    directory: PathBuf,
    process: Child,
}

impl Guardian {
    /// A fresh directory. `farewell` is a shell command that is run in it when no process of the server is left.
    ///
    /// # Errors
    /// [`HarnessError::Io`] when there is no shell, or no room for a directory.
    pub(crate) fn new(name: &str, farewell: &str) -> Result<Self, HarnessError> {
        let mut process = Command::new("sh")
            .args(["-c", SCRIPT, "kith-guardian", name, farewell])
            .current_dir("/")
            // Ctrl-C at a terminal goes to the whole group of the tests: the guardian must survive it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(HarnessError::io("start a shell"))?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(HarnessError::io("hear from the guardian"))?;
        }
        if line.is_empty() {
            let _ = process.wait();
            let source = std::io::Error::other("the guardian said nothing");
            return Err(HarnessError::io("make a temporary directory")(source));
        }
        Ok(Self { directory: PathBuf::from(line.trim_end_matches('\n')), process })
    }

    /// The directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Guardian {
    /// Returns when nothing is left.
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
