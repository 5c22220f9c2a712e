//! GIF ([version 89a](https://www.w3.org/Graphics/GIF/spec-gif89a.txt)) without anything but its pictures: comments,
//! texts, what applications added and what stands behind the end are left out. The animation stays.

use crate::fault::{Fault, require};

/// More pictures than any animation of 5 MB is made of.
const MAX_FRAMES: usize = 5_000;

const EXTENSION: u8 = 0x21;
const PICTURE: u8 = 0x2c;
const END: u8 = 0x3b;
/// Times and transparency of the next picture.
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;
/// Applications whose extension says how often the animation repeats.
const REPETITION: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Fault::Refused("the GIF is cut off"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.take(1)?[0])
    }

    /// Sub-blocks up to the empty one, each with its length before it.
    fn blocks(&mut self) -> Result<&'a [u8], Fault> {
        let begin = self.rest;
        loop {
            let length = self.byte()?;
            self.take(usize::from(length))?;
            if length == 0 {
                return Ok(&begin[..begin.len() - self.rest.len()]);
            }
        }
    }
}

/// Bytes of the table of colours that these flags announce.
fn table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// The same animation and nothing else.
pub(crate) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut reader = Reader { rest: bytes };
    let mut kept = Vec::with_capacity(bytes.len());
    let head = reader.take(13)?;
    kept.extend_from_slice(head);
    kept.extend_from_slice(reader.take(table_bytes(head[10]))?);
    let mut frames = 0;
    loop {
        match reader.byte()? {
            EXTENSION => {
                let label = reader.byte()?;
                let blocks = reader.blocks()?;
                if is_kept(label, blocks) {
                    kept.extend_from_slice(&[EXTENSION, label]);
                    kept.extend_from_slice(blocks);
                }
            }
            PICTURE => {
                frames += 1;
                require(frames <= MAX_FRAMES, "the GIF has too many pictures")?;
                let descriptor = reader.take(9)?;
                kept.push(PICTURE);
                kept.extend_from_slice(descriptor);
                kept.extend_from_slice(reader.take(table_bytes(descriptor[8]))?);
                kept.push(reader.byte()?);
                kept.extend_from_slice(reader.blocks()?);
            }
            END => break,
            _ => return Err(Fault::Refused("the GIF holds something unknown")),
        }
    }
    require(frames > 0, "the GIF holds no picture")?;
    kept.push(END);
    Ok(kept)
}

fn is_kept(label: u8, blocks: &[u8]) -> bool {
    match label {
        CONTROL => blocks.len() == 6 && blocks[0] == 4,
        // A block of 11 bytes with the name, one of 3 with the count, and the empty one.
        APPLICATION => {
            blocks.len() == 17
                && blocks[0] == 11
                && REPETITION.contains(&&blocks[1..12])
                && blocks[12..14] == [3, 1]
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{gif, gif_with};

    #[test]
    fn only_pictures_and_their_repetition_stay() {
        let clean = gif();
        assert_eq!(strip(&clean).unwrap(), clean);
        let comment = [&[EXTENSION, 0xfe, 5][..], b"=1;al", &[0]].concat();
        let location =
            [&[EXTENSION, APPLICATION, 11][..], b"XMP DataXMP", &[3, b'x', b'y', b'z', 0]].concat();
        let repeated = [&[EXTENSION, APPLICATION, 11][..], b"NETSCAPE2.0", &[3, 1, 0, 0, 0]].concat();
        assert_eq!(strip(&gif_with(&[&comment[..], &location].concat(), b"<script>")).unwrap(), clean);
        assert_eq!(strip(&gif_with(&repeated, b"")).unwrap(), gif_with(&repeated, b""));
    }

    #[test]
    fn what_is_no_gif_to_its_end_is_refused() {
        let clean = gif();
        for end in 0..clean.len() {
            assert!(strip(&clean[..end]).is_err(), "{end} bytes");
        }
        // Code in the place of the picture, as in a file that is a script as well.
        assert!(strip(b"GIF89a/*\x01\x00\x00\x00\x00*/=1;alert(1)//").is_err());
        let empty = [&clean[..19], &[END]].concat();
        assert!(strip(&empty).is_err());
    }
}
