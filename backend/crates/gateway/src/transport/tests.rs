use std::future::poll_fn;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::*;

const LIMITS: Limits = Limits { max_message_bytes: 1_024, max_fragments: 16 };

async fn send(transport: &mut Transport<DuplexStream>, frames: &[(&'static str, &'static str)]) {
    let mut batch = Some(Batch::default());
    if let Some(batch) = &mut batch {
        frames.iter().for_each(|(private, shared)| batch.push((*private).into(), (*shared).into()));
    }
    // What the peer does not take at once is kept, so that a pending write is finished by a flush.
    poll_fn(|cx| match batch.take() {
        Some(mut batch) => transport.try_send(cx, &mut batch),
        None => transport.poll_flush(cx),
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn frames_come_whole_however_little_the_peer_takes() {
    let expected = b"\x81\x05abcde\x81\x03xyz\x88\x08\x03\xe8normal";
    for room in [1, 2, 3, 5, 64] {
        let (ours, mut theirs) = duplex(room);
        let mut transport = Transport::new(ours, LIMITS);
        let sending = async {
            send(&mut transport, &[("ab", "cde"), ("", "xyz")]).await;
            transport.close(CloseCode::Normal);
            poll_fn(|cx| transport.poll_flush(cx)).await.unwrap();
            assert_eq!((transport.unsent.capacity(), transport.written()), (0, expected.len() as u64));
            poll_fn(|cx| transport.poll_shutdown(cx)).await.unwrap();
        };
        let mut got = Vec::new();
        let (_, read) = tokio::join!(sending, theirs.read_to_end(&mut got));
        read.unwrap();
        assert_eq!(got, expected, "{room} bytes at a time");
    }
}

#[tokio::test]
async fn a_ping_is_answered_between_frames() {
    let (ours, mut theirs) = duplex(1_024);
    let mut transport = Transport::new(ours, LIMITS);
    theirs.write_all(b"\x89\x81\0\0\0\0a\x89\x81\0\0\0\0b\x82\x82\0\0\0\0hi").await.unwrap();
    let mut taken = Vec::new();
    let received = poll_fn(|cx| transport.receive(cx, |bytes| taken.extend_from_slice(bytes))).await.unwrap();
    assert_eq!((received.pings, received.fault, taken.as_slice()), (2, None, &b"hi"[..]));
    send(&mut transport, &[("", "x")]).await;
    let mut got = [0; 6];
    theirs.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"\x81\x01x\x8a\x01b", "the last ping is answered");
}

#[tokio::test]
async fn what_follows_a_close_frame_is_not_taken() {
    let (ours, mut theirs) = duplex(1_024);
    let mut transport = Transport::new(ours, LIMITS);
    theirs.write_all(b"\x82\x81\0\0\0\0a\x88\x80\0\0\0\0\x82\x81\0\0\0\0b").await.unwrap();
    let mut taken = Vec::new();
    let received = poll_fn(|cx| transport.receive(cx, |bytes| taken.extend_from_slice(bytes))).await.unwrap();
    assert!(received.closed);
    assert_eq!(taken, b"a");
    drop(theirs);
    poll_fn(|cx| transport.poll_end(cx)).await.unwrap();
}
