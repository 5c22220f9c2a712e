//! Animated WebP ([RFC 9649](https://www.rfc-editor.org/rfc/rfc9649)) without anything but its pictures. A still one is
//! written anew as another type instead.

use crate::fault::{Fault, require};

/// The bit of the extended header that says it is animated, and those of what is kept: that and transparency.
const ANIMATED: u8 = 0x02;
const KEPT_FLAGS: u8 = 0x12;
/// Chunks that make up an animation.
const KEPT: [&[u8]; 3] = [b"VP8X", b"ANIM", b"ANMF"];
/// Chunks within a frame.
const FRAME: [&[u8]; 3] = [b"ALPH", b"VP8 ", b"VP8L"];
/// What stands before the chunks of a frame.
const FRAME_HEAD: usize = 16;

/// A chunk's name and its data.
type Chunk<'a> = (&'a [u8], &'a [u8]);

/// Chunks one after another, to the last byte.
fn chunks(mut rest: &[u8]) -> Result<Vec<Chunk<'_>>, Fault> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (head, after) = rest.split_at_checked(8).ok_or(CUT_OFF)?;
        let length = head[4..].iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let (data, after) = after.split_at_checked(length).ok_or(CUT_OFF)?;
        found.push((&head[..4], data));
        rest = if length % 2 == 1 { after.get(1..).ok_or(CUT_OFF)? } else { after };
    }
    Ok(found)
}

const CUT_OFF: Fault = Fault::Refused("the WebP is cut off");

fn push(name: &[u8], data: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(name);
    // Lengths come from a file of a few megabytes.
    to.extend_from_slice(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    to.extend_from_slice(data);
    if data.len() % 2 == 1 {
        to.push(0);
    }
}

/// The same animation and nothing else; `None` for a still picture.
pub(crate) fn strip_animation(bytes: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let (head, body) = bytes.split_at_checked(12).ok_or(CUT_OFF)?;
    let length = head[4..8].iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    // The name counts to the length; what stands behind is left out.
    let body = length.checked_sub(4).and_then(|length| body.get(..length)).ok_or(CUT_OFF)?;
    let chunks = chunks(body)?;
    let animated =
        matches!(chunks.first(), Some((b"VP8X", data)) if data.len() == 10 && data[0] & ANIMATED != 0);
    if !animated {
        return Ok(None);
    }
    let mut kept = Vec::with_capacity(bytes.len());
    for (name, data) in chunks.into_iter().filter(|(name, _)| KEPT.contains(name)) {
        match name {
            b"VP8X" => {
                let mut data = data.to_vec();
                data[0] &= KEPT_FLAGS;
                push(name, &data, &mut kept);
            }
            b"ANMF" => push(name, &strip_frame(data)?, &mut kept),
            _ => push(name, data, &mut kept),
        }
    }
    let mut file = b"RIFF".to_vec();
    file.extend_from_slice(&u32::try_from(kept.len() + 4).unwrap_or(u32::MAX).to_le_bytes());
    file.extend_from_slice(b"WEBP");
    file.extend_from_slice(&kept);
    Ok(Some(file))
}

fn strip_frame(frame: &[u8]) -> Result<Vec<u8>, Fault> {
    let (head, body) = frame.split_at_checked(FRAME_HEAD).ok_or(CUT_OFF)?;
    let mut kept = head.to_vec();
    let mut pictures = 0;
    for (name, data) in chunks(body)?.into_iter().filter(|(name, _)| FRAME.contains(name)) {
        pictures += usize::from(name != b"ALPH");
        push(name, data, &mut kept);
    }
    require(pictures == 1, "a picture of the WebP is missing")?;
    Ok(kept)
}
