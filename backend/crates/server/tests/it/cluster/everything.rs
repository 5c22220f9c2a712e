//! Three nodes over every service there is.

use futures_util::future::join_all;
use kith_harness::{Cassandra, Kafka, OpenSearch, RabbitMq, S3, spring_client};
use kith_inspection::testing::{encoded, picture};

use super::{Between, Cluster, ORIGIN, blocking, destination, doctor, entry, media::in_bucket};
use crate::{
    harness::{Person, Socket, eventually, fetch, fresh_id, message},
    push::PushService,
};

/// People of the group that is everywhere.
const PEOPLE: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn people_chat_over_every_service() {
    let (kafka, cassandra, opensearch, rabbitmq, s3) = blocking(|| {
        let cassandra = std::thread::spawn(|| Cassandra::start().unwrap());
        let opensearch = std::thread::spawn(|| OpenSearch::start().unwrap());
        let kafka = Kafka::start().unwrap();
        let (rabbitmq, s3) = (RabbitMq::start().unwrap(), S3::start().unwrap());
        (kafka, cassandra.join().unwrap(), opensearch.join().unwrap(), rabbitmq, s3)
    })
    .await;
    let bucket = s3.create_bucket().unwrap();
    let push = PushService::start().await;
    // One copy of everything: each server is alone.
    let cluster = Cluster::start_with(3, Between::RabbitMq(rabbitmq), |launch| {
        push.set(in_bucket(launch, &s3, &bucket))
            .set("KITH__CLUSTER__KAFKA_BROKERS", kafka.brokers())
            .set("KITH__CLUSTER__KAFKA_REPLICAS", 1)
            .set("KITH__CLUSTER__CASSANDRA_NODES", cassandra.address())
            .set("KITH__CLUSTER__CASSANDRA_REPLICAS", 1)
            .set("KITH__CLUSTER__OPENSEARCH_URL", opensearch.url())
    })
    .await;
    let (ada, bob, direct) = cluster.friends().await;
    in_chinese(&cluster, &ada, &bob, &direct).await;
    a_picture(&cluster, &ada, &bob, &direct).await;
    a_hundred(&cluster).await;
    by_spring(&cluster, &ada, &bob, &direct).await;
    doctor::looks_at_every_service(&cluster).await;
}

/// What is said at one node is found at the others.
async fn in_chinese(cluster: &Cluster, ada: &Person, bob: &Person, direct: &str) {
    let said = ada.say(direct, "明天一起去吃火鍋").await;
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", "火鍋").finish();
    for node in 0..3 {
        let mut there = bob.clone();
        there.http = cluster.nodes[node].http.clone();
        let found = eventually("it is found", async || {
            let reply = there.get(&format!("/api/v1/search/messages?{query}")).await;
            let page = (reply.status == 200).then(|| reply.json())?;
            (!page["items"].as_array().unwrap().is_empty()).then_some(page)
        })
        .await;
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
        assert_eq!(found["items"][0]["entry"], said);
    }
}

async fn a_picture(cluster: &Cluster, ada: &Person, bob: &Person, direct: &str) {
    let photo = encoded(&picture(640, 480), image::ImageFormat::Jpeg);
    let media = ada.upload("image", "hotpot.jpg", "image/jpeg", &photo).await.expect(200);
    let id = media["id"].as_str().unwrap();
    ada.show(direct, "image", id).await;
    let mut elsewhere = bob.clone();
    elsewhere.http = cluster.nodes[2].http.clone();
    let file = fetch(&elsewhere.locate(id).await.expect("it is there for him")).await;
    assert_eq!(image::load_from_memory(&file.body).unwrap().width(), 640);
}

/// A group of a hundred whose members sit at all nodes: everybody gets what anybody says.
async fn a_hundred(cluster: &Cluster) {
    let owner = cluster.person(0, "owner").await;
    let (group, code) = owner.create_group("A hundred").await;
    let mut sockets = vec![Socket::connect(&owner).await];
    for first in (1..PEOPLE).step_by(20) {
        let arriving = (first..PEOPLE.min(first + 20)).map(async |number| {
            let person = cluster.person(number % 3, &format!("member{number}")).await;
            person.join(&code).await;
            Socket::connect(&person).await
        });
        sockets.extend(join_all(arriving).await);
    }
    for node in 0..3 {
        let elsewhere = (0..PEOPLE).filter(|number| number % 3 != node).count();
        cluster.knows(node, elsewhere).await;
    }
    for from in [0, 1, PEOPLE - 1] {
        let body = message(&fresh_id(), &format!("hello from {from}"));
        let seq = sockets[from].send(&destination(&group), &body).await.unwrap().seq();
        join_all(sockets.iter_mut().map(|socket| entry(socket, seq))).await;
    }
}

/// One of the clients is Spring's.
async fn by_spring(cluster: &Cluster, ada: &Person, bob: &Person, direct: &str) {
    let socket_of = |node: usize| format!("{}/ws", cluster.nodes[node].http.origin().replace("http", "ws"));
    let arguments = [
        ORIGIN.to_owned(),
        socket_of(0),
        ada.access_token.clone(),
        socket_of(1),
        bob.access_token.clone(),
        direct.to_owned(),
    ];
    let output = blocking(move || spring_client().unwrap().args(arguments).output().unwrap()).await;
    assert!(output.status.success(), "{output:?}");
}
