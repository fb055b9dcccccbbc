//! Where and when a picture was taken, as the camera wrote it (EXIF 2.32).

use std::io::Cursor;

use ::exif::{DateTime as Written, Exif, In, Rational, Reader, Tag, Value};
use chrono::{DateTime, FixedOffset, NaiveDate, TimeZone, Utc};

use crate::moment;

/// What a camera wrote beside the picture. All of it may be missing, and none of it is proof.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Taken {
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// Where: WGS-84 degrees.
    pub place: Option<(f64, f64)>,
}

/// Reads it; what is damaged is as good as missing.
pub fn read(bytes: &[u8]) -> Taken {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    let read = reader.read_from_container(&mut Cursor::new(bytes));
    let found = read.or_else(|error| error.distill_partial_result(|_| {}));
    found.map_or_else(|_| Taken::default(), |exif| Taken { at: time(&exif), place: place(&exif) })
}

fn place(exif: &Exif) -> Option<(f64, f64)> {
    let lat = degrees(exif, Tag::GPSLatitude)? * sign(exif, Tag::GPSLatitudeRef, b'S')?;
    let lon = degrees(exif, Tag::GPSLongitude)? * sign(exif, Tag::GPSLongitudeRef, b'W')?;
    let is_on_earth = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
    // Cameras without a fix write zeros; nobody works there.
    (is_on_earth && (lat, lon) != (0.0, 0.0)).then_some((lat, lon))
}

fn degrees(exif: &Exif, tag: Tag) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let [d, m, s] = parts.as_slice() else { return None };
    let number = |r: &Rational| (r.denom != 0).then(|| r.to_f64());
    Some(number(d)? + number(m)? / 60.0 + number(s)? / 3_600.0)
}

fn sign(exif: &Exif, tag: Tag, negative: u8) -> Option<f64> {
    let letter = ascii(exif, tag)?.first()?.to_ascii_uppercase();
    Some(if letter == negative { -1.0 } else { 1.0 })
}

/// In the camera's zone where it says so; else in Buenos Aires, where our people are.
fn time(exif: &Exif) -> Option<DateTime<Utc>> {
    let mut at = Written::from_ascii(ascii(exif, Tag::DateTimeOriginal)?).ok()?;
    if let Some(offset) = ascii(exif, Tag::OffsetTimeOriginal) {
        let _ = at.parse_offset(offset);
    }
    let naive = NaiveDate::from_ymd_opt(i32::from(at.year), u32::from(at.month), u32::from(at.day))?
        .and_hms_opt(u32::from(at.hour), u32::from(at.minute), u32::from(at.second))?;
    match at.offset {
        Some(minutes) => {
            let zone = FixedOffset::east_opt(i32::from(minutes) * 60)?;
            zone.from_local_datetime(&naive).single().map(|at| at.to_utc())
        }
        None => moment::zone("").from_local_datetime(&naive).latest().map(|at| at.to_utc()),
    }
}

fn ascii(exif: &Exif, tag: Tag) -> Option<&[u8]> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(lines) => lines.first().map(Vec::as_slice),
        _ => None,
    }
}
