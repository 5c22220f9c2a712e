//! Ed25519 keys for JSON Web Tokens: one signs, all of a ring verify (RFC 8037).

use std::fmt;

use aws_lc_rs::{
    digest,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use crate::random::Random;

/// Why a key could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is not a PKCS#8 Ed25519 private key in PEM.
    #[error("not an Ed25519 private key in PEM (PKCS#8)")]
    Malformed,
    /// A ring needs at least one key whose turn to sign has come.
    #[error("no key may sign yet")]
    NoSigner,
    /// Reading or writing the key directory failed.
    #[error("key directory: {path}")]
    Io {
        /// The file or directory concerned.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The key file may be read by any user of the machine.
    #[error("{path} is readable by every user; chmod 600 it")]
    Exposed {
        /// The file concerned.
        path: String,
    },
    /// A file in the key directory is not named `<sign_from_ms>-<kid>.pem` after its own content.
    #[error("{path} is not named after the key it holds")]
    Misnamed {
        /// The file concerned.
        path: String,
    },
}

/// A private Ed25519 key and its public identity.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: VerifyingKey,
}

impl SigningKey {
    /// Makes a new key from 32 random bytes.
    pub fn generate(random: &dyn Random) -> Self {
        let mut seed = [0; 32];
        random.fill(&mut seed);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 bytes are an Ed25519 seed");
        Self::new(pair)
    }

    /// Reads a PKCS#8 PEM private key, as written by [`Self::to_pem`] or `openssl genpkey -algorithm ed25519`.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = crate::pem::decode(text).ok_or(KeyError::Malformed)?;
        Ed25519KeyPair::from_pkcs8(&der).map(Self::new).map_err(|_| KeyError::Malformed)
    }

    /// Writes the private key as PKCS#8 version 1 in PEM.
    pub fn to_pem(&self) -> String {
        let der = self.pair.to_pkcs8v1().expect("an Ed25519 key can be written");
        crate::pem::encode(der.as_ref())
    }

    /// The RFC 7638 thumbprint of the public key.
    pub fn kid(&self) -> &str {
        &self.public.kid
    }

    /// The public half.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// Signs `message` (64 bytes, RFC 8032).
    pub(crate) fn sign(&self, message: &[u8]) -> impl AsRef<[u8]> + use<> {
        self.pair.sign(message)
    }

    fn new(pair: Ed25519KeyPair) -> Self {
        let public = VerifyingKey::new(pair.public_key().as_ref());
        Self { pair, public }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}

/// A public Ed25519 key, parsed once.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    kid: String,
    x: String,
    key: ParsedPublicKey,
}

impl VerifyingKey {
    fn new(public: &[u8]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public);
        // RFC 7638 §3.2: required members only, in lexical order, no white space.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
        let key = ParsedPublicKey::new(&ED25519, public).expect("a key pair's public half is a valid point");
        Self { kid, x, key }
    }

    /// The RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }

    fn jwk(&self) -> Jwk<'_> {
        Jwk { kty: "OKP", crv: "Ed25519", alg: "EdDSA", r#use: "sig", kid: &self.kid, x: &self.x }
    }
}

/// One public key of a JWKS document (RFC 7517 §4).
#[derive(Serialize)]
struct Jwk<'a> {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    r#use: &'static str,
    kid: &'a str,
    x: &'a str,
}

/// Writes a JWKS document (RFC 7517 §5) of the given keys.
pub(crate) fn jwks_json<'a>(keys: impl IntoIterator<Item = &'a VerifyingKey>) -> String {
    #[derive(Serialize)]
    struct Jwks<'a> {
        keys: Vec<Jwk<'a>>,
    }
    let jwks = Jwks { keys: keys.into_iter().map(VerifyingKey::jwk).collect() };
    serde_json::to_string(&jwks).expect("plain strings serialize")
}

/// The key that signs and every key that still verifies.
///
/// Rotation overlaps: a new key is published in the ring before its turn to sign, and an old one stays until the
/// last token it signed has expired.
#[derive(Debug)]
pub struct KeyRing {
    signer: SigningKey,
    /// The signer's public half first.
    verifying: Vec<VerifyingKey>,
}

impl KeyRing {
    /// A ring that signs with `signer` and also verifies with `others`.
    pub fn new(signer: SigningKey, others: impl IntoIterator<Item = VerifyingKey>) -> Self {
        let mut verifying = vec![signer.public.clone()];
        for key in others {
            if verifying.iter().all(|known| known.kid != key.kid) {
                verifying.push(key);
            }
        }
        Self { signer, verifying }
    }

    /// The key that signs.
    pub fn signer(&self) -> &SigningKey {
        &self.signer
    }

    /// The key of exactly this id; a ring holds two or three, so they are looked at one by one.
    pub fn find(&self, kid: &str) -> Option<&VerifyingKey> {
        self.verifying.iter().find(|key| key.kid == kid)
    }

    /// The document served at `/.well-known/jwks.json`.
    pub fn jwks_json(&self) -> String {
        jwks_json(&self.verifying)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    /// The key of RFC 8037 appendix A.1, wrapped as PKCS#8 version 1.
    fn rfc_8037_key() -> SigningKey {
        let mut der = vec![
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ];
        der.extend(URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap());
        SigningKey::from_pem(&crate::pem::encode(&der)).unwrap()
    }

    #[test]
    fn agrees_with_rfc_8037() {
        let key = rfc_8037_key();
        assert_eq!(key.verifying_key().x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        // Appendix A.3.
        assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        // Appendix A.4.
        let signed = key.sign(b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
        assert_eq!(
            URL_SAFE_NO_PAD.encode(signed),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn a_key_survives_its_pem() {
        let key = SigningKey::generate(&SystemRandom);
        let read = SigningKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(read.kid(), key.kid());
        assert!(key.verifying_key().verifies(b"text", read.sign(b"text").as_ref()));
    }

    #[test]
    fn debug_output_holds_no_private_part() {
        let key = rfc_8037_key();
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ kid: {:?}, .. }}", key.kid()));
    }

    #[test]
    fn a_ring_publishes_every_key_once() {
        let (old, new) = (SigningKey::generate(&SystemRandom), SigningKey::generate(&SystemRandom));
        let (old_public, new_kid) = (old.verifying_key().clone(), new.kid().to_owned());
        let new_public = new.verifying_key().clone();
        let ring = KeyRing::new(new, [old_public.clone(), new_public]);
        let jwks: serde_json::Value = serde_json::from_str(&ring.jwks_json()).unwrap();
        let kids: Vec<_> =
            jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
        assert_eq!(kids, [new_kid.as_str(), old_public.kid()]);
        assert_eq!(jwks["keys"][0]["crv"], "Ed25519");
        assert!(jwks["keys"][0].get("d").is_none());
        assert!(ring.find(old_public.kid()).is_some());
        assert!(ring.find("").is_none());
    }
}
