//! People: how they sign in, what they call.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Http, Reply};

/// The PKCE verifier of every native sign-in here.
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";
/// Nobody listens there: the address is read, not followed.
const REDIRECT: &str = "http://127.0.0.1:7000/done";

/// The S256 challenge of a verifier.
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// The path and query of an address.
pub(crate) fn path_of(location: &str) -> String {
    let url = url::Url::parse(location).unwrap();
    url[url::Position::BeforePath..].to_owned()
}

/// Somebody who is signed in on a native client.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) http: Http,
    pub(crate) email: String,
    pub(crate) id: String,
    pub(crate) device_id: String,
    pub(crate) friend_code: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

impl Person {
    /// Signs `name@example.com` in by the native loopback flow (RFC 8252); the first time registers them.
    pub(crate) async fn sign_in(http: &Http, name: &str) -> Self {
        let email = format!("{name}@example.com");
        let code = Self::native_code(http, &email).await;
        let tokens = redeem(http, &code, VERIFIER).await.expect(200);
        let mut person = Self {
            http: http.clone(),
            email,
            id: String::new(),
            device_id: String::new(),
            friend_code: String::new(),
            access_token: tokens["access_token"].as_str().unwrap().to_owned(),
            refresh_token: tokens["refresh_token"].as_str().unwrap().to_owned(),
        };
        let me = person.get("/api/v1/me").await.expect(200);
        person.id = me["id"].as_str().unwrap().to_owned();
        person.friend_code = me["friend_code"].as_str().unwrap().to_owned();
        person.device_id = person.claims()["sid"].as_str().unwrap().to_owned();
        person
    }

    /// The one-time code that the loopback address gets.
    pub(crate) async fn native_code(http: &Http, email: &str) -> String {
        let path = format!(
            "/auth/login/dev?login_hint={email}&redirect_uri={REDIRECT}&code_challenge={}&code_challenge_method=S256&state=mine",
            challenge(VERIFIER)
        );
        let (location, cookie) = through_provider(http, &path).await;
        let done = finish(http, &location, Some(&cookie)).await;
        done.expect_redirect();
        let url = url::Url::parse(done.header("location")).unwrap();
        let pair =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        assert_eq!(pair("state").as_deref(), Some("mine"), "{url}");
        assert!(url.as_str().starts_with(REDIRECT), "{url}");
        pair("code").unwrap()
    }

    /// What the access token says.
    pub(crate) fn claims(&self) -> Value {
        let payload = self.access_token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    /// Takes the next tokens.
    pub(crate) async fn renew(&mut self) {
        let tokens =
            self.http.post("/auth/refresh", &json!({"refresh_token": self.refresh_token})).await.expect(200);
        self.access_token = tokens["access_token"].as_str().unwrap().to_owned();
        self.refresh_token = tokens["refresh_token"].as_str().unwrap().to_owned();
    }

    /// The same person towards a server that was started anew.
    pub(crate) async fn move_to(&mut self, http: &Http) {
        self.http = http.clone();
        self.renew().await;
    }

    /// A request with the person's token.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, path).bearer_auth(&self.access_token)
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let request = self.request(method, path);
        Reply::of(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call("POST", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.call("DELETE", path, None).await
    }

    /// Makes the two friends; the id of their conversation.
    pub(crate) async fn befriend(&self, other: &Self) -> String {
        let request = self
            .post("/api/v1/friend-requests", &json!({"friend_code": other.friend_code}))
            .await
            .expect(201);
        let id = request["id"].as_str().unwrap();
        other.call("POST", &format!("/api/v1/friend-requests/{id}/accept"), None).await.expect(200);
        let direct =
            self.post("/api/v1/conversations/direct", &json!({"user_id": other.id})).await.expect(200);
        direct["id"].as_str().unwrap().to_owned()
    }

    /// Creates a group of one; its id and code.
    pub(crate) async fn create_group(&self, name: &str) -> (String, String) {
        let group = self.post("/api/v1/groups", &json!({"name": name, "member_ids": []})).await.expect(201);
        (group["id"].as_str().unwrap().to_owned(), group["group_code"].as_str().unwrap().to_owned())
    }

    pub(crate) async fn join(&self, code: &str) {
        self.post("/api/v1/groups/join", &json!({"code": code})).await.expect(200);
    }

    /// Sends a message by REST; its entry.
    pub(crate) async fn say(&self, conversation: &str, text: &str) -> Value {
        let path = format!("/api/v1/conversations/{conversation}/messages");
        self.post(&path, &super::message(&super::fresh_id(), text)).await.expect(201)
    }

    /// The whole timeline, page by page, ascending.
    pub(crate) async fn timeline(&self, conversation: &str) -> Vec<Value> {
        let mut entries: Vec<Value> = Vec::new();
        loop {
            let after = entries.last().map_or(0, |entry| entry["seq"].as_u64().unwrap());
            let path = format!("/api/v1/conversations/{conversation}/entries?after={after}&limit=100");
            let page = self.get(&path).await.expect(200);
            let items = page["items"].as_array().unwrap();
            entries.extend(items.iter().cloned());
            if items.is_empty() {
                return entries;
            }
        }
    }
}

/// Exchanges a one-time code.
pub(crate) async fn redeem(http: &Http, code: &str, verifier: &str) -> Reply {
    let body = json!({"grant_type": "authorization_code", "code": code, "code_verifier": verifier});
    http.post("/auth/token", &body).await
}

impl Person {
    /// Exchanges a code that [`Self::native_code`] gave.
    pub(crate) async fn redeem(http: &Http, code: &str) -> Reply {
        redeem(http, code, VERIFIER).await
    }
}

/// Goes from a login address through the provider: the callback's path and the cookie of the sign-in.
pub(crate) async fn through_provider(http: &Http, path: &str) -> (String, String) {
    let begun = http.get(path).await;
    begun.expect_redirect();
    let cookie = begun.cookie("kith-sign-in").expect("a cookie that ties the sign-in to the browser");
    let allowed = http.get(&path_of(begun.header("location"))).await;
    allowed.expect_redirect();
    (path_of(allowed.header("location")), cookie)
}

/// Calls the callback with a cookie.
pub(crate) async fn finish(http: &Http, callback: &str, cookie: Option<&str>) -> Reply {
    let mut request = http.request("GET", callback);
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    Reply::of(request).await
}

/// Signs in as a browser does; the `name=value` of the refresh cookie.
pub(crate) async fn browser_sign_in(http: &Http, name: &str) -> String {
    let path = format!("/auth/login/dev?login_hint={name}@example.com&return_to=/chats");
    let (callback, cookie) = through_provider(http, &path).await;
    let done = finish(http, &callback, Some(&cookie)).await;
    done.expect_redirect();
    assert_eq!(done.header("location"), "/chats");
    done.cookie("kith-refresh").expect("the refresh cookie")
}

impl Reply {
    #[track_caller]
    pub(crate) fn expect_redirect(&self) {
        assert_eq!(self.status, 302, "{self:?}");
    }
}
