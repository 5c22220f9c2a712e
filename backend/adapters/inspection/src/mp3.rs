//! MPEG audio, layer III (ISO/IEC 11172-3, 13818-3): frames from the first byte after the tag to the end.

use std::{fs::File, io::Read as _};

use crate::fault::{Fault, require};

/// Frames that must follow each other at the beginning: by chance they do not.
const FIRST_FRAMES: usize = 3;
/// Of so many bytes behind the tag one may be no part of a frame: players skip what broken writers left in between.
const STRAY_SHARE: usize = 20;

/// Kilobits per second by index, for version 1 and for versions 2 and 2.5.
const BITRATES: [[u32; 15]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
/// Hertz by index for version 1; half and a quarter of it for the others.
const RATES: [u32; 3] = [44_100, 48_000, 32_000];

/// A frame's head, read.
struct Frame {
    bytes: usize,
    microseconds: u64,
}

impl Frame {
    fn read(head: &[u8]) -> Option<Self> {
        let &[first, second, third, _, ..] = head else { return None };
        let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
        // Version 1 is reserved, layer III is written as 1.
        if first != 0xff || second >> 5 != 7 || version == 1 || layer != 1 {
            return None;
        }
        let (table, divisor) = match version {
            3 => (0, 1),
            2 => (1, 2),
            _ => (1, 4),
        };
        let kilobits = *BITRATES[table].get(usize::from(third >> 4)).filter(|rate| **rate > 0)?;
        let rate = RATES.get(usize::from(third >> 2 & 3))? / divisor;
        let samples: u32 = if version == 3 { 1_152 } else { 576 };
        let bytes = samples / 8 * kilobits * 1_000 / rate + u32::from(third >> 1 & 1);
        let microseconds = u64::from(samples) * 1_000_000 / u64::from(rate);
        Some(Self { bytes: bytes as usize, microseconds })
    }
}

/// How long it plays.
pub(crate) fn duration_ms(file: &mut File) -> Result<u64, Fault> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let sound = without_tags(&bytes)?;
    let (mut place, mut frames, mut stray, mut microseconds) = (0, 0, 0, 0);
    while place < sound.len() {
        match Frame::read(&sound[place..]) {
            Some(frame) => {
                frames += 1;
                microseconds += frame.microseconds;
                place += frame.bytes;
            }
            None => {
                require(frames >= FIRST_FRAMES, "not an MP3")?;
                stray += 1;
                place += 1;
            }
        }
    }
    require(frames >= FIRST_FRAMES, "not an MP3")?;
    require(stray <= sound.len() / STRAY_SHARE, "the MP3 holds something else as well")?;
    Ok(microseconds / 1_000)
}

/// What lies between the tags: ID3v2 with its padding in front; ID3v1 and APE behind.
fn without_tags(bytes: &[u8]) -> Result<&[u8], Fault> {
    let mut sound = bytes;
    while let Some(&[b'I', b'D', b'3', major, _, flags, a, b, c, d]) = sound.first_chunk() {
        require(major < 0xff && [a, b, c, d].iter().all(|byte| *byte < 0x80), "the MP3's tag is broken")?;
        let size = [a, b, c, d].iter().fold(0_usize, |sum, byte| sum << 7 | usize::from(*byte));
        // Ten bytes of head, as many of foot where there is one.
        let whole = size + 10 + if flags & 0x10 == 0 { 0 } else { 10 };
        sound = sound.get(whole..).ok_or(Fault::Refused("the MP3's tag is cut off"))?;
    }
    while let [0, rest @ ..] = sound {
        sound = rest;
    }
    if sound.len() >= 128 && sound[sound.len() - 128..].starts_with(b"TAG") {
        sound = &sound[..sound.len() - 128];
    }
    if sound.len() >= 32 && sound[sound.len() - 32..].starts_with(b"APETAGEX") {
        let foot = &sound[sound.len() - 32..];
        let size = foot[12..16].iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        // A head of 32 bytes is not counted.
        let head = if foot[23] & 0x80 == 0 { 0 } else { 32 };
        sound = &sound[..sound.len().saturating_sub(size.saturating_add(head))];
    }
    Ok(sound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{file_of, mp3};

    #[test]
    fn a_sound_is_as_long_as_its_frames() {
        let plain = mp3(100);
        let tag = [&b"ID3\x04\x00\x00\x00\x00\x00\x08"[..], b"<script>"].concat();
        let old_tag = [&b"TAG"[..], &[0; 125]].concat();
        for (bytes, good) in [
            (plain.clone(), true),
            ([&tag[..], &plain, &old_tag].concat(), true),
            // The last frame may be cut off, as by a recorder that was stopped.
            (plain[..plain.len() - 100].to_vec(), true),
            (plain[417..].to_vec(), true),
            (mp3(2), false),
            (tag.clone(), false),
            ([&b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f"[..], &plain].concat(), false),
            ([&plain[..], &b"<html>".repeat(2_000)].concat(), false),
            (b"\xff\xfb\x90\x00<script>alert(1)</script>".to_vec(), false),
            (b"\xffnothing".to_vec(), false),
        ] {
            let duration = duration_ms(&mut file_of(&bytes));
            assert_eq!(duration.is_ok(), good, "{} bytes: {duration:?}", bytes.len());
        }
        assert_eq!(duration_ms(&mut file_of(&plain)).unwrap(), 2_612);
    }
}
