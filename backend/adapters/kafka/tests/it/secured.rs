//! A Kafka that encrypts, and asks for a password.

use futures_util::future::join_all;
use kith_harness::Kafka;
use kith_kafka::{AccessError, Credentials, KafkaSettings, Mechanism, TopicError, check_up};
use tokio::task::block_in_place;

use crate::support::{Following, Memory, a_log, entries, publish, seqs, the_topic, until};

/// Why nobody is let in with these settings.
async fn refusal(settings: KafkaSettings) -> AccessError {
    match check_up(&settings).await {
        Err(TopicError::Unavailable(why)) => match why.downcast_ref::<AccessError>() {
            Some(why) => why.clone(),
            None => panic!("{why:?}"),
        },
        outcome => panic!("{outcome:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_is_let_in_over_encrypted_connections() {
    let (kafka, access) = block_in_place(Kafka::secured).unwrap_or_else(|error| panic!("{error}"));
    let settings = |topic: &str, mechanism, password: &str| KafkaSettings {
        credentials: Some(Credentials { user: access.user.to_owned(), password: password.into(), mechanism }),
        ca_file: Some(access.ca_file.clone()),
        ..the_topic(kafka.brokers(), topic.to_owned())
    };
    for (name, mechanism) in [("plain", Mechanism::Plain), ("scram", Mechanism::ScramSha512)] {
        let settings = settings(name, mechanism, access.password);
        let published = entries(3, 5);
        publish(&a_log(&settings), &published).await;
        let sink = Memory::new(name);
        let following = Following::start(&settings, sink.clone());
        until("every entry is followed", || sink.taken().len() >= published.len()).await;
        following.stop().await;
        assert_eq!(sink.seqs(), seqs(&published));
        check_up(&settings).await.expect("it can be looked at");
    }

    // Each takes as long as a broker is waited for.
    let known = settings("plain", Mechanism::Plain, access.password);
    let refusals = [
        settings("plain", Mechanism::Plain, "canary-19ce"),
        settings("plain", Mechanism::ScramSha512, "canary-19ce"),
        KafkaSettings { ca_file: Some(access.other_ca_file.clone()), ..known.clone() },
        KafkaSettings { credentials: None, ..known.clone() },
        KafkaSettings { ca_file: None, ..known },
    ];
    let refusals = join_all(refusals.into_iter().map(refusal)).await;
    assert!(!format!("{refusals:?}").contains("canary-19ce"), "{refusals:?}");
    let [plain, scram, strange, nobody, clear] = &refusals[..] else { unreachable!() };
    assert!(matches!(plain, AccessError::Credentials(_)), "{plain}");
    assert!(matches!(scram, AccessError::Credentials(_)), "{scram}");
    let AccessError::Encryption(why) = strange else { panic!("{strange}") };
    assert!(why.contains("certificate"), "{why}");
    assert!(matches!(nobody, AccessError::Ended(_)), "{nobody}");
    assert!(matches!(clear, AccessError::Ended(_)), "{clear}");
}
