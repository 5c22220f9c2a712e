use std::{
    collections::VecDeque,
    error::Error as _,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

/// Answers each look-up of a name with the next of its lists of addresses.
struct Script {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Script {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |list: &&[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().map(parse).collect()),
            asked: AtomicUsize::new(0),
        })
    }
}

#[async_trait]
impl Lookup for Script {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answers.lock().unwrap().pop_front().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn get(url: &str) -> Request {
    http::Request::get(url).body(Vec::new()).unwrap()
}

/// Whether the guard, not the network, ended the call.
fn was_refused(error: &TransportError) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if matches!(error.downcast_ref(), Some(TransportError::Refused(_))) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[tokio::test]
async fn urls_that_are_not_public_https_are_refused_before_anything_is_resolved() {
    let lookup = Script::new(&[]);
    let client = OutgoingHttp::builder().lookup(lookup.clone()).build().unwrap();
    for url in [
        "http://example.com/",
        "https://example.com:8443/",
        "https://example.com:80/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://2130706433/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://user:password@example.com/",
        "ftp://example.com/",
        "/relative",
    ] {
        let error = client.send(get(url)).await.expect_err(url);
        assert!(matches!(error, TransportError::Refused(_)), "{url}: {error:?}");
    }
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn names_that_resolve_inwards_are_refused() {
    for addresses in
        [&["127.0.0.1"][..], &["10.1.2.3"], &["::1"], &["::ffff:192.168.0.1"], &["8.8.8.8", "127.0.0.1"]]
    {
        let client = OutgoingHttp::builder().lookup(Script::new(&[addresses])).build().unwrap();
        let error = client.send(get("https://example.com/")).await.unwrap_err();
        assert!(was_refused(&error), "{addresses:?}: {error:?} {:?}", error.source());
    }
}

/// A name that turns inwards for its second look-up: each answer is judged, and only a judged one is connected to.
#[tokio::test]
async fn a_rebinding_name_gains_nothing() {
    let lookup = Script::new(&[&["1.1.1.1", "2606:4700::1111"], &["127.0.0.1"]]);
    let resolver = VettedResolver { exempt_host: None, lookup };
    let name = || "rebind.example".parse::<Name>().unwrap();
    let first: Vec<_> =
        resolver.resolve(name()).await.unwrap().map(|address| address.ip().to_string()).collect();
    assert_eq!(first, ["1.1.1.1", "2606:4700::1111"]);
    assert!(resolver.resolve(name()).await.is_err());
}

/// Serves one connection: reads a request head, writes `answer`, keeps the connection open when told to.
async fn serve_once(answer: Vec<u8>, hold: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        // The client may hang up in the middle of a long answer.
        let _ = stream.write_all(&answer).await;
        if hold {
            std::future::pending::<()>().await;
        }
    });
    port
}

fn exempt(lookup: Arc<Script>) -> Builder {
    OutgoingHttp::builder().exempt_host("idp.internal").lookup(lookup)
}

#[tokio::test]
async fn a_configured_host_may_be_anywhere() {
    let port = serve_once(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-a: b\r\n\r\nhi".to_vec(), false).await;
    let lookup = Script::new(&[&["127.0.0.1"]]);
    let client = exempt(lookup.clone()).build().unwrap();
    let answer = client.send(get(&format!("http://idp.internal:{port}/"))).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.body().as_slice(), &answer.headers()["x-a"]),
        (200, &b"hi"[..], &"b".parse().unwrap())
    );
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 1, "one call, one look-up");
    assert!(matches!(client.send(get("http://other.internal/")).await, Err(TransportError::Refused(_))));
}

#[tokio::test]
async fn an_issuer_on_loopback_needs_the_operators_word() {
    let issuer = |port: u16| Url::parse(&format!("http://127.0.0.1:{port}/realm")).unwrap();
    let port = serve_once(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec(), false).await;
    let strict = OutgoingHttp::for_issuer(&issuer(port), false).unwrap();
    assert!(matches!(strict.send(get(issuer(port).as_str())).await, Err(TransportError::Refused(_))));
    let exempt = OutgoingHttp::for_issuer(&issuer(port), true).unwrap();
    assert!(exempt.send(get(issuer(port).as_str())).await.is_ok());
}

#[tokio::test]
async fn redirects_are_answers_like_any_other() {
    let answer = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let port = serve_once(answer.to_vec(), false).await;
    let client = exempt(Script::new(&[&["127.0.0.1"]])).build().unwrap();
    assert_eq!(client.send(get(&format!("http://idp.internal:{port}/"))).await.unwrap().status(), 302);
}

#[tokio::test]
async fn long_and_endless_answers_are_cut_off() {
    let body = "x".repeat(1001);
    let sized = format!("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n{body}");
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n{body}\r\n");
    for answer in [sized, chunked] {
        let port = serve_once(answer.into_bytes(), true).await;
        let client = exempt(Script::new(&[&["127.0.0.1"]])).max_body_bytes(1000).build().unwrap();
        let error = client.send(get(&format!("http://idp.internal:{port}/"))).await.unwrap_err();
        assert!(matches!(error, TransportError::TooLong(1000)), "{error:?}");
    }
}

#[tokio::test]
async fn slow_answers_end_with_an_error() {
    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"] {
        let port = serve_once(answer.to_vec(), true).await;
        let client =
            exempt(Script::new(&[&["127.0.0.1"]])).timeout(Duration::from_millis(100)).build().unwrap();
        let error = client.send(get(&format!("http://idp.internal:{port}/"))).await.unwrap_err();
        assert!(matches!(error, TransportError::Failed(_)), "{error:?}");
    }
}
