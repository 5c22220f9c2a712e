//! Starting, stopping, the command line, the dev provider's walls.

use std::{process::Output, time::Duration};

use crate::harness::{
    Http, Launch, Person, RawSocket, Reply, Server, Socket, WAIT, eventually, exchange, fresh_id, kith,
    message,
};

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs the binary to its end, which must come.
async fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = kith();
    command.args(arguments).envs(settings.iter().copied());
    let running = tokio::task::spawn_blocking(move || command.output().unwrap());
    tokio::time::timeout(WAIT, running).await.expect("it ends by itself").unwrap()
}

#[tokio::test]
async fn the_first_lines_say_where_it_listens_and_how_to_sign_in() {
    let server = Server::start().await;
    let origin = server.http.origin();
    assert!(origin.starts_with("http://127.0.0.1:") && !origin.ends_with(":0"), "{origin}");
    assert_eq!(server.stdout[0], format!("listening on {origin}"));
    assert_eq!(
        server.stdout[1],
        format!("open {origin} and sign in with any e-mail address (dev sign-in, this machine only)")
    );
    let ready = server.http.get("/readyz").await.expect(200);
    assert_eq!((&ready["ready"], &ready["draining"]), (&true.into(), &false.into()));
    assert!(server.http.get("/metrics").await.text.contains("kith_gateway_connections"));
    let providers = server.http.get("/auth/providers").await.expect(200);
    assert_eq!(providers[0]["id"], "dev");
}

#[tokio::test]
async fn sigterm_drains_sockets_and_ends_with_0() {
    let mut server = Launch::default().set("KITH__SERVER__DRAIN_SECONDS", 2).start().await;
    let ada = Person::sign_in(&server.http, "ada").await;
    let (group, _) = ada.create_group("Last words").await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        sockets.push(Socket::connect(&ada).await);
    }
    // What was asked before is answered; what was promised is kept.
    let destination = format!("/app/conversations/{group}/messages");
    let receipt = sockets[4].post(&destination, &message(&fresh_id(), "bye")).await;
    server.terminate();
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, 1012);
    }
    let answer = sockets[4].take_answers().remove(&receipt);
    assert!(server.ended().await.success(), "{}", server.log());

    server.restart().await;
    let mut ada = ada;
    ada.move_to(&server.http).await;
    let said = ada.timeline(&group).await.iter().filter(|entry| entry["kind"] == "message").count();
    assert!(answer.is_none() || said == 1, "a promise is broken");
}

#[tokio::test]
async fn a_drain_refuses_new_sockets_and_says_so() {
    let mut server = Launch::default().set("KITH__SERVER__DRAIN_SECONDS", 4).start().await;
    let ada = Person::sign_in(&server.http, "ada").await;
    let mut sockets = vec![Socket::connect(&ada).await, Socket::connect(&ada).await];
    server.terminate();
    let http = server.http.clone();
    let ready = eventually("readiness ends", async || {
        let reply = http.get("/readyz").await;
        (reply.status == 503).then_some(reply)
    })
    .await;
    assert_eq!(ready.json()["draining"], true);
    let (status, answer) = exchange(&http, RawSocket::upgrade(&http, "").as_bytes()).await;
    assert_eq!(status, 503, "{answer}");
    assert!(answer.to_ascii_lowercase().contains("retry-after: "), "{answer}");
    assert!(answer.contains(r#""code":"unavailable""#), "{answer}");
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, 1012);
    }
    assert!(server.ended().await.success(), "{}", server.log());
}

#[tokio::test]
async fn a_second_server_on_the_same_data_fails_with_its_reason() {
    let mut server = Server::start().await;
    let data = server.data_dir();
    let started = tokio::time::Instant::now();
    let second =
        run(&["serve", "--dev", "--listen", "127.0.0.1:0", "--data-dir", data.to_str().unwrap()], &[]).await;
    assert!(!second.status.success());
    let said = text(&second);
    assert!(
        said.contains(data.to_str().unwrap()) && said.contains("another"),
        "{said} after {:?}",
        started.elapsed()
    );
    assert!(!said.contains("listening on"), "{said}");
    server.assert_alive().await;
    // And once the first is gone, the directory is free again, whatever way it went.
    server.kill();
    server.restart().await;
    server.assert_alive().await;
}

#[tokio::test]
async fn dev_stays_on_loopback() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.168.1.5:0", "10.0.0.1:8080", "[2001:db8::1]:0"] {
        let output = run(&["serve", "--dev", "--listen", address, "--data-dir", data], &[]).await;
        assert!(!output.status.success(), "{address}");
        assert!(text(&output).contains("loopback"), "{address}: {}", text(&output));
    }
    let elsewhere = run(
        &["serve", "--dev", "--listen", "127.0.0.1:0", "--data-dir", data],
        &[("KITH__SERVER__ORIGIN", "https://kith.example")],
    )
    .await;
    assert!(!elsewhere.status.success(), "{}", text(&elsewhere));
    for flag in ["--no-limits", "--clock-offset-file=/dev/null"] {
        let output = run(&["serve", flag, "--listen", "127.0.0.1:0", "--data-dir", data], &[]).await;
        assert!(
            !output.status.success() && text(&output).contains("needs --dev"),
            "{flag}: {}",
            text(&output)
        );
    }
}

#[tokio::test]
async fn the_dev_provider_hides_from_whatever_came_a_longer_way() {
    let mut server = Server::start().await;
    let http = server.http.clone();
    let authority = http.authority().to_owned();
    let port = authority.rsplit(':').next().unwrap().to_owned();
    for path in ["/auth/dev/authorize", "/auth/dev/.well-known/openid-configuration", "/auth/dev/jwks"] {
        let found = http.get(path).await.status;
        assert_ne!(found, 404, "{path}");
        for header in [
            "X-Forwarded-For: 203.0.113.9",
            "X-Forwarded-Host: kith.example",
            "Forwarded: for=203.0.113.9",
            "Via: 1.1 proxy",
            "X-Real-IP: 203.0.113.9",
        ] {
            let (status, answer) = exchange(
                &http,
                format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n{header}\r\n\r\n").as_bytes(),
            )
            .await;
            assert_eq!(status, 404, "{path} {header}: {answer}");
        }
        for host in [
            format!("rebound.example:{port}"),
            "kith.example".to_owned(),
            format!("127.0.0.1.evil.example:{port}"),
            format!("0.0.0.0:{port}"),
            format!("192.168.1.5:{port}"),
        ] {
            let (status, answer) =
                exchange(&http, format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await;
            assert_eq!(status, 404, "{path} {host}: {answer}");
        }
        // The other name of this machine has files only and sends pages here.
        for (host, expected) in [(format!("localhost:{port}"), 307), (format!("[::1]:{port}"), found)] {
            let (status, _) =
                exchange(&http, format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await;
            assert_eq!(status, expected, "{path} {host}");
        }
    }
    server.assert_alive().await;
}

/// A server as in production, with a provider that is configured and never asked.
#[tokio::test]
async fn without_dev_there_is_no_dev_provider() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = kith();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(directory.path());
    command.envs([
        ("KITH__SERVER__ORIGIN", "https://kith.example"),
        ("KITH__FILES__PUBLIC_ORIGIN", "https://files.kith.example"),
        ("KITH__SERVER__DRAIN_SECONDS", "1"),
        ("KITH__PROVIDERS__GOOGLE__NAME", "Google"),
        ("KITH__PROVIDERS__GOOGLE__ISSUER", "https://accounts.google.com"),
        ("KITH__PROVIDERS__GOOGLE__CLIENT_ID", "x"),
        ("KITH__PROVIDERS__GOOGLE__CLIENT_SECRET", "canary-5b1d"),
    ]);
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let line = {
        use std::io::BufRead as _;
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        line
    };
    let http = Http::new(line.trim().strip_prefix("listening on ").unwrap());
    let providers = http.get("/auth/providers").await;
    let mut failures = Vec::new();
    for path in [
        "/auth/login/dev",
        "/auth/dev/authorize",
        "/auth/dev/token",
        "/auth/dev/jwks",
        "/auth/dev/.well-known/openid-configuration",
    ] {
        let reply = http.get(path).await;
        if reply.status != 404 {
            failures.push(format!("{path}: {reply:?}"));
        }
    }
    let callback = http.get("/auth/callback/dev?state=x&code=y").await;
    let metrics = http.get("/metrics").await;
    let health = http.get("/healthz").await;
    let page = Reply::of(http.request("GET", "/").header("host", "kith.example")).await;
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();

    assert_eq!(providers.expect(200)[0]["id"], "google");
    assert_eq!(providers.json().as_array().unwrap().len(), 1);
    assert!(failures.is_empty(), "{failures:?}");
    assert_eq!(callback.header("location"), "/sign-in?error=unknown_provider");
    assert!(!metrics.text.contains("kith_gateway"), "metrics are public");
    assert!(health.header("strict-transport-security").starts_with("max-age="), "{health:?}");
    assert!(page.header("content-security-policy").contains("default-src 'none'"), "{page:?}");
    assert!(!text(&output).contains("canary-5b1d"));
}

#[tokio::test]
async fn operators_by_command_line_with_the_server_running_and_stopped() {
    let mut server = Server::start().await;
    Person::sign_in(&server.http, "ada").await;
    let grant = async |server: &Server, verb: &str, email: &str| {
        let output = server.run(&["admin", verb, email, "--provider", "dev"]).await;
        (output.status.success(), text(&output))
    };
    for running in [true, false] {
        if !running {
            server.terminate();
            server.ended().await;
        }
        let (ok, said) = grant(&server, "grant", "ada@example.com").await;
        assert!(ok && said.contains("is an operator now"), "{running}: {said}");
        let (ok, said) = grant(&server, "grant", "later@example.com").await;
        assert!(ok && said.contains("becomes an operator with the first sign-in"), "{running}: {said}");
        for (email, found) in
            [("ada@example.com", true), ("later@example.com", true), ("ada@example.com", false)]
        {
            let (ok, said) = grant(&server, "revoke", email).await;
            assert_eq!(ok, found, "{running} {email}: {said}");
            assert!(said.contains("operator"), "{said}");
        }
        let (ok, said) = grant(&server, "grant", "nobody").await;
        assert!(!ok && said.contains("no e-mail address"), "{said}");
        let output = server.run(&["admin", "grant", "ada@example.com", "--provider", "myspace"]).await;
        assert!(!output.status.success());
    }
    server.restart().await;
    server.assert_alive().await;
}

#[tokio::test]
async fn the_control_socket_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start().await;
    let mode = std::fs::metadata(server.data_dir().join("control.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for entry in std::fs::read_dir(server.data_dir().join("keys")).unwrap() {
        assert_eq!(
            entry.unwrap().metadata().unwrap().permissions().mode() & 0o077,
            0,
            "keys are readable by others"
        );
    }
}

#[tokio::test]
async fn doctor_tells_what_is_wrong() {
    let mut server = Server::start().await;
    let listen = server.http.authority().to_owned();
    let limit = ("KITH__SERVER__MAX_CONNECTIONS", "100");
    let data = server.data_dir();
    let data = data.to_str().unwrap();
    let doctor = ["doctor", "--dev", "--data-dir", data, "--listen", listen.as_str()];

    let healthy = run(&doctor, &[limit]).await;
    assert!(healthy.status.success(), "{}", text(&healthy));
    assert!(text(&healthy).contains("in use by a running server"), "{}", text(&healthy));
    server.kill();
    let stopped = run(&doctor, &[limit]).await;
    assert!(
        stopped.status.success() && text(&stopped).contains("its database is whole"),
        "{}",
        text(&stopped)
    );

    // Every fault of the settings at once.
    let faults = [("KITH__SERVER__NODE", "5000"), ("KITH__SERVER__SPPED", "3"), ("KITH__COLOUR__RED", "1")];
    let output = run(&doctor, &faults).await;
    assert!(!output.status.success());
    for part in ["server.node", "server.spped", "colour"] {
        assert!(text(&output).contains(part), "{part}: {}", text(&output));
    }
    // The port is taken.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["doctor", "--dev", "--data-dir", data, "--listen", &address], &[limit]).await;
    assert!(!output.status.success() && text(&output).contains("FAIL  address"), "{}", text(&output));
    // Too few descriptors.
    let output = run(&doctor, &[("KITH__SERVER__MAX_CONNECTIONS", "100000000")]).await;
    assert!(!output.status.success() && text(&output).contains("ulimit"), "{}", text(&output));
    // A data directory that is a file.
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = run(
        &["doctor", "--dev", "--data-dir", file.path().to_str().unwrap(), "--listen", "127.0.0.1:0"],
        &[limit],
    )
    .await;
    assert!(!output.status.success() && text(&output).contains("FAIL  data directory"), "{}", text(&output));
    // A damaged database is found by doctor and by the server, and not served.
    let database = std::fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "db" || end == "sqlite"))
        .unwrap();
    let mut bytes = std::fs::read(&database).unwrap();
    let end = bytes.len().min(40 * 4096);
    bytes[4096..end].fill(0xA5);
    std::fs::write(&database, bytes).unwrap();
    let output = run(&doctor, &[limit]).await;
    assert!(!output.status.success() && text(&output).contains("FAIL  data directory"), "{}", text(&output));
    let output = run(&["serve", "--dev", "--data-dir", data, "--listen", "127.0.0.1:0"], &[]).await;
    assert!(!output.status.success() && !text(&output).contains("listening on"), "{}", text(&output));
}

#[tokio::test]
async fn bounds_of_sockets_and_messages_hold() {
    let server = Launch::default()
        .limited()
        .set("KITH__GATEWAY__SOCKETS_PER_ADDRESS", 4)
        .set("KITH__GATEWAY__SOCKETS_PER_USER", 2)
        .start()
        .await;
    let (ada, bob) = (Person::sign_in(&server.http, "ada").await, Person::sign_in(&server.http, "bob").await);
    let mut kept = vec![Socket::connect(&ada).await, Socket::connect(&ada).await];
    let mut third = Socket::open(&server.http).await;
    third.say_connect(&ada.access_token).await;
    assert_eq!(third.fatal().await, ("rate_limited".to_owned(), 1008), "a third socket of one person");
    drop(third);
    eventually("the refused one has gone", async || {
        let metrics = server.http.get("/metrics").await.text;
        metrics.lines().any(|line| line == "kith_gateway_connections 2").then_some(())
    })
    .await;
    kept.push(Socket::connect(&bob).await);
    kept.push(Socket::connect(&bob).await);
    let (status, answer) = exchange(&server.http, RawSocket::upgrade(&server.http, "").as_bytes()).await;
    assert!(
        status == 429 && answer.contains(r#""code":"rate_limited""#),
        "a fifth from one address: {answer}"
    );
    // A place that is given up is free again.
    drop(kept.pop());
    eventually("a place is free", async || {
        let (status, _) = exchange(&server.http, RawSocket::upgrade(&server.http, "").as_bytes()).await;
        (status == 101).then_some(())
    })
    .await;

    // 60 messages at once, then one a second; 5 a second in one conversation.
    let (group, _) = ada.create_group("Busy").await;
    let destination = format!("/app/conversations/{group}/messages");
    let mut refused = None;
    for _ in 0..20 {
        let body = message(&fresh_id(), "x");
        if let Err(event) = kept[0].send(&destination, &body).await {
            refused = Some(event);
            break;
        }
    }
    let refused = refused.expect("20 at once are too many for one conversation");
    assert_eq!(refused["code"], "rate_limited");
    assert!(
        (1..=Duration::from_secs(60).as_millis() as u64)
            .contains(&refused["retry_after_ms"].as_u64().unwrap()),
        "{refused}"
    );
    let path = format!("/api/v1/conversations/{group}/messages");
    let mut limited = None;
    for _ in 0..20 {
        let reply = ada.post(&path, &message(&fresh_id(), "x")).await;
        if reply.status == 429 {
            limited = Some(reply);
            break;
        }
    }
    let limited = limited.expect("REST counts alike");
    limited.refuse("too many", 429, "rate_limited");
    assert!(limited.header("retry-after").parse::<u64>().is_ok(), "{limited:?}");
    // Somebody else is not held up.
    bob.create_group("Calm").await;
}
