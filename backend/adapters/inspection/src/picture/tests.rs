use image::{GenericImageView as _, ImageFormat};

use super::*;
use crate::testing::{encoded, file_of, gif, glass, picture, read_all, telling_jpeg};

fn scratch() -> Scratch {
    Scratch::new(std::env::temp_dir())
}

fn look(media_type: MediaType, bytes: &[u8]) -> Result<Inspected, Fault> {
    examine(media_type, &file_of(bytes), &scratch())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_photograph_loses_all_but_the_picture_and_stands_upright() {
    let bytes = telling_jpeg(400, 200);
    for secret in [&b"Exif"[..], b"GPS 52", b"secret comment", b"<script>"] {
        assert!(contains(&bytes, secret), "the test itself");
    }
    let seen = look(MediaType::Jpeg, &bytes).unwrap();
    assert_eq!((seen.content_type, seen.width, seen.height), (MediaType::Jpeg, Some(200), Some(400)));
    let kept = read_all(seen.rewritten.unwrap());
    for secret in [&b"Exif"[..], b"GPS 52", b"secret comment", b"<script>"] {
        assert!(!contains(&kept, secret), "{}", secret.escape_ascii());
    }
    assert!(kept.ends_with(&[0xff, 0xd9]));
    // Turned right by a quarter, the red left side is on top.
    let upright = image::load_from_memory(&kept).unwrap();
    assert!(upright.get_pixel(100, 20).0[0] > 200 && upright.get_pixel(100, 380).0[2] > 200);
    let (small, small_type) = seen.thumbnail.unwrap();
    let small = image::load_from_memory(&read_all(small)).unwrap();
    assert_eq!((small.dimensions(), small_type), ((160, 320), MediaType::Jpeg));
}

#[test]
fn each_type_keeps_its_looks() {
    let (plain, see_through) = (picture(40, 30), glass(40, 30));
    for (given, bytes, kept, thumbnail) in [
        (MediaType::Jpeg, encoded(&plain, ImageFormat::Jpeg), MediaType::Jpeg, MediaType::Jpeg),
        (MediaType::Png, encoded(&plain, ImageFormat::Png), MediaType::Png, MediaType::Jpeg),
        (MediaType::Png, encoded(&see_through, ImageFormat::Png), MediaType::Png, MediaType::Png),
        (MediaType::Webp, encoded(&plain, ImageFormat::WebP), MediaType::Jpeg, MediaType::Jpeg),
        (MediaType::Webp, encoded(&see_through, ImageFormat::WebP), MediaType::Png, MediaType::Png),
        (MediaType::Gif, encoded(&plain, ImageFormat::Gif), MediaType::Gif, MediaType::Jpeg),
    ] {
        let seen = look(given, &bytes).unwrap();
        assert_eq!((seen.content_type, seen.width, seen.height), (kept, Some(40), Some(30)), "{given:?}");
        let (small, small_type) = seen.thumbnail.unwrap();
        assert_eq!(small_type, thumbnail, "{given:?}");
        let small = image::load_from_memory(&read_all(small)).unwrap();
        assert_eq!(small.dimensions(), (40, 30), "a small picture is not blown up");
    }
}

#[test]
fn a_picture_written_anew_is_read_again() {
    for media_type in [MediaType::Jpeg, MediaType::Png, MediaType::Gif] {
        let format = match media_type {
            MediaType::Jpeg => ImageFormat::Jpeg,
            MediaType::Png => ImageFormat::Png,
            _ => ImageFormat::Gif,
        };
        let seen = look(media_type, &encoded(&picture(40, 30), format)).unwrap();
        assert!(look(seen.content_type, &read_all(seen.rewritten.unwrap())).is_ok(), "{media_type:?}");
    }
}

/// A PNG whose header claims a size, with hardly anything behind it.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&picture(1, 1), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    for (width, height) in [(50_000, 50_000), (40_000_001, 1), (6_326, 6_326), (u32::MAX >> 1, u32::MAX >> 1)]
    {
        let file = file_of(&png_of(width, height));
        // What it would take is asked before anything is set apart for it.
        let Err(Fault::Refused(why)) = memory_mib(MediaType::Png, &file) else {
            panic!("{width} × {height}")
        };
        assert!(why == TOO_LARGE || why == "the picture cannot be read", "{why}");
        assert!(examine(MediaType::Png, &file, &scratch()).is_err());
    }
    // Allowed by its header, but with nothing behind it.
    assert!(look(MediaType::Png, &png_of(6_000, 6_000)).is_err());
    let mut wide = gif();
    wide[6..10].copy_from_slice(&[0xff; 4]);
    assert!(look(MediaType::Gif, &wide).is_err());
}

#[test]
fn memory_is_asked_for_by_the_header() {
    let memory = |width, height| memory_mib(MediaType::Png, &file_of(&png_of(width, height))).unwrap();
    assert_eq!(memory(1, 1), 16);
    // Three bytes for a pixel, twice.
    assert_eq!(memory(4_096, 4_096), 16 + 2 * 48);
}

#[test]
fn what_is_cut_off_is_refused() {
    for (media_type, format) in [
        (MediaType::Jpeg, ImageFormat::Jpeg),
        (MediaType::Png, ImageFormat::Png),
        (MediaType::Webp, ImageFormat::WebP),
    ] {
        let whole = encoded(&picture(64, 64), format);
        for end in [12, 20, 40] {
            assert!(look(media_type, &whole[..end]).is_err(), "{media_type:?} {end}");
        }
    }
}

#[test]
fn an_avatar_is_the_middle_square() {
    for (media_type, bytes, side) in [
        (MediaType::Png, encoded(&picture(2_000, 1_000), ImageFormat::Png), 512),
        (MediaType::Gif, encoded(&picture(100, 300), ImageFormat::Gif), 100),
        (MediaType::Png, encoded(&glass(64, 64), ImageFormat::Png), 64),
    ] {
        let made = read_all(avatar(media_type, &file_of(&bytes), &scratch()).unwrap());
        let seen = image::load_from_memory_with_format(&made, ImageFormat::Jpeg).unwrap();
        assert_eq!(seen.dimensions(), (side, side));
        if media_type == MediaType::Png && side == 64 {
            let [red, green, ..] = seen.get_pixel(32, 32).0;
            assert!(red > 130 && green > 240, "green glass on white");
        }
    }
}
