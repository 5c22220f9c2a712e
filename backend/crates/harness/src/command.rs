//! Commands beside a server.

use std::process::Command;

use crate::HarnessError;

/// Runs a command to its end and gives what it wrote to its standard output.
///
/// # Errors
/// [`HarnessError::Command`] with all it wrote when it fails, [`HarnessError::Io`] when it cannot be started.
pub(crate) fn run(command: &mut Command) -> Result<String, HarnessError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(HarnessError::io(format!("run {name}")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let output_of_both = text + &String::from_utf8_lossy(&output.stderr);
    Err(HarnessError::Command {
        command: name,
        status: output.status,
        output: output_of_both.trim().to_owned(),
    })
}
