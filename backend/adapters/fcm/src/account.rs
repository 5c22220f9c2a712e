//! The service account, as the file of its key says.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::Deserialize;
use serde_json::json;
use url::Url;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// What an access token is for.
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// How long an assertion is good, in seconds: the longest that is taken.
const LIFE: i64 = 3_600;

/// Who Kith is to the service.
pub struct ServiceAccount {
    project_id: String,
    client_email: String,
    key_id: String,
    token_url: Url,
    key: RsaKeyPair,
}

/// A file that is no key of a service account.
#[derive(Debug, thiserror::Error)]
pub enum UnusableAccount {
    /// It is not that JSON.
    #[error("this is no key file of a service account")]
    Json(#[from] serde_json::Error),
    /// The project's name would not go into an address.
    #[error("the name of the project is none")]
    Project,
    /// The key is no RSA key in PKCS#8.
    #[error("its private key cannot be read")]
    Key,
}

#[derive(Deserialize)]
struct KeyFile {
    project_id: String,
    client_email: String,
    private_key_id: String,
    private_key: String,
    token_uri: Url,
}

impl ServiceAccount {
    /// The account of the key file that the Firebase console gives out.
    ///
    /// # Errors
    /// [`UnusableAccount`] for anything else.
    pub fn parse(json: &str) -> Result<Self, UnusableAccount> {
        let file: KeyFile = serde_json::from_str(json)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if file.project_id.is_empty() || !file.project_id.bytes().all(plain) {
            return Err(UnusableAccount::Project);
        }
        let der = decode(&file.private_key).ok_or(UnusableAccount::Key)?;
        Ok(Self {
            project_id: file.project_id,
            client_email: file.client_email,
            key_id: file.private_key_id,
            token_url: file.token_uri,
            key: RsaKeyPair::from_pkcs8(&der).map_err(|_| UnusableAccount::Key)?,
        })
    }

    pub(crate) fn project_id(&self) -> &str {
        &self.project_id
    }

    pub(crate) fn token_url(&self) -> &Url {
        &self.token_url
    }

    /// A signed assertion, good from `now` on (in seconds): RFC 7523.
    pub(crate) fn assertion(&self, now: i64) -> Option<String> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.key_id});
        let claims = json!({
            "iss": self.client_email,
            "scope": SCOPE,
            "aud": self.token_url,
            "iat": now,
            "exp": now + LIFE,
        });
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", encode(&header), encode(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
        Some(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// The bytes of a private key in its textual form.
fn decode(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    let body: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(body).ok()
}
