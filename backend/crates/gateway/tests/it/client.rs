//! A client: a third party's WebSocket under our STOMP codec.

use std::{collections::HashMap, time::Duration};

use bytes::BytesMut;
use futures_util::{SinkExt, StreamExt};
use kith_stomp::{Command, Event, Limits, ServerCommand, client, client::ClientDecoder};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        handshake::client::Response,
        http::{HeaderName, HeaderValue},
    },
};

use crate::world::{Person, World};

/// Far above what anything here takes; a hang fails the test instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(60);

/// One frame of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) command: ServerCommand,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The `event` header of a MESSAGE.
    pub(crate) fn event(&self) -> &str {
        self.header("event")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What a socket says next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    Frame(Reply),
    /// The close code, or none when it ended without one.
    Closed(Option<u16>),
}

pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<TcpStream>,
    decoder: ClientDecoder,
    waiting: std::collections::VecDeque<Reply>,
}

/// Tries the handshake with more headers; the answer's status if it is refused.
pub(crate) async fn handshake(
    world: &World,
    headers: &[(&'static str, &str)],
) -> Result<(WebSocketStream<TcpStream>, Response), (u16, Response)> {
    let stream = TcpStream::connect(world.address).await.unwrap();
    let mut request = format!("ws://{}/ws", world.address).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("v12.stomp"));
    for (name, value) in headers {
        request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    match client_async(request, stream).await {
        Ok(upgraded) => Ok(upgraded),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
            Err((response.status().as_u16(), *response))
        }
        Err(error) => panic!("{error}"),
    }
}

impl Client {
    /// A socket on which nothing has been said.
    pub(crate) async fn open(world: &World) -> Self {
        let (socket, response) = handshake(world, &[]).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "v12.stomp");
        assert!(!response.headers().contains_key("sec-websocket-extensions"));
        Self { socket, decoder: ClientDecoder::new(Limits::default()), waiting: Default::default() }
    }

    /// A socket after CONNECTED.
    pub(crate) async fn connect(world: &World, person: &Person) -> Self {
        let mut client = Self::open(world).await;
        client.write(|frame| client::connect(frame, "kith", "0,0", &person.token)).await;
        assert_eq!(client.frame().await.command, ServerCommand::Connected);
        client
    }

    /// A socket that gets events.
    pub(crate) async fn live(world: &World, person: &Person) -> Self {
        let mut client = Self::connect(world, person).await;
        let headers = [("id", "events"), ("destination", "/user/queue/events"), ("receipt", "subscribed")];
        client.write(|frame| client::frame(frame, Command::Subscribe, &headers, b"")).await;
        assert_eq!(client.receipt("subscribed").await.command, ServerCommand::Receipt);
        client
    }

    pub(crate) async fn write(&mut self, frame: impl FnOnce(&mut BytesMut)) {
        let mut bytes = BytesMut::new();
        frame(&mut bytes);
        self.socket.send(Message::Binary(bytes.freeze())).await.unwrap();
    }

    /// Writes SEND.
    pub(crate) async fn send(&mut self, destination: &str, receipt: &str, body: &str) {
        self.write(|frame| client::send(frame, destination, Some(receipt), body.as_bytes())).await;
    }

    /// What the socket says next.
    pub(crate) async fn next(&mut self) -> Next {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("nothing came")
    }

    async fn read(&mut self) -> Next {
        loop {
            if let Some(reply) = self.waiting.pop_front() {
                return Next::Frame(reply);
            }
            let bytes = match self.socket.next().await {
                Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
                Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
                Some(Ok(Message::Close(close))) => return Next::Closed(close.map(|close| close.code.into())),
                Some(Ok(_)) => continue,
                None | Some(Err(_)) => return Next::Closed(None),
            };
            let mut input = &bytes[..];
            while let Some(event) = self.decoder.decode(&mut input).unwrap() {
                if let Event::Frame(frame) = event {
                    self.waiting.push_back(Reply {
                        command: frame.command,
                        headers: frame
                            .headers
                            .iter()
                            .map(|(name, value)| (name.into(), value.into()))
                            .collect(),
                        body: String::from_utf8(frame.body.to_vec()).unwrap(),
                    });
                }
            }
        }
    }

    /// The next frame.
    pub(crate) async fn frame(&mut self) -> Reply {
        match self.next().await {
            Next::Frame(reply) => reply,
            closed => panic!("a frame was expected, not {closed:?}"),
        }
    }

    /// The next event of that name; others are passed over.
    pub(crate) async fn event(&mut self, name: &str) -> Reply {
        loop {
            let reply = self.frame().await;
            if reply.event() == name {
                return reply;
            }
        }
    }

    /// The receipt of that id; events are passed over.
    pub(crate) async fn receipt(&mut self, id: &str) -> Reply {
        loop {
            let reply = self.frame().await;
            if reply.header("receipt-id") == id || reply.json_receipt() == Some(id.to_owned()) {
                return reply;
            }
        }
    }

    /// Reads to the end; what came before it, and the close code.
    pub(crate) async fn end(&mut self) -> (Vec<Reply>, Option<u16>) {
        let mut replies = Vec::new();
        loop {
            match self.next().await {
                Next::Frame(reply) => replies.push(reply),
                Next::Closed(code) => return (replies, code),
            }
        }
    }
}

impl Reply {
    /// The receipt that an `error` event names.
    fn json_receipt(&self) -> Option<String> {
        if self.event() != "error" {
            return None;
        }
        self.json()["receipt"].as_str().map(str::to_owned)
    }
}

/// The body of a message.
pub(crate) fn message(client_msg_id: u128, text: &str) -> String {
    serde_json::json!({
        "client_msg_id": uuid::Uuid::from_u128(client_msg_id).to_string(),
        "client_time": "2026-11-24T21:15:45+08:00",
        "content": {"type": "text", "text": text},
    })
    .to_string()
}
