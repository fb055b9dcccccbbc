//! Pictures: looked at before they are decoded, turned upright, encoded anew. Nothing of what a camera writes
//! beside the picture remains in it; where and when it was taken is read first.
//!
//! Pure and slow: call it off the async threads.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

use super::exif::{self, Taken};
use super::sniff::Kind;

/// Pictures of more pixels are refused before they are decoded (reliability.md section 6).
pub const MOST_PIXELS: u64 = 40_000_000;
/// Four bytes a pixel, and the decoder's own tables.
const MOST_MEMORY: u64 = 4 * MOST_PIXELS + (64 << 20);
/// Quality of photos as they are kept: above the 75 that phones send, so that little is lost a second time.
const QUALITY: u8 = 82;
/// Sides of a thumbnail (functional.md section 3.4).
pub const THUMBNAIL: u32 = 200;
const THUMBNAIL_QUALITY: u8 = 60;

/// A picture as it is kept.
#[derive(Debug)]
pub struct Picture {
    /// Encoded.
    pub bytes: Vec<u8>,
    /// As what.
    pub kind: Kind,
    /// Pixels across, upright.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// A JPEG of 200 by 200 pixels: the middle of the picture.
    pub thumbnail: Vec<u8>,
    /// What the camera had written.
    pub taken: Taken,
}

/// Why a picture is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its head says more pixels than are taken.
    #[error("{width} x {height} pixels are more than 40 megapixels")]
    TooManyPixels {
        /// Across.
        width: u32,
        /// Down.
        height: u32,
    },
    /// Damaged, or no picture after all.
    #[error("damaged: {0}")]
    Damaged(String),
}

/// Reads the head alone: nothing is decoded, whatever it says.
///
/// # Errors
/// [`Refused`].
pub fn measure(bytes: &[u8], kind: Kind) -> Result<(u32, u32), Refused> {
    let (width, height) = reader(bytes, kind)?.into_dimensions().map_err(damaged)?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Refused::TooManyPixels { width, height });
    }
    if width == 0 || height == 0 {
        return Err(Refused::Damaged("no pixels".into()));
    }
    Ok((width, height))
}

/// Decodes and encodes anew.
///
/// # Errors
/// [`Refused`].
pub fn renew(bytes: &[u8], kind: Kind) -> Result<Picture, Refused> {
    measure(bytes, kind)?;
    let taken = exif::read(bytes);
    let mut decoder = reader(bytes, kind)?.into_decoder().map_err(damaged)?;
    let orientation = decoder.orientation().map_err(damaged)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    let is_opaque = !has_holes(&picture);
    // A photo stays a photo. What has transparent places, or came without loss, keeps them and loses nothing;
    // our encoder of WebP knows no loss, which would make photos several times as large.
    let kept = match kind {
        Kind::Png => Kind::Png,
        _ if is_opaque => Kind::Jpeg,
        _ => Kind::Png,
    };
    let flat = flatten(&picture);
    let bytes = match kept {
        Kind::Jpeg => jpeg(&flat, QUALITY)?,
        _ => png(&picture, is_opaque)?,
    };
    let thumbnail = DynamicImage::ImageRgb8(flat).resize_to_fill(THUMBNAIL, THUMBNAIL, FilterType::Triangle);
    Ok(Picture {
        bytes,
        kind: kept,
        width: picture.width(),
        height: picture.height(),
        thumbnail: jpeg(&thumbnail.to_rgb8(), THUMBNAIL_QUALITY)?,
        taken,
    })
}

fn reader(bytes: &[u8], kind: Kind) -> Result<ImageReader<Cursor<&[u8]>>, Refused> {
    let format = match kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
        Kind::Webp => ImageFormat::WebP,
        _ => return Err(Refused::Damaged("no picture".into())),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    Ok(reader)
}

/// Whether any place of it is not wholly opaque.
fn has_holes(picture: &DynamicImage) -> bool {
    picture.color().has_alpha() && picture.to_rgba8().pixels().any(|p| p.0[3] != u8::MAX)
}

/// The picture on white paper.
fn flatten(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let from = picture.to_rgba8();
    let mut flat = RgbImage::new(from.width(), from.height());
    for (to, from) in flat.pixels_mut().zip(from.pixels()) {
        let [r, g, b, a] = from.0;
        let over_white = |c: u8| {
            let (c, a) = (u16::from(c), u16::from(a));
            u8::try_from((c * a + 255 * (255 - a)) / 255).unwrap_or(u8::MAX)
        };
        to.0 = [over_white(r), over_white(g), over_white(b)];
    }
    flat
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).map_err(damaged)?;
    Ok(bytes)
}

fn png(picture: &DynamicImage, is_opaque: bool) -> Result<Vec<u8>, Refused> {
    let mut bytes = Cursor::new(Vec::new());
    // Eight bits a channel: sixteen are for laboratories.
    let plain =
        if is_opaque { DynamicImage::ImageRgb8(picture.to_rgb8()) } else { picture.to_rgba8().into() };
    plain.write_to(&mut bytes, ImageFormat::Png).map_err(damaged)?;
    Ok(bytes.into_inner())
}

fn damaged(error: image::ImageError) -> Refused {
    Refused::Damaged(error.to_string())
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
