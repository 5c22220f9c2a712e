//! A STOMP client.

use std::collections::{HashMap, VecDeque};

use bytes::BytesMut;
use futures_util::{SinkExt as _, StreamExt as _, stream::SplitSink};
use kith_stomp::{CommandSet as _, Event, Limits, client};
use serde_json::Value;
use tokio::{net::TcpStream, sync::mpsc, task::JoinHandle};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

use super::{Http, Person, WAIT};

/// A frame of the server.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) command: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Received {
    /// A header's value; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The body as it came.
    #[cfg(feature = "cluster")]
    pub(crate) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// A RECEIPT's `seq`.
    pub(crate) fn seq(&self) -> u64 {
        self.header("seq").parse().unwrap()
    }
}

enum Incoming {
    Frame(Received),
    Closed(Option<u16>),
}

/// An open socket. A task reads it all the time, so that a test that does something else is no slow consumer.
pub(crate) struct Socket {
    sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    incoming: mpsc::UnboundedReceiver<Incoming>,
    reader: JoinHandle<()>,
    /// CONNECTED.
    pub(crate) connected: Option<Received>,
    /// Receipts and refusals that came, by receipt id.
    answers: HashMap<String, Result<Received, Value>>,
    /// Events that nobody has asked for yet.
    events: VecDeque<Value>,
    errors: Vec<Received>,
    close: Option<Option<u16>>,
    receipts: u64,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Socket {
    /// Opens a WebSocket and says nothing.
    pub(crate) async fn open(http: &Http) -> Self {
        Self::reach(http).await.unwrap()
    }

    /// Opens a WebSocket to a server that may be going, or gone.
    pub(crate) async fn reach(http: &Http) -> Result<Self, tungstenite::Error> {
        let mut request = format!("ws://{}/ws", http.authority()).into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", "v12.stomp".parse().unwrap());
        let stream = TcpStream::connect(http.authority()).await?;
        stream.set_nodelay(true)?;
        let (socket, response) = client_async(request, stream).await?;
        assert_eq!(response.headers()["sec-websocket-protocol"], "v12.stomp");
        let (sink, mut stream) = socket.split();
        let (sender, incoming) = mpsc::unbounded_channel();
        let reader = tokio::spawn(async move {
            let mut decoder =
                client::ClientDecoder::new(Limits { max_frame_bytes: 1 << 20, ..Limits::default() });
            let mut code = None;
            while let Some(Ok(message)) = stream.next().await {
                if let Message::Close(frame) = &message {
                    code = frame.as_ref().map(|frame| u16::from(frame.code));
                }
                if !message.is_text() && !message.is_binary() {
                    continue;
                }
                let data = message.into_data();
                let mut bytes = &data[..];
                while let Some(event) = decoder.decode(&mut bytes).unwrap() {
                    let Event::Frame(frame) = event else { continue };
                    let headers =
                        frame.headers.iter().map(|(name, value)| (name.into_owned(), value.into_owned()));
                    let headers = headers.collect();
                    let frame =
                        Received { command: frame.command.name(), headers, body: frame.body.to_vec() };
                    let _ = sender.send(Incoming::Frame(frame));
                }
            }
            let _ = sender.send(Incoming::Closed(code));
        });
        Ok(Self {
            sink,
            incoming,
            reader,
            connected: None,
            answers: HashMap::new(),
            events: VecDeque::new(),
            errors: Vec::new(),
            close: None,
            receipts: 0,
        })
    }

    /// Opens a socket, connects and subscribes.
    pub(crate) async fn connect(person: &Person) -> Self {
        let mut socket = Self::open(&person.http).await;
        socket.say_connect(&person.access_token).await;
        while socket.connected.is_none() {
            assert!(socket.pump().await, "refused: {:?}", socket.errors);
        }
        socket.say_subscribe().await;
        socket.answer("subscribed").await.unwrap();
        socket
    }

    /// Sends CONNECT.
    pub(crate) async fn say_connect(&mut self, token: &str) {
        let mut frame = BytesMut::new();
        client::connect(&mut frame, "kith", "0,0", token);
        self.write(&frame).await;
    }

    /// Subscribes to events; the receipt is `subscribed`.
    pub(crate) async fn say_subscribe(&mut self) {
        let frame = b"SUBSCRIBE\nid:0\ndestination:/user/queue/events\nack:auto\nreceipt:subscribed\n\n\0";
        self.write(frame).await;
    }

    /// The next frame, however long it takes and whatever it is; the close code when the socket has ended. For who
    /// reads frames themselves.
    #[cfg(feature = "cluster")]
    pub(crate) async fn frame(&mut self) -> Result<Received, Option<u16>> {
        match self.incoming.recv().await {
            Some(Incoming::Frame(frame)) => Ok(frame),
            Some(Incoming::Closed(code)) => Err(code),
            None => Err(None),
        }
    }

    /// Writes bytes as one message. That the peer may be gone shows when reading.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        let _ = self.sink.send(Message::Binary(bytes.to_vec().into())).await;
    }

    /// Sends a body; the receipt's id.
    pub(crate) async fn post(&mut self, destination: &str, body: &Value) -> String {
        self.receipts += 1;
        let receipt = format!("r{}", self.receipts);
        let mut frame = BytesMut::new();
        client::send(&mut frame, destination, Some(&receipt), body.to_string().as_bytes());
        self.write(&frame).await;
        receipt
    }

    /// What came of a frame: its receipt, or the event that refuses it.
    pub(crate) async fn answer(&mut self, receipt: &str) -> Result<Received, Value> {
        loop {
            if let Some(answer) = self.answers.remove(receipt) {
                return answer;
            }
            assert!(self.pump().await, "closed with {:?}: {:?}", self.close, self.errors);
        }
    }

    /// What came of frames so far.
    pub(crate) fn take_answers(&mut self) -> HashMap<String, Result<Received, Value>> {
        std::mem::take(&mut self.answers)
    }

    /// Sends a body and waits for what comes of it.
    pub(crate) async fn send(&mut self, destination: &str, body: &Value) -> Result<Received, Value> {
        let receipt = self.post(destination, body).await;
        self.answer(&receipt).await
    }

    /// The next event of a type, others are kept.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        self.event_where(kind, |_| true).await
    }

    /// The next event of a type that fits, others are kept.
    pub(crate) async fn event_where(&mut self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let at = self.events.iter().position(|event| event["type"] == kind && fits(event));
            if let Some(event) = at.and_then(|at| self.events.remove(at)) {
                return event;
            }
            assert!(self.pump().await, "no {kind}; closed with {:?}: {:?}", self.close, self.errors);
        }
    }

    /// Events that have come and that nobody has asked for.
    pub(crate) fn waiting(&self) -> &VecDeque<Value> {
        &self.events
    }

    /// The ERROR's code header, and the close code that follows it.
    pub(crate) async fn fatal(&mut self) -> (String, u16) {
        let close = self.closed().await;
        let code = self.errors.first().map(|error| error.header("code").to_owned()).unwrap_or_default();
        (code, close)
    }

    /// The ERROR frames that came.
    pub(crate) fn errors(&self) -> &[Received] {
        &self.errors
    }

    /// Waits for the end; its close code, 0 for none.
    pub(crate) async fn closed(&mut self) -> u16 {
        while self.pump().await {}
        self.close.flatten().unwrap_or_default()
    }

    /// Takes one thing from the socket; false when it has ended.
    pub(crate) async fn pump(&mut self) -> bool {
        if self.close.is_some() {
            return false;
        }
        let incoming = tokio::time::timeout(WAIT, self.incoming.recv()).await;
        let frame = match incoming.expect("nothing comes from the socket") {
            Some(Incoming::Frame(frame)) => frame,
            Some(Incoming::Closed(code)) => {
                self.close = Some(code);
                return false;
            }
            None => return false,
        };
        match frame.command {
            "CONNECTED" => self.connected = Some(frame),
            "RECEIPT" => {
                self.answers.insert(frame.header("receipt-id").to_owned(), Ok(frame));
            }
            "MESSAGE" => {
                let event = frame.json();
                assert_eq!(frame.header("event"), event["type"].as_str().unwrap());
                match event["receipt"].as_str() {
                    Some(receipt) if event["type"] == "error" => {
                        self.answers.insert(receipt.to_owned(), Err(event.clone()));
                    }
                    _ => self.events.push_back(event),
                }
            }
            _ => self.errors.push(frame),
        }
        true
    }
}
