//! A provider that signs whatever it is told to.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use aws_lc_rs::{
    hmac,
    rand::SystemRandom as AwsRandom,
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::ISSUER;
use crate::{
    keys::SigningKey,
    random::SystemRandom,
    transport::{Request, Response, Transport, TransportError},
};

/// A signing key of one of the algorithms that providers use.
#[derive(Clone)]
pub(super) struct Key {
    kid: &'static str,
    pair: Arc<Pair>,
}

enum Pair {
    Ed25519(SigningKey),
    P256(EcdsaKeyPair),
    Rsa(rsa::KeyPair),
}

impl Key {
    pub(super) fn ed25519(kid: &'static str) -> Self {
        Self { kid, pair: Arc::new(Pair::Ed25519(SigningKey::generate(&SystemRandom))) }
    }

    pub(super) fn p256(kid: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { kid, pair: Arc::new(Pair::P256(pair)) }
    }

    pub(super) fn rsa(kid: &'static str) -> Self {
        Self { kid, pair: Arc::new(Pair::Rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap())) }
    }

    fn alg(&self) -> &'static str {
        match *self.pair {
            Pair::Ed25519(_) => "EdDSA",
            Pair::P256(_) => "ES256",
            Pair::Rsa(_) => "RS256",
        }
    }

    pub(super) fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &*self.pair {
            Pair::Ed25519(key) => {
                let jwks: Value =
                    serde_json::from_str(&crate::keys::jwks_json([key.verifying_key()])).unwrap();
                jwks["keys"][0].clone()
            }
            Pair::P256(pair) => {
                // An uncompressed point: 4, x, y.
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])})
            }
            Pair::Rsa(pair) => {
                // PKCS#1 of a 2048-bit key: a sequence of the modulus, after 9 bytes, and the exponent 65537.
                let der = pair.public_key().as_ref();
                json!({"kty": "RSA", "n": encode(&der[9..265]), "e": "AQAB"})
            }
        };
        jwk["kid"] = self.kid.into();
        jwk["use"] = "sig".into();
        jwk
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_as("JWT", claims)
    }

    pub(super) fn sign_as(&self, typ: &str, claims: &Value) -> String {
        let signed = parts(&json!({"alg": self.alg(), "typ": typ, "kid": self.kid}), claims);
        let text = signed.as_bytes();
        let signature = match &*self.pair {
            Pair::Ed25519(key) => key.sign(text).as_ref().to_vec(),
            Pair::P256(pair) => pair.sign(&AwsRandom::new(), text).unwrap().as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &AwsRandom::new(), text, &mut signature).unwrap();
                signature
            }
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn parts(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.", parts(header, claims))
}

pub(super) fn hmac(key: &[u8], kid: &str, claims: &Value) -> String {
    let signed = parts(&json!({"alg": "HS256", "kid": kid}), claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// The provider: discovery, keys and a token endpoint, reached without a socket.
pub(super) struct Fake {
    state: Mutex<State>,
    down: AtomicBool,
    discoveries: AtomicUsize,
    key_fetches: AtomicUsize,
}

struct State {
    key: Key,
    issuer: String,
    token_answer: (u16, String),
    token_request: Vec<(String, String)>,
}

impl Fake {
    pub(super) fn new(key: Key) -> Arc<Self> {
        let state = State {
            key,
            issuer: ISSUER.to_owned(),
            token_answer: (500, String::new()),
            token_request: Vec::new(),
        };
        Arc::new(Self {
            state: Mutex::new(state),
            down: AtomicBool::new(false),
            discoveries: AtomicUsize::new(0),
            key_fetches: AtomicUsize::new(0),
        })
    }

    pub(super) fn key(&self) -> Key {
        self.state.lock().unwrap().key.clone()
    }

    pub(super) fn rotate_to(&self, key: Key) {
        self.state.lock().unwrap().key = key;
    }

    pub(super) fn claim_issuer(&self, issuer: &str) {
        self.state.lock().unwrap().issuer = issuer.to_owned();
    }

    pub(super) fn answer_token(&self, answer: &Value) {
        self.answer_token_with(200, &answer.to_string());
    }

    pub(super) fn answer_token_with(&self, status: u16, body: &str) {
        self.state.lock().unwrap().token_answer = (status, body.to_owned());
    }

    pub(super) fn last_token_request(&self) -> Vec<(String, String)> {
        self.state.lock().unwrap().token_request.clone()
    }

    pub(super) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    pub(super) fn discoveries(&self) -> usize {
        self.discoveries.load(Ordering::SeqCst)
    }

    pub(super) fn key_fetches(&self) -> usize {
        self.key_fetches.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Transport for Fake {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let path = request.uri().path();
        let mut state = self.state.lock().unwrap();
        let (status, body) = match path {
            "/.well-known/openid-configuration" => {
                self.discoveries.fetch_add(1, Ordering::SeqCst);
                let document = json!({
                    "issuer": state.issuer,
                    "authorization_endpoint": format!("{ISSUER}/authorize"),
                    "token_endpoint": format!("{ISSUER}/token"),
                    "jwks_uri": format!("{ISSUER}/jwks"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    // What a provider says of itself must not widen what is taken.
                    "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256", "EdDSA"],
                });
                (200, document.to_string())
            }
            "/jwks" => {
                self.key_fetches.fetch_add(1, Ordering::SeqCst);
                (200, json!({"keys": [state.key.jwk()]}).to_string())
            }
            "/token" => {
                let authorization = request.headers().get("authorization").unwrap();
                // Basic, of `client-1:hush`.
                assert_eq!(authorization, "Basic Y2xpZW50LTE6aHVzaA==");
                state.token_request = url::form_urlencoded::parse(request.body()).into_owned().collect();
                state.token_answer.clone()
            }
            other => panic!("nobody should ask for {other}"),
        };
        if self.down.load(Ordering::SeqCst) {
            return Err(TransportError::Failed("connection refused".into()));
        }
        let answer = http::Response::builder().status(status).header("content-type", "application/json");
        Ok(answer.body(body.into_bytes()).unwrap())
    }
}
