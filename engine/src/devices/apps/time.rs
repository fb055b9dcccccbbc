//! Moments as apps write them, in Unix milliseconds.

use chrono::{DateTime, NaiveDateTime};

/// Whole numbers below are seconds, from there on milliseconds (January 2038, as Traccar tells them apart).
const FIRST_MILLIS: f64 = 2_147_483_648.0;

/// Seconds or milliseconds since 1970, whole or not.
pub(super) fn number(value: f64) -> Option<i64> {
    if !value.is_finite() || value < 0.0 {
        return None;
    }
    let ms = if value < FIRST_MILLIS { value * 1_000.0 } else { value };
    Some(ms.round() as i64)
}

/// A number, ISO 8601 with any spelling of its offset, or `yyyy-MM-dd HH:mm:ss`. Without an offset it is UTC.
pub(super) fn text(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(value) = text.parse::<f64>() {
        return number(value);
    }
    // In an address "+" is a space: 2026-11-24T12:00:00 03:00.
    let at = match text.split_once('T') {
        Some((day, time)) => format!("{day}T{}", time.replace(' ', "+")),
        None => text.replacen(' ', "T", 1),
    };
    if let Ok(at) = DateTime::parse_from_rfc3339(&at) {
        return Some(at.timestamp_millis());
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y%m%dT%H%M%S%.f%#z"] {
        if let Ok(at) = DateTime::parse_from_str(&at, form) {
            return Some(at.timestamp_millis());
        }
    }
    let bare = at.trim_end_matches('Z');
    for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y%m%dT%H%M%S%.f"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(bare, form) {
            return Some(at.and_utc().timestamp_millis());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_one_moment() {
        for spelling in [
            "1763985600",
            "1763985600.000",
            "1763985600000",
            "2025-11-24T12:00:00Z",
            "2025-11-24T12:00:00.000Z",
            "2025-11-24T09:00:00-03:00",
            "2025-11-24T09:00:00-0300",
            "2025-11-24T09:00:00-03",
            "2025-11-24T15:00:00+0300",
            // As a form decodes the one above.
            "2025-11-24T15:00:00 0300",
            "2025-11-24 12:00:00",
            "2025-11-24T12:00",
            "20251124T120000Z",
        ] {
            assert_eq!(text(spelling), Some(1_763_985_600_000), "{spelling}");
        }
    }

    #[test]
    fn what_is_no_moment() {
        for spelling in ["", "now", "-5", "NaN", "inf", "2025-13-01T00:00:00Z", "24/11/2025"] {
            assert_eq!(text(spelling), None, "{spelling}");
        }
        assert_eq!(text("2147483647"), Some(2_147_483_647_000));
        assert_eq!(text("2147483648"), Some(2_147_483_648));
    }
}
