use http::header;
use kith_domain::sign_in::SignInTarget;

use crate::world::{ORIGIN, World, cookie_pair, text};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_browser_signs_in_refreshes_and_signs_out() {
    let world = World::new().await;
    let cookie = world.browser("mei").await;
    let refreshed =
        world.raw("POST", "/auth/refresh", &[("cookie", &cookie), ("origin", ORIGIN), JSON], b"{}").await;
    let set = refreshed.header(header::SET_COOKIE).to_owned();
    assert!(set.starts_with("kith-refresh=") && set.ends_with("; HttpOnly; SameSite=Strict"), "{set}");
    assert!(set.contains("Path=/auth; Max-Age=2592000"), "{set}");
    let tokens = refreshed.expect(200);
    assert_eq!((tokens["token_type"].as_str(), tokens["expires_in"].as_i64()), (Some("Bearer"), Some(900)));
    assert!(tokens.get("refresh_token").is_none(), "a browser's scripts never see it");

    // The spent cookie gives the same successor for 30 s, and is never cleared by a refusal.
    let again =
        world.raw("POST", "/auth/refresh", &[("cookie", &cookie), ("origin", ORIGIN), JSON], b"{}").await;
    assert_eq!(cookie_pair(again.header(header::SET_COOKIE)), cookie_pair(&set));
    world.advance(31);
    let late =
        world.raw("POST", "/auth/refresh", &[("cookie", &cookie), ("origin", ORIGIN), JSON], b"{}").await;
    assert_eq!((late.status.as_u16(), late.header(header::SET_COOKIE)), (401, ""));

    let mei = world.person("mei").await;
    let out = world.call(&mei, "POST", "/auth/logout").await;
    assert_eq!(out.status, 204);
    assert!(out.header(header::SET_COOKIE).starts_with("kith-refresh=; Path=/auth; Max-Age=0"));
    assert_eq!(world.call(&mei, "GET", "/api/v1/me").await.status, 401, "the token is void at once");
}

#[tokio::test]
async fn only_our_own_pages_may_use_the_cookie() {
    let world = World::new().await;
    let cookie = world.browser("mei").await;
    let own = ("cookie", &*cookie);
    for (headers, body, status) in [
        (vec![own, JSON], "{}", 403),
        (vec![own, JSON, ("origin", "https://evil.example")], "{}", 403),
        (vec![own, JSON, ("origin", "null")], "{}", 403),
        (vec![own, JSON, ("sec-fetch-site", "cross-site"), ("origin", ORIGIN)], "{}", 403),
        (vec![own, JSON, ("sec-fetch-site", "same-site")], "{}", 403),
        (vec![own, JSON, ("sec-fetch-site", "none")], "{}", 403),
        (vec![own, ("content-type", "text/plain"), ("origin", ORIGIN)], "{}", 415),
        (vec![own, ("content-type", "application/x-www-form-urlencoded"), ("origin", ORIGIN)], "a=b", 415),
        (vec![own, ("origin", ORIGIN)], "", 415),
        (vec![JSON, ("origin", ORIGIN)], "{}", 401),
        (vec![own, JSON, ("origin", ORIGIN)], r#"{"refresh_token":"guess"}"#, 401),
        (vec![own, JSON, ("origin", ORIGIN)], r#"{"refresh_token":null}"#, 422),
        (vec![own, JSON, ("origin", ORIGIN)], r#"{"user_id":"1"}"#, 422),
        (vec![own, JSON, ("sec-fetch-site", "same-origin")], "{}", 200),
    ] {
        let reply = world.raw("POST", "/auth/refresh", &headers, body.as_bytes()).await;
        assert_eq!(reply.status, status, "{headers:?} {body}: {}", reply.text);
    }
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        assert_eq!(
            world.raw(method, "/auth/refresh", &[own, ("origin", ORIGIN)], b"").await.status,
            405,
            "{method}"
        );
    }
}

#[tokio::test]
async fn a_native_client_signs_in_with_its_own_proof() {
    let world = World::new().await;
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let challenge = SignInTarget::s256(verifier);
    let begin = format!(
        "/auth/login/test?redirect_uri=http://127.0.0.1:7000/cb&code_challenge={challenge}&code_challenge_method=S256&state=abc"
    );
    let begun = world.raw("GET", &begin, &[], b"").await;
    let state = begun.header(header::LOCATION).split_once("state=").unwrap().1.to_owned();
    let cookie = cookie_pair(begun.header(header::SET_COOKIE));
    let callback = format!("/auth/callback/test?state={state}&code=oscar&iss=https%3A%2F%2Fid.test");
    let done = world.raw("GET", &callback, &[("cookie", &cookie)], b"").await;
    let location = done.header(header::LOCATION).to_owned();
    assert!(
        location.starts_with("http://127.0.0.1:7000/cb?code=") && location.ends_with("&state=abc"),
        "{location}"
    );
    assert!(
        !done.headers.get_all(header::SET_COOKIE).iter().any(|set| set.to_str().unwrap().contains("refresh"))
    );

    let code = location.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
    let redeem = |verifier: &str| {
        serde_json::json!({"grant_type": "authorization_code", "code": code, "code_verifier": verifier})
            .to_string()
    };
    let tokens = world.raw("POST", "/auth/token", &[JSON], redeem(verifier).as_bytes()).await.expect(200);
    let refresh = serde_json::json!({"refresh_token": tokens["refresh_token"]}).to_string();
    let refreshed = world.raw("POST", "/auth/refresh", &[JSON], refresh.as_bytes()).await;
    assert_eq!(refreshed.header(header::SET_COOKIE), "");
    assert!(refreshed.expect(200)["refresh_token"].is_string());
    // The code is good once; a second use voids what it opened.
    let twice = world.raw("POST", "/auth/token", &[JSON], redeem(verifier).as_bytes()).await;
    assert!(twice.status.is_client_error(), "{}", twice.text);
    let bearer = format!("Bearer {}", text(&tokens["access_token"]));
    world.advance(10);
    assert_eq!(world.raw("GET", "/api/v1/me", &[("authorization", &bearer)], b"").await.status, 401);
}

#[tokio::test]
async fn what_goes_wrong_at_the_callback_ends_on_the_sign_in_page() {
    let world = World::new().await;
    let begun = world.raw("GET", "/auth/login/test", &[], b"").await;
    let state = begun.header(header::LOCATION).split_once("state=").unwrap().1.to_owned();
    let cookie = cookie_pair(begun.header(header::SET_COOKIE));
    for (path, cookie) in [
        ("/auth/callback/test?code=mei".to_owned(), &*cookie),
        (format!("/auth/callback/test?state={state}&code=mei"), "kith-sign-in=another"),
        (format!("/auth/callback/test?state={state}&code=mei"), &cookie),
        (format!("/auth/callback/test?state=x&state={state}&code=mei"), &cookie),
        ("/auth/callback/nobody?state=x&code=mei".to_owned(), &cookie),
    ] {
        let reply = world.raw("GET", &path, &[("cookie", cookie)], b"").await;
        let location = reply.header(header::LOCATION);
        assert!(
            reply.status == 302 && location.starts_with("/sign-in?error="),
            "{path}: {} {location}",
            reply.status
        );
        let sets: Vec<_> = reply.headers.get_all(header::SET_COOKIE).iter().collect();
        assert!(sets.len() == 1 && sets[0].to_str().unwrap().starts_with("kith-sign-in=;"), "{sets:?}");
    }
    // A link checker's HEAD does not use a sign-in up.
    let begun = world.raw("GET", "/auth/login/test", &[], b"").await;
    let state = begun.header(header::LOCATION).split_once("state=").unwrap().1.to_owned();
    let cookie = cookie_pair(begun.header(header::SET_COOKIE));
    let callback = format!("/auth/callback/test?state={state}&code=mei");
    assert_eq!(world.raw("HEAD", &callback, &[("cookie", &cookie)], b"").await.status, 405);
    assert_eq!(world.raw("GET", &callback, &[("cookie", &cookie)], b"").await.header(header::LOCATION), "/");
}

#[tokio::test]
async fn a_bad_beginning_is_a_problem_before_the_provider_is_asked() {
    let world = World::new().await;
    for (path, status) in [
        ("/auth/login/test?return_to=//evil.example", 422),
        ("/auth/login/test?return_to=/%5Cevil.example", 422),
        ("/auth/login/test?redirect_uri=http://localhost:1/&code_challenge_method=S256", 422),
        ("/auth/login/test?redirect_uri=http://127.0.0.1:1/", 422),
        ("/auth/login/test?unknown=1", 422),
        ("/auth/login/nobody", 404),
        ("/auth/notice/nothing", 404),
    ] {
        let reply = world.raw("GET", path, &[], b"").await;
        assert_eq!(reply.status, status, "{path}: {}", reply.text);
        assert_eq!(reply.header(header::CONTENT_TYPE), "application/problem+json");
        assert_eq!(reply.header(header::SET_COOKIE), "");
    }
}
