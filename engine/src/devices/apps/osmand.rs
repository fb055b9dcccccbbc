//! Query and form parameters: OsmAnd, GPSLogger, and Traccar Client before version 9.

use serde_json::Value;

use super::query::Params;
use super::{Sent, json, time};
use crate::tracking::point::RawPoint;

/// What a number called `speed` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speed {
    /// Traccar's protocol.
    Knots,
    /// OsmAnd and GPSLogger.
    MetresPerSecond,
}

const MPS_OF_A_KNOT: f64 = 1852.0 / 3600.0;
/// Stated by a phone that says itself that its fix is not valid: kept, and never moves anybody.
const USELESS_ACCURACY_M: f64 = 3_276.7;

pub(super) fn read(query: &str, body: &[u8], speed: Speed, now_ms: i64) -> Sent {
    let params = Params::read(query, body);
    // A phone that tries whether the address works.
    if params.is_empty() {
        return Sent::default();
    }
    point(&params, speed, now_ms).map_or_else(Sent::default, |point| Sent::of(vec![point]))
}

/// A JSON object with the same names, or a list of them.
pub(super) fn read_flat(body: &[u8], now_ms: i64) -> Sent {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Sent::unreadable() };
    let points = json::each(&value)
        .filter_map(Value::as_object)
        .filter_map(|object| point(&Params::of_object(object), Speed::MetresPerSecond, now_ms));
    Sent::of(points.collect())
}

/// `None` where there is no word of a place: a heartbeat, an alarm, a bare `id`.
fn point(params: &Params, speed: Speed, now_ms: i64) -> Option<RawPoint> {
    let (lat, lon) = place(params)?;
    let at = match params.text(&["timestamp", "time", "tst", "date"]) {
        Some(text) => time::text(text),
        None => Some(now_ms),
    };
    let in_mps = match speed {
        Speed::Knots => MPS_OF_A_KNOT,
        Speed::MetresPerSecond => 1.0,
    };
    let is_invalid = params.flag(&["valid"]) == Some(false);
    let accuracy_m = params.number(&["accuracy", "acc"]).filter(|a| *a >= 0.0);
    Some(RawPoint {
        at,
        lat,
        lon,
        accuracy_m: if is_invalid { Some(USELESS_ACCURACY_M) } else { accuracy_m },
        speed_mps: params.number(&["speed", "spd", "s"]).filter(|s| *s >= 0.0).map(|s| s * in_mps),
        heading_deg: params.number(&["bearing", "heading", "dir", "course"]).filter(|h| *h >= 0.0),
        altitude_m: params.number(&["altitude", "alt"]),
        battery: params.number(&["batt", "battery"]).filter(|b| *b >= 0.0).map(|percent| percent / 100.0),
        charging: params.flag(&["charge", "charging", "ischarging"]),
        activity: params.text(&["activity", "act"]).and_then(json::activity),
        mock: params.flag(&["mock"]),
    })
}

fn place(params: &Params) -> Option<(Option<f64>, Option<f64>)> {
    const LAT: [&str; 2] = ["lat", "latitude"];
    const LON: [&str; 3] = ["lon", "lng", "longitude"];
    if params.text(&LAT).is_some() || params.text(&LON).is_some() {
        return Some((params.number(&LAT), params.number(&LON)));
    }
    let (lat, lon) = params.text(&["location"])?.split_once(',')?;
    Some((lat.trim().parse().ok(), lon.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::apps::{App, read};
    use crate::tracking::fix::Activity;

    const NOW: i64 = 1_764_000_000_000;

    fn one(app: App, query: &str, body: &str) -> RawPoint {
        let sent = read(app, query, body.as_bytes(), NOW);
        assert_eq!((sent.points.len(), sent.is_unreadable), (1, false), "{query} {body}");
        sent.points[0]
    }

    #[test]
    fn one_line_three_apps_two_units() {
        let query = "id=123456&timestamp=1732400000&lat=-34.60&lon=-58.38&speed=12.5&bearing=90&altitude=25&accuracy=8&batt=83&charge=true";
        let osmand = one(App::OsmAnd, query, "");
        let expected = RawPoint {
            at: Some(1_732_400_000_000),
            lat: Some(-34.6),
            lon: Some(-58.38),
            accuracy_m: Some(8.0),
            speed_mps: Some(12.5),
            heading_deg: Some(90.0),
            altitude_m: Some(25.0),
            battery: Some(0.83),
            charging: Some(true),
            activity: None,
            mock: None,
        };
        assert_eq!(osmand, expected);
        // The same as a form, and as Traccar's older client: knots.
        assert_eq!(one(App::OsmAnd, "", query), expected);
        let traccar = one(App::Traccar, query, "");
        assert!((traccar.speed_mps.unwrap() - 6.430_556).abs() < 1e-6);
        assert_eq!(one(App::GpsLogger, query, "").speed_mps, Some(12.5));
    }

    #[test]
    fn gpslogger_s_own_names() {
        let query = "lat=-34.6&longitude=-58.38&time=2026-11-24T12:00:00.000Z&s=6.2&acc=9.5&dir=271.5&alt=12&batt=55.0&act=IN_VEHICLE&prov=gps&sat=9";
        let point = one(App::GpsLogger, query, "");
        assert_eq!(
            (point.at, point.lon, point.speed_mps, point.heading_deg, point.battery, point.activity),
            (
                Some(1_795_521_600_000),
                Some(-58.38),
                Some(6.2),
                Some(271.5),
                Some(0.55),
                Some(Activity::InVehicle)
            )
        );
        let body = r#"{"lat":"-34.6","lon":-58.38,"timestamp":1732400000,"spd":"3.5"}"#;
        assert_eq!(one(App::GpsLogger, "", body).speed_mps, Some(3.5));
    }

    #[test]
    fn unknown_is_none_and_not_zero() {
        let point = one(App::OsmAnd, "lat=1&lon=2&speed=-1&bearing=-1&accuracy=-1&batt=-1&timestamp=x", "");
        assert_eq!(point, RawPoint { lat: Some(1.0), lon: Some(2.0), ..RawPoint::default() });
        // No time is now, no place is no point, half a place is a point that is refused.
        assert_eq!(one(App::OsmAnd, "location=1.5,%202.5", "").at, Some(NOW));
        assert_eq!(read(App::OsmAnd, "id=7&alarm=sos", b"", NOW), Sent::default());
        assert_eq!(read(App::OsmAnd, "", b"", NOW), Sent::default());
        assert_eq!(one(App::OsmAnd, "lat=1", "").lon, None);
        assert_eq!(
            one(App::OsmAnd, "lat=1&lon=2&valid=0&accuracy=5", "").accuracy_m,
            Some(USELESS_ACCURACY_M)
        );
    }
}
