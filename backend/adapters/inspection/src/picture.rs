//! Pictures: decoded under bounds, turned upright and written anew, so that nothing but the picture is left.

use std::{
    fs::File,
    io::{BufReader, Cursor, Read as _, Seek as _},
};

use image::{
    DynamicImage, ImageDecoder, ImageError, Limits,
    codecs::{
        gif::GifDecoder,
        jpeg::{JpegDecoder, JpegEncoder},
        png::{CompressionType, FilterType as PngFilter, PngDecoder, PngEncoder},
        webp::WebPDecoder,
    },
    imageops::FilterType,
    metadata::Orientation,
};
use kith_domain::{MediaType, ports::inspector::Inspected};

use crate::{
    fault::{Fault, require},
    gif,
    inspector::unchanged,
    scratch::Scratch,
    webp,
};

/// The most pixels of a picture: what the largest sensors of common cameras give.
const MAX_PIXELS: u64 = 40_000_000;
/// The most bytes of a decoded picture: four for each of so many pixels.
const MAX_DECODED_BYTES: u64 = 4 * MAX_PIXELS;
/// What looking at a small picture takes: its file, tables, and what is written.
const BASE_MIB: u64 = 16;
/// The longer side of a thumbnail.
const THUMBNAIL_PIXELS: u32 = 320;
/// The sides of a person's or group's picture.
const AVATAR_PIXELS: u32 = 512;
/// Qualities that nobody tells from the original at the size they are shown.
const JPEG_QUALITY: u8 = 88;
const THUMBNAIL_QUALITY: u8 = 78;

type Source = BufReader<File>;

fn source(file: &File) -> Result<Source, Fault> {
    let mut file = file.try_clone()?;
    file.rewind()?;
    Ok(BufReader::new(file))
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    limits
}

/// Anything a decoder does not understand.
fn broken(error: ImageError) -> Fault {
    match error {
        ImageError::IoError(error) => error.into(),
        ImageError::Limits(_) => Fault::Refused(TOO_LARGE),
        _ => Fault::Refused("the picture cannot be read"),
    }
}

const TOO_LARGE: &str = "a picture has at most 40 megapixels";

/// A decoder whose header was read, and whose picture fits the bounds.
fn decoder<'a>(media_type: MediaType, source: Source) -> Result<Box<dyn ImageDecoder + 'a>, Fault> {
    let mut decoder: Box<dyn ImageDecoder + 'a> = match media_type {
        MediaType::Jpeg => Box::new(JpegDecoder::new(source).map_err(broken)?),
        MediaType::Png => Box::new(PngDecoder::with_limits(source, limits()).map_err(broken)?),
        MediaType::Gif => Box::new(GifDecoder::new(source).map_err(broken)?),
        MediaType::Webp => Box::new(WebPDecoder::new(source).map_err(broken)?),
        _ => return Err(Fault::Refused("not a picture")),
    };
    let (width, height) = decoder.dimensions();
    require(u64::from(width) * u64::from(height) <= MAX_PIXELS, TOO_LARGE)?;
    require(decoder.total_bytes() <= MAX_DECODED_BYTES, TOO_LARGE)?;
    decoder.set_limits(limits()).map_err(broken)?;
    Ok(decoder)
}

/// What decoding it, turning it upright and writing it takes, by its header.
pub(crate) fn memory_mib(media_type: MediaType, file: &File) -> Result<u32, Fault> {
    let decoder = decoder(media_type, source(file)?)?;
    let mebibytes = BASE_MIB + 2 * (decoder.total_bytes() >> 20);
    Ok(u32::try_from(mebibytes).unwrap_or(u32::MAX))
}

/// The picture, upright; the first one of an animation.
fn decode(media_type: MediaType, file: &File) -> Result<DynamicImage, Fault> {
    let mut decoder = decoder(media_type, source(file)?)?;
    // Metadata that cannot be read turn nothing.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Looks at a picture; what is kept is made anew.
pub(crate) fn examine(media_type: MediaType, file: &File, scratch: &Scratch) -> Result<Inspected, Fault> {
    let animation = match media_type {
        MediaType::Gif => Some(gif::strip(&read_all(file)?)?),
        MediaType::Webp => webp::strip_animation(&read_all(file)?)?,
        _ => None,
    };
    let (picture, kept, kept_type) = match animation {
        Some(bytes) => {
            // What is kept is what is decoded.
            let mut kept = scratch.keep(&bytes)?;
            let picture = decode(media_type, &kept)?;
            kept.rewind()?;
            (picture, kept, media_type)
        }
        None => {
            let picture = decode(media_type, file)?;
            let (bytes, kept_type) = match media_type {
                MediaType::Png => (png(&picture)?, MediaType::Png),
                _ => photograph(&picture, JPEG_QUALITY)?,
            };
            (picture, scratch.keep(&bytes)?, kept_type)
        }
    };
    let (width, height) = (picture.width(), picture.height());
    let (small, small_type) = photograph(&thumbnail(picture), THUMBNAIL_QUALITY)?;
    Ok(Inspected {
        rewritten: Some(kept),
        width: Some(width),
        height: Some(height),
        thumbnail: Some((scratch.keep(&small)?, small_type)),
        ..unchanged(kept_type)
    })
}

/// The middle square, as JPEG.
pub(crate) fn avatar(media_type: MediaType, file: &File, scratch: &Scratch) -> Result<File, Fault> {
    let picture = decode(media_type, file)?;
    let side = picture.width().min(picture.height());
    let (left, top) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    let mut square = picture.crop_imm(left, top, side, side);
    if side > AVATAR_PIXELS {
        square = square.resize_exact(AVATAR_PIXELS, AVATAR_PIXELS, FilterType::Triangle);
    }
    Ok(scratch.keep(&jpeg(&on_white(square), JPEG_QUALITY)?)?)
}

fn read_all(file: &File) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    source(file)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn thumbnail(picture: DynamicImage) -> DynamicImage {
    if picture.width().max(picture.height()) <= THUMBNAIL_PIXELS {
        return picture;
    }
    picture.thumbnail(THUMBNAIL_PIXELS, THUMBNAIL_PIXELS)
}

/// JPEG, or PNG for what one can see through.
fn photograph(picture: &DynamicImage, quality: u8) -> Result<(Vec<u8>, MediaType), Fault> {
    let seen_through =
        picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] != u8::MAX);
    if seen_through {
        Ok((png(picture)?, MediaType::Png))
    } else {
        Ok((jpeg(picture, quality)?, MediaType::Jpeg))
    }
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>, Fault> {
    let mut bytes = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    match picture {
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageLuma8(_) => picture.write_with_encoder(encoder),
        _ => picture.to_rgb8().write_with_encoder(encoder),
    }
    .map_err(broken)?;
    Ok(bytes.into_inner())
}

fn png(picture: &DynamicImage) -> Result<Vec<u8>, Fault> {
    let mut bytes = Cursor::new(Vec::new());
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, PngFilter::Adaptive);
    picture.write_with_encoder(encoder).map_err(broken)?;
    Ok(bytes.into_inner())
}

/// What one can see through is seen on white.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture;
    }
    let mut seen = picture.to_rgba8();
    for pixel in seen.pixels_mut() {
        let [.., alpha] = pixel.0;
        for value in &mut pixel.0[..3] {
            let mixed = u16::from(*value) * u16::from(alpha) + 255 * (255 - u16::from(alpha));
            *value = u8::try_from(mixed / 255).unwrap_or(u8::MAX);
        }
        pixel.0[3] = u8::MAX;
    }
    DynamicImage::ImageRgba8(seen)
}

#[cfg(test)]
mod tests;
