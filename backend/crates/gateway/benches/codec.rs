//! What a frame costs: a client's SEND of 1 KB from its masked bytes to its STOMP headers, a MESSAGE of 1 KB from the
//! event to the bytes that its receivers share, and the head that each of them gets of its own.

use std::{hint::black_box, sync::Arc};

use bytes::BytesMut;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use kith_domain::{
    ClientMsgId, Content, ConversationId, Entry, EntryId, LiveEvent, Timestamp, UserId,
    entry::{ClientTime, EntryBody},
    text::MessageText,
};
use kith_gateway::testing::{Inbound, head_bytes, message_tail};
use kith_stomp::{Event, Limits, ServerDecoder, client};

const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// A SEND with 1,000 characters of text in one masked frame.
fn masked_send() -> Vec<u8> {
    let body = format!(
        r#"{{"client_msg_id":"0190b8a0-0000-7000-8000-000000000000","client_time":"2026-11-24T21:15:45.000+08:00","content":{{"type":"text","text":"{}"}}}}"#,
        "x".repeat(1_000)
    );
    let mut stomp = BytesMut::new();
    client::send(&mut stomp, "/app/conversations/42/messages", Some("r-1"), body.as_bytes());
    let mut frame = vec![0x82, 0x80 | 126];
    frame.extend((stomp.len() as u16).to_be_bytes());
    frame.extend(MASK);
    frame.extend(stomp.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn entry() -> LiveEvent {
    let text = MessageText::from_store("x".repeat(1_000));
    LiveEvent::Entry(Arc::new(Entry {
        conversation_id: ConversationId::new(42),
        seq: 7,
        id: EntryId::new(210_453_397_504_000_000),
        sender_id: UserId::new(9),
        server_time: Timestamp::from_millis(1_795_640_400_000),
        body: EntryBody::Message {
            client_msg_id: ClientMsgId::from_u128(1),
            client_time: ClientTime::from_store("2026-11-24T21:15:45.000+08:00".to_owned()),
            content: Some(Content::Text { text, reply_to: None }),
        },
    }))
}

fn codec(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codec");
    group.throughput(Throughput::Elements(1));

    let frame = masked_send();
    group.bench_function("decode a SEND of 1 KB", |bencher| {
        let (mut inbound, mut stomp) = (Inbound::default(), ServerDecoder::new(Limits::default()));
        bencher.iter_batched_ref(
            || frame.clone(),
            |frame| {
                let mut bodies = 0;
                inbound.read(frame, |mut payload| {
                    while let Ok(Some(Event::Frame(frame))) = stomp.decode(&mut payload) {
                        bodies += frame.body.len();
                    }
                });
                assert!(bodies > 1_000, "the frame was not read");
            },
            BatchSize::SmallInput,
        );
    });

    let event = entry();
    group.bench_function("encode what all receivers of 1 KB share", |bencher| {
        bencher.iter(|| message_tail(black_box(&event)));
    });
    group.bench_function("encode the head of one receiver", |bencher| {
        bencher.iter(|| head_bytes(black_box(1_400)));
    });
    group.finish();
}

criterion_group!(benches, codec);
criterion_main!(benches);
