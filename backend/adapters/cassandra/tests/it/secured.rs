//! A Cassandra that encrypts, and asks for a password.

use std::path::Path;

use kith_cassandra::{AccessError, CassandraHistory, CassandraSettings, Credentials};
use kith_contract::history::{a_conversation, texts};
use kith_domain::ports::{History as _, HistoryError};
use kith_harness::Cassandra;
use rustls::{CertificateError, Error};
use tokio::task::block_in_place;

use crate::answers;

/// Why nobody is let in with these settings.
async fn refusal(settings: CassandraSettings) -> AccessError {
    match CassandraHistory::new(settings).check().await {
        Err(HistoryError::Unavailable(why)) => match why.downcast_ref::<AccessError>() {
            Some(why) => why.clone(),
            None => panic!("{why:?}"),
        },
        outcome => panic!("{outcome:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_is_let_in_over_encrypted_connections() {
    let (cassandra, access) = block_in_place(Cassandra::secured).unwrap_or_else(|error| panic!("{error}"));
    // Its certificate is for this name. Whatever the cluster says of its servers, it says by address.
    let name = cassandra.address().replace("127.0.0.1", "localhost");
    let at = |node: &str| {
        let settings = CassandraSettings::new(vec![node.to_owned()], "kith", 1).expect("settings");
        settings.in_datacenter("datacenter1".to_owned())
    };
    let signed_in = |settings: CassandraSettings, password: &str| {
        settings.signed_in(Credentials { user: access.user.to_owned(), password: password.into() })
    };
    let encrypted =
        |settings: CassandraSettings, file: &Path| settings.encrypted(file).expect("a file of authorities");

    let history = CassandraHistory::new(encrypted(signed_in(at(&name), access.password), &access.ca_file));
    answers(&history).await;
    let (conversation, entries) = (a_conversation(), 1..=50);
    let entries = texts(conversation, entries);
    history.put(&entries).await.expect("put");
    assert_eq!(history.range(conversation, 1..=50).await.expect("read back"), entries);
    history.check_up().await.expect("it can be looked at");

    let wrong = refusal(encrypted(signed_in(at(&name), "canary-19ce"), &access.ca_file)).await;
    assert!(matches!(wrong, AccessError::Credentials(_)), "{wrong:?}");
    assert!(!format!("{wrong} {wrong:?}").contains("canary-19ce"), "{wrong:?}");
    let nobody = refusal(encrypted(at(&name), &access.ca_file)).await;
    assert!(matches!(nobody, AccessError::NoCredentials), "{nobody:?}");
    let strange = refusal(encrypted(signed_in(at(&name), access.password), &access.other_ca_file)).await;
    let AccessError::Encryption(Error::InvalidCertificate(CertificateError::UnknownIssuer)) = strange else {
        panic!("{strange:?}")
    };
    let renamed = signed_in(at(&cassandra.address()), access.password);
    let renamed = refusal(encrypted(renamed, &access.ca_file)).await;
    let AccessError::Encryption(Error::InvalidCertificate(CertificateError::NotValidForNameContext {
        ..
    })) = renamed
    else {
        panic!("{renamed:?}")
    };
    let clear = refusal(signed_in(at(&name), access.password)).await;
    assert!(matches!(clear, AccessError::Ended(_)), "{clear:?}");
}
