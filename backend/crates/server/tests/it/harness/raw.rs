//! Bytes as they are, for what no client library would send.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{Http, WAIT};

/// Sends bytes on a connection of their own; what comes back up to the end of the answer's head and body.
pub(crate) async fn exchange(http: &Http, request: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(http.authority()).await.unwrap();
    stream.write_all(request).await.unwrap();
    let (head, mut rest) = head(&mut stream).await;
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    let length: usize = length.map_or(0, |text| text.trim().parse().unwrap());
    while rest.len() < length {
        let mut buffer = [0; 4096];
        let count = tokio::time::timeout(WAIT, stream.read(&mut buffer)).await.unwrap().unwrap();
        assert!(count > 0, "the answer ends early");
        rest.extend_from_slice(&buffer[..count]);
    }
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head + &String::from_utf8_lossy(&rest))
}

async fn head(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return (String::from_utf8(bytes).unwrap(), rest);
        }
        let mut buffer = [0; 4096];
        let count = tokio::time::timeout(WAIT, stream.read(&mut buffer)).await.unwrap().unwrap();
        assert!(count > 0, "no answer but {:?}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&buffer[..count]);
    }
}

/// A WebSocket whose frames are written by hand.
pub(crate) struct RawSocket {
    stream: TcpStream,
    received: Vec<u8>,
    /// The answer to the upgrade.
    pub(crate) head: String,
}

/// A frame's first byte: FIN, RSV and opcode as they are; masked with zeros unless told.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(0x80 | length as u8),
        length @ 126..=0xFFFF => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(payload);
    bytes
}

impl RawSocket {
    /// The request of an upgrade, with further header lines.
    pub(crate) fn upgrade(http: &Http, further: &str) -> String {
        format!(
            "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v12.stomp\r\n{further}\r\n",
            http.authority()
        )
    }

    /// Opens one.
    pub(crate) async fn open(http: &Http, further: &str) -> Self {
        let mut stream = TcpStream::connect(http.authority()).await.unwrap();
        stream.write_all(Self::upgrade(http, further).as_bytes()).await.unwrap();
        let (head, received) = head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        Self { stream, received, head }
    }

    /// Writes bytes.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        // A peer that is fed up closes while we still write.
        let _ = self.stream.write_all(bytes).await;
    }

    /// Reads to the end; the code of the close frame.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        let reading = async {
            loop {
                if let Some(code) = self.take_close() {
                    return code;
                }
                let mut buffer = [0; 4096];
                match self.stream.read(&mut buffer).await {
                    Ok(count) if count > 0 => self.received.extend_from_slice(&buffer[..count]),
                    _ => return None,
                }
            }
        };
        tokio::time::timeout(WAIT, reading).await.expect("it is not closed")
    }

    /// Looks for a close frame among whole frames.
    fn take_close(&mut self) -> Option<Option<u16>> {
        loop {
            let [first, second, rest @ ..] = &self.received[..] else { return None };
            let (extra, length) = match second & 0x7F {
                126 => (2, usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().unwrap()))),
                127 => (8, usize::try_from(u64::from_be_bytes(rest.get(..8)?.try_into().unwrap())).unwrap()),
                short => (0, usize::from(short)),
            };
            let payload = rest.get(extra..extra + length)?;
            if first & 0x0F == 8 {
                return Some(payload.get(..2).map(|code| u16::from_be_bytes(code.try_into().unwrap())));
            }
            self.received.drain(..2 + extra + length);
        }
    }
}
