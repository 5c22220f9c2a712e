//! Connections that nobody in between can read or take over.

use std::{path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, UnixTime, pem, pem::PemObject as _},
};

/// Why a file cannot be what certificates are checked with.
#[derive(Debug, thiserror::Error)]
pub enum CaFileError {
    /// It cannot be read, or is no PEM.
    #[error("cannot be read as PEM: {0}")]
    Pem(pem::Error),
    /// There is no certificate of an authority in it.
    #[error("holds no certificate of an authority")]
    Empty,
    /// The library of TLS refuses.
    #[error("no encryption with it: {0}")]
    Tls(#[from] Error),
}

/// What connections are made with: they trust the authorities of a PEM file, and certificates that are for one of
/// `nodes`, `HOST:PORT` each, or for the address of the server that shows it.
pub(crate) fn client(ca_file: &Path, nodes: &[String]) -> Result<ClientConfig, CaFileError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let certificates =
        CertificateDer::pem_file_iter(ca_file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut roots = RootCertStore::empty();
    // Those of a whole system hold some that are of no use.
    roots.add_parsable_certificates(certificates.map_err(CaFileError::Pem)?);
    if roots.is_empty() {
        return Err(CaFileError::Empty);
    }
    let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|error| Error::General(error.to_string()))?;
    let hosts = nodes.iter().filter_map(|node| node.rsplit_once(':'));
    let names = hosts.filter_map(|(host, _)| ServerName::try_from(host.to_owned()).ok()).collect();
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(OneOf { names, chain }))
        .with_no_client_auth())
}

/// Takes a certificate for the address that was connected to, as ever, or for any of the names. The driver finds most
/// servers by addresses that the cluster tells it, and certificates are mostly for names.
#[derive(Debug)]
struct OneOf {
    names: Vec<ServerName<'static>>,
    chain: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for OneOf {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verify = |name: &ServerName<'_>| {
            self.chain.verify_server_cert(end_entity, intermediates, name, ocsp_response, now)
        };
        match verify(server_name) {
            Err(error) if is_another_name(&error) => {
                self.names.iter().find_map(|name| verify(name).ok()).ok_or(error)
            }
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

fn is_another_name(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        )
    )
}
