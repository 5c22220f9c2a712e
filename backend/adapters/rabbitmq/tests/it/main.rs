//! The broker on a real RabbitMQ that is killed, paused and overrun.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use kith_contract::broker::BrokerServer;
use kith_domain::{
    NodeNumber,
    ports::{Broker, Received},
};
use kith_harness::RabbitMq;
use kith_rabbitmq::RabbitMqBroker;

fn node(number: u16) -> NodeNumber {
    number.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker() {
    // One server for all cases, as it takes its time to start; each case leaves it running.
    let rabbitmq = Arc::new(RabbitMq::start().unwrap());
    kith_contract::run("broker", kith_contract::broker::BROKER, async || {
        rabbitmq.resume();
        rabbitmq.start_if_down().unwrap();
        let hand = |does: fn(&RabbitMq)| {
            let rabbitmq = rabbitmq.clone();
            Box::new(move || does(&rabbitmq)) as Box<dyn Fn()>
        };
        let url = rabbitmq.url();
        let server = BrokerServer {
            connect: Box::new(move |node, capacity| {
                let url = url.clone();
                Box::pin(async move {
                    let (broker, received) = RabbitMqBroker::connect(&url, node, capacity).await.unwrap();
                    (broker as Arc<dyn Broker>, received)
                })
            }),
            kill: hand(|rabbitmq| rabbitmq.kill()),
            restart: hand(|rabbitmq| rabbitmq.restart().unwrap()),
            pause: hand(|rabbitmq| rabbitmq.pause()),
            resume: hand(|rabbitmq| rabbitmq.resume()),
        };
        (server, ())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_that_is_none_is_refused() {
    assert!(RabbitMqBroker::connect("http://127.0.0.1", node(1), 1).await.is_err());
}

/// A node whose process gets no time to run: its connection stands, its queue fills and overruns.
#[test]
fn a_node_that_stands_still_is_bounded_and_told() {
    let rabbitmq = RabbitMq::shared();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (standing, running) = (runtime(), runtime());
    let (_slow, mut slow) =
        standing.block_on(RabbitMqBroker::connect(&rabbitmq.url(), node(1), 5_000)).unwrap();
    running.block_on(async {
        let (sender, mut own) = RabbitMqBroker::connect(&rabbitmq.url(), node(2), 100_000).await.unwrap();
        for _ in 0..20_000 {
            sender.send(&[node(1), node(2)], Bytes::from_static(&[7; 8_192])).await.unwrap();
        }
        for _ in 0..20_000 {
            let received = tokio::time::timeout(Duration::from_secs(120), own.recv()).await.unwrap();
            assert!(matches!(received, Some(Received::Payload(_))), "it is held up by nobody");
        }
    });
    standing.block_on(async {
        let mut payloads = 0;
        while let Some(Received::Payload(_)) =
            tokio::time::timeout(Duration::from_secs(120), slow.recv()).await.expect("the gap comes")
        {
            payloads += 1;
        }
        assert!(payloads < 20_000);
    });
}
