//! Over a transport that does what it is told.

use std::sync::Mutex;

use tokio::sync::Notify;

use super::*;

/// A server that notes what it takes.
#[derive(Default)]
struct Server {
    there: AtomicBool,
    stuck: AtomicBool,
    taken: Mutex<Vec<Bytes>>,
    lost: Notify,
}

struct Wire(Arc<Server>);

#[async_trait]
impl Transport for Wire {
    async fn open(&self, _: Arc<Inbox>) -> Result<Box<dyn Session>, SessionError> {
        if self.0.there.load(Ordering::SeqCst) {
            Ok(Box::new(Wire(self.0.clone())))
        } else {
            Err("away".into())
        }
    }
}

#[async_trait]
impl Session for Wire {
    async fn send(&mut self, parcels: &[Parcel]) -> Result<(), SessionError> {
        if self.0.stuck.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.0.taken.lock().unwrap().extend(parcels.iter().map(|parcel| parcel.payload.clone()));
        Ok(())
    }

    async fn lost(&self) {
        self.0.lost.notified().await;
    }
}

async fn start(there: bool) -> (Arc<Server>, SessionBroker, mpsc::Receiver<Received>) {
    let server = Arc::new(Server::default());
    server.there.store(there, Ordering::SeqCst);
    let (broker, received) = SessionBroker::start(Wire(server.clone()), SessionSettings::default(), 4).await;
    (server, broker, received)
}

async fn send(broker: &SessionBroker, bytes: &'static [u8]) -> Result<(), BrokerError> {
    broker.send(&[NodeNumber::try_from(1).unwrap()], Bytes::from_static(bytes)).await
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_comes_late_is_found_and_the_receiver_told() {
    let (server, broker, mut received) = start(false).await;
    assert!(send(&broker, b"lost").await.is_err());
    server.there.store(true, Ordering::SeqCst);
    assert_eq!(received.recv().await, Some(Received::Gap));
    send(&broker, b"taken").await.unwrap();
    until(|| !server.taken.lock().unwrap().is_empty()).await;
    assert_eq!(*server.taken.lock().unwrap(), [Bytes::from_static(b"taken")]);
}

#[tokio::test(start_paused = true)]
async fn a_stuck_server_is_left_and_what_waited_for_it_is_not_sent_later() {
    let (server, broker, mut received) = start(true).await;
    send(&broker, b"one").await.unwrap();
    until(|| server.taken.lock().unwrap().len() == 1).await;
    assert!(received.try_recv().is_err(), "nothing can be missing from the first session");
    server.stuck.store(true, Ordering::SeqCst);
    server.there.store(false, Ordering::SeqCst);
    send(&broker, b"two").await.unwrap();
    until(|| !broker.is_up()).await;
    assert!(send(&broker, b"three").await.is_err());
    server.stuck.store(false, Ordering::SeqCst);
    server.there.store(true, Ordering::SeqCst);
    assert_eq!(received.recv().await, Some(Received::Gap));
    send(&broker, b"four").await.unwrap();
    until(|| server.taken.lock().unwrap().len() == 2).await;
    assert_eq!(server.taken.lock().unwrap()[1], Bytes::from_static(b"four"));
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_replaced() {
    let (server, broker, mut received) = start(true).await;
    server.lost.notify_one();
    assert_eq!(received.recv().await, Some(Received::Gap));
    assert!(broker.is_up());
}

#[tokio::test(start_paused = true)]
async fn senders_wait_for_room_and_no_longer_than_the_server_has() {
    let (server, broker, _received) = start(true).await;
    server.stuck.store(true, Ordering::SeqCst);
    server.there.store(false, Ordering::SeqCst);
    let large = Bytes::from(vec![0; MAX_PAYLOAD]);
    let node = [NodeNumber::try_from(1).unwrap()];
    let mut sent = 0;
    while broker.send(&node, large.clone()).await.is_ok() {
        sent += 1;
    }
    assert!((OUTBOX_ROOM / MAX_PAYLOAD - 1..=2 * OUTBOX_ROOM / MAX_PAYLOAD).contains(&sent), "{sent}");
    assert!(broker.send(&node, Bytes::from(vec![0; MAX_PAYLOAD + 1])).await.is_err());
}
