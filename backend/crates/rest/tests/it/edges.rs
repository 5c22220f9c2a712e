use std::{sync::Arc, time::Duration};

use http::header;
use kith_embedded::{InProcessLimits, LimitValues, Rate};

use crate::world::World;

#[tokio::test]
async fn every_answer_is_protected() {
    let unlimited = || Arc::new(InProcessLimits::unlimited());
    let api = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    for secure in [false, true] {
        let world = World::build(unlimited(), secure).await;
        for (path, status, cache, policy) in [
            ("/healthz", 200, "no-store", api),
            ("/readyz", 200, "no-store", api),
            ("/api/v1/me", 401, "no-store", api),
            ("/api/v1/nothing", 404, "no-store", api),
            ("/auth/login/test", 302, "no-store", api),
            ("/auth/token", 405, "no-store", api),
            ("/.well-known/jwks.json", 200, "public, max-age=300", api),
            ("/api/v1/openapi.json", 200, "no-cache", api),
            ("/api/docs", 200, "no-cache", "default-src 'none'; script-src 'self'"),
            ("/api/docs/reference.js", 200, "no-cache", "default-src 'none'; script-src 'self'"),
        ] {
            let reply = world.raw("GET", path, &[], b"").await;
            assert_eq!(reply.status, status, "{path}");
            assert_eq!(reply.header(header::CACHE_CONTROL), cache, "{path}");
            assert!(reply.header(header::CONTENT_SECURITY_POLICY).starts_with(policy), "{path}");
            assert!(
                reply.header(header::CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"),
                "{path}"
            );
            assert_eq!(reply.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
            assert_eq!(reply.header(header::REFERRER_POLICY), "no-referrer", "{path}");
            assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
            assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin", "{path}");
            assert_eq!(reply.headers.contains_key(header::STRICT_TRANSPORT_SECURITY), secure, "{path}");
            assert_eq!(reply.header("x-request-id").len(), 32, "{path}");
        }
    }
}

#[tokio::test]
async fn problems_carry_the_trace_they_belong_to() {
    let world = World::new().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let headers = [("traceparent", &*parent), ("x-request-id", "my-request")];
    let reply = world.raw("GET", "/api/v1/me", &headers, b"").await;
    assert_eq!(reply.header("x-request-id"), "my-request");
    assert_eq!(reply.header(header::CONTENT_TYPE), "application/problem+json");
    assert_eq!(reply.header(header::WWW_AUTHENTICATE), "Bearer");
    assert_eq!(
        reply.json(),
        serde_json::json!({
            "type": "urn:kith:problem:unauthenticated", "title": "Sign in first", "status": 401,
            "detail": "sign in first", "code": "unauthenticated", "trace_id": trace,
        })
    );
    assert_eq!(reply.header("trace-id"), trace);
    let reply = world.raw("GET", "/api/v1/me", &[("x-request-id", "<script>")], b"").await;
    assert_eq!(reply.header("x-request-id").len(), 32);
    assert_eq!(reply.json()["trace_id"].as_str().map(str::len), Some(32));
    assert_eq!(reply.json()["trace_id"], reply.header("trace-id"));
}

#[tokio::test]
async fn unknown_paths_and_methods() {
    let world = World::new().await;
    for (method, path, status, code) in [
        ("GET", "/api", 404, "not_found"),
        ("GET", "/api/v2/me", 404, "not_found"),
        ("POST", "/api/v1/groups/1/members/2/role/x", 404, "not_found"),
        ("GET", "/auth", 404, "not_found"),
        ("GET", "/auth/elsewhere", 404, "not_found"),
        ("GET", "/api/v1/../../etc/passwd", 404, "not_found"),
        ("DELETE", "/api/v1/sync", 405, "method_not_allowed"),
        ("TRACE", "/api/v1/me", 405, "method_not_allowed"),
        ("PUT", "/api/v1/sync", 405, "method_not_allowed"),
        ("POST", "/api/v1/openapi.json", 405, "method_not_allowed"),
    ] {
        let reply = world.raw(method, path, &[("x-http-method-override", "GET")], b"").await;
        assert_eq!((reply.status.as_u16(), &*reply.code()), (status, code), "{method} {path}");
        assert_eq!(reply.headers.contains_key(header::ALLOW), status == 405, "{method} {path}");
    }
}

#[tokio::test]
async fn readiness_follows_draining() {
    let world = World::new().await;
    let ready = world.raw("GET", "/readyz", &[], b"").await.expect(200);
    assert_eq!(
        ready,
        serde_json::json!({"ready": true, "draining": false, "dependencies": {"ledger": "up", "search": "up"}})
    );
    world.draining.start();
    let draining = world.raw("GET", "/readyz", &[], b"").await.expect(503);
    assert_eq!(
        draining,
        serde_json::json!({"ready": false, "draining": true, "dependencies": {"ledger": "up", "search": "up"}})
    );
    world.raw("GET", "/healthz", &[], b"").await.expect(200);
}

#[tokio::test]
async fn each_person_has_a_budget_of_calls() {
    // Three calls, then one every twenty minutes: the same on any machine. Signing in costs one of them.
    let mut values = LimitValues::DEFAULT;
    values.calls = Rate::new(3, Duration::from_secs(3_600)).unwrap();
    let world = World::build(Arc::new(InProcessLimits::new(&values)), false).await;
    let mei = world.person("mei").await;
    for _ in 0..2 {
        world.call(&mei, "GET", "/api/v1/me").await.expect(200);
    }
    let refused = world.call(&mei, "GET", "/api/v1/me").await;
    assert_eq!((refused.status.as_u16(), &*refused.code()), (429, "rate_limited"));
    let (seconds, millis) =
        (refused.header(header::RETRY_AFTER), refused.json()["retry_after_ms"].as_u64().unwrap());
    assert_eq!(seconds, millis.div_ceil(1_000).to_string());
    let oscar = world.person("oscar").await;
    world.call(&oscar, "GET", "/api/v1/me").await.expect(200);
}
