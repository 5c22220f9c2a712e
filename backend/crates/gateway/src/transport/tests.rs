use std::future::poll_fn;

use kith_wire::close::CloseCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::*;
use crate::websocket::{self, Limits};

const LIMITS: Limits = Limits { max_message_bytes: 1_024, max_fragments: 16 };

async fn send(writer: &mut Writer, frames: &[(&'static str, &'static str)]) {
    let mut batch = Some(Batch::default());
    if let Some(batch) = &mut batch {
        frames.iter().for_each(|(private, shared)| batch.push((*private).into(), (*shared).into()));
    }
    // What the peer does not take at once is kept, so that a pending write is finished by a flush.
    poll_fn(|cx| match batch.take() {
        Some(mut batch) => writer.try_send(cx, &mut batch),
        None => writer.poll_flush(cx),
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn frames_come_whole_however_little_the_peer_takes() {
    let expected = b"\x81\x05abcde\x81\x03xyz\x88\x08\x03\xe8normal";
    for room in [1, 2, 3, 5, 64] {
        let (ours, mut theirs) = duplex(room);
        let mut writer = Writer::new(WriteHalf::Other(Box::new(ours)));
        let sending = async {
            send(&mut writer, &[("ab", "cde"), ("", "xyz")]).await;
            writer.push(websocket::close_frame(CloseCode::Normal));
            poll_fn(|cx| writer.poll_flush(cx)).await.unwrap();
            assert_eq!((writer.unsent_capacity(), writer.written()), (0, expected.len() as u64));
            poll_fn(|cx| writer.poll_shutdown(cx)).await.unwrap();
        };
        let mut got = Vec::new();
        let (_, read) = tokio::join!(sending, theirs.read_to_end(&mut got));
        read.unwrap();
        assert_eq!(got, expected, "{room} bytes at a time");
    }
}

#[tokio::test]
async fn of_several_pings_the_last_is_answered() {
    let (ours, mut theirs) = duplex(1_024);
    let mut receiver = Receiver::new(ours, bytes::Bytes::new(), LIMITS);
    theirs.write_all(b"\x89\x81\0\0\0\0a\x89\x81\0\0\0\0b\x82\x82\0\0\0\0hi").await.unwrap();
    let mut taken = Vec::new();
    let received = poll_fn(|cx| receiver.receive(cx, |bytes| taken.extend_from_slice(bytes))).await.unwrap();
    assert_eq!((received.pings, received.fault, taken.as_slice()), (2, None, &b"hi"[..]));
    assert_eq!(received.pong.as_deref(), Some(&b"\x8a\x01b"[..]));
}

#[tokio::test]
async fn what_came_with_the_handshake_comes_first() {
    let (ours, mut theirs) = duplex(1_024);
    let mut receiver = Receiver::new(ours, bytes::Bytes::from_static(b"\x82\x82\0\0\0\0he"), LIMITS);
    theirs.write_all(b"\x82\x83\0\0\0\0llo").await.unwrap();
    let mut taken = Vec::new();
    for _ in 0..2 {
        poll_fn(|cx| receiver.receive(cx, |bytes| taken.extend_from_slice(bytes))).await.unwrap();
    }
    assert_eq!(taken, b"hello");
}

#[tokio::test]
async fn what_follows_a_close_frame_is_not_taken() {
    let (ours, mut theirs) = duplex(1_024);
    let mut receiver = Receiver::new(ours, bytes::Bytes::new(), LIMITS);
    theirs.write_all(b"\x82\x81\0\0\0\0a\x88\x80\0\0\0\0\x82\x81\0\0\0\0b").await.unwrap();
    let mut taken = Vec::new();
    let received = poll_fn(|cx| receiver.receive(cx, |bytes| taken.extend_from_slice(bytes))).await.unwrap();
    assert!(received.closed);
    assert_eq!(taken, b"a");
    drop(theirs);
    poll_fn(|cx| receiver.poll_end(cx)).await.unwrap();
}
