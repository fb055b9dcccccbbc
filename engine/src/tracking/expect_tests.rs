use super::super::derive::Trip;
use super::super::motion_path::{HORIZON_MS, predict};
use super::super::point::RawPoint;
use super::super::technician::Settings;
use super::super::testing::NOON;
use super::*;
use campo_geo::eta::Vehicle;
use campo_geo::map::{FORM, Manifest};
use campo_geo::osm::Extract;
use campo_geo::roads::{self, Roads};
use campo_geo::{Bounds, Coord};
use std::path::Path;
use uuid::Uuid;

/// Porto's roads; `None` where the extract is not here.
fn porto() -> Option<OpenMap> {
    let pbf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/porto_city.osm.pbf");
    if !pbf.exists() {
        println!("SKIPPED: ../shared/data with Porto's extract is not here");
        return None;
    }
    let extract = Extract::read(&pbf, &mut |_, _| {}).unwrap();
    let file = std::env::temp_dir().join(format!("campo-expect-{}.graph", Uuid::new_v4()));
    roads::build(&extract, &file, &mut |_, _| {}).unwrap();
    let roads = Roads::open(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let manifest = Manifest {
        form: FORM,
        build: "test".into(),
        source: "porto".into(),
        bounds: Bounds::new([-8.8, 41.0, -8.4, 41.3]).unwrap(),
        road_edges: 1,
        tiles: 0,
        places: 0,
        roads_file: "roads".into(),
        tiles_file: "tiles".into(),
        places_file: "places".into(),
    };
    Some(OpenMap { manifest, roads: Some(roads), tiles: None, places: None })
}

fn at(lat: f64, lon: f64) -> Coord {
    Coord::new(lat, lon).unwrap()
}

/// The place after so many metres of a line.
fn along(line: &[Coord], metres: f64) -> Coord {
    let cut = motion_path::ahead(line, metres);
    let [lat, lon] = *cut.last().unwrap();
    at(lat, lon)
}

/// Somebody who drives the way at an even speed is told once, and then only so that it does not freeze; who stops
/// or leaves the way is told at once; and a route for the customer ends at the door.
#[test]
fn who_drives_as_expected_is_seldom_told() {
    let Some(map) = porto() else { return };
    let (home, door) = (at(41.1496, -8.6110), at(41.1780, -8.5980));
    let start =
        Marker { at_ms: NOON, coord: home, accuracy_m: Some(5.0), speed_mps: None, heading_deg: None };
    let way = maps::way(&map, &start, door).unwrap();
    let metres = f64::from(way.summary.metres);
    assert!(metres > 3_000.0 && way.summary.ms > 0);
    assert_eq!(map.roads.as_ref().unwrap().free_flow(Vehicle::Car).vehicle(), Vehicle::Car);

    let mut core = Technician::new(Settings::default());
    let (session, job) = (Uuid::from_u128(1), Uuid::from_u128(2));
    core.begin_trip(Trip { session, job, destination: Some(door), started_ms: NOON });
    let (mut told, mut times, mut off): (Option<Motion>, Vec<i64>, Vec<f64>) = (None, Vec::new(), Vec::new());
    for step in 0..9 {
        let seconds = i64::from(step) * 30;
        let here = along(&way.line, (seconds as f64 * 9.0).max(0.5));
        let raw = RawPoint {
            at: Some(NOON + seconds * 1_000),
            lat: Some(here.lat()),
            lon: Some(here.lon()),
            accuracy_m: Some(5.0),
            speed_mps: Some(9.0),
            ..RawPoint::default()
        };
        let now = NOON + seconds * 1_000;
        let marker = core.on_fix(raw.fix(1, step + 1, 0).unwrap(), now).moved.unwrap();
        if let Some(motion) = news(&core, &marker, Some(&map), told.as_ref(), now) {
            assert!(motion.path.is_some() && motion.at == now, "{motion:?}");
            times.push(seconds);
            told = Some(motion);
        }
        // What viewers show fifteen seconds on.
        let seen = predict(told.as_ref().unwrap(), now + 15_000).unwrap();
        let truth = along(&way.line, (seconds as f64 + 15.0) * 9.0);
        off.push(at(seen.lat, seen.lon).distance_m(truth));
        assert!(!seen.frozen);
    }
    assert!(times.windows(2).all(|w| w[1] - w[0] >= 60), "told at {times:?}");
    assert!(off.iter().all(|m| *m < 50.0), "off by {off:?}");

    // Standing: nothing is expected any more; without a map neither.
    let told = told.unwrap();
    let marker = Marker { at_ms: told.at + 30_000, ..start };
    assert_eq!(news(&core, &marker, None, Some(&told), marker.at_ms).unwrap().path, None);
    assert_eq!(news(&core, &marker, None, None, marker.at_ms), None);
    let old = marker.at_ms + HORIZON_MS + 1;
    assert_eq!(news(&core, &marker, Some(&map), Some(&told), old).unwrap().path, None);

    let thin = motion_path::thinned(&way.line, 200);
    let [lat, lon] = *thin.last().unwrap();
    assert!(thin.len() <= 200 && at(lat, lon).distance_m(door) < 100.0);
}
