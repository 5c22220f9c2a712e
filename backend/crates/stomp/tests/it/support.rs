//! Frames as owned values, and a stream fed in pieces.

use kith_stomp::{CommandSet, Decoder, Event, Frame, Limits, ProtocolError};

/// A frame that outlives its buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owned<C> {
    pub(crate) command: C,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl<C: CommandSet> Owned<C> {
    pub(crate) fn new(command: C, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Self { command, headers, body: body.into() }
    }

    fn copy(frame: &Frame<'_, C>) -> Self {
        let headers = frame.headers.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { command: frame.command, headers, body: frame.body.into() }
    }
}

/// All that came of a stream: its frames, and the fault that ended it.
pub(crate) type Outcome<C> = (Vec<Owned<C>>, Option<ProtocolError>);

/// Decodes `pieces` one after another; heartbeats are left out, since how many there are depends on the cuts.
pub(crate) fn decode<'a, C: CommandSet>(
    limits: Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Outcome<C> {
    let mut decoder = Decoder::new(limits);
    let mut frames = Vec::new();
    for mut piece in pieces {
        loop {
            match decoder.decode(&mut piece) {
                Ok(Some(Event::Frame(frame))) => frames.push(Owned::copy(&frame)),
                Ok(Some(Event::Heartbeat)) => {}
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.buffered_bytes(), 0, "a failed decoder holds nothing");
                    assert_eq!(decoder.decode(&mut &b"\n"[..]).err(), Some(error), "errors are final");
                    return (frames, Some(error));
                }
            }
            assert!(decoder.buffered_bytes() <= limits.max_frame_bytes);
        }
        assert!(piece.is_empty(), "what the decoder waits for, it has taken");
        assert!(decoder.buffered_bytes() <= limits.max_frame_bytes);
    }
    (frames, None)
}

/// The same, whole and byte by byte; both must agree.
pub(crate) fn decode_both_ways<C: CommandSet>(limits: Limits, bytes: &[u8]) -> Outcome<C> {
    let whole = decode(limits, [bytes]);
    assert_eq!(whole, decode(limits, bytes.chunks(1)), "byte by byte: {:?}", String::from_utf8_lossy(bytes));
    whole
}
