//! An address that leads to another server when it is told so, as a virtual address does.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Forwards connections. It ends when this is dropped.
pub(super) struct Forwarder {
    address: SocketAddr,
    target: Arc<Mutex<String>>,
    task: JoinHandle<()>,
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Forwarder {
    pub(super) async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let target = Arc::new(Mutex::new(target));
        let at = Arc::clone(&target);
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let target = at.lock().unwrap().clone();
                tokio::spawn(async move {
                    // Where nobody listens, the connection ends as it began.
                    let Ok(mut far) = TcpStream::connect(target).await else { return };
                    let _ = (near.set_nodelay(true), far.set_nodelay(true));
                    // Whoever ends it, both sides see it.
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self { address, target, task }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, new connections lead there.
    pub(super) fn switch(&self, target: String) {
        *self.target.lock().unwrap() = target;
    }
}
