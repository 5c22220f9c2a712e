//! A live socket of a client that does nothing but keep its heartbeat.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use bytes::BytesMut;
use kith_stomp::{Command, client};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
    time,
};

/// As the web client's.
const HEART_BEAT: Duration = Duration::from_secs(30);
/// A masked binary frame with one line end; a mask of zeros leaves the payload as it is.
const BEAT: [u8; 7] = [0x82, 0x81, 0, 0, 0, 0, b'\n'];

/// Opens a socket from `source`, authenticates and subscribes. The task ends when the server closes it.
pub(crate) async fn open(server: SocketAddr, source: Ipv4Addr, token: &str) -> io::Result<JoinHandle<()>> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    let mut stream = socket.connect(server).await?;
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: v12.stomp\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    read_to(&mut stream, b"\r\n\r\n").await?;

    let mut frames = BytesMut::new();
    client::connect(&mut frames, "kith", "30000,30000", token);
    let headers = [("id", "events"), ("destination", "/user/queue/events"), ("receipt", "live")];
    client::frame(&mut frames, Command::Subscribe, &headers, b"");
    let length = u16::try_from(frames.len()).map_err(io::Error::other)?.to_be_bytes();
    stream.write_all(&[&[0x82, 0x80 | 126][..], &length, &[0; 4], &frames].concat()).await?;
    read_to(&mut stream, b"receipt-id:live\n\n\0").await?;
    Ok(tokio::spawn(idle(stream)))
}

/// Reads up to `end`, with which the server's answer ends.
async fn read_to(stream: &mut TcpStream, end: &[u8]) -> io::Result<()> {
    let mut got = Vec::new();
    while !got.ends_with(end) {
        if stream.read_buf(&mut got).await? == 0 {
            return Err(io::Error::other(format!("closed after {:?}", String::from_utf8_lossy(&got))));
        }
    }
    Ok(())
}

/// Beats, and lets go of what comes.
async fn idle(mut stream: TcpStream) {
    let mut beat = time::interval_at(time::Instant::now() + HEART_BEAT / 2, HEART_BEAT);
    let mut buffer = [0; 256];
    loop {
        let alive = tokio::select! {
            _ = beat.tick() => stream.write_all(&BEAT).await.is_ok(),
            read = stream.read(&mut buffer) => read.is_ok_and(|read| read > 0),
        };
        if !alive {
            return;
        }
    }
}
