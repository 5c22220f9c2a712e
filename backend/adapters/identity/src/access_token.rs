//! Access tokens: JWTs after RFC 9068, signed with Ed25519 and checked without mercy (RFC 8725).
//!
//! The signature comes from AWS-LC; header and claims are read here, because the time must be an argument and because
//! nothing but the one form that [`AccessTokens::sign`] writes is to be accepted.

use std::sync::{Arc, PoisonError, RwLock};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{keys::KeyRing, random::Random, secret_box};

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

/// How long an access token lives, in seconds.
pub const LIFETIME_S: i64 = 15 * 60;
/// How far the clocks of two nodes may lie apart, in seconds.
pub const LEEWAY_S: i64 = 30;
/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 4096;
/// Room for any decoded part of a token: three quarters of the longest.
const MAX_DECODED: usize = MAX_TOKEN_BYTES / 4 * 3;
const SIGNATURE_BYTES: usize = 64;

/// What an access token says. `iss` and `aud` belong to [`AccessTokens`], which writes and demands them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The user's id.
    pub sub: u64,
    /// The id of the device (sign-in) that the token belongs to.
    pub sid: u64,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// From when on it is good, in seconds since 1970.
    pub nbf: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// Its own random id.
    pub jti: String,
}

/// The token is refused. The text is the same whatever the reason, which a caller must not learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid")]
pub struct TokenError {
    reason: &'static str,
}

impl TokenError {
    /// Which check failed: a fixed word for logs and metric labels, never for the caller.
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

const fn refused(reason: &'static str) -> TokenError {
    TokenError { reason }
}

/// Issues and checks the access tokens of one issuer and audience.
#[derive(Debug)]
pub struct AccessTokens {
    issuer: String,
    audience: String,
    keys: RwLock<Arc<KeyRing>>,
}

impl AccessTokens {
    /// `issuer` and `audience` are written into every token and demanded of every token.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>, keys: KeyRing) -> Self {
        Self { issuer: issuer.into(), audience: audience.into(), keys: RwLock::new(Arc::new(keys)) }
    }

    /// The keys in use.
    pub fn keys(&self) -> Arc<KeyRing> {
        // A poisoned lock still holds a whole ring: it is only ever replaced.
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes another ring into use, after a rotation.
    pub fn replace_keys(&self, keys: KeyRing) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// The document served at `/.well-known/jwks.json`.
    pub fn jwks_json(&self) -> String {
        self.keys().jwks_json()
    }

    /// Signs a token that starts at `now_ms` and lives for `lifetime_s` seconds, usually [`LIFETIME_S`]; answers it
    /// with its claims.
    pub fn issue(
        &self,
        user: u64,
        device: u64,
        now_ms: i64,
        lifetime_s: i64,
        random: &dyn Random,
    ) -> (String, Claims) {
        let now = now_ms.div_euclid(1000);
        let jti = secret_box::opaque_token(random);
        let claims = Claims { sub: user, sid: device, iat: now, nbf: now, exp: now + lifetime_s, jti };
        (self.sign(&claims), claims)
    }

    /// Signs `claims` as they are.
    pub fn sign(&self, claims: &Claims) -> String {
        let keys = self.keys();
        let header = Header { alg: "EdDSA", typ: "at+jwt", kid: keys.signer().kid() };
        let (sub, sid) = (claims.sub.to_string(), claims.sid.to_string());
        let payload = Payload {
            iss: &self.issuer,
            aud: &self.audience,
            sub: &sub,
            sid: &sid,
            iat: claims.iat,
            nbf: claims.nbf,
            exp: claims.exp,
            jti: &claims.jti,
        };
        let mut token = encode_json(&header);
        token.push('.');
        token.push_str(&encode_json(&payload));
        let signature = keys.signer().sign(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// Checks a token as of `now_ms` and answers what it says.
    ///
    /// Whether the user and the device still exist is the caller's to look up.
    ///
    /// # Errors
    /// [`TokenError`] for anything but a token of this issuer, for this audience, signed by a key of the ring, with
    /// every claim present once and of its type, within its time give or take [`LEEWAY_S`].
    pub fn verify(&self, token: &str, now_ms: i64) -> Result<Claims, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(refused("length"));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(refused("form"))?;
        let (header, payload) = signed.split_once('.').ok_or(refused("form"))?;

        let mut buffer = [0; MAX_DECODED];
        let header: Header<'_> = parse_object(decode(header, &mut buffer)?).ok_or(refused("header"))?;
        if header.alg != "EdDSA" {
            return Err(refused("alg"));
        }
        if !is_access_token_type(header.typ) {
            return Err(refused("typ"));
        }
        let keys = self.keys();
        let key = keys.find(header.kid).ok_or(refused("kid"))?;

        let mut signature_buffer = [0; MAX_DECODED];
        let signature = decode(signature, &mut signature_buffer)?;
        if signature.len() != SIGNATURE_BYTES || !key.verifies(signed.as_bytes(), signature) {
            return Err(refused("signature"));
        }

        // Only now is the payload worth reading.
        let payload: Payload<'_> = parse_object(decode(payload, &mut buffer)?).ok_or(refused("claims"))?;
        self.check(&payload, now_ms)
    }

    fn check(&self, payload: &Payload<'_>, now_ms: i64) -> Result<Claims, TokenError> {
        if payload.iss != self.issuer {
            return Err(refused("iss"));
        }
        if payload.aud != self.audience {
            return Err(refused("aud"));
        }
        let sub = parse_id(payload.sub).ok_or(refused("sub"))?;
        let sid = parse_id(payload.sid).ok_or(refused("sid"))?;
        if payload.jti.is_empty() {
            return Err(refused("jti"));
        }
        let Payload { iat, nbf, exp, .. } = *payload;
        if iat < 0 || nbf < 0 || exp < 0 {
            return Err(refused("negative time"));
        }
        let now = now_ms.div_euclid(1000);
        if iat > now + LEEWAY_S {
            return Err(refused("iat"));
        }
        if nbf > now + LEEWAY_S {
            return Err(refused("nbf"));
        }
        if exp <= now - LEEWAY_S {
            return Err(refused("exp"));
        }
        Ok(Claims { sub, sid, iat, nbf, exp, jti: payload.jti.to_owned() })
    }
}

/// The JOSE header. Any further member (`jku`, `jwk`, `x5u`, `x5c`, `crit`, `b64`, …) is refused, and so is a
/// repeated one; borrowed strings refuse escapes, which [`AccessTokens::sign`] never writes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// The claims on the wire. A number type refuses strings, fractions and `1e400`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    sid: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: &'a str,
}

fn encode_json(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("strings and numbers serialize"))
}

fn decode<'a>(part: &str, buffer: &'a mut [u8; MAX_DECODED]) -> Result<&'a [u8], TokenError> {
    let length = URL_SAFE_NO_PAD.decode_slice(part, buffer).map_err(|_| refused("base64url"))?;
    Ok(&buffer[..length])
}

/// Parses a JSON object; serde alone would also take an array of the members in order.
fn parse_object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    if json.first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(json).ok()
}

/// RFC 9068 §2.1: `at+jwt`, with or without its `application/` prefix; media types ignore case (RFC 7515 §4.1.9).
fn is_access_token_type(typ: &str) -> bool {
    typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
}

/// A decimal id in its only form: no sign, no leading zero, not 0.
fn parse_id(text: &str) -> Option<u64> {
    if !text.starts_with(|first: char| matches!(first, '1'..='9')) {
        return None;
    }
    text.parse().ok()
}
