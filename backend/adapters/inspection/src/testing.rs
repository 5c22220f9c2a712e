//! Small files of every type, made here, for this crate's tests and those of others.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs::File,
    io::{Cursor, Read as _, Seek as _, Write as _},
};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use zip::{ZipWriter, write::SimpleFileOptions};

/// A file of these bytes, at its beginning.
///
/// # Panics
/// Without room for it.
pub fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

/// What is left to be read of it.
///
/// # Panics
/// When it cannot be read.
pub fn read_all(mut file: File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

/// One white pixel.
pub fn gif() -> Vec<u8> {
    gif_with(b"", b"")
}

/// The same with something before the picture and something behind the end.
pub fn gif_with(before: &[u8], behind: &[u8]) -> Vec<u8> {
    let head = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00";
    let picture = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00";
    [&head[..], before, picture, b"\x3b", behind].concat()
}

/// Silence: 8,000 samples of a byte per second.
pub fn wav(milliseconds: u32) -> Vec<u8> {
    let samples = milliseconds * 8;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend_from_slice(&(36 + samples).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00");
    bytes.extend_from_slice(&8_000_u32.to_le_bytes());
    bytes.extend_from_slice(&8_000_u32.to_le_bytes());
    bytes.extend_from_slice(b"\x01\x00\x08\x00data");
    bytes.extend_from_slice(&samples.to_le_bytes());
    bytes.resize(bytes.len() + samples as usize, 0x80);
    bytes
}

/// Silence: frames of 417 bytes, 128 kbit/s at 44,100 Hz.
pub fn mp3(frames: usize) -> Vec<u8> {
    let mut frame = vec![0xff, 0xfb, 0x90, 0x00];
    frame.resize(417, 0);
    frame.repeat(frames)
}

/// An empty document.
pub fn pdf() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nxref\n0 1\ntrailer<</Root 1 0 R>>\nstartxref\n45\n%%EOF\n"
        .to_vec()
}

/// The parts of [`docx`].
pub const DOCX_PARTS: [(&str, &str); 3] = [
    (
        "[Content_Types].xml",
        r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#,
    ),
    ("word/document.xml", "<w:document/>"),
];

/// An empty text.
pub fn docx() -> Vec<u8> {
    let parts: Vec<(&str, Vec<u8>)> =
        DOCX_PARTS.iter().map(|(name, content)| (*name, content.as_bytes().to_vec())).collect();
    zip(&parts)
}

/// An archive of these parts.
///
/// # Panics
/// For a name that no archive takes.
pub fn zip(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A box of an MP4.
///
/// # Panics
/// Above 4 GB.
pub fn mp4_box(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(8 + body.len()).unwrap();
    [&size.to_be_bytes()[..], name, body].concat()
}

/// A film without a sample worth showing; `more` stands in its description.
pub fn mp4(more: &[u8], width: u16, height: u16, milliseconds: u32, turned: bool) -> Vec<u8> {
    let numbers =
        |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    let one = 0x1_0000_u32;
    let matrix = if turned {
        [0, one, 0, one.wrapping_neg(), 0, 0, 0, 0, 0x4000_0000]
    } else {
        [one, 0, 0, 0, one, 0, 0, 0, 0x4000_0000]
    };
    let mvhd =
        [numbers(&[0, 0, 0, 1_000, milliseconds, one, 0x0100_0000, 0, 0]), numbers(&matrix), vec![0; 28]]
            .concat();
    let tkhd = [
        numbers(&[3, 0, 0, 1, 0, milliseconds, 0, 0, 0, 0]),
        numbers(&matrix),
        numbers(&[u32::from(width) << 16, u32::from(height) << 16]),
    ]
    .concat();
    let hdlr = [numbers(&[0, 0]), b"vide".to_vec(), vec![0; 13]].concat();
    let dref = [numbers(&[0, 1]), mp4_box(b"url ", &numbers(&[1]))].concat();
    let minf = mp4_box(b"minf", &mp4_box(b"dinf", &mp4_box(b"dref", &dref)));
    let mdia = mp4_box(b"mdia", &[mp4_box(b"hdlr", &hdlr), minf].concat());
    let trak = mp4_box(b"trak", &[mp4_box(b"tkhd", &tkhd), mdia].concat());
    let moov = mp4_box(b"moov", &[mp4_box(b"mvhd", &mvhd), trak, more.to_vec()].concat());
    [mp4_box(b"ftyp", b"isom\0\0\x02\0mp42mp41"), mp4_box(b"mdat", &[0; 16]), moov].concat()
}

/// A picture that is red on the left and blue on the right.
pub fn picture(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, _| if x * 2 < width { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
        .into()
}

/// A picture that one can see through.
pub fn glass(width: u32, height: u32) -> DynamicImage {
    RgbaImage::from_pixel(width, height, Rgba([0, 255, 0, 100])).into()
}

/// A picture as a file.
///
/// # Panics
/// When the format does not take it.
pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG that says where it was taken and that it is to be turned by a quarter, with a comment in it and a page behind it.
pub fn telling_jpeg(width: u32, height: u32) -> Vec<u8> {
    let plain = encoded(&picture(width, height), ImageFormat::Jpeg);
    let (start, rest) = plain.split_at(2);
    [start, &segment(0xe1, &exif()), &segment(0xfe, b"a secret comment"), rest, b"<script>alert(1)</script>"]
        .concat()
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap();
    [&[0xff, marker], &length.to_be_bytes()[..], data].concat()
}

/// Exif with the orientation 6 (turned right by a quarter) and a place in Berlin.
fn exif() -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
    };
    let first = [
        vec![0, 2],
        entry(0x0112, 3, 1, [0, 6, 0, 0]),
        // The directory of places stands behind this one.
        entry(0x8825, 4, 1, 38_u32.to_be_bytes()),
        vec![0; 4],
    ]
    .concat();
    let places = [vec![0, 1], entry(1, 2, 2, *b"N\0\0\0"), vec![0; 4]].concat();
    [&b"Exif\0\0MM\0*\0\0\0\x08"[..], &first, &places, b"GPS 52.5200 13.4050"].concat()
}
