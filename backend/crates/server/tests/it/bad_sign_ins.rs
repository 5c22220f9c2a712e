//! Rows O: sign-ins that somebody meddles with.

use crate::harness::{Person, Reply, Scene, browser_sign_in, challenge, finish, path_of, through_provider};

const LOGIN: &str = "/auth/login/dev?login_hint=eve@example.com&return_to=/chats";

/// The sign-in page with this code, and no session.
#[track_caller]
fn assert_failed(what: &str, reply: &Reply, error: &str) {
    reply.expect_redirect();
    assert_eq!(reply.header("location"), format!("/sign-in?error={error}"), "{what}");
    assert!(reply.cookie("kith-refresh").is_none(), "{what}: {reply:?}");
}

/// Replaces a query parameter, or takes it away.
fn with_parameter(path: &str, name: &str, value: Option<&str>) -> String {
    let (path, query) = path.split_once('?').unwrap();
    let pairs = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key != name);
    let mut changed = url::form_urlencoded::Serializer::new(String::new());
    changed.extend_pairs(pairs);
    if let Some(value) = value {
        changed.append_pair(name, value);
    }
    format!("{path}?{}", changed.finish())
}

#[tokio::test]
async fn callbacks_that_do_not_belong_to_a_sign_in() {
    let mut scene = Scene::new().await;
    let http = scene.server.http.clone();
    let before = scene.ada.get("/api/v1/me/devices").await.expect(200);

    // O1 used twice.
    let (callback, cookie) = through_provider(&http, LOGIN).await;
    finish(&http, &callback, Some(&cookie)).await.expect_redirect();
    assert_failed("state used again", &finish(&http, &callback, Some(&cookie)).await, "invalid_state");

    let (_, elsewhere) = through_provider(&http, LOGIN).await;
    for (what, change, cookie_sent, error) in [
        ("state missing", ("state", None), true, "invalid_state"),
        ("state empty", ("state", Some("")), true, "invalid_state"),
        ("state invented", ("state", Some("invented")), true, "invalid_state"),
        ("code missing", ("code", None), true, "invalid_callback"),
        ("code invented", ("code", Some("invented")), true, "provider_invalid"),
        ("the provider refuses", ("error", Some("access_denied")), true, "provider_refused"),
        ("no cookie", ("ignored", None), false, "invalid_state"),
    ] {
        let (callback, cookie) = through_provider(&http, LOGIN).await;
        let changed = with_parameter(&callback, change.0, change.1);
        let reply = finish(&http, &changed, cookie_sent.then_some(cookie.as_str())).await;
        assert_failed(what, &reply, error);
        // It is used up by the failed try, unless the try named none.
        if what == "no cookie" {
            continue;
        }
        if !what.starts_with("state") {
            assert_failed(what, &finish(&http, &callback, Some(&cookie)).await, "invalid_state");
        }
    }
    let (callback, cookie) = through_provider(&http, LOGIN).await;
    assert_failed("another browser", &finish(&http, &callback, Some(&elsewhere)).await, "invalid_state");
    assert_failed(
        "two cookies",
        &finish(&http, &callback, Some(&format!("{cookie}; {cookie}"))).await,
        "invalid_state",
    );
    let (callback, cookie) = through_provider(&http, LOGIN).await;
    let twice = format!("{callback}&state=x");
    assert_failed("state given twice", &finish(&http, &twice, Some(&cookie)).await, "invalid_state");
    let (callback, cookie) = through_provider(&http, LOGIN).await;
    let other = callback.replace("/callback/dev", "/callback/google");
    assert_failed(
        "another provider's callback",
        &finish(&http, &other, Some(&cookie)).await,
        "unknown_provider",
    );

    // O1 somebody else's nonce: the ID token belongs to another sign-in.
    for (what, name, value) in [
        ("nonce wrong", "nonce", Some("another")),
        ("nonce missing", "nonce", None),
        (
            "challenge of another verifier",
            "code_challenge",
            Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ),
    ] {
        let begun = http.get(LOGIN).await;
        let cookie = begun.cookie("kith-sign-in").unwrap();
        let address = with_parameter(&path_of(begun.header("location")), name, value);
        let allowed = http.get(&address).await;
        allowed.expect_redirect();
        let reply = finish(&http, &path_of(allowed.header("location")), Some(&cookie)).await;
        assert_failed(what, &reply, "provider_invalid");
    }
    assert_eq!(
        scene.ada.get("/api/v1/me/devices").await.expect(200)["items"].as_array().unwrap().len(),
        before["items"].as_array().unwrap().len()
    );
    scene.assert_unchanged("meddled sign-ins").await;
}

#[tokio::test]
async fn a_sign_in_must_come_back_in_time() {
    let mut scene = Scene::new().await;
    let http = scene.server.http.clone();
    let (callback, cookie) = through_provider(&http, LOGIN).await;
    scene.server.move_clock(601).await;
    assert_failed("after ten minutes", &finish(&http, &callback, Some(&cookie)).await, "invalid_state");
    scene.server.assert_alive().await;
}

#[tokio::test]
async fn addresses_spell_accounts_and_cookies_are_as_promised() {
    let scene = Scene::new().await;
    let http = scene.server.http.clone();
    let (callback, cookie) = through_provider(&http, LOGIN).await;
    let done = finish(&http, &callback, Some(&cookie)).await;
    let lines: Vec<&str> =
        done.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    let refresh = lines.iter().find(|line| line.starts_with("kith-refresh=")).unwrap();
    for attribute in ["; Path=/auth;", "; HttpOnly", "; SameSite=Strict"] {
        assert!(refresh.contains(attribute), "{refresh}");
    }
    assert!(!refresh.contains("Domain") && !refresh.contains("Secure"), "{refresh}");
    assert!(
        lines.iter().any(|line| line.starts_with("kith-sign-in=; ") && line.contains("Max-Age=0")),
        "{lines:?}"
    );
    // The same address is the same account in any spelling, another address is another one.
    let again = Person::sign_in(&http, "Ada").await;
    assert_eq!(again.id, scene.ada.id);
    assert_ne!(Person::sign_in(&http, "ada%2Bother").await.id, scene.ada.id);
}

/// Row O2: refused before any provider hears of it.
#[tokio::test]
async fn where_a_sign_in_may_go() {
    let mut scene = Scene::new().await;
    let http = scene.server.http.clone();
    let good = challenge("x".repeat(43).as_str());
    let native =
        |redirect: &str| format!("redirect_uri={redirect}&code_challenge={good}&code_challenge_method=S256");
    let mut rows: Vec<(String, &str)> = [
        "//evil.example",
        "///evil.example",
        "/%5Cevil.example",
        "%5C/evil.example",
        "https:evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "evil.example",
        "/a%0d%0aSet-Cookie:x=1",
        "/%09/evil.example",
        "/%00",
        "/auth/logout",
        "",
    ]
    .iter()
    .map(|path| (format!("return_to={path}"), "return_to"))
    .collect();
    rows.extend(
        [
            "http://localhost:7000/",
            "http://127.0.0.1.evil.example:7000/",
            "http://127.0.0.1@evil.example:7000/",
            "http://127.0.0.1:7000@evil.example/",
            "http://192.168.1.5:7000/",
            "http://10.0.0.1:7000/",
            "http://0.0.0.0:7000/",
            "http://2130706433:7000/",
            "http://127.1:7000/",
            "http://0x7f.0.0.1:7000/",
            "https://127.0.0.1:7000/",
            "http://127.0.0.1/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:70000/",
            "http://[::ffff:127.0.0.1]:7000/",
            "http://127.0.0.1:7000/%23fragment%0a",
            "kith://done",
            "file:///etc/passwd",
        ]
        .iter()
        .map(|address| {
            (native(&address.replace("%23", "#").replace('#', "%23").replace("%0a", "%0A")), "redirect_uri")
        }),
    );
    let address = "http://127.0.0.1:7000/done";
    rows.extend([
        (format!("redirect_uri={address}"), "code_challenge"),
        (
            format!("redirect_uri={address}&code_challenge={good}&code_challenge_method=plain"),
            "code_challenge_method",
        ),
        (format!("redirect_uri={address}&code_challenge={good}"), "code_challenge_method"),
        (format!("redirect_uri={address}&code_challenge=short&code_challenge_method=S256"), "code_challenge"),
        (format!("code_challenge={good}&code_challenge_method=S256"), "redirect_uri"),
        (format!("{}&return_to=/", native(address)), "return_to"),
        ("reauth=yes".to_owned(), "reauth"),
    ]);
    for (query, field) in rows {
        let reply = http.get(&format!("/auth/login/dev?login_hint=eve@example.com&{query}")).await;
        reply.refuse(&query, 422, "validation_failed");
        let fields: Vec<String> = reply.json()["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap().to_owned())
            .collect();
        assert!(fields.iter().any(|name| name == field), "{query}: {fields:?}");
        assert!(reply.cookie("kith-sign-in").is_none(), "{query}");
    }
    http.get("/auth/login/dev?is_admin=1").await.refuse("an unknown field", 422, "unknown_field");
    http.get("/auth/login/myspace").await.refuse("an unknown provider", 404, "not_found");
    http.get("/auth/login/google").await.refuse("a provider that is not configured", 404, "not_found");
    // The premise: the same addresses in good order.
    for query in ["return_to=/c/42?at=7", &native(address), &native("http://[::1]:7000/")] {
        http.get(&format!("/auth/login/dev?login_hint=eve@example.com&{}", query.replace('?', "%3F")))
            .await
            .expect_redirect();
    }
    scene.assert_unchanged("places to go").await;
}

#[tokio::test]
async fn a_one_time_code_is_good_once_for_a_minute() {
    let mut scene = Scene::new().await;
    let http = scene.server.http.clone();
    let redeem = |code: String| {
        let http = http.clone();
        async move { Person::redeem(&http, &code).await }
    };
    // Twice: refused, and what the first use gave is void too.
    let code = Person::native_code(&http, "eve@example.com").await;
    let tokens = redeem(code.clone()).await.expect(200);
    assert_eq!((tokens["expires_in"].as_i64(), tokens["token_type"].as_str()), (Some(900), Some("Bearer")));
    redeem(code).await.refuse("a second use", 401, "unauthenticated");
    let access = tokens["access_token"].as_str().unwrap();
    let refresh = serde_json::json!({"refresh_token": tokens["refresh_token"]});
    http.post("/auth/refresh", &refresh).await.refuse("its refresh token", 401, "unauthenticated");
    // A look at the device's row is believed for up to 3 s.
    crate::harness::eventually("the access token is void", async || {
        let reply = Reply::of(http.request("GET", "/api/v1/me").bearer_auth(access)).await;
        (reply.status == 401).then_some(())
    })
    .await;

    // Another verifier: refused, and the code is gone.
    let code = Person::native_code(&http, "eve@example.com").await;
    let body = serde_json::json!({"grant_type": "authorization_code", "code": code, "code_verifier": "y".repeat(43)});
    http.post("/auth/token", &body).await.refuse("another verifier", 401, "unauthenticated");
    redeem(code).await.refuse("after another verifier", 401, "unauthenticated");
    redeem("invented".to_owned()).await.refuse("an invented code", 401, "unauthenticated");

    let (late, timely) = (
        Person::native_code(&http, "eve@example.com").await,
        Person::native_code(&http, "eve@example.com").await,
    );
    scene.server.move_clock(40).await;
    redeem(timely).await.expect(200);
    scene.server.move_clock(61).await;
    redeem(late).await.refuse("after 61 s", 401, "unauthenticated");
    browser_sign_in(&http, "eve").await;
    scene.server.assert_alive().await;
}
