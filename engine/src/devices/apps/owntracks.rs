//! OwnTracks in HTTP mode: one JSON object a request, speed in km/h.

use serde_json::Value;

use super::{Sent, json};
use crate::tracking::point::RawPoint;

const MPS_OF_A_KMH: f64 = 1.0 / 3.6;

/// An empty body is legal and says nothing, and so does every `_type` but `location`.
pub(super) fn read(body: &[u8]) -> Sent {
    if body.is_empty() {
        return Sent::default();
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Sent::unreadable() };
    Sent::of(
        json::each(&value).filter(|v| v.get("_type").is_some_and(|t| t == "location")).map(point).collect(),
    )
}

fn point(message: &Value) -> RawPoint {
    let of = |field: &str| message.get(field);
    let charging = match of("bs").and_then(json::number) {
        Some(1.0) => Some(false),
        // Charging, or full at the plug.
        Some(2.0 | 3.0) => Some(true),
        _ => None,
    };
    RawPoint {
        at: of("tst").and_then(json::moment),
        lat: of("lat").and_then(json::number),
        lon: of("lon").and_then(json::number),
        accuracy_m: of("acc").and_then(json::positive),
        speed_mps: of("vel").and_then(json::positive).map(|kmh| kmh * MPS_OF_A_KMH),
        heading_deg: of("cog").and_then(json::positive),
        altitude_m: of("alt").and_then(json::number),
        battery: of("batt").and_then(json::positive).map(|percent| percent / 100.0),
        charging,
        activity: of("motionactivities").and_then(json::first_activity),
        mock: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracking::fix::Activity;

    #[test]
    fn a_location() {
        let body = r#"{"_type":"location","_id":"c5bf0e62","lat":-34.6,"lon":-58.38,"tst":1732400000,"created_at":1732400002,"acc":8,"alt":25,"vac":3,"vel":22,"cog":90,"batt":83,
            "bs":1,"conn":"m","t":"p","m":2,"tid":"JJ","topic":"owntracks/jane/phone","inregions":["Base"],"motionactivities":["automotive"]}"#;
        let point = read(body.as_bytes()).points[0];
        // The moment of the fix, not of the message.
        assert_eq!(point.at, Some(1_732_400_000_000));
        assert!((point.speed_mps.unwrap() - 6.111_111).abs() < 1e-6, "22 km/h");
        assert_eq!((point.battery, point.charging), (Some(0.83), Some(false)));
        assert_eq!((point.heading_deg, point.accuracy_m), (Some(90.0), Some(8.0)));
        assert_eq!(point.activity, Some(Activity::InVehicle));
    }

    #[test]
    fn what_is_left_out_is_unknown() {
        let point = read(br#"{"_type":"location","lat":0,"lon":0.5,"tst":1732400000}"#).points[0];
        let expected =
            RawPoint { at: Some(1_732_400_000_000), lat: Some(0.0), lon: Some(0.5), ..RawPoint::default() };
        assert_eq!(point, expected);
    }

    #[test]
    fn all_else_is_heard_and_ignored() {
        for kind in
            ["transition", "waypoint", "waypoints", "lwt", "status", "cmd", "card", "encrypted", "request"]
        {
            let body = format!(r#"{{"_type":"{kind}","lat":1,"lon":2,"tst":1732400000}}"#);
            assert_eq!(read(body.as_bytes()), Sent::default(), "{kind}");
        }
        assert_eq!(read(b""), Sent::default());
        assert_eq!(read(b"[]"), Sent::default());
        assert!(read(b"not json").is_unreadable);
    }
}
