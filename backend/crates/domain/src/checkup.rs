//! What an adapter finds when it looks at the service behind it.

/// What was found: for people who operate Kith, in whole sentences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkup {
    /// What is there, such as a version.
    pub found: String,
    /// What breaks a promise, each with what mends it.
    pub faults: Vec<String>,
    /// What is allowed on one machine and not in production, each with what mends it.
    pub warnings: Vec<String>,
}

impl Checkup {
    /// A service without faults so far.
    #[must_use]
    pub fn of(found: impl Into<String>) -> Self {
        Self { found: found.into(), ..Self::default() }
    }

    /// Adds a fault unless `holds`.
    pub fn must(&mut self, holds: bool, fault: impl Into<String>) {
        if !holds {
            self.faults.push(fault.into());
        }
    }

    /// Adds a warning unless `holds`.
    pub fn should(&mut self, holds: bool, warning: impl Into<String>) {
        if !holds {
            self.warnings.push(warning.into());
        }
    }
}
