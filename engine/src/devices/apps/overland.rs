//! Overland: batches of GeoJSON features, longitude first, m/s.

use serde_json::Value;

use super::{Sent, json};
use crate::tracking::point::RawPoint;

/// `{"locations": [Feature, ..], ..}`.
pub(super) fn read(body: &[u8]) -> Sent {
    if body.is_empty() {
        return Sent::default();
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Sent::unreadable() };
    match value.get("locations").and_then(Value::as_array) {
        Some(features) => Sent::of(features.iter().filter_map(point).collect()),
        None => Sent::unreadable(),
    }
}

/// `None` for what is no place at all; a place that cannot be read is a point that is refused.
fn point(feature: &Value) -> Option<RawPoint> {
    let coordinates = feature.get("geometry")?.get("coordinates")?;
    let properties = feature.get("properties");
    let of = |field: &str| properties.and_then(|p| p.get(field));
    let charging = match of("battery_state").and_then(Value::as_str) {
        Some("charging" | "full") => Some(true),
        Some("unplugged") => Some(false),
        _ => None,
    };
    Some(RawPoint {
        at: of("timestamp").and_then(json::moment),
        lat: coordinates.get(1).and_then(json::number),
        lon: coordinates.get(0).and_then(json::number),
        accuracy_m: of("horizontal_accuracy").and_then(json::positive),
        speed_mps: of("speed").and_then(json::positive),
        heading_deg: of("course").and_then(json::positive),
        altitude_m: of("altitude").and_then(json::number),
        battery: of("battery_level").and_then(json::positive),
        charging,
        activity: of("motion").and_then(json::first_activity),
        mock: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracking::fix::Activity;

    #[test]
    fn a_batch() {
        let body = r#"{"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[-58.38,-34.6]},"properties":{"timestamp":"2015-10-01T08:00:00-0700","speed":4,"course":90,
            "horizontal_accuracy":30,"speed_accuracy":1,"motion":["driving"],"battery_state":"charging","battery_level":0.8,"device_id":"x","wifi":""}},
            {"type":"Feature","geometry":{"type":"Point","coordinates":[-58.39,-34.61]},"properties":{"timestamp":"2015-10-01T15:00:30Z","speed":-1,"course":-1,"battery_state":"unknown","battery_level":-1,"motion":[]}},
            {"type":"Feature","properties":{"timestamp":"2015-10-01T15:00:30Z","action":"tick"}}]}"#;
        let sent = read(body.as_bytes());
        assert_eq!(sent.points.len(), 2);
        let (first, second) = (sent.points[0], sent.points[1]);
        // Eight in the morning in California.
        assert_eq!(first.at, Some(1_443_711_600_000));
        assert_eq!((first.lat, first.lon), (Some(-34.6), Some(-58.38)));
        assert_eq!((first.speed_mps, first.battery, first.charging), (Some(4.0), Some(0.8), Some(true)));
        assert_eq!(first.activity, Some(Activity::InVehicle));
        assert_eq!(
            second,
            RawPoint {
                at: Some(1_443_711_630_000),
                lat: Some(-34.61),
                lon: Some(-58.39),
                ..RawPoint::default()
            }
        );
    }

    #[test]
    fn empty_and_foreign() {
        assert_eq!(read(br#"{"locations":[]}"#), Sent::default());
        assert_eq!(read(b""), Sent::default());
        assert!(read(br#"{"places":[]}"#).is_unreadable && read(b"{").is_unreadable);
    }
}
