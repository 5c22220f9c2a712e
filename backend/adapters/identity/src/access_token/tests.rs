use serde_json::{Value, json};

use super::*;
use crate::{keys::SigningKey, random::SystemRandom};

const ISS: &str = "https://chat.example";
const AUD: &str = "kith";
const NOW_S: i64 = 1_800_000_000;
const NOW_MS: i64 = NOW_S * 1000 + 999;

/// A token service, and its signing key a second time, to forge with.
fn service() -> (AccessTokens, SigningKey) {
    let key = SigningKey::generate(&SystemRandom);
    let copy = SigningKey::from_pem(&key.to_pem()).unwrap();
    (AccessTokens::new(ISS, AUD, KeyRing::new(key, [])), copy)
}

fn header(key: &SigningKey) -> Value {
    json!({"alg": "EdDSA", "typ": "at+jwt", "kid": key.kid()})
}

fn payload() -> Value {
    json!({
        "iss": ISS, "aud": AUD, "sub": "42", "sid": "7",
        "iat": NOW_S, "nbf": NOW_S, "exp": NOW_S + LIFETIME_S, "jti": "one",
    })
}

/// Signs any header and payload texts, well formed or not.
fn forge(key: &SigningKey, header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn with(mut value: Value, member: &str, new: Value) -> String {
    value[member] = new;
    value.to_string()
}

fn without(mut value: Value, member: &str) -> String {
    value.as_object_mut().unwrap().remove(member);
    value.to_string()
}

#[track_caller]
fn assert_refused(tokens: &AccessTokens, token: &str, reason: &str) {
    let error = tokens.verify(token, NOW_MS).expect_err(reason);
    assert_eq!(error.reason(), reason, "{token}");
    assert_eq!(error.to_string(), "the access token is not valid");
}

#[test]
fn what_is_issued_verifies() {
    let (tokens, _) = service();
    let (token, claims) = tokens.issue(42, 7, NOW_MS, LIFETIME_S, &SystemRandom);
    assert_eq!((claims.sub, claims.sid), (42, 7));
    assert_eq!((claims.iat, claims.nbf, claims.exp), (NOW_S, NOW_S, NOW_S + 900));
    assert_eq!(claims.jti.len(), 43);
    assert_eq!(tokens.verify(&token, NOW_MS), Ok(claims));
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({"alg": "EdDSA", "typ": "at+jwt", "kid": tokens.keys().signer().kid()}));
}

#[test]
fn the_forged_form_is_the_issued_one() {
    let (tokens, key) = service();
    let claims =
        tokens.verify(&forge(&key, &header(&key).to_string(), &payload().to_string()), NOW_MS).unwrap();
    assert_eq!(claims.jti, "one");
}

#[test]
fn types_of_rfc_9068_are_accepted_and_no_others() {
    let (tokens, key) = service();
    for (typ, accepted) in [
        ("at+jwt", true),
        ("AT+JWT", true),
        ("application/at+jwt", true),
        ("Application/AT+JWT", true),
        ("JWT", false),
        ("at+jwt ", false),
        ("application/jwt", false),
        ("id+jwt", false),
        ("", false),
    ] {
        let token = forge(&key, &with(header(&key), "typ", typ.into()), &payload().to_string());
        assert_eq!(tokens.verify(&token, NOW_MS).is_ok(), accepted, "{typ}");
    }
}

/// J1: whatever the header says, only a key of the ring counts, and only with its own algorithm.
#[test]
fn headers_that_try_to_choose_the_key_or_the_algorithm_are_refused() {
    let (tokens, key) = service();
    let payload = payload().to_string();
    let header = || header(&key);
    let kid = key.kid();
    let other = SigningKey::generate(&SystemRandom);
    for (text, reason) in [
        (with(header(), "alg", "none".into()), "alg"),
        (with(header(), "alg", "None".into()), "alg"),
        (with(header(), "alg", "HS256".into()), "alg"),
        (with(header(), "alg", "ES256".into()), "alg"),
        (with(header(), "alg", "eddsa".into()), "alg"),
        (with(header(), "alg", json!(["EdDSA"])), "header"),
        (with(header(), "kid", "../../etc/passwd".into()), "kid"),
        (with(header(), "kid", "' OR 1=1 --".into()), "kid"),
        (with(header(), "kid", "".into()), "kid"),
        (with(header(), "kid", other.kid().into()), "kid"),
        (with(header(), "kid", "k".repeat(2000).into()), "kid"),
        (with(header(), "kid", json!(1)), "header"),
        (with(header(), "jku", "https://evil.example/jwks".into()), "header"),
        (with(header(), "jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": "A"})), "header"),
        (with(header(), "x5u", "https://evil.example/x".into()), "header"),
        (with(header(), "x5c", json!(["MII"])), "header"),
        (with(header(), "crit", json!(["exp"])), "header"),
        (with(header(), "b64", json!(false)), "header"),
        (without(header(), "kid"), "header"),
        (without(header(), "typ"), "header"),
        (without(header(), "alg"), "header"),
        (format!(r#"{{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#), "header"),
        (format!(r#"{{"alg":"Ed\u0044SA","typ":"at+jwt","kid":"{kid}"}}"#), "header"),
        (format!(r#"["EdDSA","at+jwt","{kid}"]"#), "header"),
        ("null".to_owned(), "header"),
        (String::new(), "header"),
        (format!(" {}", header()), "header"),
        (format!("{}x", header()), "header"),
    ] {
        assert_refused(&tokens, &forge(&key, &text, &payload), reason);
    }
}

/// J1: signatures that are absent, trivial, of another algorithm or for another text.
#[test]
fn wrong_signatures_are_refused() {
    let (tokens, key) = service();
    let good = forge(&key, &header(&key).to_string(), &payload().to_string());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();

    // HMAC keyed with our public key, which everybody has.
    let public = tokens.jwks_json();
    let hmac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
    let hmac = aws_lc_rs::hmac::sign(&hmac, signed.as_bytes());
    let stranger = SigningKey::generate(&SystemRandom);
    let mut flipped = raw.clone();
    flipped[0] ^= 1;
    // S + L verifies where the range of S is not checked (RFC 8032 §5.1.7).
    let mut malleable = raw.clone();
    add_group_order(&mut malleable[32..]);

    for bytes in [
        vec![],
        vec![0; 64],
        hmac.as_ref().to_vec(),
        stranger.sign(signed.as_bytes()).as_ref().to_vec(),
        flipped,
        malleable,
        raw[..63].to_vec(),
        [raw.as_slice(), &[0]].concat(),
    ] {
        assert_refused(&tokens, &format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes)), "signature");
    }

    let other = forge(&key, &header(&key).to_string(), &with(payload(), "sub", "43".into()));
    let (other, _) = other.rsplit_once('.').unwrap();
    assert_refused(&tokens, &format!("{other}.{signature}"), "signature");
}

/// Adds the order of the Ed25519 group to a little-endian scalar.
fn add_group_order(scalar: &mut [u8]) {
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0u16;
    for (byte, order) in scalar.iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
}

/// J2: every claim is required, of its type, and present once.
#[test]
fn wrong_claims_are_refused() {
    let (tokens, key) = service();
    let header = header(&key).to_string();
    let raw = |from: &str, to: &str| {
        let text = payload().to_string();
        assert!(text.contains(from), "{text} has {from}");
        text.replacen(from, to, 1)
    };
    let exp = format!(r#""exp":{}"#, NOW_S + LIFETIME_S);
    let nbf = format!(r#""nbf":{NOW_S}"#);
    let far = NOW_S + LEEWAY_S + 1;

    let mut rows = vec![
        (with(payload(), "iss", "https://evil.example".into()), "iss"),
        (with(payload(), "iss", format!("{ISS}/").into()), "iss"),
        (with(payload(), "aud", "other".into()), "aud"),
        (with(payload(), "aud", json!([AUD])), "claims"),
        (with(payload(), "sub", "".into()), "sub"),
        (with(payload(), "sub", "0".into()), "sub"),
        (with(payload(), "sub", "-1".into()), "sub"),
        (with(payload(), "sub", "+1".into()), "sub"),
        (with(payload(), "sub", "042".into()), "sub"),
        (with(payload(), "sub", "18446744073709551616".into()), "sub"),
        (with(payload(), "sub", json!(42)), "claims"),
        (with(payload(), "sid", "x".into()), "sid"),
        (with(payload(), "jti", "".into()), "jti"),
        (with(payload(), "exp", (NOW_S + 900).to_string().into()), "claims"),
        (with(payload(), "nbf", NOW_S.to_string().into()), "claims"),
        (with(payload(), "exp", json!(-1)), "negative time"),
        (with(payload(), "nbf", json!(-1)), "negative time"),
        (with(payload(), "iat", json!(i64::MIN)), "negative time"),
        (with(payload(), "exp", json!(1.8e9)), "claims"),
        (with(payload(), "exp", Value::Null), "claims"),
        (with(payload(), "nbf", json!(far)), "nbf"),
        (with(payload(), "nbf", json!(i64::MAX)), "nbf"),
        (with(payload(), "iat", json!(far)), "iat"),
        (with(payload(), "exp", json!(NOW_S - LEEWAY_S)), "exp"),
        (with(payload(), "exp", json!(0)), "exp"),
        (with(payload(), "nonce", "n".into()), "claims"),
        (raw(&exp, r#""exp":1e400"#), "claims"),
        (raw(&nbf, r#""nbf":1e400"#), "claims"),
        (raw(&exp, r#""exp":9223372036854775808"#), "claims"),
        (raw(&exp, &format!(r#"{exp},"exp":9999999999"#)), "claims"),
        (raw(r#""sub":"42""#, r#""sub":"42","sub":"43""#), "claims"),
        (raw(r#""sub":"42""#, r#""sub":"42","su\u0062":"43""#), "claims"),
        (raw("}", ""), "claims"),
        (format!("{}{}", payload(), payload()), "claims"),
        ("[]".to_owned(), "claims"),
        (json!([ISS, AUD, "42", "7", NOW_S, NOW_S, NOW_S + 900, "one"]).to_string(), "claims"),
        // An ID token of a provider, even were it signed by our key.
        (
            json!({"iss": ISS, "aud": AUD, "sub": "42", "iat": NOW_S, "exp": NOW_S + 900}).to_string(),
            "claims",
        ),
    ];
    for claim in ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"] {
        rows.push((without(payload(), claim), "claims"));
    }
    for (text, reason) in rows {
        assert_refused(&tokens, &forge(&key, &header, &text), reason);
    }
}

#[test]
fn the_leeway_is_thirty_seconds_on_either_side() {
    let (tokens, key) = service();
    let token = forge(&key, &header(&key).to_string(), &payload().to_string());
    let verdict =
        |now_s: i64| tokens.verify(&token, now_s * 1000).map(|_| ()).map_err(|error| error.reason());
    assert_eq!(verdict(NOW_S - LEEWAY_S), Ok(()));
    assert_eq!(verdict(NOW_S - LEEWAY_S - 1), Err("iat"));
    assert_eq!(verdict(NOW_S + LIFETIME_S + LEEWAY_S - 1), Ok(()));
    assert_eq!(verdict(NOW_S + LIFETIME_S + LEEWAY_S), Err("exp"));
}

#[test]
fn texts_that_are_no_tokens_are_refused() {
    let (tokens, key) = service();
    let good = forge(&key, &header(&key).to_string(), &payload().to_string());
    let long = forge(&key, &header(&key).to_string(), &with(payload(), "jti", "j".repeat(8192).into()));
    for (token, reason) in [
        (String::new(), "form"),
        ("..".to_owned(), "header"),
        ("a".to_owned(), "form"),
        (good.replacen('.', "", 1), "form"),
        (format!("{good}.x"), "base64url"),
        (format!("{good}="), "base64url"),
        (format!(" {good}"), "base64url"),
        (format!("é{good}"), "base64url"),
        (good.replacen('.', "\0.", 1), "base64url"),
        (long, "length"),
        (".".repeat(MAX_TOKEN_BYTES + 1), "length"),
        (".".repeat(MAX_TOKEN_BYTES), "header"),
        (format!("{}..", "A".repeat(MAX_TOKEN_BYTES - 2)), "header"),
    ] {
        assert_refused(&tokens, &token, reason);
    }
}

#[test]
fn tokens_outlive_a_rotation_for_as_long_as_their_key_is_kept() {
    let (tokens, old) = service();
    let (token, claims) = tokens.issue(1, 2, NOW_MS, LIFETIME_S, &SystemRandom);
    let new = SigningKey::generate(&SystemRandom);
    tokens.replace_keys(KeyRing::new(new, [old.verifying_key().clone()]));
    assert_eq!(tokens.verify(&token, NOW_MS), Ok(claims));
    let (newer, _) = tokens.issue(1, 2, NOW_MS, LIFETIME_S, &SystemRandom);
    assert!(tokens.verify(&newer, NOW_MS).is_ok());
    tokens.replace_keys(KeyRing::new(SigningKey::generate(&SystemRandom), []));
    assert_refused(&tokens, &token, "kid");
    assert_refused(&tokens, &newer, "kid");
}

proptest::proptest! {
    /// One altered byte anywhere makes a token worthless.
    #[test]
    fn no_altered_token_verifies(at in 0usize..10_000, to in proptest::char::range(' ', '~')) {
        let (tokens, key) = service();
        let good = forge(&key, &header(&key).to_string(), &payload().to_string());
        let at = at % good.len();
        let mut altered = good.clone();
        altered.replace_range(at..=at, &to.to_string());
        proptest::prop_assert_eq!(tokens.verify(&altered, NOW_MS).is_ok(), altered == good);
    }

    #[test]
    fn no_text_makes_it_panic(token in "\\PC{0,300}", now in proptest::num::i64::ANY) {
        let (tokens, _) = service();
        proptest::prop_assert!(tokens.verify(&token, now).is_err());
    }
}
