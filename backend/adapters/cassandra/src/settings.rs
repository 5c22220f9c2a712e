//! Where the history lies.

use std::{path::Path, sync::Arc};

use rustls::ClientConfig;
use secrecy::SecretString;

use crate::tls::{self, CaFileError};

/// Where the history lies.
#[derive(Debug, Clone)]
pub struct CassandraSettings {
    nodes: Vec<String>,
    keyspace: String,
    datacenter: Option<String>,
    replicas: u8,
    credentials: Option<Credentials>,
    tls: Option<Arc<ClientConfig>>,
}

/// Who Kith is to the cluster.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The role.
    pub user: String,
    /// Its password.
    pub password: SecretString,
}

/// Settings that cannot be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// No address was given.
    #[error("Cassandra needs at least one address, as HOST:PORT")]
    NoNodes,
    /// The name would have to be quoted, or is too long.
    #[error("{0:?} is no name of a keyspace: 1–48 of a–z, 0–9 and _, a letter first")]
    Keyspace(String),
    /// No copy at all.
    #[error("Cassandra needs at least one replica")]
    NoReplicas,
}

/// Whether a keyspace may have this name. It stands in statements as it is.
///
/// # Errors
/// [`InvalidSettings::Keyspace`] when it may not.
pub fn check_keyspace(name: &str) -> Result<(), InvalidSettings> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    let named = name.len() <= 48 && name.starts_with(|first: char| first.is_ascii_lowercase());
    if named && name.bytes().all(plain) { Ok(()) } else { Err(InvalidSettings::Keyspace(name.to_owned())) }
}

impl CassandraSettings {
    /// Settings for a cluster that is found by `nodes` (`HOST:PORT` each). The keyspace is made when it is missing, with
    /// `replicas` copies in each datacenter; one that is there stays as it is.
    ///
    /// # Errors
    /// [`InvalidSettings`] for what cannot be right.
    pub fn new(nodes: Vec<String>, keyspace: &str, replicas: u8) -> Result<Self, InvalidSettings> {
        if nodes.is_empty() {
            return Err(InvalidSettings::NoNodes);
        }
        if replicas == 0 {
            return Err(InvalidSettings::NoReplicas);
        }
        check_keyspace(keyspace)?;
        let keyspace = keyspace.to_owned();
        Ok(Self { nodes, keyspace, datacenter: None, replicas, credentials: None, tls: None })
    }

    /// Asks the nodes of this datacenter only: `LOCAL_QUORUM` is a quorum of it.
    #[must_use]
    pub fn in_datacenter(self, datacenter: String) -> Self {
        Self { datacenter: Some(datacenter), ..self }
    }

    /// Signs in.
    #[must_use]
    pub fn signed_in(self, credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..self }
    }

    /// Encrypts all connections. Servers have to show a certificate that comes from an authority in this PEM file, and is
    /// for the host of one of the nodes that are named, or for the address by which the server is reached.
    ///
    /// # Errors
    /// [`CaFileError`] when the file is not there, or holds nothing to check certificates with.
    pub fn encrypted(self, ca_file: &Path) -> Result<Self, CaFileError> {
        let tls = tls::client(ca_file, &self.nodes)?;
        Ok(Self { tls: Some(Arc::new(tls)), ..self })
    }

    pub(crate) fn nodes(&self) -> &[String] {
        &self.nodes
    }

    pub(crate) fn keyspace(&self) -> &str {
        &self.keyspace
    }

    pub(crate) fn datacenter(&self) -> Option<&str> {
        self.datacenter.as_deref()
    }

    pub(crate) fn replicas(&self) -> u8 {
        self.replicas
    }

    pub(crate) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    pub(crate) fn tls(&self) -> Option<Arc<ClientConfig>> {
        self.tls.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_cannot_be_right_is_refused() {
        let node = || vec!["127.0.0.1:9042".to_owned()];
        let refused = |nodes, keyspace, replicas| CassandraSettings::new(nodes, keyspace, replicas).err();
        assert_eq!(refused(node(), "kith_2", 3), None);
        assert_eq!(refused(Vec::new(), "kith", 3), Some(InvalidSettings::NoNodes));
        assert_eq!(refused(node(), "kith", 0), Some(InvalidSettings::NoReplicas));
        for name in ["", "2kith", "Kith", "kith; DROP KEYSPACE kith", "kïth", &"k".repeat(49)] {
            assert_eq!(refused(node(), name, 1), Some(InvalidSettings::Keyspace(name.to_owned())));
        }
    }

    #[test]
    fn a_file_without_authorities_is_refused() {
        let node = || CassandraSettings::new(vec!["127.0.0.1:9042".to_owned()], "kith", 1).unwrap();
        let missing = node().encrypted(Path::new("/nowhere"));
        assert!(matches!(missing, Err(CaFileError::Pem(_))), "{missing:?}");
        let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for text in ["", "no PEM", no_certificate] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let refused = node().encrypted(file.path());
            assert!(matches!(refused, Err(CaFileError::Empty)), "{text:?}: {refused:?}");
        }
    }
}
