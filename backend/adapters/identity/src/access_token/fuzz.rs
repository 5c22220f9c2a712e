use std::sync::LazyLock;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use bolero::{check, generator::*};
use serde_json::{Value, json};

use super::*;
use crate::{keys::SigningKey, random::SystemRandom};

const ISSUER: &str = "https://chat.example";
const AUDIENCE: &str = "kith";
const NOW_S: i64 = 1_800_000_000;

/// A token service, and its signing key a second time, to forge with.
fn service() -> (AccessTokens, SigningKey) {
    let key = SigningKey::generate(&SystemRandom);
    let copy = SigningKey::from_pem(&key.to_pem()).unwrap();
    (AccessTokens::new(ISSUER, AUDIENCE, KeyRing::new(key, [])), copy)
}

/// The public key, as the key document tells it.
fn public_key(tokens: &AccessTokens) -> Vec<u8> {
    let document: Value = serde_json::from_str(&tokens.jwks_json()).unwrap();
    URL_SAFE_NO_PAD.decode(document["keys"][0]["x"].as_str().unwrap()).unwrap()
}

/// The same judgement made slowly: whole documents, one rule after another.
fn reference(public_key: &[u8], kid: &str, token: &str, now_ms: i64) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    let decoded: Vec<Vec<u8>> = parts.iter().filter_map(|part| URL_SAFE_NO_PAD.decode(part).ok()).collect();
    let ([first, second, _], [header, payload, signature]) = (&parts[..], &decoded[..]) else { return false };
    let signed = format!("{first}.{second}");
    if UnparsedPublicKey::new(&ED25519, public_key).verify(signed.as_bytes(), signature).is_err() {
        return false;
    }
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    let (Some(Value::Object(header)), Some(Value::Object(payload))) = (parse(header), parse(payload)) else {
        return false;
    };
    let typ = header.get("typ").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let header_is_good = header.len() == 3
        && header.get("alg") == Some(&json!("EdDSA"))
        && header.get("kid") == Some(&json!(kid))
        && ["at+jwt", "application/at+jwt"].contains(&&*typ);
    let id = |name: &str| {
        let id = payload
            .get(name)
            .and_then(Value::as_str)
            .and_then(|text| Some((text, text.parse::<u64>().ok()?)));
        id.is_some_and(|(text, id)| id > 0 && id.to_string() == text)
    };
    let time = |name: &str| payload.get(name).and_then(Value::as_i64).filter(|time| *time >= 0);
    let now = now_ms.div_euclid(1_000);
    header_is_good
        && payload.len() == 8
        && payload.get("iss") == Some(&json!(ISSUER))
        && payload.get("aud") == Some(&json!(AUDIENCE))
        && id("sub")
        && id("sid")
        && payload.get("jti").and_then(Value::as_str).is_some_and(|jti| !jti.is_empty())
        && time("iat").is_some_and(|iat| iat - LEEWAY_S <= now)
        && time("nbf").is_some_and(|nbf| nbf - LEEWAY_S <= now)
        && time("exp").is_some_and(|exp| exp.saturating_add(LEEWAY_S) > now)
}

const MEMBERS: [&str; 12] =
    ["alg", "typ", "kid", "iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti", "crit"];
/// Values of members, as JSON.
const VALUES: [&str; 18] = [
    "null",
    "true",
    "0",
    "-1",
    "1",
    "1800000000",
    "1800000031",
    "1799999970",
    "1e400",
    "1.5",
    "9223372036854775807",
    "\"\"",
    "\"42\"",
    "\"042\"",
    "\"none\"",
    "\"at+JWT\"",
    "\"18446744073709551616\"",
    "[\"kith\"]",
];

/// Members of the two documents as texts, one of them perhaps replaced, left out or given twice.
fn document(members: &[(&str, String)], edits: &[(usize, Option<usize>, bool)]) -> String {
    let mut members: Vec<(&str, String)> = members.to_vec();
    for (name, value, twice) in edits {
        let name = MEMBERS[*name % MEMBERS.len()];
        if !twice {
            members.retain(|(known, _)| *known != name);
        }
        if let Some(value) = value {
            members.push((name, VALUES[*value % VALUES.len()].to_owned()));
        }
    }
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// Any documents under a good signature: only the right ones pass.
#[test]
fn signed_documents_pass_only_if_they_are_right() {
    // A static, because a failing case is caught and the keys are not declared safe for that.
    static SERVICE: LazyLock<(AccessTokens, SigningKey)> = LazyLock::new(service);
    let (public_key, kid) = (public_key(&SERVICE.0), SERVICE.1.kid().to_owned());
    let quoted = |text: &str| format!("\"{text}\"");
    let header = [("alg", quoted("EdDSA")), ("typ", quoted("at+jwt")), ("kid", quoted(&kid))];
    let now = NOW_S.to_string();
    let payload = [
        ("iss", quoted(ISSUER)),
        ("aud", quoted(AUDIENCE)),
        ("sub", quoted("42")),
        ("sid", quoted("7")),
        ("iat", now.clone()),
        ("nbf", now),
        ("exp", (NOW_S + LIFETIME_S).to_string()),
        ("jti", quoted("one")),
    ];
    // The number of a member, that of its value, and whether the right one stands there too.
    let edits = || produce::<Vec<(usize, Option<usize>, bool)>>().with().len(0_usize..3);
    let drift = -2_000_i64..2_000;
    check!().with_generator((edits(), edits(), drift)).for_each(|(in_header, in_payload, drift)| {
        let (tokens, key) = &*SERVICE;
        let (header, payload) = (document(&header, in_header), document(&payload, in_payload));
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())));
        let now_ms = (NOW_S + drift) * 1_000;
        let taken = tokens.verify(&token, now_ms);
        assert!(taken.is_err() || reference(&public_key, &kid, &token, now_ms), "{token}");
    });
}

/// A token that was touched anywhere is refused.
#[test]
fn touched_tokens_are_refused() {
    let (tokens, _) = service();
    let (good, _) = tokens.issue(42, 7, NOW_S * 1_000, LIFETIME_S, &SystemRandom);
    check!().with_type::<Vec<(u16, char)>>().for_each(|edits| {
        let mut characters: Vec<char> = good.chars().collect();
        for (at, character) in edits {
            let at = usize::from(*at) % characters.len();
            characters[at] = *character;
        }
        let token: String = characters.into_iter().collect();
        assert_eq!(tokens.verify(&token, NOW_S * 1_000).is_ok(), token == good, "{token}");
    });
}
