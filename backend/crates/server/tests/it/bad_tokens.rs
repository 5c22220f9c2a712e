//! Rows J: tokens that are not ours, or not quite.

use aws_lc_rs::{hmac, signature::Ed25519KeyPair};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::harness::{Person, Reply, Scene, Server, Socket, browser_sign_in};

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The server's own signing key, from its data directory.
fn own_key(server: &Server) -> Ed25519KeyPair {
    let file = std::fs::read_dir(server.data_dir().join("keys")).unwrap().next().unwrap().unwrap();
    let pem = std::fs::read_to_string(file.path()).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    Ed25519KeyPair::from_pkcs8(&STANDARD.decode(base64).unwrap()).unwrap()
}

fn signed(key: &Ed25519KeyPair, header: &str, payload: &str) -> String {
    let text = format!("{}.{}", encode(header), encode(payload));
    let signature = encode(key.sign(text.as_bytes()));
    format!("{text}.{signature}")
}

/// The parts of a token, the first two as text.
fn parts(token: &str) -> (String, String, String) {
    let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let mut parts = token.split('.');
    let mut next = || parts.next().unwrap();
    (text(next()), text(next()), next().to_owned())
}

/// Refused by REST and by CONNECT, always in the same words.
async fn assert_refused(scene: &mut Scene, what: &str, token: &str) {
    let reply = Reply::of(scene.server.http.request("GET", "/api/v1/me").bearer_auth(token)).await;
    if token.len() < 16_000 {
        reply.refuse(what, 401, "unauthenticated");
        assert_eq!(reply.header("www-authenticate"), "Bearer", "{what}");
        let mut problem = reply.json();
        problem["trace_id"] = Value::Null;
        let none = Reply::of(scene.server.http.request("GET", "/api/v1/me").bearer_auth("void")).await;
        let mut expected = none.json();
        expected["trace_id"] = Value::Null;
        assert_eq!(problem, expected, "{what}: the answer tells the reason");
    }
    let mut socket = Socket::open(&scene.server.http).await;
    socket.say_connect(token).await;
    let (code, close) = socket.fatal().await;
    // A token above 4 KiB is a header too long, before it is a token.
    let expected = if token.len() > 4_000 { ("protocol_error", 1002) } else { ("unauthenticated", 4500) };
    assert_eq!((code.as_str(), close), expected, "{what}");
    scene.assert_unchanged(what).await;
}

#[tokio::test]
async fn tokens_that_are_not_ours() {
    let mut scene = Scene::new().await;
    let key = own_key(&scene.server);
    let foreign = Ed25519KeyPair::generate().unwrap();
    let token = scene.ada.access_token.clone();
    let (header, payload, signature) = parts(&token);
    let body = |part: &str| encode(part);
    // The premise of all that follows: what is signed here as it should be is accepted.
    let mine = signed(&key, &header, &payload);
    Reply::of(scene.server.http.request("GET", "/api/v1/me").bearer_auth(&mine)).await.expect(200);

    let jwks = scene.server.http.get("/.well-known/jwks.json").await.expect(200);
    let public = jwks["keys"][0]["x"].as_str().unwrap().to_owned();
    let hs256 = |secret: &[u8]| {
        let text = format!("{}.{}", encode(header.replace("EdDSA", "HS256")), encode(&payload));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes());
        format!("{text}.{}", encode(tag))
    };
    let none = header.replace("EdDSA", "none");
    let kid = serde_json::from_str::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned();
    let with_kid = |other: &str| signed(&key, &header.replace(&kid, other), &payload);
    let with_header =
        |member: &str| signed(&key, &header.replacen('{', &format!("{{{member},"), 1), &payload);
    let jwk = format!(r#""jwk":{{"kty":"OKP","crv":"Ed25519","x":"{public}"}}"#);

    let rows: Vec<(&str, String)> = vec![
        ("J1 signed with another key", signed(&foreign, &header, &payload)),
        ("J1 alg none", format!("{}.{}.", body(&none), body(&payload))),
        ("J1 alg none with a signature", format!("{}.{}.{signature}", body(&none), body(&payload))),
        ("J1 alg None", format!("{}.{}.", body(&header.replace("EdDSA", "None")), body(&payload))),
        ("J1 HS256 with our public key", hs256(&URL_SAFE_NO_PAD.decode(&public).unwrap())),
        ("J1 HS256 with our public key in base64", hs256(public.as_bytes())),
        ("J1 HS256 with an empty key", hs256(b"")),
        ("J1 a zero signature", format!("{}.{}.{}", body(&header), body(&payload), encode([0; 64]))),
        ("J1 no signature", format!("{}.{}.", body(&header), body(&payload))),
        ("J1 a signature cut short", token[..token.len() - 4].to_owned()),
        (
            "J1 a payload that was changed",
            format!("{}.{}.{signature}", body(&header), body(&payload.replace(&scene.ada.id, &scene.bob.id))),
        ),
        ("J1 kid ../", with_kid("../../etc/passwd")),
        ("J1 kid SQL", with_kid("x' OR '1'='1")),
        ("J1 kid unknown", with_kid("another")),
        ("J1 kid empty", with_kid("")),
        ("J1 jku", with_header(r#""jku":"https://evil.example/keys""#)),
        ("J1 x5u", with_header(r#""x5u":"https://evil.example/cert""#)),
        ("J1 jwk", with_header(&jwk)),
        ("J1 crit", with_header(r#""crit":["exp"]"#)),
        ("J1 two algs", with_header(r#""alg":"EdDSA""#)),
        ("J1 no typ", signed(&key, &header.replace("at+jwt", ""), &payload)),
        ("J2 an ID token's typ", signed(&key, &header.replace("at+jwt", "JWT"), &payload)),
        ("J1 kid of 4 KiB", with_kid(&"k".repeat(4_096))),
        (
            "J2 8 KiB",
            signed(&key, &header, &payload.replacen('{', &format!(r#"{{"x":"{}","#, "x".repeat(6_000)), 1)),
        ),
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
        ("four parts", format!("{token}.x")),
        ("another alphabet", token.replace('.', ":")),
        ("padding", format!("{token}==")),
    ];
    for (what, token) in rows {
        assert_refused(&mut scene, what, &token).await;
    }
}

#[tokio::test]
async fn claims_that_do_not_hold() {
    let mut scene = Scene::new().await;
    let key = own_key(&scene.server);
    let (header, payload, _) = parts(&scene.ada.access_token);
    let claims: Value = serde_json::from_str(&payload).unwrap();
    let (now, origin) = (claims["iat"].as_i64().unwrap(), scene.server.http.origin().to_owned());
    assert_eq!(
        (claims["exp"].as_i64().unwrap() - now, claims["iss"].as_str().unwrap()),
        (900, origin.as_str())
    );
    for name in ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"] {
        let mut without = claims.clone();
        without.as_object_mut().unwrap().remove(name).unwrap();
        let token = signed(&key, &header, &without.to_string());
        assert_refused(&mut scene, &format!("J2 without {name}"), &token).await;
    }
    for (name, value) in [
        ("exp", json!((now + 900).to_string())),
        ("exp", json!(now - 31)),
        ("exp", json!(-1)),
        ("exp", json!(null)),
        ("exp", json!(1.5)),
        ("nbf", json!(now.to_string())),
        ("nbf", json!(now + 3_600)),
        ("nbf", json!(-1)),
        ("iat", json!(now + 3_600)),
        ("iss", json!("https://accounts.google.com")),
        ("iss", json!(format!("{origin}/"))),
        ("iss", json!([origin])),
        ("aud", json!("another")),
        ("aud", json!(["kith"])),
        ("sub", json!("1")),
        ("sub", json!("../1")),
        ("sub", json!(1)),
        ("sub", json!(scene.bob.id)),
        ("sid", json!("1")),
        ("sid", json!(scene.bob.device_id)),
        ("jti", json!("")),
        ("is_admin", json!(true)),
    ] {
        let mut changed = claims.clone();
        changed[name] = value.clone();
        let token = signed(&key, &header, &changed.to_string());
        assert_refused(&mut scene, &format!("J2 {name} = {value}"), &token).await;
    }
    for (what, text) in [
        ("J2 exp 1e400", payload.replace(&format!("\"exp\":{}", now + 900), "\"exp\":1e400")),
        ("J2 two subs", payload.replacen('{', &format!(r#"{{"sub":"{}","#, scene.bob.id), 1)),
        ("J2 an array", format!("[{payload}]")),
        ("J2 no JSON", "sub".to_owned()),
    ] {
        assert_ne!(text, payload, "{what}");
        assert_refused(&mut scene, what, &signed(&key, &header, &text)).await;
    }
}

/// A token of the dev provider is signed by another key for another purpose; a browser's refresh token is no token
/// of ours at all.
#[tokio::test]
async fn other_secrets_are_no_access_tokens() {
    let mut scene = Scene::new().await;
    let cookie = browser_sign_in(&scene.server.http, "ada").await;
    let refresh = cookie.split_once('=').unwrap().1.to_owned();
    let code = Person::native_code(&scene.server.http, "ada@example.com").await;
    let spent = scene.ada.refresh_token.clone();
    for (what, token) in
        [("a browser's refresh token", refresh), ("a native refresh token", spent), ("a one-time code", code)]
    {
        assert_refused(&mut scene, what, &token).await;
    }
    for (what, authorization) in [
        ("basic", format!("Basic {}", STANDARD.encode("ada:x"))),
        ("no scheme", scene.ada.access_token.clone()),
        ("two spaces", format!("Bearer  {}", scene.ada.access_token)),
    ] {
        let request = scene.server.http.request("GET", "/api/v1/me").header("authorization", authorization);
        Reply::of(request).await.refuse(what, 401, "unauthenticated");
    }
    let path = format!("/api/v1/me?access_token={}", scene.ada.access_token);
    scene.server.http.get(&path).await.refuse("a token in the address", 401, "unauthenticated");
}

#[tokio::test]
async fn a_signed_out_devices_token_is_void() {
    let mut scene = Scene::new().await;
    let other = Person::sign_in(&scene.server.http, "ada").await;
    other.get("/api/v1/me").await.expect(200);
    scene.ada.delete(&format!("/api/v1/me/devices/{}", other.device_id)).await.expect(204);
    assert_refused(&mut scene, "J2 a signed-out device", &other.access_token).await;
    let refresh = json!({"refresh_token": other.refresh_token});
    scene.server.http.post("/auth/refresh", &refresh).await.refuse("its refresh", 401, "unauthenticated");
}

/// The open socket lives on a fresh token of the same user and device, and on no other.
#[tokio::test]
async fn renewing_on_the_open_socket() {
    let mut scene = Scene::new().await;
    let other_device = Person::sign_in(&scene.server.http, "ada").await;
    let mut ada = scene.ada.clone();
    ada.renew().await;
    let mut socket = scene.socket().await;
    socket.send("/app/token", &json!({"access_token": ada.access_token})).await.unwrap();
    let refused = socket.send("/app/token", &json!({"access_token": "void"})).await.unwrap_err();
    assert_eq!(refused["code"], "unauthenticated");
    for (what, token) in
        [("another user's", &scene.bob.access_token), ("another device's", &other_device.access_token)]
    {
        let mut socket = scene.socket().await;
        socket.post("/app/token", &json!({"access_token": token})).await;
        assert_eq!(socket.fatal().await, ("unauthenticated".to_owned(), 4500), "{what}");
    }
    scene.assert_unchanged("renewals").await;
}
