//! MP4 (ISO/IEC 14496-12): boxes from the first byte to the last. What says where or by what it was taken is blanked.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
};

use kith_domain::{MediaType, ports::inspector::Inspected};

use crate::{
    fault::{Fault, require},
    inspector::unchanged,
    scratch::Scratch,
};

/// The largest description of a film; one of 50 MB needs far less.
const MAX_MOOV_BYTES: u64 = 8 << 20;
/// Boxes within boxes; the deepest that is looked for lies at five.
const MAX_DEPTH: usize = 8;
/// Boxes in one file.
const MAX_BOXES: usize = 20_000;
/// The most pixels of a side.
const MAX_SIDE: u32 = 16_384;

/// What players of MP4 understand; QuickTime's own brand is not among them.
const BRANDS: [&[u8; 4]; 14] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"M4VH",
    b"MSNV", b"dash", b"hvc1",
];
/// What may stand at the top of a file.
const TOP: [&[u8; 4]; 16] = [
    b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"mfra", b"sidx", b"styp", b"uuid",
    b"meta", b"udta", b"pdin", b"ssix", b"prft",
];
/// Boxes that hold others which are looked at.
const CONTAINERS: [&[u8; 4]; 6] = [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"mvex"];
/// Boxes with metadata, or with nothing: what is in them is blanked, wherever they stand.
const BLANKED: [&[u8; 4]; 5] = [b"udta", b"meta", b"uuid", b"free", b"skip"];

/// A box, by where it lies in the file.
#[derive(Debug, Clone, Copy)]
struct Place {
    name: [u8; 4],
    /// Of its size and name.
    start: u64,
    /// Of what is in it.
    body: u64,
    end: u64,
}

#[derive(Debug, Default)]
struct Film {
    duration_ms: Option<u64>,
    /// Of the first picture track.
    size: Option<(u32, u32)>,
    blanked: Vec<Place>,
    boxes: usize,
}

/// A track, while it is read.
#[derive(Debug, Default)]
struct Track {
    size: (u32, u32),
    shows: bool,
}

/// Looks at a video.
pub(crate) fn examine(file: &mut File, scratch: &Scratch) -> Result<Inspected, Fault> {
    let length = file.metadata()?.len();
    let mut film = Film::default();
    let mut place = 0;
    let (mut described, mut samples) = (false, false);
    while place < length {
        let found = box_at(file, place, length)?;
        film.count()?;
        require(TOP.contains(&&found.name), "the MP4 holds something unknown")?;
        require((place == 0) == (&found.name == b"ftyp"), "not an MP4")?;
        match &found.name {
            b"ftyp" => check_brand(file, found)?,
            b"moov" => {
                require(!described, "the MP4 has two descriptions")?;
                described = true;
                require(found.end - found.body <= MAX_MOOV_BYTES, "the MP4's description is too long")?;
                film.read_moov(file, found)?;
            }
            b"mdat" | b"moof" => samples = true,
            name if BLANKED.contains(&name) => film.blanked.push(found),
            _ => {}
        }
        place = found.end;
    }
    require(described && samples, "the MP4 holds no video")?;
    let (width, height) = film.size.ok_or(Fault::Refused("the MP4 holds no video"))?;
    let rewritten = if film.blanked.is_empty() { None } else { Some(blank(file, &film.blanked, scratch)?) };
    Ok(Inspected {
        rewritten,
        width: Some(width),
        height: Some(height),
        duration_ms: film.duration_ms,
        ..unchanged(MediaType::Mp4)
    })
}

/// The box that begins at `start` and ends at `limit` at the latest.
fn box_at(file: &mut File, start: u64, limit: u64) -> Result<Place, Fault> {
    const BROKEN: &str = "the MP4's boxes do not fit";
    file.seek(SeekFrom::Start(start))?;
    let head: [u8; 8] = bytes(file)?;
    let name = [head[4], head[5], head[6], head[7]];
    let (size, body) = match be32(&head) {
        // Up to the end of what it lies in.
        0 => (limit - start, start + 8),
        1 => (u64::from_be_bytes(bytes(file)?), start + 16),
        size => (u64::from(size), start + 8),
    };
    let end = start.checked_add(size).filter(|end| *end <= limit).ok_or(Fault::Refused(BROKEN))?;
    require(body <= end, BROKEN)?;
    Ok(Place { name, start, body, end })
}

fn check_brand(file: &mut File, found: Place) -> Result<(), Fault> {
    let size = found.end - found.body;
    require((8..=1_024).contains(&size), "not an MP4")?;
    let mut brands = vec![0; usize::try_from(size).unwrap_or(0)];
    file.seek(SeekFrom::Start(found.body))?;
    file.read_exact(&mut brands)?;
    // The major brand, its version, and the compatible ones.
    let known =
        brands.chunks_exact(4).enumerate().any(|(at, brand)| at != 1 && BRANDS.iter().any(|b| *b == brand));
    require(known, "the MP4 is of an unknown brand")
}

impl Film {
    fn count(&mut self) -> Result<(), Fault> {
        self.boxes += 1;
        require(self.boxes <= MAX_BOXES, "the MP4 has too many boxes")
    }

    fn read_moov(&mut self, file: &mut File, moov: Place) -> Result<(), Fault> {
        self.read_children(file, moov, 1, &mut Track::default())
    }

    fn read_children(
        &mut self,
        file: &mut File,
        parent: Place,
        depth: usize,
        track: &mut Track,
    ) -> Result<(), Fault> {
        require(depth <= MAX_DEPTH, "the MP4's boxes are nested too deep")?;
        let mut place = parent.body;
        while place < parent.end {
            let found = box_at(file, place, parent.end)?;
            self.count()?;
            match &found.name {
                b"trak" => {
                    let mut track = Track::default();
                    self.read_children(file, found, depth + 1, &mut track)?;
                    if track.shows && self.size.is_none() && track.size.0 > 0 && track.size.1 > 0 {
                        self.size = Some(track.size);
                    }
                }
                name if CONTAINERS.contains(&name) => self.read_children(file, found, depth + 1, track)?,
                b"mvhd" => self.duration_ms = self.duration_ms.or(duration_ms(file, found)?),
                b"tkhd" => track.size = track_size(file, found)?,
                b"hdlr" => track.shows |= handler(file, found)? == *b"vide",
                b"dref" => check_references(file, found)?,
                name if BLANKED.contains(&name) => self.blanked.push(found),
                _ => {}
            }
            place = found.end;
        }
        Ok(())
    }
}

/// A box's version and flags.
fn version(file: &mut File, found: Place) -> Result<u8, Fault> {
    file.seek(SeekFrom::Start(found.body))?;
    let [version, ..]: [u8; 4] = bytes(file)?;
    Ok(version)
}

/// How long the film plays; `None` for one that does not say, as a live recording.
fn duration_ms(file: &mut File, found: Place) -> Result<Option<u64>, Fault> {
    let (scale, duration) = match version(file, found)? {
        0 => {
            let _times: [u8; 8] = bytes(file)?;
            let scale = be32(&bytes::<4>(file)?);
            let duration = be32(&bytes::<4>(file)?);
            (scale, if duration == u32::MAX { 0 } else { u64::from(duration) })
        }
        1 => {
            let _times: [u8; 16] = bytes(file)?;
            let scale = be32(&bytes::<4>(file)?);
            let duration = u64::from_be_bytes(bytes(file)?);
            (scale, if duration == u64::MAX { 0 } else { duration })
        }
        _ => return Err(Fault::Refused("the MP4's description is of an unknown version")),
    };
    require(scale > 0, "the MP4's time is broken")?;
    Ok((duration > 0).then(|| duration.saturating_mul(1_000) / u64::from(scale)))
}

/// Width and height as shown: a track may be turned.
fn track_size(file: &mut File, found: Place) -> Result<(u32, u32), Fault> {
    let skipped = match version(file, found)? {
        0 => 20,
        1 => 32,
        _ => return Err(Fault::Refused("the MP4's description is of an unknown version")),
    };
    // Reserved, layer, group, volume, reserved.
    file.seek(SeekFrom::Current(skipped + 16))?;
    let matrix: [u8; 36] = bytes(file)?;
    let size: [u8; 8] = bytes(file)?;
    // Fixed point with 16 bits behind the point.
    let (width, height) = (be32(&size) >> 16, be32(&size[4..]) >> 16);
    require(width <= MAX_SIDE && height <= MAX_SIDE, "the video is too wide or high")?;
    let turned = be32(&matrix) == 0 && be32(&matrix[4..]) != 0;
    Ok(if turned { (height, width) } else { (width, height) })
}

fn handler(file: &mut File, found: Place) -> Result<[u8; 4], Fault> {
    version(file, found)?;
    let _predefined: [u8; 4] = bytes(file)?;
    bytes(file)
}

/// All samples must lie in the file itself.
fn check_references(file: &mut File, found: Place) -> Result<(), Fault> {
    version(file, found)?;
    let count = be32(&bytes::<4>(file)?);
    require(count <= 16, "the MP4 refers to other files")?;
    let mut place = found.body + 8;
    for _ in 0..count {
        let entry = box_at(file, place, found.end)?;
        file.seek(SeekFrom::Start(entry.body))?;
        let flags: [u8; 4] = bytes(file)?;
        require(flags[3] & 1 == 1, "the MP4 refers to other files")?;
        place = entry.end;
    }
    Ok(())
}

/// A copy in which these boxes are free space: all places in the file stay the same.
fn blank(file: &mut File, places: &[Place], scratch: &Scratch) -> Result<File, Fault> {
    let mut copy = scratch.file()?;
    file.rewind()?;
    io::copy(file, &mut copy)?;
    for place in places {
        copy.seek(SeekFrom::Start(place.start + 4))?;
        copy.write_all(b"free")?;
        copy.seek(SeekFrom::Start(place.body))?;
        io::copy(&mut io::repeat(0).take(place.end - place.body), &mut copy)?;
    }
    copy.rewind()?;
    Ok(copy)
}

fn bytes<const N: usize>(file: &mut File) -> Result<[u8; N], Fault> {
    let mut read = [0; N];
    file.read_exact(&mut read)?;
    Ok(read)
}

fn be32(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{file_of, mp4, mp4_box, read_all};

    fn look(bytes: &[u8]) -> Result<Inspected, Fault> {
        let scratch = Scratch::new(std::env::temp_dir());
        examine(&mut file_of(bytes), &scratch)
    }

    #[test]
    fn a_video_says_its_size_and_length() {
        let seen = look(&mp4(&[], 640, 360, 2_500, false)).unwrap();
        assert_eq!((seen.width, seen.height, seen.duration_ms), (Some(640), Some(360), Some(2_500)));
        assert!(seen.rewritten.is_none());
        let turned = look(&mp4(&[], 640, 360, 2_500, true)).unwrap();
        assert_eq!((turned.width, turned.height), (Some(360), Some(640)));
    }

    #[test]
    fn where_it_was_taken_is_blanked_in_its_place() {
        let place = mp4_box(b"\xa9xyz", b"\x00\x12\x15\xc7+52.5200+013.4050/");
        let film = mp4(&mp4_box(b"udta", &place), 640, 360, 2_500, false);
        let film = [&film[..], &mp4_box(b"uuid", b"<x:xmpmeta>Berlin")].concat();
        let seen = look(&film).unwrap();
        let kept = read_all(seen.rewritten.unwrap());
        assert_eq!(kept.len(), film.len());
        for secret in [&b"+52.5200"[..], b"xmpmeta", b"udta", b"uuid"] {
            assert!(!kept.windows(secret.len()).any(|part| part == secret), "{}", secret.escape_ascii());
        }
        assert!(look(&kept).unwrap().rewritten.is_some(), "free space is blanked again");
    }

    #[test]
    fn what_is_no_mp4_to_its_end_is_refused() {
        let film = mp4(&[], 640, 360, 2_500, false);
        let (ftyp, rest) = film.split_at(24);
        let quicktime = [&mp4_box(b"ftyp", b"qt  \0\0\0\0qt  ")[..], rest].concat();
        for bad in [
            [&film[..], b"<html>"].concat(),
            [&film[..], &mp4_box(b"html", b"<script>")].concat(),
            film[..film.len() - 1].to_vec(),
            ftyp.to_vec(),
            rest.to_vec(),
            [ftyp, &film].concat(),
            [&film[..], &rest[..rest.len() - 16]].concat(),
            quicktime,
            mp4(&[], 0, 0, 2_500, false),
            mp4(&[], 20_000, 1, 2_500, false),
        ] {
            assert!(look(&bad).is_err(), "{}", bad.escape_ascii());
        }
    }
}
