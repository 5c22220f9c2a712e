//! Connections that nobody in between can read.

use std::{os::unix::fs::MetadataExt as _, path::Path, process::Command};

use kith_contract::fixtures::{a_group, send, user, with_members};
use kith_harness::Postgres;
use kith_sql::{
    postgres::{OpenError, Options, PostgresStore, check_up},
    testing::{CountingRandom, RecordingBus},
};

use crate::support::{Node, ask, connect, options};

fn run(command: &mut Command) {
    let output = command.output().expect("openssl and chown are there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Gives the server a certificate for 127.0.0.1, signed by itself.
fn certify(data: &Path) {
    let (certificate, key) = (data.join("server.crt"), data.join("server.key"));
    run(Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate));
    // The server takes a key that is its own and nobody else's to read.
    let owner = std::fs::metadata(data).unwrap();
    run(Command::new("chown").arg(format!("{}:{}", owner.uid(), owner.gid())).args([&certificate, &key]));
    run(Command::new("chmod").arg("600").arg(&key));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_is_encrypted_where_the_address_says_so() {
    let server = Postgres::start().unwrap_or_else(|error| panic!("{error}"));
    let url = server.url();
    let open = async |url: &str| {
        let random = CountingRandom::default();
        PostgresStore::open(url, Options::default(), std::sync::Arc::<RecordingBus>::default(), &random).await
    };
    // A server that does not encrypt is refused, not spoken to in clear.
    let required = format!("{url}?sslmode=require");
    assert!(matches!(open(&required).await, Err(OpenError::Connect(_))));

    let data = server.directory().join("data");
    certify(&data);
    let mut connection = connect(&url).await;
    sqlx::query("ALTER SYSTEM SET ssl = on").execute(&mut connection).await.unwrap();
    drop(connection);
    server.restart().unwrap_or_else(|error| panic!("{error}"));

    let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert!(ask::<bool>(&required, encrypted).await);
    // Whose certificate is not vouched for is refused.
    assert!(matches!(open(&format!("{url}?sslmode=verify-full")).await, Err(OpenError::Connect(_))));
    let certificate = data.join("server.crt");
    let verified = format!("{url}?sslmode=verify-full&sslrootcert={}", certificate.display());
    check_up(&verified).await.unwrap_or_else(|error| panic!("{error:?}"));
    let node = Node::open(&verified, options(1)).await;
    // Jobs and messages have connections of their own.
    let group = with_members(&*node.store, a_group(), &[user(1)]).await;
    send(&*node.store, group, user(1), "nobody in between reads this").await;
    let seen: bool = ask(
        &url,
        "SELECT count(*) > 1 AND bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
         WHERE application_name = 'kith'",
    )
    .await;
    assert!(seen, "every connection of the store is encrypted");
    node.store.close().await;
}
