//! The refresh cookie: only for pages of this site, only by POST.

use serde_json::json;

use crate::harness::{Reply, Scene, browser_sign_in};

#[tokio::test]
async fn who_may_use_the_cookie() {
    let mut scene = Scene::new().await;
    let http = scene.server.http.clone();
    let cookie = browser_sign_in(&http, "ada").await;
    let origin = http.origin().to_owned();
    let json = "application/json";
    let rows = [
        ("no word of where it comes from", vec![], Some(json), 403, "forbidden"),
        ("cross-site", vec![("sec-fetch-site", "cross-site")], Some(json), 403, "forbidden"),
        (
            "cross-site with our origin",
            vec![("sec-fetch-site", "cross-site"), ("origin", &origin)],
            Some(json),
            403,
            "forbidden",
        ),
        ("same-site", vec![("sec-fetch-site", "same-site")], Some(json), 403, "forbidden"),
        ("typed in", vec![("sec-fetch-site", "none")], Some(json), 403, "forbidden"),
        ("another origin", vec![("origin", "http://evil.example")], Some(json), 403, "forbidden"),
        ("origin null", vec![("origin", "null")], Some(json), 403, "forbidden"),
        (
            "a form",
            vec![("sec-fetch-site", "same-origin")],
            Some("application/x-www-form-urlencoded"),
            415,
            "unsupported_media",
        ),
        (
            "a form with a file",
            vec![("sec-fetch-site", "same-origin")],
            Some("multipart/form-data; boundary=x"),
            415,
            "unsupported_media",
        ),
        ("plain text", vec![("sec-fetch-site", "same-origin")], Some("text/plain"), 415, "unsupported_media"),
        ("no type", vec![("sec-fetch-site", "same-origin")], None, 415, "unsupported_media"),
    ];
    for (what, headers, content_type, status, code) in rows {
        let mut request = http.request("POST", "/auth/refresh").header("cookie", &cookie).body("{}");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let reply = Reply::of(request).await;
        reply.refuse(what, status, code);
        assert!(reply.cookie("kith-refresh").is_none(), "{what}: the cookie is touched");
    }
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let request = http
            .request(method, "/auth/refresh")
            .header("cookie", &cookie)
            .header("sec-fetch-site", "same-origin");
        assert_eq!(Reply::of(request).await.status, 405, "{method}");
    }
    // The cookie opens nothing but a refresh.
    for path in ["/api/v1/me", "/api/v1/conversations"] {
        let request =
            http.request("GET", path).header("cookie", &cookie).header("sec-fetch-site", "same-origin");
        Reply::of(request).await.refuse(path, 401, "unauthenticated");
    }
    let request = http
        .request("POST", "/auth/logout")
        .header("cookie", &cookie)
        .header("sec-fetch-site", "same-origin");
    Reply::of(request).await.refuse("logout by cookie", 401, "unauthenticated");
    let twice = http.request("POST", "/auth/refresh").header("cookie", format!("{cookie}; {cookie}"));
    let twice = twice.header("sec-fetch-site", "same-origin").json(&json!({}));
    Reply::of(twice).await.refuse("two cookies", 401, "unauthenticated");

    // After all that it still is what it was.
    for (name, value) in [("sec-fetch-site", "same-origin"), ("origin", origin.as_str())] {
        let request = http
            .request("POST", "/auth/refresh")
            .header("cookie", &cookie)
            .header(name, value)
            .json(&json!({}));
        let reply = Reply::of(request).await;
        let tokens = reply.expect(200);
        assert!(tokens.get("refresh_token").is_none(), "a page gets to see its refresh token");
        assert!(reply.cookie("kith-refresh").is_some());
        assert_eq!(reply.header("cache-control"), "no-store");
    }
    scene.assert_unchanged("cookie tricks").await;
}
