//! The clean Porto trips of `../shared/data`, replayed as phones would have sent them.

use super::derive::Trip;
use super::fix::Fix;
use super::point::RawPoint;
use super::technician::{Arrived, Settings, Technician};
use super::testing::NOON;
use campo_geo::Coord;
use std::path::Path;
use uuid::Uuid;

/// Trips by the published rule of cleaning (without its clause on roads): points every 15 s.
fn clean_trips() -> Option<Vec<Vec<Coord>>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/porto_train_1500.csv");
    let text = std::fs::read_to_string(file).ok()?;
    let trips = text.lines().skip(1).filter_map(|line| {
        let (head, polyline) = line.split_once(",\"[")?;
        let points: Vec<[f64; 2]> =
            serde_json::from_str(&format!("[{}", polyline.trim_end_matches('"'))).ok()?;
        let points: Vec<Coord> = points.iter().filter_map(|[lon, lat]| Coord::new(*lat, *lon)).collect();
        let seconds = points.len().saturating_sub(1) * 15;
        let gap = points.windows(2).map(|w| w[0].distance_m(w[1])).fold(0.0, f64::max);
        let far = points.first()?.distance_m(*points.last()?);
        let clean =
            head.ends_with("False") && (120..=3_600).contains(&seconds) && gap <= 700.0 && far > 500.0;
        clean.then_some(points)
    });
    Some(trips.collect())
}

/// What the phone was at and when: every second point, the true last one, and 90 s of standing still there.
fn journey(points: &[Coord]) -> Vec<(i64, Coord)> {
    let last = points.len() - 1;
    let mut way: Vec<(i64, Coord)> =
        points.iter().enumerate().step_by(2).map(|(i, c)| (i as i64 * 15_000, *c)).collect();
    let (end_ms, door) = (last as i64 * 15_000, points[last]);
    if way.last().is_some_and(|(ms, _)| *ms < end_ms) {
        way.push((end_ms, door));
    }
    way.extend((1..=3).map(|i| (end_ms + i * 30_000, door)));
    way
}

/// Figures of one replay of all trips.
#[derive(Debug, Default)]
struct Tally {
    trips: usize,
    found: usize,
    from_afar: usize,
    late_s: Vec<f64>,
}

fn replay(trips: &[Vec<Coord>], sigma_m: f64, stated_m: Option<f64>) -> Tally {
    let mut tally = Tally { trips: trips.len(), ..Tally::default() };
    let mut state = 11;
    for points in trips {
        let door = *points.last().unwrap();
        let way = journey(points);
        let mut technician = Technician::new(Settings::default());
        technician.begin_trip(Trip {
            session: Uuid::from_u128(1),
            job: Uuid::from_u128(2),
            destination: Some(door),
            started_ms: NOON,
        });
        for (i, (ms, truth)) in way.iter().enumerate() {
            let (east, north) = super::arrival::tests::normal(&mut state);
            let seen = truth.destination(90.0, east * sigma_m).destination(0.0, north * sigma_m);
            let fix = point(NOON + ms, seen, stated_m, i as i32 + 1);
            for Arrived { at_ms, .. } in technician.on_fix(fix, NOON + ms).arrivals {
                tally.found += 1;
                tally.from_afar += usize::from(truth.distance_m(door) > 150.0);
                tally.late_s.push((at_ms - NOON - (points.len() as i64 - 1) * 15_000) as f64 / 1_000.0);
            }
        }
    }
    tally
}

fn point(at: i64, coord: Coord, accuracy_m: Option<f64>, seq: i32) -> Fix {
    let raw = RawPoint {
        at: Some(at),
        lat: Some(coord.lat()),
        lon: Some(coord.lon()),
        accuracy_m,
        ..RawPoint::default()
    };
    raw.fix(1, seq, 0).unwrap()
}

/// At 60 times the speed, dated to end now: the journey begins when nearly all of it is past.
#[test]
fn replayed_fast_they_are_found_too() {
    let Some(trips) = clean_trips() else {
        println!("skipped: ../shared/data with the recorded trips is not here");
        return;
    };
    let mut found = 0;
    for points in &trips {
        let way = journey(points);
        let lasts_ms = way.last().unwrap().0;
        let begins_ms = NOON + lasts_ms - lasts_ms / 60;
        let mut technician = Technician::new(Settings::default());
        let destination = points.last().copied();
        technician.begin_trip(Trip {
            session: Uuid::from_u128(1),
            job: Uuid::from_u128(2),
            destination,
            started_ms: begins_ms,
        });
        for (i, (ms, coord)) in way.iter().enumerate() {
            let arrivals =
                technician.on_fix(point(NOON + ms, *coord, None, i as i32 + 1), begins_ms + ms / 60).arrivals;
            found += arrivals.len();
            assert!(arrivals.is_empty() || coord.distance_m(destination.unwrap()) <= 150.0);
        }
    }
    println!("at 60 times the speed: {found} of {} arrivals", trips.len());
    assert!(found as f64 >= trips.len() as f64 * 0.98, "{found} of {}", trips.len());
}

#[test]
fn porto_arrivals_are_found_and_never_from_afar() {
    let Some(trips) = clean_trips() else {
        println!("skipped: ../shared/data with the recorded trips is not here");
        return;
    };
    assert!(trips.len() >= 300, "{} trips", trips.len());
    for (sigma, stated) in [
        (0.0, None),
        (0.0, Some(8.0)),
        (5.0, Some(8.0)),
        (10.0, Some(15.0)),
        (15.0, Some(22.0)),
        (15.0, None),
    ] {
        let mut tally = replay(&trips, sigma, stated);
        tally.late_s.sort_by(f64::total_cmp);
        let share = tally.found as f64 / tally.trips as f64;
        let median = tally.late_s.get(tally.late_s.len() / 2).copied().unwrap_or(f64::NAN);
        println!(
            "noise {sigma} m, stated {stated:?}: {} of {} arrivals ({:.1} %), {} from over 150 m, median {median} s after the last move",
            tally.found,
            tally.trips,
            share * 100.0,
            tally.from_afar
        );
        assert!(share >= 0.98, "{sigma} m: {share}");
        assert_eq!(tally.from_afar, 0, "{sigma} m");
    }
}
