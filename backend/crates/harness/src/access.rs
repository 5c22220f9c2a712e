//! Servers that encrypt, and let in only whom they know.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{HarnessError, command::run, executable::Executable};

/// Makes certificates.
const OPENSSL: Executable =
    Executable { name: "OpenSSL", install: "apt-get install openssl", file: "openssl", directories: &[] };

/// A key and a certificate for it that is good for a short while.
const REQUEST: [&str; 9] =
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];

/// What a client needs to be let in.
#[derive(Debug, Clone)]
pub struct Access {
    /// The user that the server knows.
    pub user: &'static str,
    /// That user's password.
    pub password: &'static str,
    /// The authority that the server's certificate comes from, as PEM.
    pub ca_file: PathBuf,
    /// An authority that no certificate comes from.
    pub other_ca_file: PathBuf,
}

/// The server's key and certificate, as PEM, in its directory.
pub(crate) const SERVER_PEM: &str = "server.pem";

impl Access {
    /// Makes authorities, and a certificate of the first one for `names`, such as `DNS:localhost,IP:127.0.0.1`.
    ///
    /// # Errors
    /// [`HarnessError`] when OpenSSL is not there, or fails.
    pub(crate) fn make(
        directory: &Path,
        names: &str,
        (user, password): (&'static str, &'static str),
    ) -> Result<Self, HarnessError> {
        let authority = |name: &str| {
            let (file, key) = (directory.join(format!("{name}.pem")), directory.join(format!("{name}.key")));
            let subject = format!("/CN=Kith test authority {name}");
            run(request(&subject, &key, &file)?.args(["-addext", "keyUsage=critical,keyCertSign"]))?;
            Ok::<_, HarnessError>((file, key))
        };
        let ((ca_file, ca_key), (other_ca_file, _)) = (authority("ca")?, authority("other-ca")?);
        let (certificate, key) = (directory.join("server.crt"), directory.join("server.key"));
        run(request("/CN=Kith test server", &key, &certificate)?
            .arg("-CA")
            .arg(&ca_file)
            .arg("-CAkey")
            .arg(&ca_key)
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-addext"])
            .arg(format!("subjectAltName={names}")))?;
        let read = |file: &Path| fs::read_to_string(file).map_err(HarnessError::io("read a certificate"));
        fs::write(directory.join(SERVER_PEM), read(&key)? + &read(&certificate)?)
            .map_err(HarnessError::io("write a certificate"))?;
        Ok(Self { user, password, ca_file, other_ca_file })
    }
}

fn request(subject: &str, key: &Path, certificate: &Path) -> Result<Command, HarnessError> {
    let mut command = Command::new(OPENSSL.find()?);
    command.args(REQUEST).args(["-subj", subject]).arg("-keyout").arg(key).arg("-out").arg(certificate);
    Ok(command)
}
