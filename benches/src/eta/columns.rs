//! Which column of a trip file is what: names are taken apart into words and recognised generously.

/// The columns that were recognised.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    /// When the trip began.
    pub start: Option<usize>,
    /// When it ended.
    pub end: Option<usize>,
    /// How long it took, and how many seconds its unit has.
    pub duration: Option<(usize, f64)>,
    /// Latitude and longitude of the start, and of the end.
    pub ends: Option<[(usize, usize); 2]>,
    /// One column a place: `POINT(lon lat)`, `[lon, lat]` or `lat,lon`.
    pub places: Option<[usize; 2]>,
    /// All points of the way.
    pub points: Option<usize>,
    /// Says that data are missing.
    pub missing: Option<usize>,
    /// Is this the form of the Porto set, whose clocks are Lisbon's?
    pub is_porto: bool,
}

const FROM: [&str; 15] = [
    "pickup",
    "pick",
    "start",
    "from",
    "origin",
    "orig",
    "src",
    "source",
    "begin",
    "departure",
    "o",
    "desde",
    "inicio",
    "origen",
    "s",
];
const TO: [&str; 18] = [
    "dropoff",
    "drop",
    "end",
    "to",
    "destination",
    "dest",
    "dst",
    "target",
    "finish",
    "arrival",
    "d",
    "hasta",
    "fin",
    "destino",
    "stop",
    "last",
    "e",
    "final",
];
const LAT: [&str; 4] = ["lat", "latitude", "latitud", "y"];
const LON: [&str; 6] = ["lon", "lng", "long", "longitude", "longitud", "x"];
const TIME: [&str; 17] = [
    "timestamp",
    "datetime",
    "time",
    "date",
    "at",
    "ts",
    "unix",
    "epoch",
    "started",
    "ended",
    "fecha",
    "hora",
    "started_at",
    "utc",
    "dt",
    "when",
    "moment",
];
const POINTS: [&str; 9] =
    ["polyline", "points", "geometry", "path", "trace", "coordinates", "coords", "linestring", "puntos"];
const DURATION: [&str; 10] = [
    "duration",
    "durations",
    "seconds",
    "elapsed",
    "duracion",
    "traveltime",
    "triptime",
    "tripduration",
    "dur",
    "segundos",
];

/// A name as lower-case words: `tpepPickup_datetime` is tpep, pickup, datetime; `lat1` is lat, 1.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in name.trim().trim_start_matches('\u{feff}').chars() {
        let begins = !before.is_alphanumeric()
            || (before.is_lowercase() && letter.is_uppercase())
            || (before.is_alphabetic() != letter.is_alphabetic());
        if letter.is_alphanumeric() {
            let lower = letter.to_lowercase();
            match words.last_mut() {
                Some(word) if !begins => word.extend(lower),
                _ => words.push(lower.collect()),
            }
        }
        before = letter;
    }
    // Written together: pickuplat, startlatitude, endtime.
    words.iter().flat_map(|word| apart(word)).collect()
}

/// `startlat` as start, lat; other words as they are.
fn apart(word: &str) -> Vec<String> {
    let known = |list: &[&str], part: &str| list.contains(&part);
    for role in FROM.iter().chain(&TO).filter(|role| role.len() > 1) {
        let rest = word.strip_prefix(role).filter(|rest| !rest.is_empty());
        let Some(rest) = rest else { continue };
        if known(&LAT, rest) || known(&LON, rest) || known(&TIME, rest) {
            return vec![(*role).into(), rest.into()];
        }
    }
    vec![word.into()]
}

impl Columns {
    /// Recognises the columns of a header.
    pub fn recognise<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<Vec<String>> = names.map(words).collect();
        let has = |words: &[String], list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
        let find = |wanted: &dyn Fn(&[String]) -> bool| names.iter().position(|words| wanted(words));
        let coordinate = |words: &[String], axis: &[&str]| has(words, axis) && !has(words, &TIME);
        let place = |role: &[&str], digits: [&str; 2]| {
            let on = |axis: &'static [&'static str]| {
                find(&|w| coordinate(w, axis) && has(w, role))
                    .or_else(|| find(&|w| coordinate(w, axis) && has(w, &digits[..1])))
                    .or_else(|| find(&|w| coordinate(w, axis) && has(w, &digits[1..])))
            };
            Some((on(&LAT)?, on(&LON)?))
        };
        let is_duration = |w: &[String]| {
            has(w, &DURATION)
                || (has(w, &["trip", "travel", "drive"])
                    && has(w, &["time", "sec", "secs", "s", "min", "minutes"]))
        };
        let is_time = |w: &[String]| has(w, &TIME) && !is_duration(w) && !has(w, &["zone", "type"]);
        let duration = find(&|w| is_duration(w)).map(|at| (at, unit(names.get(at))));
        let end = find(&|w| is_time(w) && has(w, &TO) || has(w, &["ended"]));
        let start = find(&|w| is_time(w) && has(w, &FROM) && !has(w, &TO) || has(w, &["started"]))
            .or_else(|| find(&|w| is_time(w) && !has(w, &TO)))
            .or_else(|| {
                find(&|w| w.len() == 1 && has(w, &["start", "begin", "inicio", "pickup", "departure"]))
            });
        let ends =
            place(&FROM, ["1", "0"]).zip(place(&TO, ["2", "1"])).map(|(a, b)| [a, b]).filter(|[a, b]| a != b);
        let spot = |role: &[&str]| {
            find(&|w| has(w, role) && !is_time(w) && !is_duration(w) && !has(w, &LAT) && !has(w, &LON))
        };
        let places = spot(&FROM[..12]).zip(spot(&TO[..14])).map(|(a, b)| [a, b]).filter(|[a, b]| a != b);
        let points = find(&|w| has(w, &POINTS));
        Self {
            start,
            end,
            duration,
            places: places.filter(|_| ends.is_none() && points.is_none()),
            ends,
            points,
            missing: find(&|w| has(w, &["missing"])),
            is_porto: points.is_some()
                && find(&|w| has(w, &["taxi"])).is_some()
                && find(&|w| has(w, &["call"])).is_some(),
        }
    }
}

/// Seconds in the unit that a duration's name gives; seconds where it gives none.
fn unit(words: Option<&Vec<String>>) -> f64 {
    let has = |list: &[&str]| words.is_some_and(|w| w.iter().any(|w| list.contains(&w.as_str())));
    if has(&["ms", "millis", "milliseconds"]) {
        0.001
    } else if has(&["min", "mins", "minutes", "minutos"]) {
        60.0
    } else if has(&["h", "hours", "horas"]) {
        3_600.0
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &str) -> Columns {
        Columns::recognise(header.split(','))
    }

    #[test]
    fn the_usual_files_are_recognised() {
        let porto =
            of("TRIP_ID,CALL_TYPE,ORIGIN_CALL,ORIGIN_STAND,TAXI_ID,TIMESTAMP,DAY_TYPE,MISSING_DATA,POLYLINE");
        assert_eq!(
            (porto.start, porto.points, porto.missing, porto.is_porto),
            (Some(5), Some(8), Some(7), true)
        );
        assert_eq!((porto.ends, porto.duration), (None, None));
        let nyc = of("id,vendor_id,pickup_datetime,passenger_count,pickup_longitude,pickup_latitude,\
                      dropoff_longitude,dropoff_latitude,store_and_fwd_flag,trip_duration");
        assert_eq!((nyc.start, nyc.duration), (Some(2), Some((9, 1.0))));
        assert_eq!(nyc.ends, Some([(5, 4), (7, 6)]));
        let tlc = of("VendorID,tpep_pickup_datetime,tpep_dropoff_datetime,pickup_longitude,pickup_latitude,\
                      dropoff_longitude,dropoff_latitude");
        assert_eq!((tlc.start, tlc.end, tlc.duration), (Some(1), Some(2), None));
    }

    #[test]
    fn the_same_in_other_words() {
        for (header, duration) in [
            ("start_time,from_lat,from_lon,to_lat,to_lon,duration_s", 1.0),
            ("startTime,startLat,startLng,endLat,endLng,durationMin", 60.0),
            ("started_at,startlatitude,startlongitude,endlatitude,endlongitude,duration_ms", 0.001),
            ("timestamp,lat1,lon1,lat2,lon2,duration", 1.0),
            (
                "timestamp,origin_latitude,origin_longitude,destination_latitude,destination_longitude,seconds",
                1.0,
            ),
            ("inicio,desde_lat,desde_lon,hasta_lat,hasta_lon,duracion", 1.0),
        ] {
            let found = of(header);
            assert_eq!(found.start, Some(0), "{header}");
            assert_eq!(found.ends, Some([(1, 2), (3, 4)]), "{header}");
            assert_eq!(found.duration, Some((5, duration)), "{header}");
        }
        let places = of("start_time,origin,destination,trip_time");
        assert_eq!((places.places, places.duration), (Some([1, 2]), Some((3, 1.0))));
        let ended = of("driver,start_at,end_at,start_lat,start_lon,end_lat,end_lon,distance_km");
        assert_eq!((ended.start, ended.end), (Some(1), Some(2)));
        assert_eq!(ended.ends, Some([(3, 4), (5, 6)]));
    }
}
