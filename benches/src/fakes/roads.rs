//! External directions: OSRM, Valhalla, Google Routes and Mapbox, on a plain where every way is 1.3 times the
//! straight line at 30 km/h (integrations.md section 8).

use serde_json::{Value, json};

use super::door::Fake;
use super::fault::{Fault, Kind};
use super::ledger::Entry;
use super::wire::{Reply, Request};

/// Ways are longer than the straight line.
const DETOUR: f64 = 1.3;
/// 30 km/h.
const SPEED_MPS: f64 = 30.0 / 3.6;
/// Mean radius of the earth, metres.
const EARTH_M: f64 = 6_371_008.8;
/// The key and token that are known.
pub const KEY: &str = "fake-roads-key";

type Place = (f64, f64);

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roads {
    /// `osrm-routed`
    Osrm,
    /// `valhalla_service`
    Valhalla,
    /// routes.googleapis.com
    Google,
    /// api.mapbox.com
    Mapbox,
}

impl Roads {
    fn routed(self, request: &Request) -> Reply {
        match self {
            Self::Osrm => osrm(request),
            Self::Valhalla => valhalla(request),
            Self::Google => google(request),
            Self::Mapbox => mapbox(request),
        }
    }
}

impl Fake for Roads {
    fn name(&self) -> &'static str {
        match self {
            Self::Osrm => "osrm",
            Self::Valhalla => "valhalla",
            Self::Google => "google_routes",
            Self::Mapbox => "mapbox",
        }
    }

    fn note(&self, request: &Request, entry: &mut Entry) {
        entry.kind = request.parts().first().map(|p| (*p).to_owned());
        entry.body = request.json().unwrap_or_default();
    }

    fn answer(&self, request: &Request, entry: &mut Entry) -> Reply {
        let reply = self.routed(request);
        if reply.status == 200 {
            entry.effect = Some(format!("way-{}", entry.n));
        }
        reply
    }

    fn excuse(&self, fault: &Fault) -> Reply {
        match (self, fault.kind) {
            (Self::Google, Kind::Busy) => Reply::json(
                429,
                &json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded"}}),
            ),
            (_, Kind::Busy) => Reply::json(429, &json!({"message": "Too Many Requests"})),
            _ => Reply::json(500, &json!({"message": "Internal Server Error"})),
        }
    }
}

/// Metres and seconds.
fn way(a: Place, b: Place) -> (f64, f64) {
    let (dlat, dlon) = ((b.0 - a.0).to_radians(), (b.1 - a.1).to_radians());
    let h = (dlat / 2.0).sin().powi(2)
        + a.0.to_radians().cos() * b.0.to_radians().cos() * (dlon / 2.0).sin().powi(2);
    let metres = 2.0 * EARTH_M * h.sqrt().min(1.0).asin() * DETOUR;
    (metres, metres / SPEED_MPS)
}

fn legs(places: &[Place]) -> Vec<(f64, f64)> {
    places.iter().zip(places.iter().skip(1)).map(|(a, b)| way(*a, *b)).collect()
}

fn sums(legs: &[(f64, f64)]) -> (f64, f64) {
    legs.iter().fold((0.0, 0.0), |sum, leg| (sum.0 + leg.0, sum.1 + leg.1))
}

/// `lon,lat;lon,lat`
fn coordinates(text: &str) -> Option<Vec<Place>> {
    text.split(';')
        .map(|pair| {
            let (lon, lat) = pair.split_once(',')?;
            let place: Place = (lat.parse().ok()?, lon.parse().ok()?);
            (place.0.abs() <= 90.0 && place.1.abs() <= 180.0).then_some(place)
        })
        .collect()
}

fn line(places: &[Place]) -> Value {
    json!({"type": "LineString", "coordinates": places.iter().map(|p| [p.1, p.0]).collect::<Vec<_>>()})
}

/// OSRM's and Mapbox's routes.
fn routes(request: &Request, places: &[Place]) -> Value {
    let legs = legs(places);
    let (metres, seconds) = sums(&legs);
    let geometry = match request.asked("geometries") {
        Some("geojson") => line(places),
        Some("polyline6") => polyline(places, 1e6).into(),
        _ => polyline(places, 1e5).into(),
    };
    let each: Vec<Value> =
        legs.iter().map(|(m, s)| json!({"distance": m, "duration": s, "steps": [], "summary": ""})).collect();
    json!({"code": "Ok", "routes": [{"distance": metres, "duration": seconds, "weight": seconds,
        "weight_name": "routability", "geometry": geometry, "legs": each}],
        "waypoints": places.iter().map(|p| json!({"location": [p.1, p.0], "distance": 1.0, "name": ""})).collect::<Vec<_>>()})
}

fn table(request: &Request, places: &[Place]) -> Value {
    let chosen = |name: &str| -> Vec<Place> {
        match request.asked(name) {
            None | Some("all") => places.to_vec(),
            Some(list) => {
                list.split(';').filter_map(|i| places.get(i.parse::<usize>().ok()?).copied()).collect()
            }
        }
    };
    let (from, to) = (chosen("sources"), chosen("destinations"));
    let rows = |of: fn((f64, f64)) -> f64| -> Vec<Vec<f64>> {
        from.iter().map(|a| to.iter().map(|b| of(way(*a, *b))).collect()).collect()
    };
    let mut body = json!({"code": "Ok", "sources": [], "destinations": []});
    let wanted = request.asked("annotations").unwrap_or("duration").to_owned();
    if let Some(fields) = body.as_object_mut() {
        if wanted.contains("duration") {
            fields.insert("durations".into(), json!(rows(|w| w.1)));
        }
        if wanted.contains("distance") {
            fields.insert("distances".into(), json!(rows(|w| w.0)));
        }
    }
    body
}

fn osrm(request: &Request) -> Reply {
    let parts = request.parts();
    let [service, "v1", _, places] = parts.as_slice() else {
        return Reply::json(400, &json!({"code": "InvalidUrl", "message": "URL string malformed"}));
    };
    let places = places.trim_end_matches(".json");
    let Some(places) = coordinates(places) else {
        return Reply::json(400, &json!({"code": "InvalidQuery", "message": "Query string malformed"}));
    };
    if places.len() < 2 {
        return Reply::json(
            400,
            &json!({"code": "InvalidOptions", "message": "Number of coordinates needs to be at least two."}),
        );
    }
    match *service {
        "route" => Reply::json(200, &routes(request, &places)),
        "table" => Reply::json(200, &table(request, &places)),
        _ => Reply::json(400, &json!({"code": "InvalidService", "message": "Service not found"})),
    }
}

fn mapbox(request: &Request) -> Reply {
    if request.asked("access_token") != Some(KEY) {
        return Reply::json(401, &json!({"message": "Not Authorized - Invalid Token"}));
    }
    let parts = request.parts();
    let [service, _, "mapbox", profile, places] = parts.as_slice() else {
        return Reply::json(404, &json!({"message": "Not Found"}));
    };
    let most = match (*service, *profile) {
        ("directions", _) => 25,
        (_, "driving-traffic") => 10,
        _ => 25,
    };
    let places = coordinates(&super::wire::decoded(places)).unwrap_or_default();
    if places.len() < 2 || places.len() > most {
        return Reply::json(
            422,
            &json!({"code": "InvalidInput", "message": format!("between 2 and {most} coordinates")}),
        );
    }
    match *service {
        "directions" => Reply::json(200, &routes(request, &places)),
        "directions-matrix" => Reply::json(200, &table(request, &places)),
        _ => Reply::json(404, &json!({"message": "Not Found"})),
    }
}

fn valhalla(request: &Request) -> Reply {
    let refused = |code: u32, words: &str| {
        Reply::json(
            400,
            &json!({"error_code": code, "error": words, "status_code": 400, "status": "Bad Request"}),
        )
    };
    let asked = request.json().or_else(|| serde_json::from_str(request.asked("json")?).ok());
    let Some(asked) = asked else { return refused(100, "Failed to parse json request") };
    let places = |name: &str| -> Option<Vec<Place>> {
        asked
            .get(name)?
            .as_array()?
            .iter()
            .map(|p| Some((p.get("lat")?.as_f64()?, p.get("lon")?.as_f64()?)))
            .collect()
    };
    if asked.get("costing").and_then(Value::as_str).is_none() {
        return refused(124, "No edge/node costing provided");
    }
    match request.parts().first().copied() {
        Some("route") => {
            let Some(places) = places("locations").filter(|p| p.len() > 1) else {
                return refused(110, "Insufficiently specified required parameter 'locations'");
            };
            let legs = legs(&places);
            let (metres, seconds) = sums(&legs);
            let summary = |m: f64, s: f64| json!({"time": s, "length": m / 1000.0, "has_toll": false});
            let each: Vec<Value> = legs
                .iter()
                .zip(places.windows(2))
                .map(|((m, s), ends)| json!({"summary": summary(*m, *s), "shape": polyline(ends, 1e6), "maneuvers": []}))
                .collect();
            Reply::json(
                200,
                &json!({"trip": {"status": 0, "status_message": "Found route between points", "units": "kilometers",
                "summary": summary(metres, seconds), "legs": each, "locations": asked.get("locations")}}),
            )
        }
        Some("sources_to_targets") => {
            let (Some(from), Some(to)) = (places("sources"), places("targets")) else {
                return refused(112, "Insufficiently specified required parameter 'sources' or 'targets'");
            };
            let rows: Vec<Vec<Value>> = from
                .iter()
                .enumerate()
                .map(|(i, a)| {
                    let cell = |(j, b): (usize, &Place)| {
                        let (m, s) = way(*a, *b);
                        json!({"from_index": i, "to_index": j, "distance": m / 1000.0, "time": s.round()})
                    };
                    to.iter().enumerate().map(cell).collect()
                })
                .collect();
            Reply::json(200, &json!({"sources_to_targets": rows, "units": "kilometers"}))
        }
        _ => Reply::json(
            404,
            &json!({"error_code": 106, "error": "Try any of: '/route' '/sources_to_targets'", "status_code": 404}),
        ),
    }
}

fn google(request: &Request) -> Reply {
    let refused = |status: u16, word: &str, text: &str| {
        Reply::json(status, &json!({"error": {"code": status, "message": text, "status": word}}))
    };
    if request.header("x-goog-api-key").or(request.asked("key")) != Some(KEY) {
        return refused(403, "PERMISSION_DENIED", "API key not valid. Please pass a valid API key.");
    }
    let Some(mask) = request.header("x-goog-fieldmask").or(request.asked("fields")) else {
        return refused(400, "INVALID_ARGUMENT", "FieldMask is a required parameter.");
    };
    let Some(body) = request.json() else { return refused(400, "INVALID_ARGUMENT", "Invalid JSON payload") };
    let lat_lng = |holder: &Value| -> Option<Place> {
        let place = holder.pointer("/location/latLng")?;
        Some((place.get("latitude")?.as_f64()?, place.get("longitude")?.as_f64()?))
    };
    match request.path.as_str() {
        "/directions/v2:computeRoutes" => {
            let ends = body.get("origin").and_then(lat_lng).zip(body.get("destination").and_then(lat_lng));
            let Some((from, to)) = ends else {
                return refused(400, "INVALID_ARGUMENT", "Origin and destination must be set.");
            };
            let (metres, seconds) = way(from, to);
            let mut route = serde_json::Map::new();
            for field in mask.split(',').map(str::trim) {
                match field {
                    "routes.duration" => {
                        route.insert("duration".into(), format!("{}s", seconds.round()).into())
                    }
                    "routes.staticDuration" => {
                        route.insert("staticDuration".into(), format!("{}s", seconds.round()).into())
                    }
                    "routes.distanceMeters" => {
                        route.insert("distanceMeters".into(), (metres.round() as i64).into())
                    }
                    "routes.polyline" | "routes.polyline.encodedPolyline" => route
                        .insert("polyline".into(), json!({"encodedPolyline": polyline(&[from, to], 1e5)})),
                    _ => None,
                };
            }
            Reply::json(200, &json!({"routes": [route]}))
        }
        "/distanceMatrix/v2:computeRouteMatrix" => {
            let ends = |name: &str| -> Option<Vec<Place>> {
                body.get(name)?.as_array()?.iter().map(|w| lat_lng(w.get("waypoint")?)).collect()
            };
            let (Some(from), Some(to)) = (ends("origins"), ends("destinations")) else {
                return refused(400, "INVALID_ARGUMENT", "Origins and destinations must be set.");
            };
            if from.len() * to.len() > 625 {
                return refused(400, "INVALID_ARGUMENT", "Too many elements");
            }
            let mut rows = Vec::new();
            for (i, a) in from.iter().enumerate() {
                for (j, b) in to.iter().enumerate() {
                    let (metres, seconds) = way(*a, *b);
                    // proto3's JSON leaves zeros out: the first origin has no index.
                    let mut row = json!({"status": {}, "condition": "ROUTE_EXISTS", "distanceMeters": metres.round() as i64,
                                         "duration": format!("{}s", seconds.round())});
                    for (name, index) in [("originIndex", i), ("destinationIndex", j)] {
                        if let (Some(fields), true) = (row.as_object_mut(), index > 0) {
                            fields.insert(name.into(), index.into());
                        }
                    }
                    rows.push(row);
                }
            }
            Reply::json(200, &rows.into())
        }
        _ => refused(404, "NOT_FOUND", "no such method"),
    }
}

/// Google's encoded polyline at `precision` (1e5 or 1e6).
fn polyline(places: &[Place], precision: f64) -> String {
    let mut text = String::new();
    let mut last = (0i64, 0i64);
    for place in places {
        let here = ((place.0 * precision).round() as i64, (place.1 * precision).round() as i64);
        for step in [here.0 - last.0, here.1 - last.1] {
            let mut value = (step << 1) ^ (step >> 63);
            while value >= 0x20 {
                text.push(char::from(((value & 0x1f) | 0x20) as u8 + 63));
                value >>= 5;
            }
            text.push(char::from(value as u8 + 63));
        }
        last = here;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Google's own documents.
    #[test]
    fn the_published_polyline() {
        let places = [(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)];
        assert_eq!(polyline(&places, 1e5), "_p~iF~ps|U_ulLnnqC_mqNvxq`@");
    }
}
