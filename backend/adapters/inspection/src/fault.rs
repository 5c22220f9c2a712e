//! What goes wrong while a file is looked at.

use std::{io, sync::Arc};

use kith_domain::ports::InspectError;

/// The file does not pass, or could not be read.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It does not pass; the sentence says why.
    Refused(&'static str),
    /// It could not be read or written.
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // The file ends before its own structure does.
            io::ErrorKind::UnexpectedEof => Self::Refused("the file is cut off"),
            _ => Self::Io(error),
        }
    }
}

impl From<Fault> for InspectError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(why) => Self::Refused(why),
            Fault::Io(error) => Self::Failed(Arc::new(error)),
        }
    }
}

/// Refuses with `why` unless it holds.
pub(crate) fn require(holds: bool, why: &'static str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::Refused(why)) }
}
