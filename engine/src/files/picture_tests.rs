use std::time::{Duration, Instant};

use ::exif::experimental::Writer;
use ::exif::{Field, In, Rational, Tag, Value};
use image::{Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

/// A camera's fields: turned by a quarter, taken at Mitre 88 at a quarter past nine in Buenos Aires.
fn camera() -> Vec<Field> {
    let degrees = |d: u32, m: u32, s: u32| {
        Value::Rational(vec![Rational::from((d, 1)), Rational::from((m, 1)), Rational::from((s, 1))])
    };
    let text = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
    vec![
        field(Tag::Orientation, Value::Short(vec![6])),
        field(Tag::Model, text("Teléfono de prueba")),
        field(Tag::DateTimeOriginal, text("2026:11:24 09:15:30")),
        field(Tag::GPSLatitudeRef, text("S")),
        field(Tag::GPSLatitude, degrees(34, 54, 36)),
        field(Tag::GPSLongitudeRef, text("W")),
        field(Tag::GPSLongitude, degrees(60, 1, 12)),
    ]
}

/// A JPEG as a camera writes it: red on the left, blue on the right, with EXIF.
fn photo(width: u32, height: u32, fields: &[Field]) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 { image::Rgb([220, 20, 20]) } else { image::Rgb([20, 20, 220]) }
    });
    let plain = jpeg(&picture, 90).unwrap();
    let mut writer = Writer::new();
    fields.iter().for_each(|f| writer.push_field(f));
    let mut tiff = Cursor::new(Vec::new());
    writer.write(&mut tiff, false).unwrap();
    let segment = [b"Exif\0\0".as_slice(), &tiff.into_inner()].concat();
    let length = u16::try_from(segment.len() + 2).unwrap().to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &length, &segment, &plain[2..]].concat()
}

#[test]
fn a_camera_is_read_then_forgotten() {
    let sent = photo(320, 240, &camera());
    assert!(sent.windows(6).any(|w| w == b"Exif\0\0"));
    let kept = renew(&sent, Kind::Jpeg).unwrap();
    let at = kept.taken.at.unwrap();
    assert_eq!(at.to_rfc3339(), "2026-11-24T12:15:30+00:00", "the camera's own zone is ours");
    let (lat, lon) = kept.taken.place.unwrap();
    assert!((lat + 34.91).abs() < 1e-9 && (lon + 60.02).abs() < 1e-9, "{lat} {lon}");
    for bytes in [&kept.bytes, &kept.thumbnail] {
        assert_eq!(exif::read(bytes), Taken::default());
        assert!(!bytes.windows(4).any(|w| w == b"Exif") && !bytes.windows(6).any(|w| w == b"prueba"));
    }
    // Turned upright: what was on the left is above.
    assert_eq!((kept.kind, kept.width, kept.height), (Kind::Jpeg, 240, 320));
    let upright = image::load_from_memory(&kept.bytes).unwrap().to_rgb8();
    let (above, below) = (upright.get_pixel(120, 40).0, upright.get_pixel(120, 280).0);
    assert!(above[0] > 180 && below[2] > 180, "{above:?} {below:?}");
    let thumbnail = image::load_from_memory(&kept.thumbnail).unwrap();
    assert_eq!((thumbnail.width(), thumbnail.height()), (THUMBNAIL, THUMBNAIL));
}

#[test]
fn a_camera_that_names_its_zone_is_believed() {
    let mut fields = camera();
    let value = Value::Ascii(vec![b"+02:00".to_vec()]);
    fields.push(Field { tag: Tag::OffsetTimeOriginal, ifd_num: In::PRIMARY, value });
    let at = exif::read(&photo(8, 8, &fields)).at.unwrap();
    assert_eq!(at.to_rfc3339(), "2026-11-24T07:15:30+00:00");
}

#[test]
fn what_is_transparent_stays_so_and_its_thumbnail_lies_on_white() {
    let mut drawn = RgbaImage::from_pixel(300, 100, Rgba([0, 0, 0, 0]));
    (0..300).for_each(|x| drawn.put_pixel(x, 50, Rgba([0, 0, 0, 255])));
    for (format, kind) in [(ImageFormat::Png, Kind::Png), (ImageFormat::WebP, Kind::Webp)] {
        let mut sent = Cursor::new(Vec::new());
        drawn.write_to(&mut sent, format).unwrap();
        let kept = renew(&sent.into_inner(), kind).unwrap();
        assert_eq!(kept.kind, Kind::Png);
        let again = image::load_from_memory(&kept.bytes).unwrap().to_rgba8();
        assert_eq!(again, drawn);
        let thumbnail = image::load_from_memory(&kept.thumbnail).unwrap().to_rgb8();
        assert!(thumbnail.get_pixel(5, 5).0.iter().all(|c| *c > 250));
    }
}

#[test]
fn a_photo_in_webp_becomes_a_jpeg() {
    let picture = RgbImage::from_fn(64, 64, |x, y| image::Rgb([(x * 4) as u8, (y * 4) as u8, 128]));
    let mut sent = Cursor::new(Vec::new());
    picture.write_to(&mut sent, ImageFormat::WebP).unwrap();
    assert_eq!(renew(&sent.into_inner(), Kind::Webp).unwrap().kind, Kind::Jpeg);
}

/// A PNG whose head says so many pixels, with hardly any bytes.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut head = b"IHDR".to_vec();
    head.extend_from_slice(&width.to_be_bytes());
    head.extend_from_slice(&height.to_be_bytes());
    head.extend_from_slice(&[8, 6, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for chunk in [head, b"IDAT\x78\x9c\x03\x00\x00\x00\x00\x01".to_vec(), b"IEND".to_vec()] {
        bytes.extend_from_slice(&u32::try_from(chunk.len() - 4).unwrap().to_be_bytes());
        bytes.extend_from_slice(&chunk);
        bytes.extend_from_slice(&crc32(&chunk).to_be_bytes());
    }
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[test]
fn bombs_are_refused_by_their_head() {
    let since = Instant::now();
    let refused = renew(&bomb(30_000, 30_000), Kind::Png).unwrap_err();
    assert_eq!(refused, Refused::TooManyPixels { width: 30_000, height: 30_000 });
    // Decoding it would take seconds and 3.6 gigabytes; the bound is far above what reading a head takes.
    assert!(since.elapsed() < Duration::from_secs(1));
    assert!(matches!(measure(&bomb(8_000, 5_000), Kind::Png), Ok((8_000, 5_000))));
    assert!(matches!(measure(&bomb(8_001, 5_000), Kind::Png), Err(Refused::TooManyPixels { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Damaged pictures are refused or repaired, never a panic, and what comes out is a picture without EXIF.
    #[test]
    fn damage_is_no_surprise(cut in 0..4_000usize, at in 0..4_000usize, byte: u8) {
        let mut bytes = photo(48, 32, &camera());
        let last = bytes.len();
        bytes[at % last] = byte;
        bytes.truncate(last - cut % (last / 2));
        if let Ok(kept) = renew(&bytes, Kind::Jpeg) {
            prop_assert!(image::load_from_memory(&kept.bytes).is_ok());
            prop_assert_eq!(exif::read(&kept.bytes), Taken::default());
        }
    }
}
