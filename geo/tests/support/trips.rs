//! Reads the recorded taxi trips of `../shared/data` and cleans them by the published rule.
//!
//! Rule: 120 to 3,600 s, over 500 m in a straight line, no `MISSING_DATA`, no gap between points over
//! 700 m. The clause "both ends within 60 m of a road" needs a road graph and is NOT applied here, so
//! more trips stay (Porto 1,244 instead of 1,012). New York has no points between the ends; trips that
//! would have averaged over 160 km/h are dropped instead.

use campo_geo::Coord;
use chrono::{DateTime, Datelike, NaiveDateTime, Timelike};
use std::path::PathBuf;

/// One recorded trip, as far as an ETA is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Trip {
    /// Straight line from start to end, metres.
    pub distance_m: f64,
    /// How long it took, seconds.
    pub duration_s: f64,
    /// Local hour of the week at the start, Monday 0:00 is 0.
    pub hour_of_week: u8,
}

/// The trips of one city in the order of its file.
#[derive(Debug)]
pub struct City {
    pub name: &'static str,
    pub trips: Vec<Trip>,
}

impl City {
    /// Three of four trips, to learn from.
    pub fn training(&self) -> Vec<Trip> {
        self.part(|i| i % 4 != 3)
    }

    /// Every fourth trip, held out to be judged by.
    pub fn held_out(&self) -> Vec<Trip> {
        self.part(|i| i % 4 == 3)
    }

    fn part(&self, chosen: impl Fn(usize) -> bool) -> Vec<Trip> {
        self.trips.iter().enumerate().filter(|(i, _)| chosen(*i)).map(|(_, trip)| *trip).collect()
    }
}

/// Porto and New York, or `None` where the folder of recorded data is missing.
pub fn cities() -> Option<[City; 2]> {
    let data = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    let (porto, nyc) = (data.join("porto_train_1500.csv"), data.join("nyc_2016_train.csv"));
    if !porto.is_file() || !nyc.is_file() {
        return None;
    }
    let porto = City { name: "Porto", trips: records(&porto).iter().filter_map(porto_trip).collect() };
    let nyc = City { name: "New York", trips: records(&nyc).iter().filter_map(nyc_trip).collect() };
    Some([porto, nyc])
}

fn records(path: &PathBuf) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(path).expect("a readable trip file");
    reader.records().map(|record| record.expect("a record")).collect()
}

/// Columns: TRIP_ID, CALL_TYPE, ORIGIN_CALL, ORIGIN_STAND, TAXI_ID, TIMESTAMP, DAY_TYPE, MISSING_DATA, POLYLINE.
fn porto_trip(record: &csv::StringRecord) -> Option<Trip> {
    let points: Vec<[f64; 2]> = serde_json::from_str(record.get(8)?).ok()?;
    let points: Vec<Coord> = points.iter().filter_map(|[lon, lat]| Coord::new(*lat, *lon)).collect();
    let (first, last) = (points.first()?, points.last()?);
    let gap = points.windows(2).map(|w| w[0].distance_m(w[1])).fold(0.0, f64::max);
    // Local time was UTC+1 in that summer.
    let start = DateTime::from_timestamp(record.get(5)?.parse::<i64>().ok()? + 3_600, 0)?.naive_utc();
    let trip = Trip {
        distance_m: first.distance_m(*last),
        duration_s: (points.len() - 1) as f64 * 15.0,
        hour_of_week: hour_of_week(start),
    };
    (record.get(7)? == "False" && gap <= 700.0).then_some(trip).filter(is_clean)
}

/// Columns: id, vendor, pickup time, passengers, pickup lon, lat, dropoff lon, lat, flag, duration.
fn nyc_trip(record: &csv::StringRecord) -> Option<Trip> {
    let number = |column: usize| record.get(column)?.parse::<f64>().ok();
    let from = Coord::new(number(5)?, number(4)?)?;
    let to = Coord::new(number(7)?, number(6)?)?;
    let start = NaiveDateTime::parse_from_str(record.get(2)?, "%Y-%m-%d %H:%M:%S").ok()?;
    let trip =
        Trip { distance_m: from.distance_m(to), duration_s: number(9)?, hour_of_week: hour_of_week(start) };
    Some(trip).filter(is_clean)
}

fn is_clean(trip: &Trip) -> bool {
    let plausible = trip.distance_m / trip.duration_s < 160.0 / 3.6;
    (120.0..=3_600.0).contains(&trip.duration_s) && trip.distance_m > 500.0 && plausible
}

fn hour_of_week(local: NaiveDateTime) -> u8 {
    (local.weekday().num_days_from_monday() * 24 + local.hour()) as u8
}
