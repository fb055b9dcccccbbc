//! Traccar Client since version 9, and other apps on the same location library: JSON, m/s.

use serde_json::Value;

use super::{Sent, json};
use crate::tracking::point::RawPoint;

/// `{"location": {..} | [{..}, ..], "device_id": ".."}`, or a list of such.
pub(super) fn read(body: &[u8]) -> Sent {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Sent::unreadable() };
    let mut points = Vec::new();
    for entry in json::each(&value) {
        // Without the envelope, as the library sends by its plain template.
        let location = entry.get("location").unwrap_or(entry);
        points.extend(json::each(location).filter_map(point));
    }
    Sent::of(points)
}

/// `None` for a heartbeat: it has no place, and must not refresh one.
fn point(location: &Value) -> Option<RawPoint> {
    let coords = location.get("coords").filter(|c| c.is_object())?;
    let of = |field: &str| coords.get(field);
    let battery = location.get("battery");
    let activity = location.get("activity");
    let word = activity.and_then(|a| a.get("type").or(Some(a))).and_then(Value::as_str);
    Some(RawPoint {
        at: location.get("timestamp").and_then(json::moment),
        lat: of("latitude").and_then(json::number),
        lon: of("longitude").and_then(json::number),
        accuracy_m: of("accuracy").and_then(json::positive),
        speed_mps: of("speed").and_then(json::positive),
        heading_deg: of("heading").and_then(json::positive),
        altitude_m: of("altitude").and_then(json::number),
        battery: battery.and_then(|b| b.get("level")).and_then(json::positive),
        charging: battery.and_then(|b| b.get("is_charging")).and_then(Value::as_bool),
        activity: word.and_then(json::activity),
        mock: location.get("mock").and_then(Value::as_bool),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracking::fix::Activity;

    const BODY: &str = r#"{"location":{"timestamp":"2026-11-24T12:00:00.000Z","coords":{"latitude":-34.6,"longitude":-58.38,"accuracy":8,"speed":6.2,"heading":90,"altitude":25},
        "is_moving":true,"odometer":1234,"event":"motionchange","battery":{"level":0.83,"is_charging":false},"activity":{"type":"in_vehicle"},"mock":false,"extras":{}},"device_id":"48241179"}"#;

    #[test]
    fn one_and_many() {
        let sent = read(BODY.as_bytes());
        let point = sent.points[0];
        assert_eq!(
            point,
            RawPoint {
                at: Some(1_795_521_600_000),
                lat: Some(-34.6),
                lon: Some(-58.38),
                accuracy_m: Some(8.0),
                speed_mps: Some(6.2),
                heading_deg: Some(90.0),
                altitude_m: Some(25.0),
                battery: Some(0.83),
                charging: Some(false),
                activity: Some(Activity::InVehicle),
                mock: Some(false),
            }
        );
        let location = &BODY["{\"location\":".len()..BODY.rfind(",\"device_id\"").unwrap()];
        for many in [
            format!("{{\"location\":[{location},{location}]}}"),
            format!("[{BODY},{BODY}]"),
            format!("[{location},{location}]"),
        ] {
            assert_eq!(read(many.as_bytes()).points, [point, point], "{many}");
        }
    }

    #[test]
    fn sentinels_heartbeats_and_rubbish() {
        let body = r#"{"location":{"timestamp":"2026-11-24T12:00:00Z","coords":{"latitude":1,"longitude":2,"speed":-1,"heading":-1,"accuracy":-1},"battery":{"level":-1,"is_charging":false},"activity":{"type":"unknown"}}}"#;
        let point = read(body.as_bytes()).points[0];
        assert_eq!(
            (point.speed_mps, point.heading_deg, point.accuracy_m, point.battery),
            (None, None, None, None)
        );
        assert_eq!(point.activity, None);
        let heartbeat =
            r#"{"location":{"timestamp":"2026-11-24T12:00:00Z","event":"heartbeat"},"device_id":"1"}"#;
        assert_eq!(read(heartbeat.as_bytes()), Sent::default());
        assert_eq!(read(b"[]"), Sent::default());
        assert!(read(b"{\"location\":").is_unreadable);
        // A place that is no number is a point that is refused, beside one that is good.
        let bad =
            r#"{"location":[{"timestamp":"2026-11-24T12:00:00Z","coords":{"latitude":"x","longitude":2}}]}"#;
        assert_eq!(read(bad.as_bytes()).points[0].lat, None);
    }
}
