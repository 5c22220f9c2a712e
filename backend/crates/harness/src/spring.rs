//! Spring's STOMP client, as one of the clients of a test.

use std::{path::Path, process::Command};

use crate::{
    HarnessError,
    jars::{Jars, Java},
};

/// Where the client lies, beside the other foreign clients.
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/clients/spring/Talk.java");
const JARS: Jars =
    Jars { name: "spring-client", pom: include_str!("../../../../tests/clients/spring/pom.xml") };

/// A command that has two people talk and succeeds when everything came as it must. Its arguments are the origin that people
/// use, for each of the two the address of a node's WebSocket and an access token, and the id of their conversation.
///
/// # Errors
/// [`HarnessError`] without Java, or when Maven does not get the jars.
pub fn spring_client() -> Result<Command, HarnessError> {
    let jars = JARS.directory()?;
    let java = Java::with(&[jars.as_path()])?;
    Ok(java.command::<&str>(&[], &Path::new(SOURCE).to_string_lossy()))
}
